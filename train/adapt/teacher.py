"""Targets of a wearer's windows: what was performed, or what all streams together say of it.

Without labels it is self-distillation: the recognizer's own log-probabilities, from all modalities that a
window has, averaged over the windows around it, teach every modality. So the better informed teach the
others: two minutes before the camera teach the sensor at the wrist.

Legend: N windows, K labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.classifier import Classifier
from hnhar.stream.messages import Window
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.near import Near

from ..learn.data import WindowSet, soft_target, stacked
from .session import HOP

NEIGHBORS: Final = 3
"""Windows on either side whose log-probabilities are averaged with a window's own."""
LEAST: Final = 1e-6
"""Probability that counts as none."""
BATCH: Final = 64


def performed(cut: Sequence[Window], annotations: Sequence[Annotation], info: BundleInfo) -> WindowSet:
    """Windows with the targets of what was performed; a label that the bundle lacks counts as idle."""
    near, labels = Near(annotations), info.labels

    def target(of: Window) -> NDArray[np.float32]:
        return soft_target(near.to(of.start, of.end), of.start, of.end, labels, info.idle)

    return stacked(cut, info.modalities, info.window, len(labels), target)


def taught(
    cut: Sequence[Window], classifier: Classifier, info: BundleInfo, by: Sequence[str] = ()
) -> WindowSet:
    """Windows with the targets that their streams together give, smoothed over their neighbors; `by`: the
    modalities that teach (default: all)."""
    labels = len(info.labels)
    answers = probabilities(cut, classifier, info, by)
    answers[np.isnan(answers)] = 1 / labels  # has no say in the mean: only those that teach nothing are there
    targets = smoothed(
        answers,
        np.array([window.end for window in cut]),
        (NEIGHBORS + 0.01) * HOP,
    )
    rows = stacked(cut, info.modalities, info.window, labels, lambda window: np.zeros(labels, np.float32))
    return replace(rows, targets=torch.from_numpy(targets))


@dataclass(frozen=True, slots=True, eq=False)
class WindowAnswers:
    """Answers to N windows; NaN where a window has none of the modalities that were asked."""

    probabilities: NDArray[np.float32]
    """(N, K)."""
    embeddings: NDArray[np.float32]
    """(N, D)."""
    novelty: NDArray[np.float64]
    """(N,)."""


def answers_of(
    cut: Sequence[Window], classifier: Classifier, info: BundleInfo, only: Sequence[str] = ()
) -> WindowAnswers:
    """Answers to windows, from all that each has, or from some modalities."""
    labels = len(info.labels)
    chances, novelty = np.full((len(cut), labels), np.nan, np.float32), np.full(len(cut), np.nan)
    embeddings = np.full((len(cut), 0), np.nan, np.float32)
    rows = [row for row, window in enumerate(cut) if not only or set(only) & set(window.samples)]
    for at in range(0, len(rows), BATCH):
        part = rows[at : at + BATCH]
        given = [
            {name: samples for name, samples in cut[row].samples.items() if not only or name in only}
            for row in part
        ]
        found = classifier.classify(given)
        if not embeddings.shape[1]:
            embeddings = np.full((len(cut), found.embeddings.shape[1]), np.nan, np.float32)
        chances[part], novelty[part] = found.probabilities[:, :labels], found.novelty
        embeddings[part] = found.embeddings
    return WindowAnswers(chances, embeddings, novelty)


def probabilities(
    cut: Sequence[Window], classifier: Classifier, info: BundleInfo, only: Sequence[str] = ()
) -> NDArray[np.float32]:
    """(N, K) of each window, from all that it has, or from some modalities; NaN where it lacks these."""
    return answers_of(cut, classifier, info, only).probabilities


def smoothed(answers: NDArray[np.float32], ends: NDArray[np.float64], within: float) -> NDArray[np.float32]:
    """(N, K) normalized geometric means of the answers (N, K) of windows that end at most `within` s apart;
    `ends`: (N,) s, ascending."""
    logs = np.log(np.maximum(answers, LEAST)).astype(np.float64)
    sums = np.concatenate([np.zeros((1, logs.shape[1])), np.cumsum(logs, axis=0)])
    first = np.searchsorted(ends, ends - within, side="left")
    last = np.searchsorted(ends, ends + within, side="right")
    mean = (sums[last] - sums[first]) / (last - first)[:, None]
    mean = np.exp(mean - mean.max(axis=1, keepdims=True)) if len(mean) else mean
    return np.asarray(mean / mean.sum(axis=1, keepdims=True), np.float32)
