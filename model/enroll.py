"""Enrolling an activity from the embeddings of a few performances, and forgetting one again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .bundle import BundleInfo, subset_key
from .enrolment import Enrolment, Gate
from .errors import BundleError, ConfigError
from .prototypes import Exemplars, Memory, Space, Vectors, gate_against, no_exemplars, subsets, widest_gated

MOST = 64
"""Exemplars kept of an enrolled activity."""
FEWEST = 2
"""Performances that an enrolment needs; with fewer none can be left out to measure."""
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
    """What an enrolment does in the windows that the bundle keeps of each other class."""

    kept: int
    """Windows that are kept of learned classes and of activities enrolled before."""
    taken: dict[str, int]
    """Label -> how many of its windows are now called by the new label; only those with any."""


def enroll(
    info: BundleInfo, memory: Memory | None, label: str, examples: Examples, source: str = ""
) -> tuple[BundleInfo, Memory, Effect]:
    """The bundle that knows `label` as well, and what that does to the other classes.

    Raises:
        ConfigError: The label is taken or cannot be one, or there are too few performances.
        BundleError: The bundle keeps no exemplars.
    """
    if memory is None:
        raise BundleError(f"'{info.id}' {NO_MEMORY}")
    check_label(info, label)
    _check_count(info, label, examples)
    space = Space(memory.learned)
    # what is kept is what serves, so the gates are measured with it
    keep = _spread(examples.performance)
    vectors, performance = examples.vectors[keep], examples.performance[keep]
    placed, others = space(vectors), space(examples.others)
    known = space(memory.learned.joined(memory.enrolled).vectors)
    there = (vectors != 0).any(axis=2)
    prototype = _prototype(space, vectors)
    gates: dict[str, Gate] = {}
    measured: dict[str, dict[str, float]] = {}
    for columns in subsets([m for m in range(there.shape[1]) if there[:, m].any()]):
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
        negative = [x[(x != 0).any(axis=2)[:, columns].all(axis=1)] for x in (known, others)]
        against = space.margins(np.concatenate(negative), prototype, columns)
        gate = gate_against(against)
        key = subset_key({info.modalities[c].name for c in columns})
        gates[key] = gate
        measured[key] = {
            "windows": len(left_out),
            "recognised": round(float(np.mean(left_out > gate.threshold)), 4),
            "others": len(against),
            "false": round(float(np.mean(against > gate.threshold)), 4),
        }
    if not gates:
        raise ConfigError(f"no {FEWEST} performances of '{label}' have samples of the same modality.")
    index = len(info.enrolled)
    new = Exemplars(vectors, np.full(len(keep), index, np.int64))
    count = len(np.unique(examples.performance))
    one = Enrolment(label, gates, count, source, measured)
    made = replace(info, labels=(*info.labels, label), enrolled=(*info.enrolled, one), digest="")
    remembered = Memory(memory.learned, memory.enrolled.joined(new))
    return made, remembered, _effect(info, memory, space, one, remembered)


def remove(info: BundleInfo, memory: Memory | None, label: str) -> tuple[BundleInfo, Memory]:
    """The bundle without an enrolled activity; ConfigError where it was not enrolled."""
    labels = [one.label for one in info.enrolled]
    if memory is None or label not in labels:
        there = ", ".join(labels) or "nothing"
        what = "was learned in the training and cannot be removed" if label in info.labels else "is not there"
        raise ConfigError(f"'{label}' {what}; enrolled in {info.id}: {there}.")
    index = labels.index(label)
    left = Memory(memory.learned, memory.enrolled.without(index))
    enrolled = tuple(one for one in info.enrolled if one.label != label)
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


def _prototype(space: Space, vectors: Vectors) -> NDArray[np.float64]:
    """(M, E) of some windows."""
    return np.asarray(space.prototypes_of(Exemplars(vectors, np.zeros(len(vectors), np.int64)))[0])


def _spread(performance: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `MOST` rows, evenly over all of them: windows come in order of time."""
    if len(performance) <= MOST:
        return np.arange(len(performance))
    return np.unique(np.linspace(0, len(performance) - 1, MOST).round().astype(np.int64))


def _effect(info: BundleInfo, before: Memory, space: Space, one: Enrolment, after: Memory) -> Effect:
    names: Sequence[str] = [*info.labels[: len(info.labels) - len(info.enrolled)]]
    prototype = space.prototypes_of(after.enrolled)[-1]
    taken: dict[str, int] = {}
    total = 0
    every = (
        (before.learned, names),
        (before.enrolled, [enrolled.label for enrolled in info.enrolled]),
    )
    for exemplars, labels in every:
        placed = space(exemplars.vectors)
        for columns in {tuple(np.flatnonzero(row).tolist()) for row in (placed != 0).any(axis=2)}:
            gated = widest_gated(one, columns, [m.name for m in info.modalities])
            rows = ((placed != 0).any(axis=2) == np.isin(np.arange(placed.shape[1]), columns)).all(axis=1)
            total += int(rows.sum())
            if not gated:
                continue
            gate = one.gates[subset_key({info.modalities[c].name for c in gated})]
            called = space.margins(placed[rows], prototype, gated) > gate.threshold
            for index in exemplars.labels[rows][called]:
                taken[labels[index]] = taken.get(labels[index], 0) + 1
    return Effect(total, taken)
