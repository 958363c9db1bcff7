"""A small bundle that an activity can be enrolled in, and somebody who performs one."""

from pathlib import Path

import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.loading import load, save
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.offline import recognize
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.score import recognized
from hnhar.train.bundles.remember import memory_of
from hnhar.train.learn.data import cut
from hnhar.train.synthesis.performer import perform

from ..recordings.session_xdf import write_session

LABELS = ("wave", "clap", "throw", "idle")
KNOWN = LABELS[:3]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random encoders that remember three activities: enough to tell other motions from them."""
    modalities = (imu(), skeleton())
    torch.manual_seed(0)
    recognizer = Recognizer(preset("compact", modalities, window=3.0, classes=len(LABELS))).eval()
    known = perform(seed=1, person=40, actions=KNOWN, repetitions=3)
    windows = cut(known, modalities, LABELS, "idle", window=3.0, hop=0.5, phase=0.0)
    recognizer.memory = memory_of(
        recognizer, windows, {"imu": 50.0, "skeleton": 25.0}, idle=LABELS.index("idle"), seed=0
    )
    info = BundleInfo("small", modalities, 3.0, 0.25, LABELS, "idle", "right wrist", {})
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save(path, info, recognizer)
    return path


@pytest.fixture(scope="session")
def teaching() -> Recording:
    return perform(seed=5, person=40, actions=["boxing"], repetitions=4)


@pytest.fixture(scope="session")
def teaching_file(teaching: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_session(tmp_path_factory.mktemp("xdf") / "teaching.xdf", teaching)


def boxes(bundle: Path, repetitions: int = 2) -> tuple[int, int]:
    """Later performances of the same person: how many are boxing, and how many events say so."""
    later = perform(seed=77, person=40, actions=["boxing", "wave"], repetitions=repetitions)
    info, recognizer = load(bundle)
    found = recognized(recognize(later, Runtime(info, recognizer), info).events, end=later.end)
    mine = [a for a in later.annotations if a.label == "boxing"]
    said = [e for e in found if e.label == "boxing"]
    return sum(any(e.onset < a.offset and e.offset > a.onset for e in said) for a in mine), len(said)
