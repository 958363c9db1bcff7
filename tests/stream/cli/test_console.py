"""What commands print: no command to a terminal, no escape code without one, and no end with its reader."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.table import Table
from rich.text import Text

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.imu import imu
from hnhar.stream.cli import doctor, doctor_report
from hnhar.stream.cli.common import complain, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.summary import print_score
from hnhar.stream.cli.watch_output import JsonLines
from hnhar.stream.mapping.fitness import Surveyed
from hnhar.stream.messages import StreamDescription
from hnhar.stream.publish.subscriber import Received
from hnhar.stream.recordings.recording import Annotation, Unfinished

from ..examples import prediction

EVIL = "wa\x1b[2Jve\x07\x9b31m\r\u202eevil"
PROGRAM = [sys.executable, "-c", "import sys; from hnhar.stream.cli.stream import main; sys.exit(main())"]


def commands(text: str) -> list[str]:
    """Characters in it that are no text."""
    return [letter for letter in text if letter != "\n" and not letter.isprintable()]


@pytest.mark.parametrize("markup", [True, False])
def test_neither_texts_nor_tables_nor_strings_reach_the_terminal_with_commands(markup: bool) -> None:
    out = io.StringIO()
    console = SafeConsole(file=out, width=60)
    table = Table(title=EVIL)
    table.add_column(EVIL)
    table.add_row(EVIL)
    table.add_row(Text(EVIL))
    for given in (EVIL, Text(EVIL), Text.assemble((EVIL, "bold red")), table):
        console.print(given, markup=markup, style="bold")
    assert not commands(out.getvalue())
    assert "wa [2Jve" in out.getvalue()
    boxed = [line for line in out.getvalue().splitlines() if line.startswith(("│", "┃"))]
    assert {line[-1] for line in boxed} == {"│", "┃"}
    assert len({len(line) for line in boxed}) == 1


def test_a_name_is_printed_letter_for_letter_and_no_picture_is_made_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "left:x: and :cat:"
    complain(name)
    table = Table("name")
    table.add_row(name)
    SafeConsole().print(table)
    SafeConsole().say(name)
    captured = capsys.readouterr()
    assert captured.err == f"error: {name}\n"
    assert captured.out.count(name) == 2


@pytest.mark.parametrize("environment", [{"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}, {}])
def test_without_a_terminal_there_is_no_escape_code_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    console = SafeConsole()
    console.print("[bold red]red[/]")
    with console.status("working …"):
        console.print("done", style="dim")
    warn(EVIL)
    complain(EVIL)
    captured = capfd.readouterr()
    assert captured.out == "red\ndone\n"
    assert not commands(captured.err)


@pytest.mark.parametrize("words", [["stream", "--help"], ["--help"], ["train", "corpus", "--help"]])
def test_help_holds_no_escape_code_without_a_terminal_whatever_the_environment_says(words: list[str]) -> None:
    wanted = {**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}
    hnhar = Path(sys.executable).with_name("hnhar")
    asked = subprocess.run([hnhar, *words], capture_output=True, text=True, check=True, env=wanted)
    assert asked.stdout.startswith("usage: ")
    assert not commands(asked.stdout)


def on_a_terminal(environment: dict[str, str], code: str) -> str:
    """What a program writes to a terminal."""
    ours, theirs = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=theirs, stderr=theirs, env=kept | environment
    )
    os.close(theirs)
    written = b""
    with os.fdopen(ours, "rb", buffering=0) as screen:
        try:
            while part := screen.read(4096):
                written += part
        except OSError:  # Linux says so that the other end was closed
            pass
    assert process.wait(60) == 0
    return written.decode()


PRINTS = "from hnhar.stream.cli.console import SafeConsole; SafeConsole().print('[bold red]red[/]')"


@pytest.mark.parametrize(
    ("environment", "written"),
    [
        ({"TERM": "xterm"}, "\x1b[1;31mred\x1b[0m\r\n"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "\x1b[1mred\x1b[0m\r\n"),
        ({"TERM": "dumb"}, "red\r\n"),
    ],
)
def test_a_terminal_has_colors_unless_it_is_dumb_or_none_are_wanted(
    environment: dict[str, str], written: str
) -> None:
    assert on_a_terminal(environment, PRINTS) == written


def test_a_long_sentence_is_broken_between_words_in_a_terminal_and_nowhere_else() -> None:
    code = (
        "from hnhar.stream.cli.console import SafeConsole\n"
        "SafeConsole(width=20).print('several words of a long sentence', soft_wrap=True)"
    )
    assert on_a_terminal({"TERM": "xterm"}, code) == "several words of a \r\nlong sentence\r\n"
    out = io.StringIO()
    SafeConsole(file=out, width=20).print("several words of a long sentence", soft_wrap=True)
    assert out.getvalue() == "several words of a long sentence\n"


def test_the_doctor_prints_no_command_that_a_stream_names_itself_by(
    capsys: pytest.CaptureFixture[str],
) -> None:
    described = StreamDescription(
        *(EVIL, EVIL, EVIL, tuple(f"acc_{axis}{EVIL}" for axis in "xyz"), (EVIL,) * 3, 50.0, EVIL, EVIL, EVIL)
    )
    found = [
        Surveyed("uid", described, samples=np.zeros((75, 3)), measured_rate=50.0, clock_offset=0.0),
        Surveyed("other", described, samples=None, measured_rate=None, clock_offset=None, fault=EVIL),
    ]
    bundles = {name: bundle.read_info(path) for name, path in bundle.bundled().items()}
    answer = doctor_report.report(found, bundles)
    for verbose in (False, True):
        doctor.show(SafeConsole(), answer, verbose=verbose)
    captured = capsys.readouterr()
    assert "wa [2Jve" in captured.out
    assert not commands(captured.out + captured.err)


def test_a_comparison_prints_no_command_that_a_label_is_named_by() -> None:
    info = BundleInfo("small", (imu(),), 3.0, 0.25, ("wave", "idle"), "idle", "", {})
    out = io.StringIO()
    print_score(
        SafeConsole(file=out, width=100),
        [],
        [Annotation(1.0, 2.0, EVIL), Annotation(5.0, 2.0, "wave")],
        [EVIL],
        info=info,
        span=(0.0, 10.0),
        unfinished=[Unfinished(8.0, float("inf"), EVIL)],
    )
    assert out.getvalue().count("wa [2Jve") >= 3
    assert not commands(out.getvalue())


def test_json_lines_hold_no_command_and_mean_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines().show(Received("topic", "run", prediction(label=EVIL)))
    line = capsys.readouterr().out
    assert not commands(line)
    assert json.loads(line)["label"] == EVIL


def test_a_reader_that_goes_away_ends_the_printing_only() -> None:
    code = (
        "import sys; from hnhar.stream.cli.console import SafeConsole; console = SafeConsole()\n"
        "for number in range(20_000): console.print(number)\n"
        "print('more'); print('whole', file=sys.stderr)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "0\n"
        process.stdout.close()
        assert process.stderr.read() == "whole\n"
    assert process.returncode == 0


def test_a_recording_whose_summary_nobody_reads_has_all_its_files(
    weights: Path, teaching_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    with subprocess.Popen(
        [*PROGRAM, "--recording", str(teaching_file), "--weights", str(weights), "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # sooner than `head -1` does
        complaint = process.stderr.read()
    assert process.returncode == 0, complaint
    stem = teaching_file.stem
    assert {f"{stem}.events.tsv", f"{stem}.png", f"{stem}.predictions.jsonl"} <= {
        path.name for path in tmp_path.iterdir()
    }
    assert "Traceback" not in complaint
