"""Tables of what was done as programs for annotation export them."""

import json
import time
from pathlib import Path

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.label_tables import read_label_table

from . import loggers
from .files import imu, markers, xdf

BORIS = (
    "Observation id,Observation date,Description,Observation duration,Observation type,Source,"
    "Time offset (s),Subject,Observation duration by subject by observation,Behavior,"
    "Behavioral category,Behavior type,Time,Media file name,Image index,Image file path,Comment"
)


UNALIGNED = (
    "<ANNOTATION_DOCUMENT><TIER TIER_ID='t'><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID='a'>"
    "<ANNOTATION_VALUE>x</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
)


def boris(*rows: tuple[str, str, str, float], header: str = BORIS, separator: str = ",") -> str:
    """Rows of subject, behavior, type and time."""
    lines = [header.replace(",", separator)]
    for subject, behavior, kind, at in rows:
        cells = {"Observation id": "walk", "Subject": subject, "Behavior": behavior, "Behavior type": kind}
        cells |= {"Time": f"{at:.3f}", "Status": kind}
        lines.append(separator.join(cells.get(name, "") for name in header.split(",")))
    return "\n".join(lines) + "\n"


ANNA = (("", "wave", "START", 0.5), ("", "nod", "POINT", 0.7), ("", "wave", "STOP", 1.25))
AGGREGATED = (
    "Observation id,Observation date,Description,Media file,Total length,FPS,Subject,Behavior,"
    "Behavioral category,Modifiers,Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop\n"
    "walk,2021-12-06 13:26:24,,a.mp4,60,25,No focal subject,wave,,,STATE,0.5,1.25,0.75,,\n"
    "walk,2021-12-06 13:26:24,,a.mp4,60,25,No focal subject,nod,,,POINT,0.7,0.7,NA,,\n"
)
OLD = (
    "Observation id\twalk\n\nMedia file(s)\n\n"
    "Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tComment\tStatus\n"
    "0.5\ta.mp4\t60\t25\t\twave\t\t\tSTART\n0.7\ta.mp4\t60\t25\t\tnod\t\t\tPOINT\n"
    "1.25\ta.mp4\t60\t25\t\twave\t\t\tSTOP\n"
)


def studio(start: object, end: object) -> str:
    value = {"start": start, "end": end, "instant": False, "timeserieslabels": ["wave"]}
    result = [{"value": value, "id": "a", "from_name": "label", "to_name": "ts", "type": "timeserieslabels"}]
    return json.dumps([{"id": 1, "data": {"csv": "a.csv"}, "annotations": [{"id": 1, "result": result}]}])


def session(folder: Path, begin: float = 100.0) -> Path:
    path = folder / "a.xdf"
    path.write_bytes(xdf(imu(times=[begin + k / 50 for k in range(100)])))
    return path


def spans(found: Recording) -> list[tuple[float, float, str]]:
    return [(round(a.onset - found.zero, 3), round(a.duration, 3), a.label) for a in found.annotations]


WAVE = (0.5, 0.75, "wave")
MINIMAL = '[{"id": 1, "label": [{"start": 0.5, "end": 1.25, "timeserieslabels": ["wave"]}]}]'
LIST = '{"markers": [{"name": "wave", "start": 0.5, "end": 1.25}, {"name": "nod", "time": 0.7}]}'
LINES = '{"time": 0.5, "label": "wave/start"}\n{"time": 1.25, "label": "wave/stop"}\n'
EDGES = '[{"t": 0.5, "label": "wave", "event": "start"}, {"t": 1.25, "label": "wave", "event": "stop"}]'
NOD = (0.7, 0.0, "nod")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a_labels.csv", boris(*ANNA), [WAVE, NOD]),
        ("a_boris.tsv", boris(*ANNA, separator="\t"), [WAVE, NOD]),
        ("a.csv", AGGREGATED, [WAVE, NOD]),
        ("a.tsv", OLD, [WAVE, NOD]),
        ("a.txt", "0.500000\t1.250000\twave\n0.700000\t0.700000\tnod\n", [WAVE, NOD]),
        ("a_labels.txt", "0,5\t1,25\twave\n\\\t100.0\t2000.0\n", [WAVE]),
        ("a.json", studio(0.5, 1.25), [WAVE]),
        ("a.json", studio(500.25, 1250.25), [(0.5, 0.75, "wave")]),
        ("a.json", MINIMAL, [WAVE]),
        ("a_labels.json", '[{"label": "wave", "onset": 0.5, "duration": 0.75}]', [WAVE]),
        ("a_labels.json", LIST, [WAVE, NOD]),
        ("a_labels.json", '[{"activity": "wave", "start_ms": 500, "end_ms": 1250}]', [WAVE]),
        ("a_labels.json", LINES, [WAVE]),
        ("a_labels.json", EDGES, [WAVE]),
        ("a_labels.csv", "start,end,label\n0.5,1.25,wave\n0.7,0.7,nod\n2,3,\n", [WAVE, NOD]),
        ("a_labels.csv", "Start (s);Stop (s);Activity\n0,5;1,25;wave\n", [WAVE]),
        ("a_labels.csv", "onset,duration,trial_type\n0.5,0.75,wave\n0:00.7,0,nod\n", [WAVE, NOD]),
    ],
    ids=range(17),
)  # fmt: skip
def test_labels_of_a_program_are_read_from_beside_the_recording(
    tmp_path: Path, name: str, text: str, expected: list[tuple[float, float, str]]
) -> None:
    (tmp_path / name).write_text(text)
    found = open_recording(session(tmp_path))
    assert sorted(spans(found)) == sorted(expected)
    assert found.notes[-1] == f"its labels are those of {name}"
    (tmp_path / name).rename(tmp_path / "elsewhere.dat")
    again = open_recording(tmp_path / "a.xdf", labels=tmp_path / "elsewhere.dat")
    assert spans(again) == spans(found)


@pytest.mark.parametrize("place", ["walk/walk.eaf", "walk_events.tsv", "walk/walk_labels.txt"])
def test_the_labels_of_a_folder_lie_in_it_or_beside_it(tmp_path: Path, place: str) -> None:
    folder = loggers.sensor_logger(tmp_path / "walk")
    if place.endswith(".eaf"):
        eaf(tmp_path / place, {"activity": [(500, 1250, "wave")]})
    else:
        header = "onset\tduration\tlabel\n" if place.endswith(".tsv") else ""
        (tmp_path / place).write_text(header + ("0.5\t0.75\twave\n" if header else "0.5\t1.25\twave\n"))
    assert spans(open_recording(folder)) == [WAVE]


def test_labels_under_the_name_of_a_recording_are_none_of_its_samples(tmp_path: Path) -> None:
    loggers.write(
        tmp_path / "a_acc.csv", "time,acc_x,acc_y,acc_z", loggers.rows(lambda k, t: f"{t:.2f},0,0,1")
    )
    (tmp_path / "a.csv").write_text(AGGREGATED)
    found = open_recording(tmp_path / "a_acc.csv")
    assert len(found.streams) == 1
    assert spans(found) == [WAVE, NOD]


def test_dates_of_label_studio_are_those_of_the_recordings_clock(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(studio("2023-11-14T22:13:20.500Z", "2023-11-14T22:13:21.250Z"))
    assert spans(open_recording(session(tmp_path, 1_700_000_000.0))) == [WAVE]
    (tmp_path / "a.json").write_text(studio(1_700_000_000_500, 1_700_000_001_250.5))
    found = open_recording(session(tmp_path, 1_700_000_000.0))
    assert [(a.onset, a.label) for a in found.annotations] == [(1_700_000_000.5, "wave")]


def test_numbers_that_may_count_samples_are_not_taken_for_milliseconds(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(studio(25, 60))
    with pytest.raises(RecordingError, match="may be numbers of samples as well as ms"):
        open_recording(session(tmp_path))


def eaf(path: Path, tiers: dict[str, list[tuple[int, int, str]]]) -> Path:
    from pympi.Elan import Eaf

    made = Eaf(author="somebody")
    made.remove_tier("default")
    for tier, annotations in tiers.items():
        made.add_tier(tier)
        for start, end, value in annotations:
            made.add_annotation(tier, start, end, value)
    made.to_file(str(path))
    return path


def test_a_tier_of_elan_is_read(tmp_path: Path) -> None:
    eaf(tmp_path / "a.eaf", {"activity": [(500, 1250, "wave"), (1300, 1500, "")], "notes": []})
    found = open_recording(session(tmp_path))
    assert spans(found) == [WAVE]
    assert found.notes == ("its labels are those of a.eaf",)


def test_tiers_that_overlap_are_asked_for_and_others_are_read_together(tmp_path: Path) -> None:
    eaf(tmp_path / "a.eaf", {"hands": [(500, 1250, "wave")], "head": [(700, 900, "nod")]})
    path = session(tmp_path)
    with pytest.raises(
        RecordingError, match=r"2 tiers whose labels overlap, 'hands' \(1\), 'head' \(1\): choose"
    ):
        open_recording(path)
    assert spans(open_recording(path, tier="head")) == [(0.7, 0.2, "nod")]
    assert len(open_recording(path, tier="head,hands").annotations) == 2
    with pytest.raises(RecordingError, match="no such tier with labels; there are 'hands'"):
        open_recording(path, tier="feet")
    eaf(tmp_path / "a.eaf", {"hands": [(500, 1250, "wave")], "head": [(1300, 1400, "nod")]})
    found = open_recording(path)
    assert [a.label for a in found.annotations] == ["wave", "nod"]
    assert any("labels of its 2 tiers are read" in note for note in found.notes)


def test_annotations_that_refer_to_others_have_their_times(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><TIME_ORDER>'
        '<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="500"/><TIME_SLOT TIME_SLOT_ID="ts2"/>'
        '<TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="1500"/></TIME_ORDER>'
        '<TIER TIER_ID="trial"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" '
        'TIME_SLOT_REF2="ts2"><ANNOTATION_VALUE>t1</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>'
        '<TIER TIER_ID="what" PARENT_REF="trial"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a2" '
        'ANNOTATION_REF="a1"><ANNOTATION_VALUE>wave</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>'
        "</ANNOTATION_DOCUMENT>"
    )
    (event,) = read_label_table(path, "what").events
    assert (event.onset, event.duration, event.label) == (0.5, 0.5, "wave")


def test_several_subjects_of_boris_who_overlap_are_asked_for(tmp_path: Path) -> None:
    rows = [("anna", "wave", "START", 0.5), ("ben", "nod", "START", 0.6), ("ben", "nod", "STOP", 0.9)]
    (tmp_path / "a_labels.csv").write_text(boris(*rows, ("anna", "wave", "STOP", 1.25)))
    with pytest.raises(RecordingError, match=r"2 subjects whose labels overlap, 'anna' \(1\), 'ben' \(1\)"):
        open_recording(session(tmp_path))
    assert spans(open_recording(tmp_path / "a.xdf", tier="anna")) == [WAVE]


def test_a_state_that_never_stops_is_told(tmp_path: Path) -> None:
    (tmp_path / "a_labels.csv").write_text(boris(("", "wave", "START", 0.5)))
    found = open_recording(session(tmp_path))
    assert any("1 marker /start has no /stop ('wave' at 0.5 s)" in note for note in found.notes)
    assert found.unfinished[0].onset == pytest.approx(100.5)


def test_a_file_that_only_has_the_name_of_a_table_is_left_alone(tmp_path: Path) -> None:
    marked = xdf(imu(), markers((100.5, "wave/start"), (101.25, "wave/stop")))
    (tmp_path / "a.xdf").write_bytes(marked)
    (tmp_path / "a.txt").write_text("Notes: the sensor fell off at 0.5\n")
    (tmp_path / "a.json").write_text('{"TaskName": "walk", "SamplingFrequency": 50}')
    (tmp_path / "a.csv").write_text("time,acc_x,acc_y,acc_z\n0,0,0,1\n")
    assert spans(open_recording(tmp_path / "a.xdf")) == [WAVE]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("b.eaf", "<ANNOTATION_DOCUMENT>" + "<a>" * 100_000, "more than 64 deep"),
        ("b.eaf", '<!DOCTYPE a [<!ENTITY x "y">]><ANNOTATION_DOCUMENT/>', "declares a document type"),
        ("b.eaf", "<TEI/>", "no ANNOTATION_DOCUMENT"),
        ("b.eaf", "onset\tduration\tlabel\n", "no XML"),
        ("b.eaf", UNALIGNED, "has no time"),
        ("b.eaf", "<ANNOTATION_DOCUMENT>" + "x" * (5 << 20) + "</ANNOTATION_DOCUMENT>", "letters"),
        ("b.json", "[" * 100_000, "nested too deep|no JSON"),
        ("b.json", '{"a": 1}', "neither Label Studio"),
        ("b.json", '[{"label": "wave"}]', "marker 1 has no time"),
        ("b.json", '[{"label": "wave", "onset": 2, "end": 1}]', "ends before it begins"),
        ("b.json", studio("yesterday", 2), "has no time"),
        ("b.csv", "start,end,label\n2,1,wave\n", "line 2: it ends at 1 s, before"),
        ("b.csv", "start,end,label\nx,1,wave\n", "line 2: its start 'x' is no time"),
        ("b.csv", boris(("", "w", "START", 1.0)).replace("1.000", "soon"), "its time 'soon' is no time"),
        ("b.txt", "1.0\t2.0\twave\nx\n", "line 2 is no label"),
        ("b.csv", AGGREGATED.replace("walk,", "other,", 1), "several observations"),
        ("b.tsv", "something\telse\n1\t2\n", "is no table of events"),
        ("b.tsv", "onset\tduration\tlabel\tconfidence\n1\t2\twalk\t0.5\n", "column 'confidence'"),
        ("b.csv", "onset,duration,label,confidence\n1,2,walk,0.5\n", "is no table of events"),
    ],
    ids=range(19),
)  # fmt: skip
def test_a_table_of_labels_that_is_none_is_refused_in_bounded_time(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    (tmp_path / name).write_text(content)
    before = time.process_time()
    with pytest.raises(RecordingError, match=rf"{name}.*({says})"):
        read_label_table(tmp_path / name)
    assert time.process_time() - before < 5


@pytest.mark.parametrize("label", ['"{walk"', '{"name": 1}', '"{\\"label\\": 5}"'])
def test_labels_in_braces_are_labels(tmp_path: Path, label: str) -> None:
    table = tmp_path / "labels.json"
    table.write_text(f'[{{"label": {label}, "onset": 1.5}}]')
    (event,) = read_label_table(table).events
    assert event.onset == 1.5
    assert event.label.startswith("{")
