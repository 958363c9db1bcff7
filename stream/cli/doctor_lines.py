"""The doctor's report in short: a line a stream, and below it its problems with their remedies. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WRONG_RATE = 0.1
"""Share by which a declared rate may be off."""


@dataclass(frozen=True, slots=True)
class Line:
    """Verdict on a stream, in one line and its problems."""

    usable: bool | None
    """None where it is neither good nor bad: markers."""
    text: str
    problems: tuple[str, ...] = ()
    """Faults and assumptions, with what to do."""


def lines(answer: dict[str, Any]) -> list[Line]:
    """A line for each stream of a report (`doctor.report`)."""
    return [_line(stream, answer["verdicts"]) for stream in answer["streams"]]


def _line(stream: dict[str, Any], verdicts: Sequence[dict[str, Any]]) -> Line:
    label = f"{stream['name']} ({stream['type']})"
    if stream["text"]:
        return Line(None, f"{label}: text, as markers are (--markers)")
    if stream["fault"]:
        return Line(False, label, (stream["fault"],))
    heard = stream["measured_rate"]
    rate = "silent" if heard is None else f"{heard:.0f} Hz"
    about = f"{label}: {len(stream['channels'])} channels, {rate}"
    mine = [v for v in verdicts if label in v["streams"]]
    taken = [v for v in mine if v["fits"]]
    if taken:
        return Line(True, f"{about}, {_for(taken, label)}", (*_wrong(stream), *_said(taken)))
    # that a stream of another kind has no such channels goes without saying
    refusals = _unique(note for v in mine if not v["other_kind"] for note in v["notes"])
    if not refusals:
        return Line(False, f"{about}, no use: neither an IMU nor a skeleton by its labels")
    return Line(False, f"{about}, cannot be taken", (*_wrong(stream), *refusals))


def _for(taken: Sequence[dict[str, Any]], label: str) -> str:
    """Uses of a stream: its modality, the other stream beside it, the weights."""
    ways: dict[str, list[str]] = {}
    for verdict in taken:
        others = [name for name in verdict["streams"] if name != label]
        way = f"as {verdict['modality']}{f' with {others[0]}' if others else ''}"
        ways.setdefault(way, []).append(verdict["weights"].partition("@")[0])
    return "; ".join(f"{way} for {', '.join(weights)}" for way, weights in ways.items())


def _wrong(stream: dict[str, Any]) -> tuple[str, ...]:
    heard, declared = stream["measured_rate"], stream["nominal_rate"]
    problems = []
    if heard is None:
        problems.append("nothing comes from it: is the device on, worn, and streaming?")
    elif declared and abs(heard - declared) > WRONG_RATE * declared:
        problems.append(f"it declares {declared:g} Hz but sends {heard:.0f}: it is read by its time stamps")
    if stream["clock_offset"] is None:
        problems.append(
            "its clock does not answer: let UDP 16572 to 16604 through; until then its times are known no "
            "better than its delay"
        )
    return tuple(problems)


def _said(taken: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Assumptions that all these weights share; where it is worn once, for all."""
    notes = [[_worn(note) for note in verdict["notes"]] for verdict in taken]
    return _unique(note for note in notes[0] if all(note in others for others in notes))


def _worn(note: str) -> str:
    before, found, _ = note.partition("; the weights were trained for")
    return f"{before}: weights are for one place (--imu-placement, --verbose)" if found else note


def _unique(notes: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
