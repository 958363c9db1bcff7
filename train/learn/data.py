"""Labeled windows in memory, cut from continuous sessions by the code that cuts live ones.

Legend: N windows, T steps, C channels, M modalities, K labels.

A window's target is soft. Let s be the share that an action has of what it could have, min(window,
duration). An action that goes on at the window's end has the weight (s - 0.1) / 0.2, one that has ended
before it (s - 0.3) / 0.3, both held to [0, 1]; idle has the rest. So an action counts from its first fifth on
(0.6 s into one that is as long as the window), which makes early onsets possible: how sure the recognizer is
that early is then a matter of evidence, not of the targets, and the latency knob of the decisions trades on
it. An action ends where half of it has left the window. Between the two shares the target is a ramp, so that
times that are decided on probabilities stay where they are from one training to the next.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from hnhar.model.modality import Modality
from hnhar.stream.messages import Window
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.feeds import windows_of
from hnhar.stream.recordings.near import Near

BEGUN = (0.1, 0.3)
"""Shares of an ongoing action up to which a window is wholly idle, and from which it is wholly the action."""
ENDED = (0.3, 0.6)
"""The same of an action that has ended before the window did."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowSet:
    """Windows ready for training."""

    samples: dict[str, Tensor]
    """Modality -> (N, T, C) float32, canonical units; zeros where absent."""
    presence: Tensor
    """(N, M) bool, in the order of `samples`."""
    targets: Tensor
    """(N, K) float32, each row adds up to 1."""

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, rows: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """Samples, presence and targets of some rows."""
        return {n: s[rows] for n, s in self.samples.items()}, self.presence[rows], self.targets[rows]


def standing_in(windows: WindowSet, rows: Tensor) -> dict[str, Tensor]:
    """Samples of some rows for a training; a modality that a row lacks holds another window's, whose presence
    masks it: zeros would enter the statistics of normalization. Unchanged where nothing lacks.
    """
    samples = {}
    for column, (name, every) in enumerate(windows.samples.items()):
        there = windows.presence[:, column]
        taken = rows
        if not bool(there[rows].all()) and bool(there.any()):
            having = there.nonzero()[:, 0]
            taken = torch.where(there[rows], rows, having[rows % len(having)])
        samples[name] = every[taken]
    return samples


def soft_target(
    annotations: Sequence[Annotation], start: float, end: float, labels: Sequence[str], idle: str
) -> NDArray[np.float32]:
    """(K,) weights of the labels in the window [start, end] s; see the top of this file."""
    target = np.zeros(len(labels), np.float32)
    for annotation in annotations:
        overlap = min(end, annotation.offset) - max(start, annotation.onset)
        whole = min(end - start, annotation.duration)
        if overlap > 0 and whole > 0 and annotation.label in labels and annotation.label != idle:
            none, full = BEGUN if annotation.offset > end else ENDED
            weight = (overlap / whole - none) / (full - none)
            target[labels.index(annotation.label)] += np.clip(weight, 0.0, 1.0)
    total = float(target.sum())
    if total > 1:
        target /= total
    target[labels.index(idle)] += max(0.0, 1.0 - total)
    return target


def cut(
    recording: Recording,
    modalities: Sequence[Modality],
    labels: Sequence[str],
    idle: str,
    *,
    window: float,
    hop: float,
    phase: float,
) -> WindowSet:
    """The windows of one session; an annotation of a label that is not in `labels` counts as idle."""
    near = Near(recording.annotations)

    def target(of: Window) -> NDArray[np.float32]:
        return soft_target(near.to(of.start, of.end), of.start, of.end, labels, idle)

    windows = windows_of(recording, modalities, window=window, hop=hop, phase=phase)
    return stacked(windows, modalities, window, len(labels), target)


def stacked(
    windows: Iterable[Window],
    modalities: Sequence[Modality],
    length: float,
    classes: int,
    target: Callable[[Window], NDArray[np.float32]],
) -> WindowSet:
    """Windows of `length` s with their (K,) targets; a modality that a window lacks is zeros, not present."""
    shapes = {m.name: (m.steps(length), len(m.channels)) for m in modalities}
    rows: dict[str, list[NDArray[np.float32]]] = {name: [] for name in shapes}
    presence, targets = [], []
    for window in windows:
        for name, shape in shapes.items():
            rows[name].append(window.samples.get(name, np.zeros(shape, np.float32)))
        presence.append([name in window.samples for name in shapes])
        targets.append(target(window))
    return WindowSet(
        {
            name: torch.from_numpy(np.array(rows[name], np.float32).reshape(-1, *shape))
            for name, shape in shapes.items()
        },
        torch.tensor(presence, dtype=torch.bool).reshape(-1, len(shapes)),
        torch.from_numpy(np.array(targets, np.float32).reshape(-1, classes)),
    )


def joined(parts: Iterable[WindowSet]) -> WindowSet:
    """Several sets as one; ValueError where there is none."""
    parts = list(parts)
    if not parts:
        raise ValueError("no windows: nothing was composed or performed")
    return WindowSet(
        {name: torch.cat([p.samples[name] for p in parts]) for name in parts[0].samples},
        torch.cat([p.presence for p in parts]),
        torch.cat([p.targets for p in parts]),
    )


def sampling_weights(targets: Tensor, idle: int, idle_share: float) -> Tensor:
    """(N,) weights by which to draw windows: `idle_share` of them idle, the rest even over the actions."""
    mass = targets.sum(dim=0).clamp(min=1e-6)
    wanted = torch.full_like(mass, (1 - idle_share) / max(len(mass) - 1, 1))
    wanted[idle] = idle_share
    return targets @ (wanted / mass)


def draw(weights: Tensor, batch: int, generator: Generator) -> Tensor:
    """Indices of `batch` different windows by their (N,) weights; of all that weigh, where they are fewer."""
    return torch.multinomial(weights, min(batch, int((weights > 0).sum())), generator=generator)
