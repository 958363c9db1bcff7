"""Statuses that fit into one message, however many streams there are and however much they say of themselves.

What does not fit is left out in this order: the channels of all streams, then streams, those that work first.
"""

import dataclasses
from collections.abc import Sequence
from typing import Final

from ..messages import Status, StreamDescription, StreamState, StreamStatus
from .wire import Packer, WireError

_AGAIN: Final = 30
"""Statuses after which more is tried again: what does not fit is made for nothing."""


class StatusPacker:
    """Statuses of one publisher to payloads."""

    def __init__(self, packer: Packer) -> None:
        self._packer = packer
        self._streams = 0
        self._fitted: int | None = None
        """Streams without channels that fitted last; None where nothing had to be left out."""
        self._since = 0
        """Statuses since more was tried."""
        self._plain: dict[int, tuple[StreamDescription, StreamDescription]] = {}
        """Identity of a description -> itself, and without channels; of the last status."""

    def payload(self, status: Status, *, repeat: bool = False) -> bytes:
        """The second frame. Raises WireError where not even a status of no stream fits."""
        self._since += 1
        if len(status.streams) != self._streams or self._since > _AGAIN:
            self._streams, self._since, self._fitted = len(status.streams), 0, None
        if self._fitted is None:
            try:
                return self._packer.payload(status, repeat=repeat)
            except WireError:
                self._fitted = len(status.streams)
        streams = self._without_channels(status.streams)
        while True:
            # the sort is stable: those that work stay in their order
            kept = streams if self._fitted == len(streams) else sorted(streams, key=_works)[: self._fitted]
            try:
                return self._packer.payload(dataclasses.replace(status, streams=tuple(kept)), repeat=repeat)
            except WireError:
                if not kept:
                    raise
            self._fitted = self._fitted * 3 // 4

    def _without_channels(self, streams: Sequence[StreamStatus]) -> list[StreamStatus]:
        before, self._plain = self._plain, {}
        out = []
        for stream in streams:
            about = stream.description
            if about is not None and about.channels:
                known = before.get(id(about))
                if known is None or known[0] is not about:
                    known = about, dataclasses.replace(about, channels=(), units=())
                self._plain[id(about)] = known
                stream = dataclasses.replace(stream, description=known[1])
            out.append(stream)
        return out


def _works(stream: StreamStatus) -> bool:
    return stream.state is StreamState.LIVE and not stream.faults
