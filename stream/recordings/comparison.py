"""Comparison of performed actions with recognized events as a file: scores, confusions, actions and events.

Tab-separated; each part begins with a line `# …` and its columns.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.model.files import write_whole

from .recording import Annotation
from .score import Score


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One action, one event, or both where they match."""

    time: float
    """Onset of the action, or of the event where there is none, s."""
    verdict: str
    """"hit", "missed", "false", "not learned", or "not scored"."""
    performed: str = ""
    recognized: str = ""
    confidence: float | None = None
    onset_error: float | None = None
    """s; positive is late."""


@dataclass(frozen=True, slots=True)
class ActivityScore:
    """Score of one activity."""

    label: str
    performed: int
    hits: int
    false: int
    """Events of this label that match no action."""
    taken_for: str
    """The activity recognized in its place most often; "" where none was."""

    @property
    def misses(self) -> int:
        """Actions that were not recognized."""
        return self.performed - self.hits

    @property
    def recall(self) -> float | None:
        """Share of its actions that were recognized; None where it was not performed."""
        return self.hits / self.performed if self.performed else None

    @property
    def precision(self) -> float | None:
        """Share of its events that match an action; None where there is no event."""
        events = self.hits + self.false
        return self.hits / events if events else None

    @property
    def f1(self) -> float:
        """2 hits / (actions + events)."""
        return 2 * self.hits / (self.performed + self.hits + self.false)


def lines_of(score: Score, performed: Sequence[Annotation], others: Collection[str]) -> list[ComparisonRow]:
    """Every action and event by time; `others`: labels that could not be recognized."""
    lines = [
        ComparisonRow(h.action.onset, "hit", h.action.label, h.event.label, h.event.confidence, h.onset_error)
        for h in score.hits
    ]
    lines += [ComparisonRow(a.onset, "missed", a.label) for a in score.misses]
    lines += [ComparisonRow(a.onset, "not learned", a.label) for a in performed if a.label in others]
    lines += [ComparisonRow(e.onset, "false", "", e.label, e.confidence) for e in score.false_events]
    lines += [ComparisonRow(e.onset, "not scored", "", e.label, e.confidence) for e in score.unscored]
    return sorted(lines, key=lambda line: (line.time, line.performed, line.recognized))


def by_activity(score: Score) -> list[ActivityScore]:
    """The score of each activity that was performed or recognized, most mistakes first."""
    hits = Counter(hit.action.label for hit in score.hits)
    misses = Counter(action.label for action in score.misses)
    false = Counter(event.label for event in score.false_events)
    taken: dict[str, Counter[str]] = {}
    for (performed, recognized), count in score.confusions.items():
        taken.setdefault(performed, Counter())[recognized] = count
    scores = [
        ActivityScore(
            label,
            hits[label] + misses[label],
            hits[label],
            false[label],
            taken[label].most_common(1)[0][0] if label in taken else "",
        )
        for label in {*hits, *misses, *false}
    ]
    return sorted(scores, key=lambda s: (-(s.misses + s.false), s.label))


def write_comparison(path: Path, score: Score, lines: Sequence[ComparisonRow], origin: float) -> None:
    """Write the file, whole or not at all; times in it count from `origin`, s. Raises RecordingError."""
    text = "".join(f"{line}\n" for line in _text(score, lines, origin))
    try:
        write_whole(path, text)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def _text(score: Score, lines: Sequence[ComparisonRow], origin: float) -> Iterator[str]:
    yield "# scores of each activity"
    yield _row("activity", "performed", "recognized", "missed", "false", "recall", "precision", "f1")
    for s in by_activity(score):
        yield _row(s.label, s.performed, s.hits, s.misses, s.false, s.recall, s.precision, s.f1)
    yield ""
    yield "# what was recognized in place of what was performed"
    yield _row("performed", "recognized", "times")
    for (performed, recognized), count in sorted(score.confusions.items(), key=lambda c: (-c[1], c[0])):
        yield _row(performed, recognized, count)
    yield ""
    yield "# every action and event, in s"
    yield _row("onset", "verdict", "performed", "recognized", "confidence", "onset_error")
    for line in lines:
        yield _row(
            line.time - origin,
            line.verdict,
            line.performed,
            line.recognized,
            line.confidence,
            line.onset_error,
        )


def _row(*cells: str | float | None) -> str:
    """Cells as text: `n/a` for what is not known, three decimals, no tab or line break in a label."""
    texts = []
    for cell in cells:
        if cell is None or cell != cell:
            texts.append("n/a")
        elif isinstance(cell, float):
            texts.append(f"{cell:.3f}")
        else:
            texts.append(" ".join(str(cell).split()))
    return "\t".join(texts)
