"""From window probabilities to events: belief, hysteresis, durations. Pure: time comes with predictions.

A window looks back over its whole length, so an activity is decided on well after it began;
`Decision.onset_shift` and `offset_shift`, measured on training subjects, move the published times back to
where the activity began and ended. Each prediction is judged by what holds for the modalities that it was
made from (`Decision.of`). A window that is unknown begins nothing, so nothing else takes the place of what is
on, which ends when it fades.

The confidence of an onset is the calibrated probability of its label in the window that decided it, that of
an offset the mean over the windows since. The belief itself says little there: an onset comes when it has
just reached `enter`, be that 0.1 or 0.95.

An event whose evidence never settled (`evidence`) is unknown, which its offset says; so is motion that no
activity is decided on (`stirring`), an event of its own. Both need thresholds that a bundle holds.
"""

from dataclasses import dataclass
from typing import Literal

from hnhar.model.bundle.decision import Decision
from hnhar.model.labels import UNKNOWN

from ..messages import Event, Prediction
from .belief import averaged, filtered
from .evidence import Evidence, Thresholds
from .stirring import RESTING, Stirring, stirred


@dataclass(frozen=True, slots=True)
class Believed:
    """Belief over the labels after a window."""

    smoothed: dict[str, float]
    """Label -> probability."""
    label: str
    """The likeliest activity."""
    probability: float
    """Its probability."""


@dataclass(slots=True)
class _Active:
    id: int
    label: str
    onset: float
    last: float
    """End of the last window in which it held, s."""
    total: float
    """Its calibrated probabilities in the windows since the one that decided it, added up."""
    evidence: Evidence
    """Of all its windows since then."""
    windows: int = 1

    @property
    def confidence(self) -> float:
        """Mean of those probabilities: at the onset, of the one window that decided it."""
        return self.total / self.windows


@dataclass(slots=True)
class _Candidate:
    label: str
    since: float


class Decider:
    """Turns the predictions of one wearer, in order, into events."""

    def __init__(
        self,
        wearer: str,
        labels: tuple[str, ...],
        idle: str,
        settings: Decision,
        window: float,
        unknown: Thresholds = lambda modalities: None,
    ) -> None:
        """Ready for the first prediction.

        Args:
            wearer: Of the predictions.
            labels: Of the bundle.
            idle: The label that is no activity; "" if there is none.
            settings: Of the decisions.
            window: Length of a window, s.
            unknown: Gives the thresholds of the unknown for some modalities (`BundleInfo.unknown_of`).
        """
        self._unknown = unknown
        self._wearer = wearer
        self._labels = labels
        self._idle = idle
        self._activities = [label for label in labels if label != idle]
        self._all_settings = settings
        self._settings = settings
        self._settings_by: dict[tuple[str, ...], Decision] = {}
        self._knows_by: dict[tuple[str, ...], bool] = {}
        self._window = window
        self._believed: Believed | None = None
        self._time: float | None = None
        self._unix_offset_ns: int | None = None
        self._active: _Active | None = None
        self._candidate: _Candidate | None = None
        self._ended: tuple[str, float] | None = None
        self._stirring: Stirring | None = None
        self.evidence: Evidence | None = None
        """Of the event that ended last."""
        self._events = 0
        self._messages = 0
        self._model = ""

    @property
    def smoothed(self) -> dict[str, float]:
        """Label -> smoothed probability after the last prediction."""
        return {} if self._believed is None else dict(self._believed.smoothed)

    @property
    def believed(self) -> Believed | None:
        """The belief after the last prediction; None before the first, and after a silence."""
        return self._believed

    def update(self, prediction: Prediction, believed: Believed | None = None) -> list[Event]:
        """Take the next prediction; return the events that it decides, oldest first.

        `believed` is the belief after it, where another stage with the same settings of belief has computed
        it already: so many settings of the rest can be tried on the same predictions.
        """
        events: list[Event] = []
        end = prediction.end
        self._model = prediction.model
        unix = prediction.end_unix_ns
        self._unix_offset_ns = None if unix is None else unix - round(end * 1e9)
        self._settings = self._settings_of(prediction.modalities)
        if self._time is not None and end < self._time:
            events += self._stop(end)
        events += [] if self._time is None else self.lapse(end - self._time)
        if max(prediction.coverage.values(), default=1.0) < self._settings.coverage:
            return events
        self._believed = believed or self._believe(prediction, end)
        self._time = end
        if self._active is not None:
            events += self._continue(self._believed, prediction)
        if self._active is None:
            events += self._begin(self._believed, prediction)
        return events + self._stir(self._believed, prediction)

    def lapse(self, silence: float) -> list[Event]:
        """End what is on if nothing was seen for `silence` s, longer than a window.

        What was going on then is not known to go on now.
        """
        if self._time is None or silence <= self._window:
            return []
        return self._stop(self._time + silence)

    def finish(self) -> list[Event]:
        """The stream is over: end what is active, and forget the past."""
        return [] if self._time is None else self._stop(self._time)

    def _stop(self, decided: float) -> list[Event]:
        events = [self._offset(decided)] if self._active is not None else []
        events += self._settle_down(decided)
        self._believed = self._time = self._candidate = self._ended = None
        return events

    def _settings_of(self, modalities: tuple[str, ...]) -> Decision:
        settings = self._settings_by.get(modalities)
        if settings is None:
            settings = self._settings_by[modalities] = self._all_settings.of(modalities)
        return settings

    def _knows_events(self, modalities: tuple[str, ...]) -> bool:
        """True where events from these modalities have a threshold of the unknown."""
        known = self._knows_by.get(modalities)
        if known is None:
            novelty = self._unknown(set(modalities))
            known = self._knows_by[modalities] = novelty is not None and novelty.events is not None
        return known

    def _believe(self, prediction: Prediction, end: float) -> Believed:
        seen = prediction.probabilities
        if len(seen) != len(self._labels):
            seen = {label: seen[label] for label in self._labels}
        smoothed = seen
        if self._believed is not None and self._time is not None:
            before, step = self._believed.smoothed, end - self._time
            if self._settings.evidence > 0:
                smoothed = filtered(before, seen, self._idle, self._settings, step)
            else:
                smoothed = averaged(before, seen, self._settings.smoothing, step)
        label = max(self._activities, key=smoothed.__getitem__)
        return Believed(smoothed, label, smoothed[label])

    def _continue(self, believed: Believed, prediction: Prediction) -> list[Event]:
        active, label, probability = self._active, believed.label, believed.probability
        assert active is not None
        current, end = believed.smoothed[active.label], prediction.end
        if current >= self._settings.leave:
            active.last = end
        another = label != active.label and probability >= self._settings.enter and probability > current
        another = another and not prediction.unknown
        # the refractory time: what fades and comes back at once is the same activity
        faded = end - active.last > self._settings.refractory
        if another or faded:
            return [self._offset(end)]
        active.total += prediction.probabilities[active.label]
        active.windows += 1
        active.evidence.add(prediction)
        return []

    def _begin(self, believed: Believed, prediction: Prediction) -> list[Event]:
        settings, candidate = self._settings, self._candidate
        end, unknown = prediction.end, prediction.unknown
        label, probability = believed.label, believed.probability
        if probability < settings.enter or self._too_soon(label, end):
            self._candidate = None
            return []
        if candidate is None or candidate.label != label:
            candidate = None if unknown else _Candidate(label, end)
            self._candidate = candidate
        if unknown or candidate is None:
            return []
        held = end - candidate.since >= settings.minimum - 1e-9
        if not held and probability <= settings.certain:
            return []
        onset = candidate.since + settings.onset_shift
        self._candidate = None
        self._events += 1
        evidence = Evidence(label)
        evidence.add(prediction)
        self._active = _Active(self._events, label, onset, end, prediction.probabilities[label], evidence)
        return [self._event("onset", self._active, None, end)]

    def _stir(self, believed: Believed, prediction: Prediction) -> list[Event]:
        """Take a window of motion that nothing is decided on; the event of what is over."""
        if self._active is not None or not self._idle or not self._knows_events(prediction.modalities):
            self._stirring = None
            return []
        if believed.smoothed[self._idle] >= RESTING:
            return self._settle_down(prediction.end)
        self._stirring = stirred(self._stirring, prediction, self._idle)
        return []

    def _settle_down(self, decided: float) -> list[Event]:
        stirring, self._stirring = self._stirring, None
        if stirring is None or not stirring.long_enough:
            return []
        self._events += 1
        onset = stirring.since + self._settings.onset_shift
        duration = max(stirring.last + self._settings.offset_shift - onset, 0.0)
        confidence = stirring.confidence
        active = _Active(self._events, UNKNOWN, onset, decided, confidence, Evidence(UNKNOWN))
        return [
            self._event("onset", active, None, decided, unknown=True),
            self._event("offset", active, duration, decided, unknown=True),
        ]

    def _too_soon(self, label: str, end: float) -> bool:
        """True if the same activity ended less than `again` s ago."""
        if self._ended is None or self._ended[0] != label:
            return False
        return end < self._ended[1] + self._settings.again - 1e-9

    def _offset(self, decided: float) -> Event:
        active = self._active
        assert active is not None
        self._active = None
        self._ended = (active.label, decided)
        duration = max(active.last + self._settings.offset_shift - active.onset, 0.0)
        self.evidence = active.evidence
        unknown = active.evidence.unknown(self._unknown)
        return self._event("offset", active, duration, decided, unknown=unknown)

    def _event(
        self,
        kind: Literal["onset", "offset"],
        active: _Active,
        duration: float | None,
        decided: float,
        *,
        unknown: bool = False,
    ) -> Event:
        seq, offset = self._messages, self._unix_offset_ns
        self._messages += 1
        return Event(
            seq=seq,
            wearer=self._wearer,
            id=active.id,
            kind=kind,
            label=active.label,
            onset=active.onset,
            onset_unix_ns=None if offset is None else round(active.onset * 1e9) + offset,
            duration=duration,
            confidence=active.confidence,
            decided=decided,
            model=self._model,
            unknown=unknown,
        )
