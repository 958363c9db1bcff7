"""The picture: it fits whatever terminal there is, and says in words what it shows."""

import io
import threading
import time
import xml.etree.ElementTree
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from hnhar.stream.dashboard.colors import style_of
from hnhar.stream.dashboard.glyphs import bar, big
from hnhar.stream.dashboard.live import LiveDashboard
from hnhar.stream.dashboard.render import dashboard_svg, render
from hnhar.stream.dashboard.state import DashboardState
from hnhar.stream.messages import Repetitions, StreamState

from .. import examples
from .pictures import LONG, STATES, TROUBLE, WIDE, lines, live, state_of, text, troubled

SIZES = [(80, 24), (200, 50), (50, 12), (110, 32), (40, 8), (1, 1)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("age", [0.0, 30.0])
def test_every_picture_fits_the_terminal(name: str, size: tuple[int, int], age: float) -> None:
    drawn = lines(state_of(name), 100.0 + age, *size)
    assert 0 < len(drawn) <= size[1]
    assert max(map(cell_len, drawn)) <= size[0]


def test_events_can_be_read_in_a_narrow_terminal_and_one_too_small_says_so() -> None:
    shown = text(state_of("live"), width=50, height=16)
    assert "clap 5.0 s" in shown
    assert "live" in shown
    assert "needs 50×12" not in shown
    assert lines(state_of("live"), width=40, height=10)[1].strip() == "the whole picture needs 50×12"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 32)])
def test_how_the_marker_stream_stands_is_told_beside_the_streams(width: int, height: int) -> None:
    assert "waiting for marker stream" in text(state_of("a marker stream"), width=width, height=height)
    alone = DashboardState()
    alone.markers = state_of("a marker stream").markers
    assert "waiting for marker stream" in text(alone, width=width, height=height)


def test_drawing_changes_nothing() -> None:
    state = live("anna", "ben")
    assert [text(state), text(state, 105.0), text(state)] == [text(state), text(state, 105.0), text(state)]


def test_the_activity_is_drawn_in_letters_five_rows_high() -> None:
    drawn = lines(live("p1"))
    assert sum("██" in line[:44] for line in drawn[2:7]) == 5
    assert drawn[1].startswith("╭─ p1 · imu + skeleton ─")
    assert "80% confident · for 4.0 s" in text(live("p1"))


@pytest.mark.parametrize("label", ["basketball_shoot", "tennis_serve", "pickup_and_throw", "draw_triangle"])
def test_two_words_have_large_letters_at_80_columns(label: str) -> None:
    drawn = lines(live("p1", label=label))
    assert all(set(line[2:40]) <= set(" █▀▄") for line in drawn[2:8])
    assert sum("▀" in line[2:40] for line in drawn[2:8]) >= 4


def test_a_label_without_room_for_large_letters_is_there_in_words() -> None:
    assert "DRAW CIRCLE COUNTER CLOCKWISE" in text(live("p1", label="draw_circle_counter_clockwise"))
    assert "ÇA IRA" in text(live("p1", label="ça_ira"))


def test_the_likeliest_labels_have_bars_as_long_as_they_are_likely() -> None:
    drawn = text(live("p1", label="throw"), width=110)
    first = next(line for line in drawn.splitlines() if " throw " in line and "80%" in line)[50:]
    second = next(line for line in drawn.splitlines() if " wave " in line and " 7%" in line)[50:]
    assert first.count("█") > 8 * second.count("█") > 0


def test_a_bar_is_true_to_an_eighth_of_a_column() -> None:
    style = style_of("wave", examples.LABELS)
    assert bar(0.5, 8, style).plain == "████····"
    assert bar(1 / 64, 8, style).plain == "▏·······"
    assert bar(2.0, 8, style).plain == "████████"
    assert bar(-1.0, 8, style).plain == "········"


def test_what_resembles_nothing_learned_is_called_unknown() -> None:
    state = live("p1")
    state.update(replace(examples.prediction(999, label="clap", end=100.25), unknown=True), 100.0)
    drawn = text(state)
    assert "resembles nothing that was learned" in drawn
    assert drawn.count("?") == 1
    assert "unknown" in text(state, width=48, height=11)


def test_a_stream_that_stalls_is_named_with_what_happens() -> None:
    state = live("p1", streams=troubled(StreamState.STALLED, StreamState.LOST))
    now = text(state, 103.0)
    assert "imu stalled · skeleton lost" in now
    assert "0 of 2 live" in now
    assert "▲ stalled" in now
    assert "✖ lost" in now
    # the last activity says nothing any more
    assert "confident" not in now


def test_a_refusal_can_be_read_to_its_end() -> None:
    drawn = text(live("p1", streams=troubled(StreamState.REFUSED)), 103.0)
    assert " ".join(TROUBLE.split()[-4:]) in " ".join(drawn.replace("│", " ").split())


def test_a_prediction_that_stays_away_is_not_shown_as_if_it_were_now() -> None:
    state = live("p1")
    assert "▶ now" in text(state, 100.5)
    late = text(state, 103.0)
    assert "waiting for predictions" in late
    assert "▶ now" not in late


def test_a_lost_publisher_is_told_with_how_long_ago_it_was_heard() -> None:
    state = live("p1", remote=True)
    state.connected, state.lost = False, 7
    drawn = text(state, 165.0)
    assert "no connection to tcp://127.0.0.1:5557, last heard 1:05 ago" in drawn
    assert "7 lost" in drawn


def test_lost_messages_are_counted_only_where_they_come_from_afar() -> None:
    assert "0 lost" in text(live("p1", remote=True))
    assert "lost" not in text(live("p1"))


def test_the_timeline_names_activities_where_they_begin() -> None:
    drawn = lines(live("p1"), width=124)
    names = next(line for line in drawn if " clap " in line and "wave" in line and "−" not in line)
    axis = next(line for line in drawn if "┬−60 s" in line)
    assert abs(names.index("clap") - axis.index("┬−30")) <= 2
    assert names.index("wave") > axis.index("┬−10")


def test_events_tell_when_they_began_and_how_long_they_took() -> None:
    drawn = lines(live("p1"))
    assert any("−0:04 wave" in line and "▶ now" in line for line in drawn)
    assert any("−0:30 clap" in line and "5.0 s" in line for line in drawn)


@pytest.mark.parametrize("size", [(80, 24), (110, 32)])
def test_repetitions_are_shown_so_far_and_in_all(size: tuple[int, int]) -> None:
    state = live("p1")
    streams = tuple(examples.stream_status(modality) for modality in ("imu", "skeleton"))
    state.update(replace(examples.status(2, streams=streams), repetitions={"p1": 4}), 100.0)
    shown = text(state, 100.0, *size)
    assert "×4 for 4.0 s" in shown
    assert any("wave" in line and "×4" in line and "▶ now" in line for line in shown.splitlines())
    told = Repetitions(5, (0.8,) * 5, 75.0, 0.9)
    offset = replace(
        examples.event(4, "p1", "offset", "wave", onset=96.0), id=2, duration=4.1, repetitions=told
    )
    state.update(offset, 100.0)
    drawn = lines(state, 100.0, *size)
    assert any("wave" in line and "×5" in line and "4.1 s" in line for line in drawn)
    assert not any("clap" in line and "×" in line for line in drawn)


def test_an_onset_whose_offset_was_lost_does_not_go_on_for_ever() -> None:
    state = live("p1")
    state.update(examples.event(5, "p1", "onset", "throw", onset=99.0), 100.0)
    assert text(state).count("▶ now") == 1
    assert "throw for 1.0 s" in text(state)


def test_activities_of_a_run_before_are_forgotten_when_numbers_begin_anew() -> None:
    state = live("p1")
    state.update(examples.event(1, "p1", "onset", "throw", onset=99.0), 100.0)
    assert [one.label for one in state.wearers["p1"].activities] == ["throw"]


def test_predictions_that_go_back_in_time_begin_a_new_timeline() -> None:
    state = live("p1")
    state.update(examples.prediction(1, "p1", "clap", end=10.0), 100.0)
    assert len(state.wearers["p1"].steps) == 1
    assert not state.wearers["p1"].activities


def test_of_many_wearers_those_without_room_are_counted() -> None:
    drawn = text(state_of("forty wearers"))
    shown = sum(line.startswith("wearer-") for line in drawn.splitlines())
    assert f"and {40 - shown} wearers more" in drawn


def test_a_note_gives_way_to_the_line_of_its_stream_where_not_both_have_room() -> None:
    note = "how it is turned is not known yet, after 8 s of motion of some 10 (--imu-axes auto)"
    searched = replace(examples.stream_status(wearer="p2"), faults=(note,), mount=note)
    fine = [examples.stream_status(kind, wearer="p1") for kind in ("imu", "skeleton")]
    drawn = lines(live("p1", "p2", streams=(*fine, searched, replace(searched, wearer="p3"))))
    shown = [row for row in drawn if "● live" in row]
    assert ["p2" in row or "p3" in row for row in shown] == [True, True]
    assert "how it is turned" in "".join(drawn)
    one = lines(live("p1", "p2", streams=(*fine, searched)))
    assert sum("● live" in row for row in one) == 3
    assert not any("and 1 more" in row for row in one)


def test_streams_in_trouble_come_first_where_not_all_have_room() -> None:
    names = [f"w{number}" for number in range(12)]
    streams = [examples.stream_status("imu", wearer=name) for name in names]
    streams[-1] = replace(streams[-1], state=StreamState.LOST)
    drawn = text(live(*names, streams=tuple(streams)))
    assert "w11 hnhar-imu" in drawn or "w11 imu" in drawn
    assert "✖ lost" in drawn


def test_a_name_cannot_command_the_terminal() -> None:
    streams = (replace(examples.stream_status(), source="a\x1b[2Jb", description=None, note="x\ny\x07"),)
    state = live("p1", label="wa\x1bve", streams=streams)
    drawn = lines(state, 103.0)
    assert not any("\x1b" in line or "\x07" in line for line in drawn)
    assert len(drawn) == 24


def test_square_brackets_in_a_name_are_no_markup() -> None:
    streams = (replace(examples.stream_status(), source="[bold]x[/nothing]", description=None),)
    assert "[bold]x[/nothing]" in text(live("p1", streams=streams), width=200, height=50)


def test_only_colors_that_light_and_dark_terminals_show_are_used() -> None:
    console = Console(file=io.StringIO(), width=110, height=32, force_terminal=True, color_system="truecolor")
    segments = [
        segment for name in STATES for segment in console.render(render(state_of(name), 100.0, 110, 32))
    ]
    colors = {segment.style.color for segment in segments if segment.style and segment.style.color}
    assert {color.name for color in colors} <= {"blue", "magenta", "green", "cyan", "red", "default"}
    assert not any(segment.style and segment.style.bgcolor for segment in segments)


def test_a_label_keeps_its_color_and_idle_has_none() -> None:
    assert style_of("idle", examples.LABELS).color is None
    assert len({str(style_of(label, examples.LABELS).color) for label in ("wave", "clap", "throw")}) == 3


def test_large_letters_never_exceed_the_room_they_are_given() -> None:
    for label in ("wave", "basketball_shoot", LONG, WIDE, "", "ça"):
        for width in (6, 17, 38, 96):
            for height in (1, 3, 8, 20):
                drawn = big(label, width, height, style_of(label, ())).plain.splitlines()
                assert len(drawn) <= height
                assert max(map(cell_len, drawn)) <= width


def test_the_svg_is_well_formed_and_holds_the_words() -> None:
    picture = dashboard_svg(live("p1"), 100.0, title="a <demo> & more")
    root = xml.etree.ElementTree.fromstring(picture)
    assert root.tag.endswith("svg")
    words = " ".join("".join(root.itertext()).replace("\N{NO-BREAK SPACE}", " ").split())
    assert "p1 · imu + skeleton" in words
    assert "2 of 2 live" in words


def test_a_dashboard_without_a_terminal_is_refused_with_what_to_use_instead() -> None:
    from hnhar.model.errors import ConfigError

    with pytest.raises(ConfigError, match="--no-dashboard or --json"):
        LiveDashboard(console=Console(file=io.StringIO()))


def test_the_live_dashboard_draws_what_it_is_fed_and_gives_the_terminal_back() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=80, height=24, force_terminal=True)
    clock = iter(range(10**6))
    state = DashboardState("tcp://127.0.0.1:5557", remote=True)
    with LiveDashboard(state, console=console, clock=lambda: float(next(clock))) as dashboard:
        dashboard.feed(examples.status())
        dashboard.feed(examples.prediction(wearer="somebody"))
        dashboard.set_link(True, 3)
        deadline = time.monotonic() + 30
        while not ("somebody" in screen.getvalue() and "3 lost" in screen.getvalue()):
            assert time.monotonic() < deadline, "it was not drawn within 30 s"
            time.sleep(0.01)
    assert not dashboard.failed
    assert screen.getvalue().count("\x1b[?1049h") == screen.getvalue().count("\x1b[?1049l") == 1


def test_a_dashboard_that_fails_says_so_and_gives_the_terminal_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    screen = io.StringIO()

    asked = threading.Event()

    def broken() -> float:
        asked.set()
        raise ValueError("no clock")

    console = Console(file=screen, width=80, height=24, force_terminal=True)
    with LiveDashboard(console=console, clock=broken) as dashboard:
        assert asked.wait(10)
    assert dashboard.failed
    assert "the dashboard failed" in caplog.text
    assert screen.getvalue().count("\x1b[?1049l") == 1


PLACES = ("right_wrist", "right_trouser_pocket", "waist", "left_ankle", "upper_back")


def test_five_sensors_are_legible_on_a_small_terminal_and_one_that_is_lost_is_named() -> None:
    names = [f"imu.{place}" for place in PLACES]
    streams = [
        replace(examples.stream_status("imu", wearer="anna"), modality=name, feed=name, note="", faults=())
        for name in names
    ]
    note = "'Shimmer 4A2F' was lost: its sender has gone"
    streams[0] = replace(streams[0], state=StreamState.LOST, note=note)
    state = live("anna", streams=tuple(streams))
    last = examples.prediction(241, "anna", "wave", 0.8, 100.0)
    coverage = dict.fromkeys(names, 1.0)
    state.update(replace(last, modalities=tuple(names[1:]), coverage=coverage), 100.0)
    drawn = text(state)
    assert "anna · 4 of 5 sensors, without imu.right_wrist" in drawn
    assert "streams · 4 of 5 live" in drawn
    for name in names:
        (line,) = (line for line in drawn.splitlines() if f"│ {name} " in line)
        assert ("✖ lost" if name == names[0] else "● live") in line


def test_the_header_names_every_bundle_as_far_as_there_is_room() -> None:
    state = live("anna", "ben")
    personal = replace(examples.status(), model="wrist@1234", weights={"anna": "anna@5678"})
    state.update(personal, 100.0)
    assert "wrist@1234, anna@5678" in lines(state, width=200)[0]
    assert "wrist, anna" in lines(state, width=70)[0]
