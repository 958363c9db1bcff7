"""What a report shows: the CSV, the lines, and the page of A4."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hnhar.model.errors import RecordingError
from hnhar.stream.report.page import MOST, page, save_page, without_options
from hnhar.stream.report.phases import Phase, PhaseSequence
from hnhar.stream.report.report import Report, check_sensors, check_trials, report_on
from hnhar.stream.report.session import Session
from hnhar.stream.report.table import csv_text, headline, trial_rows

from .making import WHOLE, session


def many(count: int) -> Report:
    """A report of so many whole trials, and one that was cut short."""
    return report_on("Patient 12", [session(*[WHOLE] * count, name="am"), session(WHOLE[:4], name="pm")])


def words(report: Report) -> str:
    drawn = page(report, "2026-11-30")
    texts = [text.get_text() for text in drawn.texts]
    texts += [text.get_text() for axes in drawn.axes for text in axes.texts]
    return "\n".join(texts)


def test_the_csv_has_a_line_a_trial_and_no_total_for_one_that_does_not_count() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(many(2)))))
    assert [row["complete"] for row in rows] == ["yes", "yes", "no"]
    assert [row["file"] for row in rows] == ["am", "am", "pm"]
    assert rows[0]["standing_up_s"] == "1.200"
    assert rows[0]["total_s"] == "9.500"
    assert rows[2]["total_s"] == ""
    assert rows[2]["seen_s"] == "4.800"
    assert rows[2]["missing"] == "the recording ends before sitting down"


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        (
            "'A' does not say where it is worn; the weights are for the wrist (--imu-placement says it)",
            "'A' does not say where it is worn; the weights are for the wrist",
        ),
        ("its units are assumed; say --imu-unit m/s²", "its units are assumed"),
        ("--clock says it", ""),
        ("a gap of 3 s -- and more", "a gap of 3 s -- and more"),
    ],
)
def test_a_page_names_no_option_of_a_command(note: str, shown: str) -> None:
    assert without_options(note) == shown
    one = replace(session(), notes=(note,))
    assert "--imu" not in words(report_on("x", [one]))


def test_no_name_is_a_formula_of_a_spreadsheet() -> None:
    text = csv_text(report_on("x", [session(name="=HYPERLINK(1)")]))
    assert next(csv.DictReader(io.StringIO(text)))["file"].startswith("'=")


def test_the_headline_counts_complete_trials_alone() -> None:
    assert headline(many(3)) == "9.50 ± 0.00 s, 3 complete of 4 trials"
    assert headline(report_on("x", [session()])) == "9.50 s, 1 complete of 1 trial"
    assert headline(report_on("x", [session(WHOLE[:4])])) == "0 complete of 1 trial"


def test_an_unknown_confidence_is_a_dash() -> None:
    unsure = PhaseSequence(
        tuple(Phase(p.label, p.onset, p.offset, float("nan")) for p in session().segments[0].phases)
    )
    report = report_on("x", [Session("x", (unsure,), "", 13.5, {})])
    assert trial_rows(report.trials)[0][-2] == "–"


def test_the_page_says_the_total_the_trials_what_was_missing_and_that_it_is_no_diagnosis() -> None:
    shown = words(many(2))
    for part in ("9.5 s", "mean of 2 complete trials", "1 incomplete trial, not counted", "Patient 12"):
        assert part in shown
    assert "Trial 3, not counted: the recording ends before sitting down." in shown
    assert "tug@0123abcd" in shown
    assert "no diagnosis" in shown.lower()
    assert "report of 2026-11-30" in shown


@pytest.mark.parametrize("count", [0, 1, MOST, 40])
def test_the_page_holds_everything_above_its_foot_however_many_trials_there_are(count: int) -> None:
    drawn = page(many(count), "2026-11-30")
    renderer = FigureCanvasAgg(drawn).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in drawn.texts if text.get_text()]
    width, height = drawn.bbox.width, drawn.bbox.height
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    overlaps = [(a, b) for k, a in enumerate(boxes) for b in boxes[k + 1 :] if _overlap(a, b)]
    assert not overlaps
    assert f"and {count + 1 - MOST} further trials" in words(many(count)) or count <= MOST


def _overlap(a: object, b: object) -> bool:
    """True if two boxes share more than a rim of two points."""
    rim = 2.0
    across = min(a.x1, b.x1) - max(a.x0, b.x0)  # type: ignore[attr-defined]
    down = min(a.y1, b.y1) - max(a.y0, b.y0)  # type: ignore[attr-defined]
    return across > rim and down > rim


@pytest.mark.parametrize("ending", [".pdf", ".png"])
def test_the_page_is_written_whole(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    assert save_page(many(1), path, made="2026-11-30") == ""
    assert path.read_bytes()[:4] in (b"%PDF", b"\x89PNG")
    assert path.stat().st_size > 5000


def test_a_page_has_one_of_the_endings_that_can_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"\.pdf"):
        save_page(many(1), tmp_path / "a.docx", made="2026-11-30")


def test_names_from_elsewhere_are_text_and_nothing_else(tmp_path: Path) -> None:
    report = report_on("$\\frac{1}$ \x1b[31m" + "x" * 300, [session(name="a_b $x$")])
    assert save_page(report, tmp_path / "a.pdf", made="2026-11-30") == ""


def test_nobody_who_stood_up_is_no_report() -> None:
    with pytest.raises(RecordingError, match="no stand-up found"):
        check_trials(report_on("x", [session((("seated", 9.0),))]))
    with pytest.raises(RecordingError, match="no stand-up found"):
        check_trials(report_on("x", [session((("walking", 9.0), ("turning", 1.0), ("walking", 9.0)))]))
    check_trials(report_on("x", [session(WHOLE[:2])]))


def test_a_phone_and_a_watch_in_files_of_their_own_are_not_counted_twice() -> None:
    phone, watch, both = (
        Session(name, session().segments, "tug@0123abcd", 13.5, dict.fromkeys(devices, 1.0))
        for name, devices in (("a", ["phone"]), ("b", ["watch"]), ("c", ["phone", "watch"]))
    )
    check_sensors([phone, both])
    check_sensors([phone, phone])
    with pytest.raises(RecordingError, match="each would count twice"):
        check_sensors([both, phone, watch])
