"""`hnhar-doctor FILE`: the streams of a recording, and what a run over it would take."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hnhar.stream.cli.doctor import main

from ..recordings.files import XdfStream, imu, markers, xdf


def told(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = main([str(path), *options])
    out, err = capsys.readouterr()
    return code, out, err


def written(folder: Path, *streams: XdfStream) -> Path:
    path = folder / "it.xdf"
    path.write_bytes(xdf(*streams))
    return path


def test_a_recording_s_streams_are_listed_with_what_a_run_would_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    eeg = XdfStream("Cap", "EEG", ("Fz", "Cz"), [100.0, 101.0], [[0.0, 0.0]] * 2, rate=1.0)
    code, out, err = told(
        written(tmp_path, imu(source_id="w", unit=""), eeg, markers((100.5, "wave/start"))), capsys
    )
    assert (code, err) == (0, "")
    assert "✓ 1 Watch (IMU): 6 channels, 50 Hz, as watch for tug; as imu for" in out
    assert "✗ 2 Cap (EEG): 2 channels, 1 Hz, no use" in out
    assert "· 3 Markers (Markers): text" in out
    assert "would take imu" in out


def test_a_recording_that_no_run_could_take_says_why_in_the_words_of_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = imu(source_id="a", unit=""), imu("Other", source_id="b", unit="")
    path = written(tmp_path, *two)
    code, out, _ = told(path, capsys)
    assert code == 1
    assert "✗ a run would take nothing" in out
    assert "2 streams could be the IMU, and it is not guessed which is meant" in out
    code, out, _ = told(path, capsys, "--imu-source", "index=2")
    assert code == 0
    assert "would take imu" in out


def test_streams_of_one_name_are_told_apart_by_host_or_at_last_by_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = imu(unit="", hostname="lab")
    other = replace(first, hostname="gym")
    twin = replace(first, times=[t + 1 for t in first.times], rows=[[*r[:5], 7.0] for r in first.rows])
    _, out, _ = told(written(tmp_path, first, other, twin), capsys)
    assert "1 Watch (IMU, hostname=lab)" in out
    assert "2 Watch (IMU, hostname=gym)" in out
    assert "only index=3 means this one" in out


def test_the_report_on_a_recording_is_one_json_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = told(written(tmp_path, imu(unit="")), capsys, "--json")
    answer = json.loads(out)
    assert code == 0
    fits = {run["weights"].partition("@")[0]: run["fits"] for run in answer["runs"]}
    assert fits == {"tug": True, "utd-mhad-thigh": True, "utd-mhad-wrist": True, "utd-mhad-camera": False}
    assert answer["streams"][0]["number"] == 1


@pytest.mark.parametrize("name", ["nowhere.xdf", "it.docx"])
def test_what_cannot_be_read_is_an_error_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(tmp_path / name, capsys)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_markers_that_are_numbers_are_told_with_the_way_to_give_them_a_meaning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trigger = XdfStream("Trigger", "Markers", ("",), [100.5, 101.0], [[1], [2]], rate=0.0)
    _, out, _ = told(written(tmp_path, imu(unit=""), trigger), capsys)
    (line,) = (line for line in out.splitlines() if line.startswith("· 2 "))
    assert line == "· 2 Trigger (Markers): numbers, as triggers are (--marker-map 1=LABEL/start,2=LABEL/stop)"


def test_a_refusal_that_lists_streams_has_one_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, imu(source_id="a", unit="", rate=0.0), imu("Other", source_id="b", unit=""))
    _, out, _ = told(path, capsys)
    listed = [line.strip() for line in out.splitlines() if line.strip().startswith("name=")]
    assert [line.partition(",")[0] for line in listed] == ["name=Other", "name=Watch"]
    assert listed[1].endswith("(6 channels)"), "a rate that is not declared is not called another one"
