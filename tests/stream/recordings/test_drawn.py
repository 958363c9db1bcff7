"""Figures whose labels have letters that no font of the figure has."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hnhar.stream.cli.stream import main
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.drawn import lacking_note
from hnhar.stream.recordings.figure import WearerTrack, save_figure
from hnhar.train.synthesis.performer import perform

from .session_xdf import write_session

pytest.importorskip("matplotlib")
STIR = "搅拌"


def track(label: str) -> WearerTrack:
    return WearerTrack("p1", 0.0, 10.0, (Annotation(1.0, 3.0, label),))


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_letters_that_the_font_lacks_are_drawn_as_boxes_and_given_back_without_a_warning(
    ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"figure{ending}"
    assert save_figure([track(f"{STIR} wave")], path, dpi=40) == "".join(sorted(STIR))
    assert path.stat().st_size > 1000
    assert save_figure([track("wave")], path, dpi=40) == ""


def test_codes_that_command_a_terminal_are_spaces_in_a_figure_and_an_svg_with_them_is_well_formed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "figure.svg"
    assert save_figure([track("wave\x1b[31m\thand")], path) == ""
    ElementTree.parse(path)


def test_the_note_names_each_letter_once() -> None:
    assert ": b, x. " in lacking_note("xbx")


def test_a_user_reads_one_note_on_them_and_no_warning_of_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = perform(seed=0, person=1004)
    named = [replace(a, label=STIR) if k == 0 else a for k, a in enumerate(done.annotations)]
    session = write_session(tmp_path / "session.xdf", replace(done, annotations=tuple(named)))
    assert main(["--recording", str(session), "--only", "imu", "--out", str(tmp_path)]) == 0
    err = capsys.readouterr().err
    assert err.count("boxes for letters that its font lacks") == 1
    assert "Warning" not in err
    assert (tmp_path / "session.png").stat().st_size > 10_000
