"""The threshold of unknown events, set on the recognized events of persons whom a training left out.

No unknown activity is needed for it: what settles on people held out is known, but for a share of 2 %.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.novelty import REJECTED, EventNovelty, Novelty, Usual, threshold
from hnhar.model.bundle.subsets import subset_key
from hnhar.stream.decide.decider import Decider
from hnhar.stream.decide.evidence import Settled
from hnhar.stream.messages import Event
from hnhar.stream.recordings.score import recognized

from ..evaluate.evaluate import ClassifiedSession, score_of

FEWEST = 30
"""Recognized events without which no threshold is set: 2 % of fewer is none."""
NEGLIGIBLE = 1e-5
"""Spread below which all events count as alike."""


def with_events(watched: Sequence[ClassifiedSession], info: BundleInfo) -> dict[str, Novelty]:
    """The thresholds of `info` with those of unknown events, by its decisions; none of too few events.

    The sessions must be of people whom their recognizer never saw.
    """
    settled: dict[str, list[Settled]] = {}
    for session in watched:
        key = subset_key(session.subset)
        settled.setdefault(key, []).extend(s for s in settled_events(session, info) if s is not None)
    out = {}
    for key, novelty in info.novelty.items():
        mine = [s for s in settled.get(key, ()) if s.modalities == set(key.split("+"))]
        out[key] = replace(novelty, events=_threshold_of(mine))
    return out


def settled_events(session: ClassifiedSession, info: BundleInfo) -> list[Settled | None]:
    """The evidence of each event that recognizes an action of the session, in their order."""
    decider = Decider(session.recording.wearer, info.labels, info.idle, info.decision, info.window)
    events: list[Event] = []
    evidence: dict[int, Settled | None] = {}

    def take(made: Sequence[Event]) -> None:
        events.extend(made)
        for event in made:
            if event.kind == "offset" and decider.evidence is not None:
                evidence[event.id] = decider.evidence.settled()

    for prediction in session.predictions:
        take(decider.update(prediction))
    take(decider.finish())
    hits = {
        (h.event.onset, h.event.label) for h in score_of(session.recording, info, recognized(events)).hits
    }
    return [evidence[e.id] for e in events if e.kind == "offset" and (e.onset, e.label) in hits]


def _threshold_of(settled: Sequence[Settled]) -> EventNovelty | None:
    """None of too few events, or where all are alike."""
    if len(settled) < FEWEST:
        return None
    strange, doubts = np.array([(s.strangeness, s.doubt) for s in settled]).T
    if min(strange.std(), doubts.std()) < NEGLIGIBLE:
        return None
    made = EventNovelty(
        0.0,
        0.0,
        Usual(round(float(strange.mean()), 5), round(float(strange.std()), 6)),
        Usual(round(float(doubts.mean()), 5), round(float(doubts.std()), 6)),
    )
    scores = np.array([made.score(s.strangeness, s.doubt) for s in settled])
    at = threshold(scores, REJECTED)
    return replace(made, threshold=at, rejected=round(float((scores > at).mean()), 4))
