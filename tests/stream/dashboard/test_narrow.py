"""What narrow terminals show: no number is cut or wrapped, the help, and why there is no connection."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from rich.cells import cell_len

from hnhar.stream.dashboard.state import DashboardState
from hnhar.stream.dashboard.words import middle
from hnhar.stream.messages import Quantiles, StreamState

from .. import examples
from .pictures import LONG, lines, live, text, troubled

SIZES = [(60, 24), (60, 20), (80, 24), (100, 24), (120, 24)]
NUMBER = re.compile(r"[−+]?\d[\d.:]*(?:/\d+)?(?: ms\b| s\b|%| (?:skipped|lost|predictions|events|gaps)\b)?")
KEY = "it does not know this key any longer, which was revoked while we were connected"


def long_numbers(*wearers: str) -> DashboardState:
    """A run of days, with numbers as long as they become."""
    streams = tuple(
        replace(
            examples.stream_status(modality, state, wearer),
            effective_rate=1234.5,
            age=43.21,
            gaps=98765,
            drops=43210,
            clock_offset=-0.0123,
            samples=987654321,
        )
        for wearer in wearers
        for modality, state in (("imu", StreamState.LIVE), ("skeleton", StreamState.VALIDATING))
    )
    state = live(*wearers, streams=streams)
    state.update(
        replace(
            examples.status(streams=streams, subscribers=137),
            uptime=360_042.0,
            predictions=1_440_168,
            events=86_421,
            skipped=23_456,
            latency={"total": Quantiles(0.0123, 0.4567)},
        ),
        100.0,
    )
    return state


def gone() -> DashboardState:
    state = live("p1", remote=True)
    state.connected = False
    return state


STATES: dict[str, Callable[[], DashboardState]] = {
    "usual": lambda: live("p1"),
    "days": lambda: long_numbers("p1"),
    "days of two": lambda: long_numbers("anna", "ben"),
    "long label": lambda: live("p1", label=LONG),
    "several": lambda: live("anna", "ben", "clara", "dieter", "eva"),
    "troubled": lambda: live("p1", streams=troubled(StreamState.STALLED, StreamState.LOST)),
    "remote": lambda: live("p1", remote=True),
    "gone": gone,
}


def numbers(shown: list[str]) -> set[str]:
    """Numbers with their units; not those of the axis of time, nor of what has no room."""
    counted = [line for line in shown if not re.search(r"┬| more\b", line)]
    return {found.strip() for line in counted for found in NUMBER.findall(line)}


@cache
def wide(name: str, keys: bool) -> tuple[DashboardState, frozenset[str]]:
    """A state, and the numbers of its picture where there is room for all."""
    state = STATES[name]()
    state.keys = keys
    whole = numbers(lines(state, 100.0, 400, 120))
    return state, frozenset(whole | {part for number in whole for part in number.split("/")})


@pytest.mark.parametrize("keys", [False, True])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", STATES)
def test_no_number_is_cut_or_wrapped(name: str, size: tuple[int, int], keys: bool) -> None:
    state, whole = wide(name, keys)
    shown = lines(state, 100.0, *size)
    assert numbers(shown) <= whole
    assert not [line for line in shown if re.search(r"\d…", line)]
    assert any("100%" in line or "80%" in line for line in shown)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_what_matters_most_is_there_in_every_size(size: tuple[int, int]) -> None:
    shown = "\n".join(lines(live("p1"), 100.0, *size))
    for wanted in ("80%", "for 4.0 s", "● live", "49.9", "12 ms", "▶ now", "5.0 s", "p50 4.1 ms", "5557"):
        assert wanted in shown


def test_streams_of_two_wearers_are_told_apart_at_60_columns() -> None:
    shown = text(live("anna-lena", "anna-maria"), width=60)
    rows = [line[2:11].strip() for line in shown.splitlines() if "● live" in line]
    assert len(rows) == 4
    assert all("imu" in row or "ske" in row for row in rows)


def test_a_word_about_markers_takes_no_stream_its_line() -> None:
    state = live("p1")
    state.markers = "marker stream 'a-name-that-is-longer-than-the-panel-is-wide' found"
    shown = text(state, width=60, height=20)
    assert shown.count("● live") == 2
    assert "marker stream" in shown


def test_an_address_that_is_too_long_keeps_its_port() -> None:
    address = f"tcp://{'very-long-host.' * 12}org:5557"
    assert middle(address, 30).endswith("org:5557")
    assert cell_len(middle(address, 30)) == 30
    assert ":5557" in lines(DashboardState(address, remote=True), width=60)[0]


def revoked(state: DashboardState) -> DashboardState:
    state.connected, state.refusal = False, KEY
    return state


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_revoked_key_is_told_in_words_and_to_its_end(width: int) -> None:
    for state in (revoked(live("p1", remote=True)), revoked(DashboardState("tcp://a:5557", remote=True))):
        shown = text(state, 130.0, width=width)
        words = " ".join(shown.replace("│", " ").split())
        assert "not let in at tcp://" in words
        assert KEY in words
        assert "waiting" not in words
        assert "not let in" in shown.splitlines()[0]


def test_two_or_more_wearers_learn_as_well_that_the_key_was_revoked() -> None:
    shown = text(revoked(live("anna", "ben", remote=True)), 130.0)
    assert "not let in" in shown.splitlines()[0]
    assert KEY in " ".join(shown.split())


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_help_names_the_keys_and_every_part_of_the_picture(size: tuple[int, int]) -> None:
    state = live("p1", remote=True)
    state.help = True
    shown = lines(state, 100.0, *size)
    assert len(shown) <= size[1]
    assert max(map(cell_len, shown)) <= size[0]
    together = "\n".join(shown)
    for term in ("q  ", "?  ", "last minute", "Hz", "age", "gaps", "events", "latency", "skipped", "lost"):
        assert re.search(rf"│ +{re.escape(term)}", together), term
    assert "…" not in together


def test_help_without_room_says_so_and_keys_are_named_only_where_they_are_read() -> None:
    state = live("p1")
    assert "quit" not in text(state)
    state.keys = True
    for width in (50, 60, 80):
        assert "q quit  ? help" in lines(state, 100.0, width, 24)[-1]
    state.help = True
    assert "larger" in text(state, width=70, height=4)
