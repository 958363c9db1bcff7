"""What `hnhar-enroll` reads and writes: all of a recording, and nothing replaced unasked."""

from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.stream.cli import enroll_live
from hnhar.stream.cli.enroll import main
from hnhar.stream.recordings import Recording
from hnhar.train.synthesis.performer import perform

from ...train.custom.own import write_csv, write_table
from ..recordings.session_xdf import write_session


def test_a_folder_that_takes_no_files_is_told_before_anything_is_learned(
    weights: Path, teaching_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs a folder in which nobody can make a file")
    options = ["--weights", str(weights), "--recording", str(teaching_file), "--label", "boxing"]
    assert main([*options, "--out", "/proc/new.safetensors"]) == 2
    printed = capsys.readouterr()
    assert "/proc/new.safetensors cannot be written" in " ".join(printed.err.split())
    assert "performance" not in printed.out
    into = tmp_path / "new.safetensors"
    assert main([*options, "--out", str(into)]) == 0
    assert [path.name for path in tmp_path.glob("*.safetensors")] == ["new.safetensors"]


def test_an_existing_file_is_not_overwritten_unasked(
    weights: Path,
    teaching_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small-boxing.safetensors").write_text("precious")
    options = ["--weights", str(weights), "--recording", str(teaching_file)]
    assert main([*options, "--label", "boxing"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert Path("small-boxing.safetensors").read_text() == "precious"
    taught = [*options, "--label", "boxing", "--out"]
    assert main([*taught, "small-boxing.safetensors"]) == 2
    assert "or add --overwrite" in " ".join(capsys.readouterr().err.split())
    assert Path("small-boxing.safetensors").read_text() == "precious"
    assert main([*taught, "small-boxing.safetensors", "--overwrite"]) == 0
    assert read_info(Path("small-boxing.safetensors")).enrolled
    before = teaching_file.read_bytes()
    assert main([*taught, str(teaching_file), "--overwrite"]) == 2
    assert "is read as a recording" in " ".join(capsys.readouterr().err.split())
    assert teaching_file.read_bytes() == before


def test_what_belongs_to_a_recording_is_never_overwritten(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_csv(tmp_path / "t_imu.csv", teaching.of("imu")[0])
    beside = write_csv(tmp_path / "t_skeleton.csv", teaching.of("skeleton")[0])
    table = write_table(tmp_path / "t_events.tsv", teaching.annotations)
    validate = write_session(tmp_path / "v.xdf", perform(seed=8, person=40, actions=["wave"]))
    (tmp_path / "link.safetensors").symlink_to(path)
    before = {file: file.read_bytes() for file in (path, beside, table, validate)}
    options = ["--weights", str(weights), "--label", "boxing", "--recording", str(path), "--overwrite"]
    for out in (*before, tmp_path / "link.safetensors"):
        assert main([*options, "--validate", str(validate), "--out", str(out)]) == 2
        assert "is read as a recording, or with one" in " ".join(capsys.readouterr().err.split())
    assert {file: file.read_bytes() for file in before} == before


def test_nobody_performs_for_a_bundle_that_cannot_be_written(
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enroll_live, "capture", lambda *_: pytest.fail("somebody had to perform"))
    options = ["--weights", str(weights), "--label", "boxing", "--imu-source", "type=IMU", "--overwrite"]
    assert main([*options, "--out", str(tmp_path)]) == 2
    assert "is no file" in " ".join(capsys.readouterr().err.split())


def test_an_enrollment_twice_in_a_row_asks_before_it_replaces_the_first(
    weights: Path, teaching_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "more.safetensors"
    options = ["--weights", str(weights), "--label", "boxing", "--recording", str(teaching_file)]
    assert main([*options, "--out", str(out)]) == 0
    (first,) = read_info(out).enrolled
    assert main([*options, "--out", str(out)]) == 2
    assert main([*options, "--out", str(out), "--overwrite"]) == 0
    assert read_info(out).enrolled[0].gates == first.gates
    assert main(["--weights", str(out), "--remove", "boxing", "--out", str(out)]) == 2
    assert main(["--weights", str(out), "--remove", "boxing", "--out", str(out), "--overwrite"]) == 0
    assert out.read_bytes() == weights.read_bytes()


def test_files_of_one_recording_are_one_recording(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [write_csv(tmp_path / f"t_{name}.csv", teaching.of(name)[0]) for name in ("imu", "skeleton")]
    spans = [(a.onset - teaching.start, a.offset - teaching.start) for a in teaching.annotations]
    segments = ["--segments", ",".join(f"{start:.6f}-{end:.6f}" for start, end in spans)]
    options = ["--weights", str(weights), "--label", "boxing", "--recording"]
    for out, named in (("one", files[:1]), ("both", files)):
        target = ["--out", str(tmp_path / f"{out}.safetensors")]
        assert main([*options, *map(str, named), *segments, *target]) == 0
    one, both = (read_info(tmp_path / f"{out}.safetensors") for out in ("one", "both"))
    assert one.enrolled[0].gates == both.enrolled[0].gates
    assert both.enrolled[0].performances == 4
    twice = [str(files[0]), str(files[1]), str(files[0])]
    assert main([*options, *twice, *segments]) == 2
    assert "named twice" in capsys.readouterr().err
    assert main([*options, str(tmp_path / "t_acc.csv"), str(files[0]), *segments]) == 2
    assert "does not exist" in capsys.readouterr().err
