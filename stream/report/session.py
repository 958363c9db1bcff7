"""A session as a report sees it: its phases, what they were told from, and what was missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hnhar.model.errors import RecordingError

from .phases import PHASES, PhaseSequence, columns_of, lacking
from .smoothing import Frames, Smoothing, smooth


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """Answer for one window, as far as a report needs it."""

    start: float
    """s."""
    end: float
    """s."""
    probabilities: Mapping[str, float]
    """Label -> calibrated probability."""
    modalities: tuple[str, ...]
    """Modalities that it was made from."""


@dataclass(frozen=True, slots=True)
class Session:
    """One file of a report; times count from its start."""

    name: str
    segments: tuple[PhaseSequence, ...]
    weights: str
    """Identifier of the bundle; "" where the file does not say."""
    length: float
    """s that were looked at."""
    shares: Mapping[str, float]
    """Modality -> share of the windows that it took part in; empty where the file does not say."""
    notes: tuple[str, ...] = ()
    """What was missing or assumed, in words."""


def check_labels(labels: Sequence[str], whose: str) -> None:
    """Raise RecordingError where these labels do not tell the phases of a Timed Up and Go."""
    absent = lacking(labels)
    if absent:
        raise RecordingError(
            f"{whose} cannot be read as a Timed Up and Go: no label is {', '.join(absent)}. The weights "
            "'tug' tell all of its phases: recognize with --weights tug."
        )


def of_windows(
    name: str,
    answers: Sequence[WindowAnswer],
    *,
    weights: str,
    zero: float | None = None,
    notes: Sequence[str] = (),
    settings: Smoothing | None = None,
) -> Session:
    """The session of windows in order; each is taken to speak of its middle, as the windows of `tug` do.

    Args:
        name: Of the session.
        answers: At least one, their labels checked (`check_labels`).
        weights: Identifier of the bundle.
        zero: Time from which the session counts, s; None: the middle of the first window.
        notes: What was missing or assumed.
        settings: Of the smoothing.
    """
    columns = columns_of(list(answers[0].probabilities))
    middles = np.array([(a.start + a.end) / 2 for a in answers])
    rows = np.array([[a.probabilities.get(columns[phase], 0.0) for phase in PHASES] for a in answers])
    order = np.argsort(middles, kind="stable")
    middles, rows = middles[order], rows[order]
    begin = float(middles[0]) if zero is None else zero
    names = sorted({modality for a in answers for modality in a.modalities})
    shares = {m: sum(m in a.modalities for a in answers) / len(answers) for m in names}
    segments = smooth(Frames(middles - begin, rows), settings)
    return Session(
        name, segments, weights, float(middles[-1] - middles[0]), shares, (*notes, *_gaps(segments))
    )


def _gaps(segments: Sequence[PhaseSequence]) -> list[str]:
    """A note on stretches between the segments, of which nothing is known."""
    lost = [b.phases[0].onset - a.phases[-1].offset for a, b in pairwise(segments)]
    if not lost:
        return []
    times = "once" if len(lost) == 1 else f"{len(lost)} times"
    return [f"samples were missing {times}, {sum(lost):.1f} s in all: a trial does not go on across that"]
