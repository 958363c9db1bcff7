"""MMAct as a corpus that the commands can name.

A trial is a clip: acc_phone and acc_watch (3 channels each: g), gyro (3: deg/s), orientation (3: °) and pose
(51: pixels), those of them that it has.
"""

from collections.abc import Collection
from pathlib import Path

from ..corpus import Corpus, LabeledTrial, LabeledTrials
from .check import check, recognizes
from .clips import load_clips
from .splits import CLASSES, SPLITS


def load(folder: str | Path, *, subjects: Collection[int] | None = None) -> LabeledTrials:
    """MMAct's clips, each with those of the five modalities that it has. Raises RecordingError."""
    clips, notes = load_clips(folder, subjects=subjects)
    trials = []
    for clip in clips:
        signals, times = clip.signals()
        key = clip.key
        trials.append(LabeledTrial(key.subject, key.label, key.scene, key.session, signals, times))
    return LabeledTrials("mmact", CLASSES, tuple(trials), SPLITS, notes)


CORPUS = Corpus(
    name="mmact",
    title="MMAct",
    layout="acc_phone_clip/ and so on",
    recognizes=recognizes,
    load=load,
    citation=(
        "Kong, Wu, Deng, Klinkigt, Tong, Murakami, MMAct: A Large-Scale Dataset for Cross Modal Human Action "
        "Understanding, ICCV 2019"
    ),
    license="on request, for research",
    obtain="Its authors hand it out on request: https://mmact19.github.io/2019/.",
    check=check,
)
"""Entry point `mmact`."""
