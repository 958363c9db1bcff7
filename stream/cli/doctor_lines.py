"""The doctor's report in short: a line a stream, and below it its problems with their remedies. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..mapping.fitness import UNTOLD
from ..mapping.single_camera import DEPTH_ONLY

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
    number: int = 0
    """Number of the stream; 0 where it is of none."""


def lines(answer: dict[str, Any]) -> list[Line]:
    """A line for each stream of a report (`doctor_report.report`), and for each source that was asked for."""
    verdicts, streams = answer["verdicts"], answer["streams"]
    asked = [v for v in verdicts if v["asked"]]
    of_streams = [replace(_line(s, streams, verdicts), number=s["number"]) for s in streams]
    return [*of_streams, *_asked(asked, streams)]


def by_lines(answer: dict[str, Any]) -> dict[str, Any]:
    """A report whose notes that hold a list, of streams for instance, are a note a line."""
    parts = {
        key: [
            part | {"notes": [line for note in part["notes"] for line in note.splitlines()]}
            for part in answer[key]
        ]
        for key in ("verdicts", "runs")
        if key in answer
    }
    return answer | parts


def run_lines(answer: dict[str, Any]) -> list[Line]:
    """A line on a run over a recording with each of the weights; those that answer alike share one."""
    answers: dict[tuple[Any, ...], list[str]] = {}
    for run in answer.get("runs", ()):
        key = run["fits"], tuple(run["modalities"]), tuple(map(_worn, run["notes"]))
        answers.setdefault(key, []).append(_short(run["weights"]))
    made = []
    for (fits, modalities, notes), weights in answers.items():
        named = f" with {', '.join(weights)}" if any(weights) else ""
        made.append(Line(fits, f"a run{named} would take {' and '.join(modalities) or 'nothing'}", notes))
    return made


def _line(
    stream: dict[str, Any], streams: Sequence[dict[str, Any]], verdicts: Sequence[dict[str, Any]]
) -> Line:
    label = _label(stream, streams)
    if stream["numbers"]:
        return Line(None, f"{label}: numbers, as triggers are (--marker-map 1=LABEL/start,2=LABEL/stop)")
    if stream["text"]:
        return Line(None, f"{label}: text, as markers are (--markers)")
    if stream["fault"]:
        return Line(False, label, (stream["fault"],))
    heard = stream["measured_rate"]
    rate = "silent" if heard is None else f"{heard:.0f} Hz"
    about = f"{label}: {len(stream['channels'])} channels, {rate}"
    if any(v["asked"] for v in verdicts):
        return Line(None, about, _wrong(stream))
    mine = [v for v in verdicts if stream["number"] in v["numbers"]]
    taken = [v for v in mine if v["fits"]]
    alike = _alike(stream, streams)
    if taken:
        ways = _for(taken, stream, streams)
        return Line(True, f"{about}, {ways}", (*_wrong(stream), *alike, *_said(taken)))
    # that a stream of another kind has no such channels goes without saying
    refusals = _unique(note for v in mine if not v["other_kind"] for note in v["notes"])
    if not refusals:
        return Line(False, f"{about}, no use: neither an IMU nor a skeleton by its labels")
    return Line(False, f"{about}, cannot be taken", (*_wrong(stream), *refusals))


def _asked(verdicts: Sequence[dict[str, Any]], streams: Sequence[dict[str, Any]]) -> list[Line]:
    """Lines on sources that were asked for; weights that answer alike share one."""
    answers: dict[tuple[Any, ...], list[str]] = {}
    for v in verdicts:
        key = v["modality"], v["asked"], v["fits"], tuple(v["numbers"]), tuple(map(_worn, v["notes"]))
        answers.setdefault(key, []).append(_short(v["weights"]))
    made = []
    for (modality, asked, fits, numbers, notes), weights in answers.items():
        named = " with ".join(_label(s, streams) for n in numbers for s in streams if s["number"] == n)
        taken = f"{named} as {modality} for" if fits else f"refused as {modality} by"
        made.append(Line(fits, f"'{asked}': {taken} {', '.join(weights)}", notes))
    return made


def _label(stream: dict[str, Any], streams: Sequence[dict[str, Any]]) -> str:
    """Name and type of a stream; where others have the same, source_id and host, or at last its index."""
    label = f"{stream['name']} ({stream['type']})"
    rivals = [
        s for s in streams if s is not stream and (s["name"], s["type"]) == (stream["name"], stream["type"])
    ]
    more = [
        f"{key}={stream[key] or '(none)'}"
        for key in ("source_id", "hostname")
        if any(s[key] != stream[key] for s in rivals)
    ]
    if rivals and not more:
        more = [f"index={stream['number']}"]
    return f"{label[:-1]}, {', '.join(more)})" if more else label


def _alike(stream: dict[str, Any], streams: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """A note on streams of which all keys are the same."""
    keys = ("name", "type", "source_id", "hostname")
    twins = [s for s in streams if s is not stream and all(s[key] == stream[key] for key in keys)]
    if not twins:
        return ()
    return (
        f"{len(twins)} more of the same name, type, source_id and host: only index={stream['number']} means "
        "this one",
    )


def _for(taken: Sequence[dict[str, Any]], stream: dict[str, Any], streams: Sequence[dict[str, Any]]) -> str:
    """Uses of a stream: its modality, the other stream beside it, the weights."""
    ways: dict[str, list[str]] = {}
    for verdict in taken:
        others = [
            _label(s, streams)
            for n in verdict["numbers"]
            for s in streams
            if s["number"] == n != stream["number"]
        ]
        way = f"as {verdict['modality']}{f' with {others[0]}' if others else ''}"
        ways.setdefault(way, []).append(_short(verdict["weights"]))
    return "; ".join(f"{way} for {', '.join(weights)}" for way, weights in ways.items())


def _short(weights: str) -> str:
    return weights.partition("@")[0]


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
    shared = _unique(note for note in notes[0] if all(note in others for others in notes))
    mine: dict[str, list[str]] = {}  # what speaks against certain weights is of these
    for verdict in taken:
        for note in verdict["notes"]:
            if note not in shared and (
                " says by its name '" in note or note.startswith((UNTOLD, DEPTH_ONLY))
            ):
                mine.setdefault(note, []).append(_short(verdict["weights"]))
    of_some = (f"{', '.join(dict.fromkeys(weights))}: {note}" for note, weights in mine.items())
    return (*shared, *of_some)


def _worn(note: str) -> str:
    before, found, _ = note.partition("; the weights were trained for")
    return f"{before}: weights are for one place (--imu-placement, --verbose)" if found else note


def _unique(notes: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))
