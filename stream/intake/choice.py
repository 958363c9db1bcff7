"""Choice among streams that match a source: the one that is meant, or the sensors of one device. Pure."""

from collections.abc import Callable, Sequence

from hnhar.model.errors import SourceError

from ..mapping.kind import mapping_of
from ..mapping.sensors import line, select
from .backend import Found

Beside = Callable[[Found], Sequence[Found]]


def choose(
    source: str, found: Sequence[Found], kind: str, *, pick: str | None = None, beside: Beside | None = None
) -> tuple[Found, ...]:
    """The one stream meant, or those of one device's sensors where `kind` has several.

    `pick` "newest" takes the most recently created of several; `beside` gives the streams among which the
    other sensors of a lone one's device are. Raises SourceError where nothing usable matches, or more than
    one does.
    """
    usable = [stream for stream in found if not stream.unusable]
    if not usable:
        why = "; ".join(f"{line(stream.description)}: {stream.unusable}" for stream in found)
        raise SourceError(
            f"'{source}' matches no stream that can be read as {mapping_of(kind).title}: {why}. Choose "
            "another source."
        )
    created = (lambda stream: stream.created) if pick == "newest" else None
    return select(source, usable, kind, created=created, remedy=", or --pick newest", beside=beside)
