"""Split of your recordings into training, calibration and measurement, and the check that they suffice.

With three subjects or more, some are left out to calibrate and others to measure. With two who did everything
twice, one is left out, and its performances calibrate and measure in turn. Else all are dealt out, label by
label: a recording is cut in the middle of the pauses (and long activities in stretches), so that no sample is
on two sides.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.near import Near
from hnhar.stream.recordings.portions import TOUCH, portion

from .files import OwnSession

FEWEST = 3
"""Performances (or stretches of a long one) that a label needs: one each to train, calibrate and measure."""
STRETCH = 4.0
"""Windows in a stretch that a long activity is cut into."""
SHARE = 0.15
"""Share of the subjects that calibrate, and again that measure; at least one each."""


@dataclass(frozen=True, slots=True, eq=False)
class SplitSides:
    """The three sides of a split, which share no sample."""

    train: tuple[Recording, ...]
    calibrate: tuple[Recording, ...]
    measure: tuple[Recording, ...]
    how: str
    """The split in words, for the bundle's provenance and its card."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a recording around one performance."""

    start: float
    end: float
    label: str


def split(sessions: Sequence[OwnSession], window: float) -> SplitSides:
    """Three sides without a common sample. Raises RecordingError where there is too little of a label."""
    check_enough(sessions, window)
    subjects = sorted({s.subject for s in sessions})
    if len(subjects) >= 3:
        parts = _by_subject(sessions, subjects)
        if parts is not None:
            return parts
    for subject in reversed(subjects) if len(subjects) >= 2 else ():
        parts = _in_turn(sessions, subject, window)
        if parts is not None:
            return parts
    sides = _dealt([s.recording for s in sessions], window, _role)
    learned = _labels(sides["train"])
    lost = [label for label in labels_of(sessions) if label not in learned]
    if lost:
        raise RecordingError(
            f"{', '.join(lost)} can be left out only together with all that is done at the same time: "
            "nothing would be left to train on. Record some of it alone, or leave it out with --labels."
        )
    how = "performances left out here and there: no other person was seen"
    return SplitSides(tuple(sides["train"]), tuple(sides["calibrate"]), tuple(sides["measure"]), how)


def _in_turn(sessions: Sequence[OwnSession], subject: str, window: float) -> SplitSides | None:
    """A split that leaves out one subject, whose performances calibrate and measure in turn.

    None where a label would be missing on a side, or hardly there to train on.
    """
    every = set(labels_of(sessions))
    kept = tuple(s.recording for s in sessions if s.subject != subject)
    count = Counter(a.label for r in kept for a in r.annotations)
    if any(count[label] < 2 for label in every):
        return None
    mine = [s.recording for s in sessions if s.subject == subject]
    sides = _dealt(mine, window, lambda n, count: "calibrate" if n % 2 == 0 else "measure")
    if any(_labels(side) != every for side in (sides["calibrate"], sides["measure"])):
        return None
    how = f"the performances of subject {subject} in turn"
    return SplitSides(kept, tuple(sides["calibrate"]), tuple(sides["measure"]), how)


def _labels(recordings: Sequence[Recording]) -> set[str]:
    return {a.label for r in recordings for a in r.annotations}


def labels_of(sessions: Sequence[OwnSession]) -> tuple[str, ...]:
    """Every label, sorted."""
    return tuple(sorted({a.label for s in sessions for a in s.recording.annotations}))


def check_enough(sessions: Sequence[OwnSession], window: float) -> None:
    """Raise RecordingError where a label was done too rarely, or by one subject of several only."""
    count: Counter[str] = Counter()
    who: dict[str, set[str]] = defaultdict(set)
    files: dict[str, set[str]] = defaultdict(set)
    for session in sessions:
        for annotation in session.recording.annotations:
            count[annotation.label] += _stretches(annotation, window)
            who[annotation.label].add(session.subject)
            files[annotation.label].add(session.recording.name)
    if not count:
        raise RecordingError("there is no label in any recording")
    listed = shortened([f"{label} {n}" for label, n in sorted(count.items())])
    few = sorted(label for label, n in count.items() if n < FEWEST)
    if few:
        raise RecordingError(
            f"too little to learn {shortened(few)}: a label needs {FEWEST} performances (or one of "
            f"{FEWEST * STRETCH * window:g} s), and ten are better. There are: {listed}. Record more, or "
            "leave them out with --labels."
        )
    subjects = {s.subject for s in sessions}
    alone = sorted(label for label, names in who.items() if len(names) < 2)
    if len(subjects) > 1 and alone:
        where = shortened([f"{label} only in {' and '.join(sorted(files[label])[:3])}" for label in alone])
        raise RecordingError(
            f"with several subjects, each label must be of two at least: {where}. Record the others doing "
            "it, leave it out with --labels, or say --subject-from one if they are one person."
        )


def _by_subject(sessions: Sequence[OwnSession], subjects: Sequence[str]) -> SplitSides | None:
    """A split by subject; None where the others would lack a label without two groups of subjects."""
    size = max(1, round(SHARE * len(subjects)))
    measure = _sparable(sessions, subjects, size)
    rest = [s for s in sessions if s.subject not in measure]
    calibrate = _sparable(rest, [s for s in subjects if s not in measure], size)
    if not measure or not calibrate:
        return None

    def of(names: Collection[str]) -> tuple[Recording, ...]:
        return tuple(s.recording for s in sessions if s.subject in names)

    train = [s for s in subjects if s not in measure and s not in calibrate]
    how = f"calibrated on subject {', '.join(calibrate)}, measured on subject {', '.join(measure)}"
    lacking = sorted(set(labels_of(sessions)) - _labels(of(measure)))
    if lacking:
        how += f", who did no {', '.join(lacking)}"
    return SplitSides(of(train), of(calibrate), of(measure), how)


def _sparable(sessions: Sequence[OwnSession], subjects: Sequence[str], size: int) -> list[str]:
    """Up to `size` subjects, from the last on, without whom the others still have every label."""
    chosen: list[str] = []
    every = set(labels_of(sessions))
    for subject in reversed(subjects):
        left = [s for s in sessions if s.subject not in (*chosen, subject)]
        if left and set(labels_of(left)) == every:
            chosen.append(subject)
        if len(chosen) == size:
            break
    return sorted(chosen)


def _role(n: int, count: int) -> str:
    """The side of the n-th of `count` performances of a label by the only subject."""
    if count < 5:
        return ("train", "measure", "calibrate")[n] if n < 3 else "train"
    return {2: "measure", 4: "calibrate"}.get(n % 5, "train")


def _dealt(
    recordings: Sequence[Recording], window: float, role: Callable[[int, int], str]
) -> dict[str, list[Recording]]:
    """Side -> parts of the recordings; neighbors on one side stay together."""
    done: Counter[str] = Counter()
    for recording in recordings:
        for annotation in recording.annotations:
            done[annotation.label] += _stretches(annotation, window)
    pieces = [(number, piece) for number, r in enumerate(recordings) for piece in _pieces(r, window, done)]
    count = Counter(piece.label for _, piece in pieces)
    seen: Counter[str] = Counter()
    runs: list[tuple[str, int, float, float]] = []
    for number, piece in pieces:
        side = role(seen[piece.label], count[piece.label])
        seen[piece.label] += 1
        if runs and runs[-1][:2] == (side, number):
            runs[-1] = (side, number, runs[-1][2], piece.end)
        else:
            runs.append((side, number, piece.start, piece.end))
    sides: dict[str, list[Recording]] = {"train": [], "calibrate": [], "measure": []}
    for side, number, start, end in runs:
        part = portion(recordings[number], start, end)
        if part.streams and part.annotations:
            sides[side].append(part)
    return sides


def _pieces(recording: Recording, window: float, done: Counter[str]) -> list[_Piece]:
    """A recording cut in the middle of pauses, and long activities into stretches of `STRETCH` windows.

    Activities at the same time stay together in a piece, which is called by the rarest of them (`done` counts
    performances): the rarest needs every piece to be on all sides.
    """
    ordered = sorted(recording.annotations, key=lambda a: a.onset)
    near = Near(ordered)
    merged: list[Annotation] = []
    for annotation in ordered:
        if merged and annotation.onset < merged[-1].offset - TOUCH:
            offset = max(merged[-1].offset, annotation.offset)
            merged[-1] = Annotation(merged[-1].onset, offset - merged[-1].onset, merged[-1].label)
        else:
            merged.append(annotation)
    if not merged:
        return []
    middles = [(a.offset + b.onset) / 2 for a, b in pairwise(merged)]
    borders = [recording.start, *middles, recording.end + 1e-3]
    pieces = []
    for annotation, (start, end) in zip(merged, pairwise(borders), strict=True):
        number = _stretches(annotation, window)
        inner = [annotation.onset + annotation.duration * k / number for k in range(1, number)]
        for a, b in pairwise([start, *inner, end]):
            there = [other.label for other in near.to(a + TOUCH, b - TOUCH)]
            pieces.append(_Piece(a, b, min(there, key=done.__getitem__, default=annotation.label)))
    return pieces


def _stretches(annotation: Annotation, window: float) -> int:
    """Number of performances that an annotation counts as: a long one as several."""
    return max(int(annotation.duration // (STRETCH * window)), 1)
