"""`hnhar-report`: files in, a table, CSV and a page out; errors in words."""

from pathlib import Path

import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.imu import IMU
from hnhar.model.loading import save
from hnhar.model.recognizer import Recognizer, preset
from hnhar.stream.cli.report import main
from hnhar.stream.recordings.events_tsv import write_events
from hnhar.stream.recordings.score import Recognized
from hnhar.stream.report.phases import PHASES
from hnhar.train.synthesis.performer import perform

from ..recordings.session_xdf import write_session
from ..report.making import WHOLE, phases
from ..report.test_files import record


def events(path: Path, sequence: tuple[tuple[str, float], ...] = WHOLE) -> Path:
    """A table as `hnhar-stream --recording` writes it."""
    found = [Recognized(p.onset, p.duration, p.label, p.confidence) for p in phases(sequence)]
    write_events(path, found)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that tells the phases at random."""
    modalities = (IMU.modality(),)
    torch.manual_seed(0)
    recognizer = Recognizer(preset("compact", modalities, window=2.0, classes=len(PHASES))).eval()
    info = BundleInfo("random-tug", modalities, 2.0, 0.1, PHASES, "", "", {})
    path = tmp_path_factory.mktemp("weights") / "random-tug.safetensors"
    save(path, info, recognizer)
    return path


def test_a_table_of_events_becomes_a_table_a_csv_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = events(tmp_path / "walk.events.tsv", (*WHOLE, *WHOLE[1:4]))
    assert main([str(path), "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    assert "total: 9.50 s, 1 complete of 2 trials" in shown.out
    assert "trial 2 is incomplete and not counted: the recording ends before sitting down" in shown.out
    assert "no diagnosis" in shown.out.lower()
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"walk.tug.csv", "walk.tug.pdf"}


def test_the_record_of_a_live_session_is_reported_under_the_name_that_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = record(tmp_path / "live.jsonl")
    assert main([str(path), "--out", str(tmp_path), "--name", "Patient 12/../x", "--no-pdf"]) == 0
    shown = capsys.readouterr()
    assert "weights: tug@01234567" in shown.out
    assert "watch in only 37% of the windows" in shown.err
    assert (tmp_path / "Patient 12-..-x.tug.csv").is_file()
    assert not list(tmp_path.glob("*.pdf"))


def test_several_files_are_repetitions_of_one_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = events(tmp_path / "a.events.tsv"), events(tmp_path / "b.events.tsv")
    assert main([str(one), str(two), "--out", str(tmp_path), "--no-pdf"]) == 0
    assert "2 complete of 2 trials" in capsys.readouterr().out
    assert (tmp_path / "a.tug.csv").read_text().count("\n") == 3
    assert main([str(one), str(one), "--out", str(tmp_path)]) == 2
    assert "named twice" in capsys.readouterr().err


def test_a_recording_is_recognized_and_its_whole_length_looked_at(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = perform(seed=1, person=1, actions=["wave"], repetitions=1)
    path = write_session(tmp_path / "walk.xdf", recording, marked=False)
    code = main([str(path), "--weights", str(weights), "--out", str(tmp_path), "--no-pdf"])
    shown = capsys.readouterr()
    assert code in (0, 2), shown.err  # what random weights say is random
    assert "random-tug@" in shown.out + shown.err
    assert "Traceback" not in shown.err


def test_weights_that_tell_no_phases_are_refused_with_the_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path / "a.xdf", perform(seed=1, person=1, actions=["wave"], repetitions=1))
    assert main([str(path), "--weights", "utd-mhad-wrist", "--out", str(tmp_path)]) == 2
    assert "no label is seated, standing up" in " ".join(capsys.readouterr().err.split())


def test_what_is_no_timed_up_and_go_says_so_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = events(tmp_path / "sits.events.tsv", (("seated", 30.0),))
    assert main([str(path), "--out", str(tmp_path / "out")]) == 2
    assert "no stand-up found in the 30 s of sits" in " ".join(capsys.readouterr().err.split())
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", ["nothing.xdf", "nothing.tsv", "nothing.jsonl"])
def test_a_file_that_is_not_there_is_an_error_in_one_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / name), "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")
