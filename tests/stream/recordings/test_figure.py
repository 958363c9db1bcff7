"""The picture of a session: bands, rows and labels are where they belong."""

import xml.etree.ElementTree
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.figure import FORMATS, MOST_ROWS, WearerTrack, figure, save_figure
from hnhar.stream.recordings.score import Recognized, match

from .. import examples

LABEL = "draw_circle_counter_clockwise"


def track(wearer: str = "p1", end: float = 100.0, start: float = 0.0) -> WearerTrack:
    predictions = tuple(
        replace(examples.prediction(k, wearer, end=start + 3 + k / 4), coverage={"imu": 1.0, "skeleton": 0.5})
        for k in range(int(4 * (end - start - 3)))
    )
    return WearerTrack(
        wearer,
        start,
        end,
        (Annotation(start + 10.0, 4.0, "wave"), Annotation(start + 50.0, 5.0, LABEL)),
        (Recognized(start + 11.0, 3.0, "wave", 0.9), Recognized(start + 30.0, 2.0, "clap", 0.6)),
        predictions,
    )


def boxes(drawn: object) -> list[tuple[float, float, float]]:
    """(left, lower, width) of each interval, by row and left edge."""
    return [
        (patch.get_x(), patch.get_y(), patch.get_width())
        for axes in drawn.axes  # type: ignore[attr-defined]
        for patch in axes.patches
    ]


def test_truth_is_drawn_above_what_was_recognized_each_at_its_time() -> None:
    (one, two, three, four) = boxes(figure([track()]))
    assert (one[0], one[2], two[0], two[2]) == (10.0, 4.0, 50.0, 5.0)
    assert (three[0], three[2], four[0], four[2]) == (11.0, 3.0, 30.0, 2.0)
    assert one[1] == two[1] > three[1] == four[1]


def test_a_label_has_one_color_in_truth_and_recognition() -> None:
    wave, circle, again, clap = figure([track()]).axes[0].patches
    assert wave.get_facecolor() == again.get_facecolor()
    assert len({patch.get_facecolor() for patch in (wave, circle, clap)}) == 3


def test_every_label_is_legible_on_its_box() -> None:
    from matplotlib.colors import to_rgb

    def luminance(color: object) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])

    names = [f"label {k:02d}" for k in range(30)]
    notes = tuple(Annotation(3.0 * k, 2.8, name) for k, name in enumerate(names))
    drawn = figure([replace(track(), annotations=notes, recognized=())])
    legible = 0
    for axes in drawn.axes:
        faces = {(p.get_x(), p.get_y()): p.get_facecolor() for p in axes.patches}
        for text in axes.texts:
            x, y = text.get_position()
            face = next(
                (f for (left, low), f in faces.items() if 0 <= x - left <= 2.8 and 0 <= y - low <= 1), None
            )
            if face is not None:
                a, b = sorted((luminance(text.get_color()), luminance(face[:3])))
                assert (b + 0.05) / (a + 0.05) >= 3.0, text.get_text()
                legible += 1
    assert legible == len(names)


def test_a_long_session_goes_on_in_the_next_row_also_in_the_middle_of_an_action() -> None:
    cut = replace(track(end=240.0), annotations=(Annotation(118.0, 4.0, "wave"),), recognized=())
    drawn = figure([cut], row=120.0)
    assert [axes.get_xlim() for axes in drawn.axes] == [(0.0, 120.0), (120.0, 240.0)]
    assert [(left, width) for left, _, width in boxes(drawn)] == [(118.0, 2.0), (120.0, 2.0)]


def test_each_wearer_has_rows_of_its_own_on_one_scale() -> None:
    drawn = figure([track("anna", 100.0), track("ben", 40.0)], title="a session")
    assert [axes.get_title(loc="left") for axes in drawn.axes] == ["anna", "ben"]
    assert [axes.get_xlim() for axes in drawn.axes] == [(0.0, 100.0), (0.0, 100.0)]


def test_bands_are_named_with_each_modality() -> None:
    (axes,) = figure([track()]).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert sorted(names) == ["confidence", "imu", "recognized", "skeleton", "truth"]


def test_a_long_label_is_wrapped_and_shortened() -> None:
    (axes,) = figure([track()]).axes
    (text,) = [text.get_text() for text in axes.texts if text.get_text().startswith("draw")]
    assert text == "draw circle\ncounter…"


def judged() -> WearerTrack:
    """A wave that was recognized, a circle that was missed, a clap that was not performed."""
    bare = track()
    return replace(bare, score=match(bare.annotations, bare.recognized, span=(0.0, 100.0)))


def test_hits_misses_and_false_events_are_those_of_the_score_and_counted_in_the_title() -> None:
    drawn = figure([judged()])
    (axes,) = drawn.axes
    assert axes.get_title(loc="left") == "p1: 1 of 2 performed actions recognized, 1 missed, 1 false event"
    wave, circle, again, clap = axes.patches
    assert [bool(patch.get_hatch()) for patch in (wave, circle, again, clap)] == [False, True, False, False]
    framed = [patch.get_linewidth() > 1.5 for patch in (wave, circle, again, clap)]
    assert framed == [False, False, False, True]
    (legend,) = drawn.legends
    assert [text.get_text() for text in legend.get_texts()][:3] == ["missed", "false", "not scored"]


def test_what_there_is_nothing_of_has_no_band() -> None:
    def bands(bare: WearerTrack) -> list[str]:
        (axes,) = figure([bare]).axes
        return sorted(label.get_text() for label in axes.get_yticklabels())

    assert bands(replace(track(), annotations=())) == ["confidence", "imu", "recognized", "skeleton"]
    assert bands(replace(track(), predictions=())) == ["recognized", "truth"]
    alone = tuple(replace(p, coverage={"imu": 1.0, "skeleton": 0.0}) for p in track().predictions)
    assert bands(replace(track(), predictions=alone)) == ["confidence", "imu", "recognized", "truth"]
    (axes,) = figure([WearerTrack("p1", 0.0, 60.0)]).axes
    assert [text.get_text() for text in axes.texts] == ["nothing was recognized"]


def test_an_axis_may_count_from_the_start_of_the_recording() -> None:
    (axes,) = figure([replace(track(start=1000.0, end=1100.0), origin=1000.0)]).axes
    assert axes.get_xlim() == (0.0, 100.0)
    assert [patch.get_x() for patch in axes.patches] == [10.0, 50.0, 11.0, 30.0]
    assert axes.lines[0].get_xdata()[0] == 3.0


def test_stretches_with_nothing_in_them_are_left_out_and_rows_are_of_one_length() -> None:
    early = replace(track(end=100.0), end=490.0, annotations=(Annotation(480.0, 5.0, "wave"),))
    assert [axes.get_xlim() for axes in figure([early], row=100.0).axes] == [
        (0.0, 98.0),
        (98.0, 196.0),
        (392.0, 490.0),
    ]
    assert [axes.get_xlim() for axes in figure([track(end=130.0)], row=120.0).axes] == [
        (0.0, 65.0),
        (65.0, 130.0),
    ]


def test_a_day_of_many_labels_with_long_names_is_drawn_at_a_size_that_can_be_looked_at(
    tmp_path: Path,
) -> None:
    day = 24 * 3600.0
    names = [f"{'activity_of_a_long_name_' * 3}{k:08d}" for k in range(400)]
    done = tuple(Annotation(200.0 * k, 30.0, name) for k, name in enumerate(names))
    seen = tuple(replace(examples.prediction(k), end=float(k)) for k in range(0, int(day), 60))
    long = WearerTrack("w" * 300, 0.0, day, done, (), seen)
    drawn = figure([long], title="t" * 300)
    assert len(drawn.axes) <= MOST_ROWS
    assert drawn.get_size_inches()[1] < 60
    (legend,) = drawn.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[-1] == "and 388 more"
    assert max(map(len, texts)) <= 28
    assert len(drawn.get_suptitle()) <= 110
    save_figure([long], tmp_path / "day.png", dpi=40)


@pytest.mark.parametrize(
    "bare",
    [
        WearerTrack("p1", 0.0, 60.0),
        WearerTrack("p1", 0.0, 60.0, predictions=(examples.prediction(end=30.0),)),
        WearerTrack("p1", 1e5, 1e5 + 60, (Annotation(1e5, 0.0, "instant"),)),
        WearerTrack("p1", 0.0, 10.0, (Annotation(2.0, 1.0, "<&> \\frac_{x}"), Annotation(4.0, 1.0, ""))),
    ],
    ids=["nothing", "one prediction", "far from zero", "labels like markup"],
)
def test_a_session_without_much_in_it_is_drawn_as_well(bare: WearerTrack, tmp_path: Path) -> None:
    save_figure([bare], tmp_path / "bare.png", dpi=40)
    assert (tmp_path / "bare.png").read_bytes().startswith(b"\x89PNG")


def test_every_format_is_written(tmp_path: Path) -> None:
    starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    assert set(starts) == set(FORMATS)
    for ending, start in starts.items():
        path = tmp_path / f"figure{ending.upper()}"
        save_figure([track()], path, title="a <session> & more", dpi=40)
        assert path.read_bytes().startswith(start)
    assert xml.etree.ElementTree.parse(tmp_path / "figure.SVG").getroot().tag.endswith("svg")


def test_what_cannot_be_drawn_or_written_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"written as \.png, \.svg, \.pdf, not '\.bmp'"):
        save_figure([track()], tmp_path / "figure.bmp")
    with pytest.raises(RecordingError, match="cannot be written: No such file"):
        save_figure([track()], tmp_path / "nowhere" / "figure.png")
    with pytest.raises(RecordingError, match="at least one wearer"):
        figure([])


def test_labels_are_drawn_as_they_are_written_and_a_session_of_an_instant_is_drawn(tmp_path: Path) -> None:
    odd = WearerTrack("$a^{$", 0.0, 10.0, (Annotation(1.0, 3.0, "$x^{$"),))
    path = tmp_path / "odd.png"
    save_figure([odd, WearerTrack("none", 5.0, 5.0)], path, title="$\\broken{")
    assert path.stat().st_size > 1000


def test_a_figure_whose_drawing_is_interrupted_leaves_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    def interrupted(self: Figure, file: BinaryIO, **how: object) -> None:
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_figure([track()], tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("leap", [2e5, 6.8e9])
def test_a_leap_of_hours_takes_no_room(leap: float) -> None:
    """Rows of three hours, or of years, would show nothing of what was done in a minute."""
    late = tuple(replace(examples.prediction(k), start=leap + k, end=leap + k + 3.0) for k in range(40))
    bare = track(end=60.0)
    leaping = replace(bare, end=leap + 43.0, predictions=(*bare.predictions, *late))
    limits = [axes.get_xlim() for axes in figure([leaping], row=120.0).axes]
    assert len(limits) == 2
    assert limits[1][0] == leap
    assert all(end - begin < 120.0 for begin, end in limits)


def test_many_bouts_hours_apart_are_drawn_in_as_many_rows_as_can_be_looked_at() -> None:
    done = tuple(Annotation(3600.0 * k, 30.0, "wave") for k in range(200))
    assert len(figure([WearerTrack("p1", 0.0, 7.2e5, done)]).axes) <= MOST_ROWS + 1
