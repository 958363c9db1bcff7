"""Sequence numbers that go on where a wearer's last shard ended. Pure."""

from dataclasses import replace

from ..messages import Event, Prediction
from .orders import Continued


class Numbering:
    """Numbers of one wearer's messages.

    Predictions skip as many numbers as there were windows that nobody recognized, so that subscribers count
    them as lost. Events go on without a gap: how many there would have been is not known.
    """

    def __init__(self, before: Continued, hop: float) -> None:
        """`hop`: s between two predictions."""
        self._before = before
        self._hop = hop
        self._shift: int | None = 0 if before.prediction < 0 else None

    def prediction(self, made: Prediction) -> Prediction:
        """The prediction with its number."""
        if self._shift is None:
            self._shift = self._before.prediction + 1 + self.missed(made) - made.seq
        return made if self._shift == 0 else replace(made, seq=made.seq + self._shift)

    def missed(self, first: Prediction) -> int:
        """Windows between the last prediction of before and this one; 0 where clocks do not say."""
        then, now = self._before.unix_ns, first.end_unix_ns
        if then is None or now is None:
            return 0
        return max(0, round((now - then) * 1e-9 / self._hop) - 1)

    def event(self, made: Event) -> Event:
        """The event with its number, and an activity's id that none had before."""
        if self._before.event < 0 and self._before.activity < 0:
            return made
        return replace(made, seq=made.seq + self._before.event + 1, id=made.id + self._before.activity + 1)


def offset_of(onset: Event, seq: int, unix_ns: int | None) -> Event:
    """The end of an activity whose shard is gone: at the last prediction that there was, at `unix_ns`.

    Its duration is 0 s where clocks do not say.
    """
    begun = onset.onset_unix_ns
    duration = 0.0 if unix_ns is None or begun is None else max(0.0, (unix_ns - begun) * 1e-9)
    return replace(onset, seq=seq, kind="offset", duration=duration, decided=onset.onset + duration)
