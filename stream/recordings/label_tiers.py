"""Labels in several tiers (ELAN), or of several people (BORIS): those that are meant. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from hnhar.model.errors import RecordingError
from hnhar.model.labels import counted, shortened

from .score import Recognized

RECOGNIZED: Final = "recognized"
"""Tier of events that hnhar recognized, as `hnhar-stream --export elan=FILE` writes it."""
_TOUCH: Final = 0.01
"""s by which labels of two tiers may share time, as of rounding."""


def of_tiers(
    tiers: Mapping[str, Sequence[Recognized]], asked: str, noun: str = "tier"
) -> tuple[list[Recognized], list[str]]:
    """Events of the tiers that are asked for, or of all where none of them overlap; and notes.

    Args:
        tiers: Tier -> its events.
        asked: Names of tiers, separated by commas; "" for none.
        noun: What a tier is: a "subject" of BORIS.

    Raises:
        RecordingError: A tier that is not there; tiers that overlap, of which none is asked for.
    """
    filled = {name: events for name, events in tiers.items() if events}
    listed = shortened([f"'{name}' ({len(events)})" for name, events in filled.items()], 10)
    if asked:
        return _asked(filled, asked, noun, listed)
    notes = []
    if any(_guessed(name) for name in filled):
        filled = {name: events for name, events in filled.items() if not _guessed(name)}
        if not filled:
            raise RecordingError(
                f"its only {noun} is '{RECOGNIZED}', as of what hnhar-stream recognized: no labels. "
                f"If somebody checked them, name it with --tier {RECOGNIZED}"
            )
        notes.append(f"the {noun} '{RECOGNIZED}' is what hnhar recognized, not what was done: left out")
    if len(filled) > 1:
        if _overlap(filled):
            raise RecordingError(
                f"it has {counted(len(filled), noun)} whose labels overlap, {listed}: choose with --tier "
                f"'{next(iter(filled))}'"
            )
        notes.append(f"labels of its {counted(len(filled), noun)} are read: {listed}")
    return [event for events in filled.values() for event in events], notes


def _asked(
    filled: Mapping[str, Sequence[Recognized]], asked: str, noun: str, listed: str
) -> tuple[list[Recognized], list[str]]:
    wanted = [asked] if asked in filled else [part.strip() for part in asked.split(",")]
    missing = [name for name in wanted if name not in filled]
    if missing:
        raise RecordingError(
            f"--tier asks for '{missing[0]}', and it has no such {noun} with labels; there are "
            f"{listed or 'none'}"
        )
    return [event for name in wanted for event in filled[name]], []


def _guessed(name: str) -> bool:
    return name.strip().lower() == RECOGNIZED


def _overlap(tiers: Mapping[str, Sequence[Recognized]]) -> bool:
    """True if an event of one tier lasts while one of another does."""
    spans = sorted(
        (event.onset, event.offset, name)
        for name, events in tiers.items()
        for event in events
        if event.duration > 0
    )
    until: dict[str, float] = {}
    for (onset, offset, name), _ in pairwise([*spans, (0.0, 0.0, "")]):
        if any(end - onset > _TOUCH for other, end in until.items() if other != name):
            return True
        until[name] = max(until.get(name, offset), offset)
    return False
