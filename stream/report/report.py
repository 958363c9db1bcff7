"""A report on the Timed Up and Go of one person: trials of one session or more, and what to know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from hnhar.model.errors import RecordingError

from .phases import STANDING_UP
from .session import Session
from .summary import Spread, spreads
from .trials import Trial, trials_of

DISCLAIMER = (
    "The weights may not have learned from people like this one. Not a medical device, and no diagnosis: "
    "whoever treats this person judges what it means."
)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a table, a file or a page of a report shows."""

    name: str
    """Of the person or the session, as the user gave it."""
    sessions: tuple[Session, ...]
    trials: tuple[Trial, ...]
    """Of all sessions, in order."""

    @property
    def complete(self) -> tuple[Trial, ...]:
        """Trials that count."""
        return tuple(t for t in self.trials if t.complete)

    @property
    def incomplete(self) -> tuple[Trial, ...]:
        """Trials that are listed, and do not count."""
        return tuple(t for t in self.trials if not t.complete)

    @property
    def spreads(self) -> dict[str, Spread]:
        """Durations of each part, and in total, over the complete trials."""
        return spreads(self.trials)

    @property
    def weights(self) -> tuple[str, ...]:
        """Identifiers of the bundles, each once."""
        return tuple(dict.fromkeys(s.weights or "not said" for s in self.sessions))

    @property
    def notes(self) -> tuple[str, ...]:
        """Lacks and assumptions in words, each with its session where there are several."""
        several = len(self.sessions) > 1
        lines = [f"{s.name}: {note}" if several else note for s in self.sessions for note in _notes(s)]
        return tuple(dict.fromkeys(lines))


def report_on(name: str, sessions: Sequence[Session]) -> Report:
    """The report on these sessions."""
    trials = [trial for session in sessions for trial in trials_of(session.segments, session.name)]
    return Report(name, tuple(sessions), tuple(trials))


def _notes(session: Session) -> list[str]:
    partly = [
        f"{name} in only {share:.0%} of the windows"
        for name, share in session.shares.items()
        if share < 0.995
    ]
    return [*session.notes, *([", ".join(partly)] if partly else [])]


def check_sensors(sessions: Sequence[Session]) -> None:
    """Raise RecordingError where two sessions have no sensor in common: often those of the same trials, which
    would count twice; and what different sensors tell differs."""
    known = [s for s in sessions if s.shares]
    for first, second in combinations(known, 2):
        if not set(first.shares) & set(second.shares):
            raise RecordingError(
                f"{first.name} was told from {' and '.join(first.shares)}, {second.name} from "
                f"{' and '.join(second.shares)}: if they are of the same trials, each would count twice, and "
                "what two sensors tell is not the same. Put both into one recording, or report on each by "
                "itself."
            )


def check_trials(report: Report) -> None:
    """Raise RecordingError where there is no Timed Up and Go at all, not even a part of one."""
    if any(phase.label == STANDING_UP for trial in report.trials for phase in trial.phases):
        return
    seen = sum(session.length for session in report.sessions)
    weights = " and ".join(report.weights)
    raise RecordingError(
        f"no Timed Up and Go: no stand-up found in the {seen:.0f} s of {report.name} (weights: {weights}). "
        "Is the sensor worn where the weights expect it, and does the person begin seated?"
    )
