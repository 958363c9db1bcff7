"""`hnhar-label`: labels corrected line by line, saved beside a recording that stays as it was."""

import hashlib
import io
import sys
from pathlib import Path

import pytest

from hnhar.stream.cli.label import main
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.beside import table_beside, table_for

from ..recordings.files import imu, markers, xdf
from ..terminal import Terminal

PROGRAM = [sys.executable, "-c", "import sys; from hnhar.stream.cli.label import main; sys.exit(main())"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "sub-01_it.xdf"
    marked = [(102.0, "stir/start"), (105.0, "stir/stop"), (107.0, "pour/start"), (108.0, "pour/cancel")]
    found.write_bytes(xdf(imu(seconds=20.0, unit=""), markers(*marked)))
    return found


def given(path: Path, lines: str, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    return main([str(path), *options])


def labels(path: Path) -> list[tuple[str, float, float]]:
    recording = open_recording(path)
    zero = recording.zero
    return [(a.label, round(a.onset - zero, 3), round(a.duration, 3)) for a in recording.annotations]


def test_corrected_labels_are_read_by_every_command_and_the_recording_stays_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashlib.sha256(path.read_bytes()).digest()
    assert given(path, "label 1 mix\nonset 1 +0.5\noffset 2 9\nshow 1\nadd 12 14 stir\n", monkeypatch) == 0
    assert labels(path) == [("mix", 2.5, 2.5), ("pour", 7.0, 2.0), ("stir", 12.0, 2.0)]
    assert hashlib.sha256(path.read_bytes()).digest() == before
    out = capsys.readouterr().out
    assert "1 mix━" in out
    assert "hnhar-train corpus" in out
    assert f"{path.parent}/sub-*.xdf --run runs/mine --restart" in out


def test_a_table_that_was_there_is_kept_and_comes_back_when_all_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = path.with_name("sub-01_it_events.tsv")
    mine = "onset\tduration\ttrial_type\tnote\n1\t2\tstir\tx\n"
    table.write_text(mine)
    assert given(path, "delete 1\n", monkeypatch) == 0
    assert table.with_name(f"{table.name}~").read_text() == mine
    assert labels(path) == []
    table.write_text(mine)
    assert given(path, "delete 1\nundo\n", monkeypatch) == 0
    assert table.read_text() == mine
    table.unlink()
    assert given(path, "delete 1\nundo\nlist\n", monkeypatch) == 0
    assert not table.exists()
    assert "nothing was changed" in capsys.readouterr().out


def test_a_line_that_cannot_be_is_an_error_of_a_program_and_the_others_count(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert given(path, "label 7 a\nlabel 1 mix\nquit\nlabel 1 never\n", monkeypatch) == 2
    assert "error: there is no label 7" in capsys.readouterr().err
    assert labels(path)[0][0] == "mix"


def test_labels_go_to_elan_and_come_back(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    eaf = tmp_path / "other.eaf"
    assert main([str(path), "--elan", str(eaf)]) == 0
    eaf.write_text(eaf.read_text("utf-8").replace("stir", "whisk"), "utf-8")
    assert given(path, "", monkeypatch, "--labels", str(eaf)) == 0
    assert labels(path)[0] == ("whisk", 2.0, 3.0)


def test_what_was_recognized_may_be_the_beginning(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recognized = tmp_path / "it.events.tsv"
    recognized.write_text("onset\tduration\tlabel\tconfidence\n3\t1\twave\t0.9\n")
    assert given(path, "onset 1 2.9\n", monkeypatch, "--recognized", str(recognized)) == 0
    assert labels(path) == [("wave", 2.9, 1.1)]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["nowhere.xdf"], "there is no recording 'nowhere.xdf'"),
        (["{path}", "--out", "it.csv"], "is no .tsv file"),
        (["{path}", "--elan", "it.txt"], "ELAN's files end in .eaf"),
        (["{path}", "--recognized", "none.tsv"], "none.tsv"),
    ],
)
def test_what_cannot_be_opened_is_refused(
    words: list[str], answer: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(path=path) for word in words]) == 2
    assert answer in " ".join(capsys.readouterr().err.split())


def test_in_a_terminal_it_prompts_and_a_wrong_line_ends_nothing(path: Path) -> None:
    with Terminal([*PROGRAM, str(path)]) as terminal:
        terminal.until("> ")
        changed = "1 mix, 2.00 to 5.00 s"
        for line, shown in (
            ("foo", "is none of"),
            ("label 1 mix", changed),
            ("undo", "taken back"),
            ("label 1 mix", changed),
        ):
            at = len(terminal.text)
            terminal.press(f"{line}\n")
            terminal.until(rf"{shown}[\s\S]*> $", at)
        terminal.press("quit\n")
        assert terminal.end() == 0
    assert labels(path)[0] == ("mix", 2.0, 3.0)


def test_the_corrected_table_of_a_folder_is_the_one_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    (folder / "it.csv").write_text("time,acc_x,acc_y,acc_z\n0,0,0,1\n0.02,0,0,1\n")
    (folder / "it_events.tsv").write_text("onset\tduration\tlabel\n1.0\t2.0\twave\n")
    before = table_beside(folder)

    assert table_for(folder) == before == folder / "it_events.tsv"
    monkeypatch.chdir(folder)
    assert table_for(Path(".")).resolve() == before


def test_events_called_unknown_are_told_before_they_are_refused_as_labels(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = path.with_name("run.events.tsv")
    table.write_text("onset\tduration\tlabel\n1.0\t2.0\tunknown\n4.0\t2.0\tstir\n")

    assert given(path, "delete 1\n", monkeypatch, "--recognized", str(table)) == 0

    assert "1 event called unknown" in capsys.readouterr().err
