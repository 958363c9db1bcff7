"""Trials that anybody can make: classes are motions, subjects do them in their own way."""

import pytest
import torch

from hnhar.train.studies.protocol.inputs import STEPS
from hnhar.train.studies.protocol.method import Method
from hnhar.train.studies.protocol.preset import Entry
from hnhar.train.studies.protocol.trials import Trials

CLASSES = 3
SMALL = (
    Entry(name="cmc", title="CMC", method=Method()),
    Entry(
        name="few",
        title="few",
        labels="few",
        base="cmc",
        method=Method(negatives="inferred", beta=1.0, warmup=0.0),
    ),
)
"""Entries of a comparison: one without labels, and one that goes on from it with few."""


def made_trials(subjects: tuple[int, ...] = (1, 3), repetitions: int = 4, seed: int = 0) -> Trials:
    """Sines of another frequency for each class, in both modalities, with a phase and noise of each trial."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(CLASSES).repeat_interleave(repetitions).repeat(len(subjects))
    who = torch.tensor(subjects).repeat_interleave(CLASSES * repetitions)
    time = torch.linspace(0, 6.28, STEPS)
    phase = 0.3 * torch.rand((len(labels), 1), generator=generator)
    wave = torch.sin((1 + labels[:, None]) * time + phase)
    body = torch.randn((1, 1, 60), generator=torch.Generator().manual_seed(9))
    imu = wave[..., None] * torch.tensor([1.0, 0.5, -0.5, 90.0, 30.0, -60.0])
    skeleton = body + 0.3 * wave[..., None] * body.flip(2)
    noise = 0.02 * torch.randn(skeleton.shape, generator=generator)
    return Trials({"imu": imu, "skeleton": skeleton + noise}, labels, who, CLASSES)


@pytest.fixture
def trials() -> Trials:
    """24 trials of 2 subjects and 3 classes."""
    return made_trials()
