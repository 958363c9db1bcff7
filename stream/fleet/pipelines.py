"""Statuses of the pipelines of all shards: counts, silence, one status of them all. Time is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..messages import Status
from .merge import EMPTY, folded, merged

SILENT: Final = 30.0
"""s without a status after which a pipeline hangs: one that lacks time speaks late."""


@dataclass(slots=True)
class _LastWords:
    """Last words of a pipeline."""

    at: float
    """Time at which it was last heard of, s."""
    status: Status | None = None


class Pipelines:
    """Pipelines by their numbers, each of which no other has."""

    def __init__(self) -> None:
        self._last: dict[int, _LastWords] = {}
        self._ended = EMPTY
        """Counts of those that have ended."""

    def begun(self, number: int, now: float) -> None:
        """A pipeline has begun."""
        self._last.setdefault(number, _LastWords(now)).at = now

    def heard(self, number: int, status: Status, now: float) -> int:
        """A status of it; windows left out since the one before."""
        last = self._last.setdefault(number, _LastWords(now))
        before = last.status.skipped if last.status is not None else 0
        last.at, last.status = now, status
        return status.skipped - before

    def ended(self, number: int) -> None:
        """A pipeline is no more: its counts stay."""
        last = self._last.pop(number, None)
        if last is not None and last.status is not None:
            self._ended = folded(self._ended, last.status)

    def hangs(self, number: int, now: float) -> bool:
        """True where a pipeline's thread hangs, which would say something each second."""
        last = self._last.get(number)
        return last is not None and now - last.at > SILENT

    def resumed(self, now: float) -> None:
        """We heard nobody for a while: silence begins now."""
        for last in self._last.values():
            last.at = now

    def whole(
        self,
        frame: Status,
        owners: Mapping[str, int | None],
        notes: Mapping[str, str],
        sources: Mapping[str, Mapping[str, str]],
    ) -> Status:
        """One status of all.

        Args:
            frame: All that a status says without a shard.
            owners: Wearer -> number of the pipeline that recognizes them, None: nobody.
            notes: Wearer -> what is said of all their streams.
            sources: Wearer -> modality -> source.
        """
        running = [_of(last.status, number, owners) for number, last in self._last.items() if last.status]
        named = {stream.wearer for status in running for stream in status.streams}
        waiting = {w: list(theirs.items()) for w, theirs in sources.items() if w not in named}
        return merged(frame, running, [self._ended], notes, waiting)


def _of(status: Status, number: int, owners: Mapping[str, int | None]) -> Status:
    """The status without streams of wearers who are another pipeline's by now."""
    return replace(status, streams=tuple(s for s in status.streams if owners.get(s.wearer) == number))


def names(wearers: Iterable[str], most: int = 8) -> str:
    """The first of many, for people."""
    listed: Sequence[str] = list(wearers)
    rest = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {rest} more" if rest > 0 else "")
