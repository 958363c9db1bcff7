"""Recordings and what was recognized of them, written for other programs and read back."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.stream.recordings import Annotation, open_recording
from hnhar.stream.recordings.exported import ExportedRun, ExportedStream
from hnhar.stream.recordings.exports import export, parse_exports
from hnhar.stream.recordings.label_tables import read_label_table
from hnhar.stream.recordings.score import Recognized

ZERO = 1000.0


def run(name: str = "sub-07_ses-2_task-walk_run-3", streams: bool = True) -> ExportedRun:
    rng = np.random.default_rng(3)
    times = ZERO + np.arange(100) / 50
    samples = rng.normal(size=(100, 6)).astype(np.float32)
    samples[5, 2] = np.nan
    body = rng.normal(size=(60, 60)).astype(np.float32)
    made = (
        ExportedStream("imu", imu().channels, imu().units, times, samples, "right wrist"),
        ExportedStream(
            "skeleton", skeleton().channels, skeleton().units, ZERO + 0.1 + np.arange(60) / 30, body
        ),
    )
    return ExportedRun(
        name,
        "anna b",
        ZERO,
        made if streams else (),
        (Annotation(ZERO + 0.5, 0.75, "wave"), Annotation(ZERO + 1.3, 0.5, "sit & <rest>")),
        (Recognized(ZERO + 0.6, 0.7, "wave", 0.9), Recognized(ZERO + 1.4, 0.4, "walk", math.nan)),
        "wrist-1",
    )


def target(text: str, folder: Path) -> Path:
    (chosen,) = parse_exports([text])
    return export(run(), chosen)


def test_a_data_set_of_bids_has_what_the_standard_requires(tmp_path: Path) -> None:
    place = target(f"bids={tmp_path / 'set'}", tmp_path)
    assert place == tmp_path / "set" / "sub-07" / "ses-2" / "motion"
    stem = "sub-07_ses-2_task-walk_tracksys-imu_run-3"
    names = {path.name for path in place.iterdir()}
    assert {f"{stem}_{end}" for end in ("motion.tsv", "motion.json", "channels.tsv", "events.tsv")} <= names
    about = json.loads((place / f"{stem}_motion.json").read_text())
    assert (about["TaskName"], about["SamplingFrequency"], about["TrackingSystemName"]) == (
        "walk",
        50.0,
        "imu",
    )
    channels = (place / f"{stem}_channels.tsv").read_text().splitlines()
    assert channels[0].split("\t")[:5] == ["name", "component", "type", "tracked_point", "units"]
    assert channels[1] == "acc_x\tx\tACCEL\tright wrist\tm/s^2\tright wrist"
    assert channels[-1].startswith("latency\tn/a\tLATENCY\tn/a\ts")
    rows = (place / f"{stem}_motion.tsv").read_text().splitlines()
    assert len(rows) == 100
    assert {len(row.split("\t")) for row in rows} == {len(channels) - 1}
    assert rows[5].split("\t")[2] == "n/a"
    described = json.loads((tmp_path / "set" / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion"} <= set(described)
    derived = tmp_path / "set" / "derivatives" / "hnhar"
    assert json.loads((derived / "dataset_description.json").read_text())["GeneratedBy"][0]["Name"] == "hnhar"
    assert (tmp_path / "set" / "participants.tsv").read_text() == "participant_id\nsub-07\n"


def test_what_was_written_for_bids_is_read_back(tmp_path: Path) -> None:
    place = target(f"bids={tmp_path / 'set'}", tmp_path)
    table = next(place.glob("*tracksys-imu*_motion.tsv"))
    for path in (table, place, tmp_path / "set", tmp_path / "set" / "sub-07"):
        found = open_recording(path)
        assert [stream.modality for stream in found.streams] == ["imu", "skeleton"]
        wrote = run().streams
        np.testing.assert_allclose(found.streams[0].timestamps, wrote[0].times - ZERO, atol=1e-6)
        assert found.streams[0].description.channels == (*imu().channels,)
        assert found.streams[0].description.placement == "right wrist"
        np.testing.assert_allclose(found.streams[1].samples, wrote[1].samples, rtol=1e-5)
        back = found.streams[0].samples / np.array([9.80665] * 3 + [math.radians(1)] * 3)
        np.testing.assert_allclose(back, wrote[0].samples, rtol=1e-5)
        assert [(round(a.onset, 3), a.label) for a in found.annotations] == [
            (0.5, "wave"),
            (1.3, "sit & <rest>"),
        ]


def test_what_was_recognized_is_no_label_when_read_back(tmp_path: Path) -> None:
    target(f"bids={tmp_path / 'set'}", tmp_path)
    (table,) = (tmp_path / "set" / "derivatives").rglob("*_events.tsv")
    assert table.name == "sub-07_ses-2_task-walk_run-3_desc-recognized_events.tsv"
    with pytest.raises(RecordingError, match="column 'confidence'"):
        read_label_table(table)


def test_a_data_set_that_is_there_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "dataset_description.json").write_text("{}")
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-01\t30\n")
    for _ in range(2):
        target(f"bids={tmp_path}", tmp_path)
    assert (tmp_path / "dataset_description.json").read_text() == "{}"
    assert not (tmp_path / "README").exists()
    assert (tmp_path / "participants.tsv").read_text() == "participant_id\tage\nsub-01\t30\nsub-07\tn/a\n"


def test_participants_of_a_data_set_that_are_no_utf_8_are_told_and_left(tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_bytes(b"participant_id\nsub-M\xfcller\n")
    with pytest.raises(RecordingError, match=r"participants\.tsv.*not UTF-8"):
        export(run(), parse_exports([f"bids={tmp_path}"])[0])
    assert b"\xfc" in (tmp_path / "participants.tsv").read_bytes()


def test_a_recording_without_a_name_of_bids_gets_one(tmp_path: Path) -> None:
    (chosen,) = parse_exports([f"bids={tmp_path}"])
    assert export(run("My walk (2)"), chosen) == tmp_path / "sub-annab" / "motion"
    names = [path.name for path in (tmp_path / "sub-annab" / "motion").glob("*imu_motion.tsv")]
    assert names == ["sub-annab_task-Mywalk2_tracksys-imu_motion.tsv"]


def test_a_file_of_elan_is_read_back_and_by_pympi(tmp_path: Path) -> None:
    path = target(f"elan={tmp_path / 'a.eaf'}", tmp_path)
    table = read_label_table(path)
    assert [(e.onset, round(e.duration, 3), e.label) for e in table.events] == [
        (0.5, 0.75, "wave"),
        (1.3, 0.5, "sit & <rest>"),
    ]
    assert any("'recognized' is what hnhar recognized" in note for note in table.notes)
    assert [e.label for e in read_label_table(path, "recognized").events] == ["wave", "walk"]
    from pympi.Elan import Eaf

    made = Eaf(str(path), suppress_version_warning=True)
    assert made.get_annotation_data_for_tier("recognized") == [(600, 1300, "wave"), (1400, 1800, "walk")]


@pytest.mark.parametrize(
    "text", ["bids", "xml=a", "elan=a.txt", "elan=nowhere/a.eaf", "bids=", "=x", f"bids={__file__}"]
)
def test_an_export_that_cannot_be_is_refused_before_anything_is_read(text: str) -> None:
    with pytest.raises(ConfigError, match="--export"):
        parse_exports([text])


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "sub-07").write_text("a file in the place of a folder")
    with pytest.raises(RecordingError, match="cannot be written"):
        target(f"bids={tmp_path}", tmp_path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: (f / "x_channels.tsv").unlink(), "x_channels.tsv cannot be read"),
        (lambda f: (f / "x_channels.tsv").write_text("name\ttype\n"), "lacks the column component"),
        (lambda f: (f / "x_motion.tsv").write_text("1\t2\n"), "lines of other than 4 columns"),
        (lambda f: (f / "x_motion.tsv").write_text("a\tb\tc\td\n"), "no number"),
        (lambda f: (f / "x_motion.json").write_text("[" * 10_000), "no JSON"),
        (
            lambda f: (f / "x_motion.json").unlink(),
            "neither a channel of type LATENCY nor a SamplingFrequency",
        ),
    ],
    ids=range(6),
)
def test_a_table_of_bids_that_says_too_little_is_refused(tmp_path: Path, change: object, says: str) -> None:
    head = "name\tcomponent\ttype\ttracked_point\tunits\n"
    rows = "".join(f"acc_{a}\t{a}\tACCEL\twrist\tm/s^2\n" for a in "xyz") + "t\tn/a\tMISC\tn/a\tn/a\n"
    (tmp_path / "x_channels.tsv").write_text(head + rows)
    (tmp_path / "x_motion.json").write_text('{"SamplingFrequency": 50}')
    (tmp_path / "x_motion.tsv").write_text("0\t0\t9.81\t1\n" * 10)
    assert open_recording(tmp_path / "x_motion.tsv").streams[0].timestamps[1] == pytest.approx(0.02)
    change(tmp_path)  # type: ignore[operator]
    with pytest.raises(RecordingError, match=says):
        open_recording(tmp_path / "x_motion.tsv")


@pytest.mark.slow
def test_a_run_writes_both_and_its_data_set_is_recognized_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from hnhar.stream.cli.stream import main

    out = ["--out", str(tmp_path), "--no-dashboard"]
    exports = ["--export", f"bids={tmp_path / 'set'}", "--export", f"elan={tmp_path / 'a.eaf'}"]
    assert main(["--recording", "synthetic", *out, *exports]) == 0
    assert main(["--recording", str(tmp_path / "set"), *out]) == 0
    first = (tmp_path / "synthetic-synthetic-0.events.tsv").read_text()
    (again,) = tmp_path.glob("set*.events.tsv")
    assert [line.split("\t")[2] for line in again.read_text().splitlines()] == [
        line.split("\t")[2] for line in first.splitlines()
    ]
    assert len(read_label_table(tmp_path / "a.eaf", "recognized").events) == len(first.splitlines()) - 1
