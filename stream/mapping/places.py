"""Places of a person's sensors: `wrist=MyWatch` as users write it, and which of several streams is which.

Live streams and those of a file are told apart alike: by the place that a stream says, else by a word of its
name or id. What neither tells is asked, never guessed. Pure.
"""

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from hnhar.model.errors import SourceError
from hnhar.model.labels import words
from hnhar.model.modality import Modality

from ..messages import StreamDescription
from .kind import mapping_of
from .placement import is_place, place_in_name, place_of
from .selection import KEYS
from .sensors import Described, line

_NAME: Final = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
NAME: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*")
"""A modality, or a place, as a user writes it."""
_PLACED: Final = re.compile(rf"\s*({NAME.pattern})\s*=\s*(.+)", re.DOTALL)

PHONE: Final = "phone"
"""A device that is carried anywhere: no place of the body, but told from a watch."""
_PHONES: Final = frozenset(words("phone smartphone iphone cellphone myphone"))

T = TypeVar("T", bound=Described)


def split_place(text: str) -> tuple[str, str]:
    """(place, rest) of `wrist=MyWatch`; ("", text) where it names none.

    A key of a selection is no place (`name=MyWatch`), and what is quoted after a word is XPath (`uid='…'`).

    >>> split_place("wrist=name=MyWatch,type=IMU")
    ('wrist', 'name=MyWatch,type=IMU')
    """
    found = _PLACED.fullmatch(text)
    if found is None or found[1].lower() in KEYS or found[2][0] in "'\"":
        return "", text
    return found[1], found[2].strip()


def place_said(stream: StreamDescription) -> str:
    """The place of a stream's sensor as a word ("left_wrist"), by its description, or a word of its name or
    id; "" where nothing says it."""
    if stream.placement:
        return "_".join(words(stream.placement))
    return place_in_name(stream)


def place_or_device_said(stream: StreamDescription) -> str:
    """The place of a stream's sensor as `place_said` has it, else "phone" where its name or id has the word
    of one, which says what it is and not where it is carried; "" where nothing says it."""
    place = place_said(stream)
    return place or (PHONE if _is_phone(stream.name) or _is_phone(stream.source_id) else "")


def is_at(stream: StreamDescription, modality: Modality) -> bool:
    """True if a stream says that it is worn where a modality's sensor is."""
    wanted = [text for text in (modality.placement, modality.place) if text]
    if stream.placement:
        return any(_agree(place_of(stream.placement), place_of(text)) for text in wanted)
    place = set(words(modality.place))
    for text in (stream.name, stream.source_id):
        if place and (place <= set(words(text)) or (place == {PHONE} and _is_phone(text))):
            return True
        found = place_of(text)
        if is_place(text) and any(_agree(found, place_of(other)) for other in wanted):
            return True
    return False


def assigned(groups: Sequence[tuple[T, ...]], modalities: Sequence[Modality]) -> dict[str, tuple[T, ...]]:
    """Modality -> the streams of its sensor, of those of one kind; what is worn elsewhere is left out.

    Args:
        groups: The streams of each device.
        modalities: Of one kind.

    Raises:
        SourceError: It is not plain which is which; lists the streams.
    """
    if len(groups) == len(modalities) == 1:
        return {modalities[0].name: groups[0]}
    fitting = {m.name: [g for g in groups if is_at(g[0].description, m)] for m in modalities}
    if len(modalities) == 1:  # no other tells a watch from what else has its word in its name
        fitting = {name: [g for g in found if g[0].description.placement] for name, found in fitting.items()}
    claims = [group for found in fitting.values() for group in found]
    unclear = any(len(found) > 1 for found in fitting.values())
    unclear = unclear or any(sum(c is group for c in claims) > 1 for group in groups)
    # one that says nothing may be the one that is lacking
    silent = [g for g in groups if not place_said(g[0].description) and not any(c is g for c in claims)]
    if unclear or (silent and not all(fitting.values())) or (len(modalities) == 1 and not claims):
        raise SourceError(which(groups, modalities))
    return {name: found[0] for name, found in fitting.items() if found}


def which(groups: Sequence[tuple[Described, ...]], modalities: Sequence[Modality]) -> str:
    """Refusal where it is not plain which stream is which modality, with the way out."""
    title = mapping_of(modalities[0].kind).title
    names = [modality.name for modality in modalities]
    wanted = f"is the {title} meant" if names == [modalities[0].kind] else f"is which of {', '.join(names)}"
    listed = "\n".join(f"  {line(stream.description)}" for group in groups for stream in group)
    if len(groups) == 1 and len(names) > 1:
        # the halves of one sensor go together, whichever of them is named
        way = f"{' or '.join(f'--source {name}=…' for name in names)}; it is one sensor, and enough alone"
    else:
        way = " ".join(f"--source {name}=…" for name in names)
    return (
        f"it is not plain which stream {wanted}, by the places that they say, or by their names:\n{listed}\n"
        f"Say it: {way} (a stream's name, or key=value pairs)."
    )


def _is_phone(text: str) -> bool:
    return not _PHONES.isdisjoint(words(text))


def _agree(first: tuple[str, str], other: tuple[str, str]) -> bool:
    """True for the same part of the body, on sides that do not contradict each other."""
    return first[1] == other[1] != "" and (not first[0] or not other[0] or first[0] == other[0])
