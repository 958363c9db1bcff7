"""Labels: markers of experiments, and tables of other programs."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from tools.faults.field.session import LSL, imu, markers, session
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import Stream, write

KIND: Final = "labels and markers"


def _marked(stream: Stream, folder: Path) -> Path:
    return write(folder / "a.xdf", imu(), stream)


def numbers() -> tuple[Stream, str]:
    """Markers that are numbers, and what they mean, as --marker-map has it."""
    actions = session().actions
    edges = sorted((t, n) for k, a in enumerate(actions, 1) for t, n in ((a.onset, k), (a.offset, 10 + k)))
    times = LSL + np.array([t for t, _ in edges])
    values = np.array([[n] for _, n in edges])
    meaning = ",".join(f"{k}={a.label}/start,{10 + k}={a.label}/stop" for k, a in enumerate(actions, 1))
    return Stream("trig", "Markers", ("",), ("",), times, values, 0.0, "t", fmt="int32"), meaning


def events(column: str, order: int = 1, ending: str = "", begin: float = 0.0) -> str:
    """A table of events of BIDS, its labels in `column`, its times from `begin` s before the session."""
    rows = [f"{a.onset + begin:.4f}\t{a.duration:.4f}\t{a.label}" for a in session().actions][::order]
    return "\n".join([f"onset\tduration\t{column}", *rows, *([ending] if ending else [])]) + "\n"


def _texts() -> Iterator[FieldInput]:
    for begin, end, readable in (
        ("{}/start", "{}/stop", True),
        ("{}/begin", "{}/end", True),
        ("start_{}", "end_{}", True),
        ("{} start", "{} end", True),
        ("{}_on", "{}_off", True),
        ("Start: {}", "Stop: {}", True),
        ("{}:onset", "{}:offset", True),
        ('{{"label": "{}", "event": "start"}}', '{{"label": "{}", "event": "stop"}}', True),
        ("BEGIN {}", "FINISH {}", False),
        ("{}", "{}", False),
        ("{}", "", False),
        ("{}/start", "", False),
        ("+{}", "-{}", False),
    ):
        yield FieldInput(
            KIND,
            f"markers {begin} and {end or 'nothing'}",
            partial(_marked, markers(begin, end)),
            labeled=readable,
        )
    yield FieldInput(
        KIND, "labels in capitals", partial(_marked, markers("{}/START", "{}/STOP")), labeled=True
    )
    trigger, meaning = numbers()
    yield FieldInput(
        KIND, "numbers, with --marker-map", partial(_marked, trigger), ("--marker-map", meaning), labeled=True
    )
    yield FieldInput(KIND, "numbers, their meaning unsaid", partial(_marked, trigger))
    line = np.zeros(len(session().times))
    for k, a in enumerate(session().actions):
        line[(session().times >= a.onset) & (session().times < a.offset)] = k + 1
    held = Stream(
        "stim", "Markers", ("",), ("",), LSL + session().times, line[:, None], 50.0, "t", fmt="int16"
    )
    yield FieldInput(KIND, "a trigger line that is held", partial(_marked, held))


def _beside(name: str, text: str, folder: Path) -> Path:
    (folder / name).write_text(text)
    return write(folder / "a.xdf", imu())


def _elan() -> str:
    slots, notes = [], []
    for k, a in enumerate(session().actions):
        for side, time in ((1, a.onset), (2, a.offset)):
            slots.append(f'<TIME_SLOT TIME_SLOT_ID="ts{2 * k + side}" TIME_VALUE="{time * 1000:.0f}"/>')
        notes.append(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{k}" TIME_SLOT_REF1="ts{2 * k + 1}" '
            f'TIME_SLOT_REF2="ts{2 * k + 2}"><ANNOTATION_VALUE>{a.label}</ANNOTATION_VALUE>'
            "</ALIGNABLE_ANNOTATION></ANNOTATION>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">'
        '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>'
        f"<TIME_ORDER>{''.join(slots)}</TIME_ORDER>"
        f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="activity">{"".join(notes)}</TIER>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>\n'
    )


def _boris() -> str:
    rows = [
        f"a,{t:.3f},subject,{a.label},{kind}"
        for a in session().actions
        for t, kind in ((a.onset, "START"), (a.offset, "STOP"))
    ]
    return "\n".join(["Observation id,Time,Subject,Behavior,Behavior type", *rows]) + "\n"


def _studio() -> str:
    found = [
        {
            "type": "timeserieslabels",
            "value": {"start": a.onset, "end": a.offset, "timeserieslabels": [a.label]},
        }
        for a in session().actions
    ]
    return json.dumps([{"id": 1, "annotations": [{"result": found}]}])


def _tables() -> Iterator[FieldInput]:
    audacity = "".join(f"{a.onset:.6f}\t{a.offset:.6f}\t{a.label}\n" for a in session().actions)
    spans = "start,end,label\n" + "".join(f"{a.onset},{a.offset},{a.label}\n" for a in session().actions)
    listed = json.dumps(
        [{"time": a.onset, "duration": a.duration, "label": a.label} for a in session().actions]
    )
    made: dict[str, Callable[[Path], Path]] = {
        "BIDS, trial_type": partial(_beside, "a_events.tsv", events("trial_type")),
        "BIDS, label": partial(_beside, "a_events.tsv", events("label")),
        "BIDS, event_type": partial(_beside, "a_events.tsv", events("event_type")),
        "BIDS, not in order": partial(_beside, "a_events.tsv", events("trial_type", -1)),
        "BIDS, lines of Windows": partial(
            _beside, "a_events.tsv", events("trial_type").replace("\n", "\r\n")
        ),
        "BIDS, n/a at the end": partial(_beside, "a_events.tsv", events("trial_type", 1, "19\tn/a\tn/a")),
        "ELAN": partial(_beside, "a.eaf", _elan()),
        "BORIS": partial(_beside, "a_boris.csv", _boris()),
        "Audacity": partial(_beside, "a_labels.txt", audacity),
        "Audacity, decimal commas": partial(_beside, "a_labels.txt", audacity.replace(".", ",")),
        "Label Studio": partial(_beside, "a_labels.json", _studio()),
        "start, end, label": partial(_beside, "a_labels.csv", spans),
        "start; end; label": partial(_beside, "a_labels.csv", spans.replace(",", ";")),
        "a list of markers": partial(_beside, "a_labels.json", listed),
        "a list of markers, in ms": partial(
            _beside,
            "a_labels.json",
            json.dumps(
                [
                    {"time": a.onset * 1e3, "duration": a.duration * 1e3, "label": a.label}
                    for a in session().actions
                ]
            ),
        ),
    }
    for name, make in made.items():
        yield FieldInput(KIND, f"a table: {name}", make, labeled=True)
    broken = events("trial_type").replace("\t", " ")
    for name, file, text in (
        ("columns apart by blanks", "a_events.tsv", broken),
        ("damaged XML", "a.eaf", _elan()[:400]),
        ("onsets below zero", "a_events.tsv", "onset\tduration\tlabel\n-5\t2\twave\n"),
        ("a time that is no number", "a_events.tsv", "onset\tduration\tlabel\nfive\t2\twave\n"),
    ):
        yield FieldInput(KIND, f"a table: {name}", partial(_beside, file, text), readable=False)


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _texts()
    yield from _tables()
