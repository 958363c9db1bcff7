"""LSL as a source backend: streams of the network by name, key=value pairs, or an XPath predicate."""

from collections.abc import Sequence
from typing import Final

import pylsl

from ..intake.backend import Clock, Found, Inlet, SourceBackend
from ..mapping.devices import affinity
from .describe import describe, unusable
from .details import Details
from .inlet import LslInlet
from .source import Source, beside, parse_source, resolve, same_origin

AGAIN: Final = 0.05
"""s to wait for further matches of a stream that comes back: it is known which it is."""


class LslBackend(SourceBackend):
    """Registered as `lsl` in the entry points `hnhar.sources`."""

    def __init__(self) -> None:
        self._details = Details()

    def check(self, address: str) -> None:
        """See `SourceBackend`."""
        parse_source(address)

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        """See `SourceBackend`; not 0.5 s, at which liblsl may take 5 s longer."""
        return list(map(_found, resolve(parse_source(address), timeout)))

    def inlet(self, found: Found, now: Clock) -> Inlet:
        """See `SourceBackend`."""
        return LslInlet(_info(found), wired=True)

    def find_again(self, lost: Found, timeout: float, *, within: str | None) -> Sequence[Found]:
        """See `SourceBackend`."""
        origin = same_origin(_info(lost))
        if within is not None:
            asked = parse_source(within)
            origin = Source(origin.text, f"({origin.predicate}) and ({asked.predicate})")
        return list(map(_found, resolve(origin, timeout, gather=AGAIN)))

    def find_partners(self, found: Found, timeout: float) -> Sequence[Found]:
        """See `SourceBackend`."""
        near = map(_found, resolve(beside(_info(found)), timeout))
        return [
            other
            for other in near
            if other.key != found.key and affinity(found.description, other.description) > 0
        ]

    def detailed(self, found: Sequence[Found]) -> Sequence[Found]:
        """See `SourceBackend`."""
        return self._details.of(found)


def _found(info: pylsl.StreamInfo) -> Found:
    return Found(info.uid(), describe(info), float(info.created_at()), unusable(info), info)


def _info(found: Found) -> pylsl.StreamInfo:
    if not isinstance(found.handle, pylsl.StreamInfo):
        raise TypeError(f"'{found.description.name}' is no stream of LSL")
    return found.handle
