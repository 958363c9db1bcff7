"""Pictures of a run in every state it may be in, and the lines that a terminal shows of one."""

import io
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from rich.console import Console

from hnhar.stream.dashboard.render import render
from hnhar.stream.dashboard.state import DashboardState
from hnhar.stream.messages import StreamState, StreamStatus

from .. import examples

TROUBLE = (
    "no sample for 5 s; it is looked for again under the name that was asked for, and nothing else is taken"
)


def lines(state: DashboardState, now: float = 100.0, width: int = 80, height: int = 24) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None, markup=False
    )
    console.print(render(state, now, width, height), height=height)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def text(state: DashboardState, now: float = 100.0, width: int = 80, height: int = 24) -> str:
    return "\n".join(lines(state, now, width, height))


def live(
    *wearers: str, label: str = "wave", streams: tuple[StreamStatus, ...] | None = None, remote: bool = False
) -> DashboardState:
    """A minute of idling, a clap, idling, and `label` since 4 s, at 100 s."""
    state = DashboardState("tcp://127.0.0.1:5557", remote=remote)
    state.connected = True
    every = streams or tuple(
        examples.stream_status(modality, wearer=wearer)
        for wearer in wearers
        for modality in ("imu", "skeleton")
    )
    state.update(examples.status(streams=every, subscribers=2), 100.0)
    for wearer in wearers:
        state.update(examples.event(1, wearer, "onset", "clap", onset=70.0), 100.0)
        state.update(replace(examples.event(2, wearer, "offset", "clap", onset=70.0), duration=5.0), 100.0)
        for step in range(241):
            end = 40.0 + 0.25 * step
            doing = "clap" if 70 < end <= 75 else label if end > 96 else "idle"
            state.update(examples.prediction(step, wearer, doing, 0.8, end), 100.0 if step == 240 else 99.0)
        state.update(examples.event(3, wearer, "onset", label, onset=96.0), 100.0)
    return state


def troubled(*states: StreamState) -> tuple[StreamStatus, ...]:
    return tuple(
        replace(examples.stream_status(modality, state), note=TROUBLE)
        for modality, state in zip(("imu", "skeleton"), states, strict=False)
    )


def scored() -> DashboardState:
    state = live("p1")
    state.markers = "waiting for marker stream 'nothere'"
    return state


LONG = "an_activity_whose_name_is_as_long_as_a_sentence_and_then_some_more_words"
WIDE = "太極拳の動作をとても長い名前で表すラベル"
STATES: dict[str, Callable[[], DashboardState]] = {
    "starting": DashboardState,
    "waiting for a publisher": lambda: DashboardState(
        "tcp://" + "very-long-host." * 12 + "org:5557", remote=True
    ),
    "waiting for streams": lambda: live(streams=troubled(StreamState.RESOLVING, StreamState.OPENING)),
    "live": lambda: live("p1"),
    "stalled and lost": lambda: live("p1", streams=troubled(StreamState.STALLED, StreamState.LOST)),
    "refused": lambda: live("p1", streams=troubled(StreamState.REFUSED, StreamState.LIVE)),
    "two wearers": lambda: live("anna", "ben"),
    "five wearers": lambda: live("anna", "ben", "clara", "dieter", "eva"),
    "forty wearers": lambda: live(*(f"wearer-{number}" for number in range(40))),
    "long names": lambda: live("w" * 64, label=LONG),
    "long names of two": lambda: live("w" * 64, "v" * 64, label=LONG),
    "letters of two columns": lambda: live("舞" * 21, "ben", label=WIDE),
    "a letter of no font": lambda: live("p1", label="ça_ira"),
    "no label": lambda: live("p1", label=""),
    "a marker stream": scored,
}


@cache
def state_of(name: str) -> DashboardState:
    """One that is not changed; each is made by the process that draws it, when it does."""
    return STATES[name]()
