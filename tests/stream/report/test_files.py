"""Files that a report reads: records of live sessions, and tables of events."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.messages import Prediction
from hnhar.stream.report.files import read_record, read_table
from hnhar.stream.report.phases import PHASES
from hnhar.stream.report.report import report_on
from hnhar.stream.report.trials import trials_of
from hnhar.stream.sinks.recorder import Recorder

from .making import TOTAL, WHOLE, frames, phases


def record(
    path: Path, *, wearer: str = "w1", labels: Iterable[str] = PHASES, model: str = "tug@01234567"
) -> Path:
    """A live session of one trial, by the recorder that writes such files."""
    said = frames()
    recorder = Recorder(path)
    for seq, (time, row) in enumerate(zip(said.times, said.probabilities, strict=True)):
        probabilities = dict(zip(labels, map(float, row), strict=True))
        label = max(probabilities, key=probabilities.__getitem__)
        start, end = 900.0 + time - 1.0, 900.0 + time + 1.0
        recorder.take(
            Prediction(seq, wearer, start, end, None, label, probabilities[label], probabilities,
                       ("phone", "watch") if time < 5 else ("phone",), {"phone": 1.0}, "samples", model)
        )  # fmt: skip
    recorder.close()
    return path


def table(path: Path, rows: Iterable[tuple[float, float, str]]) -> Path:
    lines = ["onset\tduration\tlabel\tconfidence", *(f"{a}\t{d}\t{label}\t0.9" for a, d, label in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def whole_rows(labels: Iterable[str] | None = None) -> list[tuple[float, float, str]]:
    names = list(labels) if labels is not None else [label for label, _ in WHOLE]
    return [(p.onset, p.duration, name) for p, name in zip(phases(), names, strict=True)]


def test_the_record_of_a_live_session_gives_its_trial_with_what_it_was_told_from(tmp_path: Path) -> None:
    session = read_record(record(tmp_path / "visit.jsonl"))
    (trial,) = trials_of(session.segments)
    assert trial.complete
    assert trial.total == pytest.approx(TOTAL, abs=0.2)
    assert (session.name, session.weights) == ("visit", "tug@01234567")
    assert session.shares["phone"] == 1.0
    assert session.shares["watch"] == pytest.approx(5 / 13.5, abs=0.02)
    assert any("watch in only 37%" in note for note in report_on("visit", [session]).notes)


def test_labels_may_be_spelled_with_spaces_and_capitals(tmp_path: Path) -> None:
    spelled = ("Seated", "Standing up", "walking", "Turning", "sitting-down")
    (trial,) = trials_of(read_record(record(tmp_path / "a.jsonl", labels=spelled)).segments)
    assert trial.complete


def test_lines_that_are_damaged_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = record(tmp_path / "a.jsonl")
    with path.open("a") as file:
        file.write('{"type": "prediction", "wearer": 3}\n{"type": "prediction", "wearer": "w1", "sta')
    session = read_record(path)
    assert session.notes == ("1 predictions could not be read",)
    assert trials_of(session.segments)[0].complete


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": ("idle", "wave", "walking", "turning", "clap")}, "no label is seated, standing up"),
        ({"wearer": "w2"}, "of several people (w1, w2): name one with --wearer"),
        ({"model": "tug@ffffffff"}, "of several weights"),
    ],
)
def test_a_record_that_is_no_session_of_one_person_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "a.jsonl"
    if "labels" not in change:
        record(path)
    record(path, **change)
    with pytest.raises(RecordingError) as refused:
        read_record(path)
    assert words in str(refused.value)


def test_one_of_several_people_can_be_named(tmp_path: Path) -> None:
    path = record(tmp_path / "a.jsonl")
    record(path, wearer="w2")
    assert trials_of(read_record(path, "w2").segments)[0].complete
    with pytest.raises(RecordingError, match="no prediction of 'w3', but of w1, w2"):
        read_record(path, "w3")


@pytest.mark.parametrize("text", ["", "no json\n", json.dumps({"type": "status", "v": 1}) + "\n"])
def test_a_file_without_a_prediction_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(RecordingError, match=r"holds no (line|prediction)"):
        read_record(path)


def test_a_table_of_events_gives_its_phases_as_they_are(tmp_path: Path) -> None:
    session = read_table(table(tmp_path / "walk.events.tsv", whole_rows()))
    (trial,) = trials_of(session.segments)
    assert session.name == "walk"
    assert trial.complete
    assert trial.total == pytest.approx(TOTAL)


def test_events_that_are_no_phases_are_left_out_and_told(tmp_path: Path) -> None:
    session = read_table(table(tmp_path / "walk.tsv", [*whole_rows(), (14.0, 1.0, "wave")]))
    assert session.notes == ("1 of 9 events are no phases of a trial; they were left out",)


def test_a_table_without_any_phase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"names no phase of a Timed Up and Go, but clap, wave"):
        read_table(table(tmp_path / "a.tsv", [(0.0, 1.0, "wave"), (2.0, 1.0, "clap")]))


def test_a_table_without_any_event_is_said_to_be_empty(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="has no events: nothing was recognized"):
        read_table(table(tmp_path / "a.tsv", []))
