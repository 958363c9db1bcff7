"""Enrolling an activity from the embeddings of a few performances, and forgetting one again."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleInfo
from ..bundle.enrollment import Enrollment, Gate
from ..bundle.subsets import calibrated_subsets, subset_key
from ..errors import BundleError, ConfigError
from ..labels import reserved, shortened
from .prototypes import (
    Exemplars,
    Memory,
    Vectors,
    WhitenedSpace,
    gate_against,
    no_exemplars,
    widest_gated,
)

MOST = 64
"""Exemplars kept of an enrolled activity."""
FEWEST = 2
"""Performances that an enrollment needs; with fewer none can be left out to measure."""
FEWEST_OTHERS = 50
"""Other windows, in each half of them, from which on it is measured how many are taken for an activity."""
_RECORDED = -1
"""In the place of a class, for the windows of the recording."""
NO_MEMORY = (
    "keeps no examples of its classes, so nothing can be enrolled beside them. Train it again with this "
    "version of hnhar-train, or take a shipped bundle."
)


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Windows of a recording, as embeddings."""

    vectors: Vectors
    """(N, M, E), those that are wholly the activity."""
    performance: NDArray[np.int64]
    """(N,) which of the performances each belongs to."""
    others: Vectors
    """(N', M, E), windows without it."""

    def joined(self, more: "Examples") -> "Examples":
        """Both, as performances of one activity."""
        first = int(self.performance.max(initial=-1)) + 1
        return Examples(
            np.concatenate([self.vectors, more.vectors]),
            np.concatenate([self.performance, more.performance + first]),
            np.concatenate([self.others, more.others]),
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """Windows of other classes, as far as the bundle keeps them, that an enrolled activity now takes.

    Each is judged by a gate that was set on other windows: a gate set on it would let it pass by design.
    """

    kept: int
    """Windows of learned classes and of activities enrolled before that were measured; 0 where they are too
    few."""
    taken: dict[str, int]
    """Label -> how many of its windows are now called by the new label; only those with any."""


def enroll(
    info: BundleInfo, memory: Memory | None, label: str, examples: Examples, source: str = "", day: str = ""
) -> tuple[BundleInfo, Memory, Effect]:
    """The bundle with `label` enrolled, and the effect on its other classes.

    Raises:
        ConfigError: The label is taken or cannot be one, or there are too few performances.
        BundleError: The bundle keeps no exemplars.
    """
    if memory is None:
        raise BundleError(f"'{info.id}' {NO_MEMORY}")
    check_label(info, label)
    _check_count(info, label, examples)
    space = WhitenedSpace(memory.learned)
    # what is kept is what serves, so the gates are measured with it
    keep = _spread(examples.performance)
    vectors, performance = examples.vectors[keep], examples.performance[keep]
    placed = space(vectors)
    rivals = _rivals(info, memory)
    against = np.concatenate([space(rivals.vectors), space(examples.others)])
    classes = np.concatenate([rivals.labels, np.full(len(examples.others), _RECORDED)])
    there = (vectors != 0).any(axis=2)
    prototype = _prototype(space, vectors)
    gates: dict[str, Gate] = {}
    measured: dict[str, dict[str, float]] = {}
    called: dict[str, NDArray[np.bool_]] = {}
    names = [modality.name for modality in info.modalities]
    seen = [m for m in range(there.shape[1]) if there[:, m].any()]
    for columns in sorted(calibrated_subsets(seen), key=len):
        rows = there[:, columns].all(axis=1)
        performances = np.unique(performance[rows])
        if len(performances) < FEWEST:
            continue
        left_out = np.concatenate(
            [
                space.margins(
                    placed[rows & (performance == p)], _prototype(space, vectors[performance != p]), columns
                )
                for p in performances
            ]
        )
        having = (against != 0).any(axis=2)[:, columns].all(axis=1)
        margins = space.margins(against[having], prototype, columns)
        gate = gate_against(margins)
        key = subset_key({names[c] for c in columns})
        gates[key] = gate
        measured[key] = {
            "windows": len(left_out),
            "recognized": round(float(np.mean(left_out > gate.threshold)), 4),
            "others": len(margins),
        }
        taken = _taken(margins, classes[having])
        if taken is not None:
            measured[key]["false"] = round(float(np.mean(taken)), 4)
            called[key] = np.zeros(len(against), bool)
            called[key][having] = taken
    if not gates:
        raise ConfigError(f"no {FEWEST} performances of '{label}' have samples of the same modality.")
    index = len(info.enrolled)
    new = Exemplars(vectors, np.full(len(keep), index, np.int64))
    count = len(np.unique(examples.performance))
    enrollment = Enrollment(label, gates, count, source, measured, day)
    made = replace(info, labels=(*info.labels, label), enrolled=(*info.enrolled, enrollment), digest="")
    remembered = Memory(memory.learned, memory.enrolled.joined(new))
    return made, remembered, _effect(info, rivals, enrollment, called)


def remove(info: BundleInfo, memory: Memory | None, label: str) -> tuple[BundleInfo, Memory]:
    """The bundle without an enrolled activity; ConfigError where it was not enrolled."""
    labels = [activity.label for activity in info.enrolled]
    if memory is None or label not in labels:
        there = shortened(labels) or "nothing"
        what = "was learned in the training and cannot be removed" if label in info.labels else "is not there"
        raise ConfigError(f"'{label}' {what}; enrolled in {info.id}: {there}.")
    index = labels.index(label)
    left = Memory(memory.learned, memory.enrolled.without(index))
    enrolled = tuple(activity for activity in info.enrolled if activity.label != label)
    kept = tuple(name for name in info.labels if name != label)
    return replace(info, labels=kept, enrolled=enrolled, digest=""), left


def remembered(vectors: Vectors, labels: NDArray[np.int64]) -> Memory:
    """The memory of a bundle that was just trained, from windows of its classes."""
    learned = Exemplars(vectors, labels)
    return Memory(learned, no_exemplars(learned))


def check_label(info: BundleInfo, label: str) -> None:
    """Raise ConfigError where a label cannot be one, or is one already."""
    if not label or len(label) > 64 or not label.isprintable() or label != label.strip():
        raise ConfigError(f"{label[:80]!r} cannot be a label: give 1 to 64 printable letters.")
    if reserved(label):
        raise ConfigError(f"'{label}' is what is said of activities that were never learned: choose another.")
    if label in info.labels:
        raise ConfigError(
            f"{info.id} knows '{label}' already. Choose another label, or, if it was enrolled, remove it "
            f"first: --remove '{label}'."
        )


def _check_count(info: BundleInfo, label: str, examples: Examples) -> None:
    count = len(np.unique(examples.performance))
    if count < FEWEST:
        raise ConfigError(
            f"{count} performance of '{label}' has whole windows of {info.window:g} s; at least {FEWEST} are "
            "needed, and five are better."
        )


def _prototype(space: WhitenedSpace, vectors: Vectors) -> NDArray[np.float64]:
    """(M, E) of some windows."""
    return np.asarray(space.prototypes_of(Exemplars(vectors, np.zeros(len(vectors), np.int64)))[0])


def _spread(performance: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `MOST` rows, evenly over all of them: windows come in order of time."""
    if len(performance) <= MOST:
        return np.arange(len(performance))
    return np.unique(np.linspace(0, len(performance) - 1, MOST).round().astype(np.int64))


def _rivals(info: BundleInfo, memory: Memory) -> Exemplars:
    """All that a bundle keeps, labeled by index into its labels."""
    first = len(info.labels) - len(info.enrolled)
    return memory.learned.joined(Exemplars(memory.enrolled.vectors, memory.enrolled.labels + first))


def _taken(margins: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """(N,) which windows of anything else a gate lets through that was set on the other half of them.

    None where they are too few. `groups`: (N,), each in order of time.
    """
    # halves are contiguous, of each group: of two that overlap, one must not tell the gate of the other
    first = np.zeros(len(margins), bool)
    for number, group in enumerate(np.unique(groups)):
        rows = np.flatnonzero(groups == group)
        first[rows[: (len(rows) + number % 2) // 2]] = True  # odd ones round down and up in turn
    taken = np.zeros(len(margins), bool)
    for half in (first, ~first):
        if half.sum() < FEWEST_OTHERS:
            return None
        taken[half] = margins[half] > gate_against(margins[~half]).threshold
    return taken


def _effect(
    info: BundleInfo, rivals: Exemplars, enrollment: Enrollment, called: dict[str, NDArray[np.bool_]]
) -> Effect:
    """`called`: subset of modalities -> (N,) bool, the rivals that its gate takes."""
    names = [m.name for m in info.modalities]
    present = (rivals.vectors != 0).any(axis=2)
    taken: dict[str, int] = {}
    total = 0
    for having in np.unique(present, axis=0):
        gated = widest_gated(enrollment, np.flatnonzero(having).tolist(), names)
        key = subset_key({names[c] for c in gated})
        if gated and key not in called:
            continue
        rows = np.flatnonzero((present == having).all(axis=1))
        total += len(rows)
        for index in rivals.labels[rows[called[key][rows]]] if gated else ():
            taken[info.labels[index]] = taken.get(info.labels[index], 0) + 1
    return Effect(total, taken)
