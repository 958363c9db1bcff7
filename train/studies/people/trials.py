"""Whole trials of a corpus, each signal by itself on a grid of some seconds, as windows for training.

Time stays what it was, for how fast and how long something is done tells much of what it is. Signals that
were cut by hand begin at different moments, so nothing but the trial joins them. A signal that a trial
lacks is absent, not zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hnhar.model.kinds.imu import IMU
from hnhar.model.modality import Modality, kind_called, kind_of

from ...corpora.corpus import LabeledTrial
from ...learn.data import WindowSet
from ..protocol.inputs import stretch

LENGTH = 12.0
"""s of a trial on the grid: most are shorter."""


@dataclass(frozen=True, slots=True, eq=False)
class GriddedTrials:
    """Trials ready for training or for reading."""

    windows: WindowSet
    labels: NDArray[np.int64]
    """(N,) class of each."""
    subjects: NDArray[np.int64]
    """(N,) number of its person."""


def modalities_of(
    names: Sequence[str], steps: int, steps_of: Mapping[str, int] | None = None
) -> tuple[Modality, ...]:
    """The modalities of these names on a grid of `steps` a trial, `steps_of` for some kinds (name -> steps).

    A name without a kind is an IMU.
    """
    kinds = [kind_of(kind_called(name) or IMU.name) for name in names]
    grids = [(steps_of or {}).get(kind.name, steps) / LENGTH for kind in kinds]
    return tuple(kind.modality(rate, name) for kind, rate, name in zip(kinds, grids, names, strict=True))


def part(
    trials: Sequence[LabeledTrial], classes: Sequence[str], modalities: Sequence[Modality]
) -> GriddedTrials:
    """The trials that have any of the modalities; classes are in the order of the targets."""
    having = [t for t in trials if any(m.name in t.signals for m in modalities)]
    samples = {m.name: _stacked(having, m) for m in modalities}
    presence = torch.tensor([[m.name in t.signals for m in modalities] for t in having], dtype=torch.bool)
    labels = np.array([classes.index(t.label) for t in having], np.int64)
    targets = torch.nn.functional.one_hot(torch.from_numpy(labels), len(classes)).float()
    windows = WindowSet(samples, presence.reshape(-1, len(modalities)), targets)
    return GriddedTrials(windows, labels, np.array([t.subject for t in having], np.int64))


def _stacked(trials: Sequence[LabeledTrial], modality: Modality) -> Tensor:
    steps = modality.steps(LENGTH)
    absent = np.zeros((steps, len(modality.channels)), np.float32)
    rows = [
        on_grid(t.signals[modality.name], t.times[modality.name], steps)
        if modality.name in t.signals
        else absent
        for t in trials
    ]
    return torch.from_numpy(np.array(rows, np.float32).reshape(-1, *absent.shape))


def on_grid(samples: NDArray[np.float32], times: NDArray[np.float64], steps: int) -> NDArray[np.float32]:
    """(n, C) at (n,) s -> (steps, C) over `LENGTH` s about the middle, low-passed where it has fewer steps.

    A signal that is shorter is held at its ends, a longer one is played so much faster.
    """
    typical = float(np.median(np.diff(times)))
    span = float(times[-1] - times[0])
    count = round(span / typical) + 1
    even = np.linspace(times[0], times[-1], max(count, 2))
    columns = np.stack([np.interp(even, times, samples[:, c]) for c in range(samples.shape[1])], axis=1)
    short = min(steps, max(2, round(steps * span / LENGTH)))
    inside = stretch(columns.astype(np.float32), short)
    before = (steps - short) // 2
    return np.pad(inside, ((before, steps - short - before), (0, 0)), mode="edge")
