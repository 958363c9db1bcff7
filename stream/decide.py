"""From window probabilities to events: smoothing, hysteresis, durations. Pure: time comes with predictions.

A window looks back over its whole length, so an activity is decided on well after it began;
`Decision.onset_shift` and `offset_shift`, measured on training subjects, move the published times back to
where the activity began and ended. Each prediction is judged by what holds for the modalities that it was
made from (`Decision.of`). A window that is unknown begins nothing, so nothing else takes the place of what is
on, which ends when it fades.
"""

from dataclasses import dataclass
from math import exp

from hnhar.model.decision import Decision

from .messages import Event, Prediction


@dataclass(slots=True)
class _Active:
    id: int
    label: str
    onset: float
    confidence: float
    last: float
    """End of the last window in which it held, s."""


@dataclass(slots=True)
class _Candidate:
    label: str
    since: float


class Decider:
    """Turns the predictions of one wearer, in order, into events."""

    def __init__(
        self, wearer: str, labels: tuple[str, ...], idle: str, settings: Decision, window: float
    ) -> None:
        """`idle`: the label that is no activity ("" if there is none); `window`: length of a window, s."""
        self._wearer = wearer
        self._labels = labels
        self._idle = idle
        self._all_settings = settings
        self._settings = settings
        self._window = window
        self._smoothed: dict[str, float] = {}
        self._time: float | None = None
        self._unix_offset_ns = 0
        self._active: _Active | None = None
        self._candidate: _Candidate | None = None
        self._ended: tuple[str, float] | None = None
        self._events = 0
        self._messages = 0
        self._model = ""

    @property
    def smoothed(self) -> dict[str, float]:
        """Label -> smoothed probability after the last prediction."""
        return dict(self._smoothed)

    def update(self, prediction: Prediction) -> list[Event]:
        """Take the next prediction; return the events that it decides, oldest first."""
        events: list[Event] = []
        end = prediction.end
        self._model = prediction.model
        self._unix_offset_ns = prediction.end_unix_ns - round(end * 1e9)
        self._settings = self._all_settings.of(prediction.modalities)
        if self._time is not None and end < self._time:
            events += self._stop(end)
        events += [] if self._time is None else self.lapse(end - self._time)
        if max(prediction.coverage.values(), default=1.0) < self._settings.coverage:
            return events
        self._smooth(prediction, end)
        label, probability = self._leader()
        if self._active is not None:
            events += self._continue(label, probability, end, unknown=prediction.unknown)
        if self._active is None:
            events += self._begin(label, probability, end, unknown=prediction.unknown)
        return events

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
        self._smoothed, self._time, self._candidate, self._ended = {}, None, None, None
        return events

    def _smooth(self, prediction: Prediction, end: float) -> None:
        constant = self._settings.smoothing
        weight = 1.0
        if self._time is not None and constant > 0:
            weight -= exp(-(end - self._time) / constant)
        for label in self._labels:
            old = self._smoothed.get(label, 0.0)
            self._smoothed[label] = old + weight * (prediction.probabilities[label] - old)
        self._time = end

    def _leader(self) -> tuple[str, float]:
        activities = [label for label in self._labels if label != self._idle]
        label = max(activities, key=self._smoothed.__getitem__)
        return label, self._smoothed[label]

    def _continue(self, label: str, probability: float, end: float, *, unknown: bool) -> list[Event]:
        active = self._active
        assert active is not None
        current = self._smoothed[active.label]
        if current >= self._settings.leave:
            active.last = end
            active.confidence = max(active.confidence, current)
        another = label != active.label and probability >= self._settings.enter and probability > current
        another = another and not unknown
        # the refractory time: what fades and comes back at once is the same activity
        faded = end - active.last > self._settings.refractory
        return [self._offset(end)] if another or faded else []

    def _begin(self, label: str, probability: float, end: float, *, unknown: bool) -> list[Event]:
        settings, candidate = self._settings, self._candidate
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
        self._active = _Active(self._events, label, onset, probability, end)
        return [self._event("onset", self._active, None, end)]

    def _too_soon(self, label: str, end: float) -> bool:
        """Whether the same activity has only just ended."""
        if self._ended is None or self._ended[0] != label:
            return False
        return end < self._ended[1] + self._settings.again - 1e-9

    def _offset(self, decided: float) -> Event:
        active = self._active
        assert active is not None
        self._active = None
        self._ended = (active.label, decided)
        duration = max(active.last + self._settings.offset_shift - active.onset, 0.0)
        return self._event("offset", active, duration, decided)

    def _event(self, kind: str, active: _Active, duration: float | None, decided: float) -> Event:
        seq = self._messages
        self._messages += 1
        return Event(
            seq=seq,
            wearer=self._wearer,
            id=active.id,
            kind=kind,
            label=active.label,
            onset=active.onset,
            onset_unix_ns=round(active.onset * 1e9) + self._unix_offset_ns,
            duration=duration,
            confidence=active.confidence,
            decided=decided,
            model=self._model,
        )
