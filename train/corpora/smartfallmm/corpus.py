"""SmartFallMM as a corpus that the commands can name: two accelerometers and a skeleton.

`accelerometer.wrist`, `accelerometer.hip`: (n, 3) g; `skeleton`: (F, 60) m, y up.

The signals of a trial were cut by hand, each by itself: a skeleton begins up to four seconds before or after
the accelerometers. Where their motion tells by how much (`clock`), the skeleton's times begin there, on the
accelerometers' clock, and never at 0; else each signal's times count from its own first sample. Gyroscopes
are not read: few people have them, and for some of these they were cut elsewhere in time.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hnhar.model.errors import RecordingError

from ..corpus import Corpus, LabeledTrial, LabeledTrials, Split
from ..people import PARTS_OF_PEOPLE, part_of
from .check import check
from .clock import offset_of
from .files import GROUPS, PARTS, find_trials, recognizes
from .signals import read_accelerometer, read_skeleton

CLASSES: tuple[str, ...] = (
    "drinking",
    "picking_up",
    "jacket_on_off",
    "stepping_up",
    "sweeping",
    "washing_hands",
    "waving",
    "walking",
    "sitting_standing",
    "fall_back",
    "fall_front",
    "fall_left",
    "fall_right",
    "fall_rotating",
)
"""Activities 1 to 14; the older people did the first eight, and their walking is a Timed-Up-and-Go."""
ACTIVITIES: Final[Mapping[str, int]] = MappingProxyType({"young": 14, "old": 8})
"""Group -> activities that it did, from the first on."""
SCENES: Final[Mapping[str, int]] = MappingProxyType({group: i for i, group in enumerate(GROUPS, 1)})
"""Group -> the scene of its trials."""
READERS = MappingProxyType(
    {name: read_skeleton if name == "skeleton" else read_accelerometer for name in PARTS}
)
"""Modality -> reader of its files."""


def load(folder: str | Path, *, subjects: Collection[int] | None = None) -> LabeledTrials:
    """SmartFallMM: accelerometers (n, 3) g, skeleton (F, 60) m, y up. Raises RecordingError.

    A trial has those of its signals that can be used; a note says which cannot, and why.
    """
    found = find_trials(Path(folder))
    trials, notes = [], []
    for key, files in found.trials.items():
        if (subjects is not None and key.subject not in subjects) or not _known(key.group, key.activity):
            continue
        signals, times = {}, {}
        for modality, path in files.items():
            try:
                signal = READERS[modality](path)
            except RecordingError as error:
                notes.append(f"left out: {error}")
                continue
            signals[modality], times[modality] = signal.samples, signal.times
            if signal.left_out:
                notes.append(f"{key}: {signal.left_out} rows of {modality} were left out")
        offset = offset_of(signals, times)
        if offset is not None and offset.sure and offset.seconds != 0.0:
            times["skeleton"] = times["skeleton"] + offset.seconds
        if signals:
            label, scene = CLASSES[key.activity - 1], SCENES[key.group]
            trials.append(LabeledTrial(key.subject, label, scene, key.trial, signals, times))
    if not trials:
        people = sorted({key.subject for key in found.trials})
        reasons = "; ".join(notes[:3]) or f"it holds people {', '.join(map(str, people))}"
        raise RecordingError(f"no trial of those asked for in {folder} can be used: {reasons}")
    return LabeledTrials("smartfallmm", CLASSES, tuple(trials), SPLITS, tuple(notes))


def _known(group: str, activity: int) -> bool:
    return 1 <= activity <= ACTIVITIES[group]


def _split(group: str, tested: int) -> Split:
    """Split that tests one part of a group's people and trains on its others, and on the other group."""
    scene = SCENES[group]

    def part(subject: int, of_scene: int, session: int) -> str:
        return "test" if of_scene == scene and part_of(subject) == tested else "train"

    return part


SPLITS: Mapping[str, Split] = MappingProxyType(
    {f"{group}-{tested}": _split(group, tested) for group in GROUPS for tested in range(PARTS_OF_PEOPLE)}
)
"""Folds: whoever's number has this remainder by four is tested, the group's others and the other group
train."""
CORPUS = Corpus(
    name="smartfallmm",
    title="SmartFallMM",
    layout="young/ and old/ with accelerometer/meta_wrist/S28A01T01.csv",
    recognizes=recognizes,
    load=load,
    citation=(
        "SmartFallMM: a multimodal dataset for enhanced human activity recognition, SmartFall group, "
        "Texas State University"
    ),
    license="none named: train and measure, never distribute data or weights made of it",
    obtain="It is at https://github.com/txst-cs-smartfall/SmartFallMM-Dataset.",
    check=check,
)
"""Entry point `smartfallmm`."""
