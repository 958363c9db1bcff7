"""`hnhar camera` while it runs: rows of a camera out as an LSL stream, and what the terminal shows of it."""

import time
from contextlib import ExitStack, closing
from typing import Final

import numpy as np
import pylsl
from rich.live import Live

from hnhar.model.kinds.skeleton import SKELETON

from ..camera.address import CameraAddress
from ..camera.feed import CameraFeed, FeedState
from ..camera.layout import description
from ..dashboard.keyboard import Keyboard
from ..lsl.outlets import DataOutlet
from .camera_screen import length, picture
from .common import Stop, say
from .console import SafeConsole

_PULL: Final = 0.05
"""s for which rows are waited for."""
_FRAME: Final = 0.2
"""s between two pictures."""
_LINGER: Final = 0.5
"""s for which the stream stays after its last sample: who reads loses what was not pulled."""


def publish(address: CameraAddress, name: str, stop: Stop, *, quiet: bool) -> int:
    """Send rows until it is stopped, or a video is over; the exit code. Raises SourceError."""
    outlet = DataOutlet(description(name, address.identity), SKELETON.name)
    offset = pylsl.local_clock() - time.monotonic()
    console = SafeConsole()
    draws = console.draws and not quiet
    line = ""
    with ExitStack() as stack:
        feed = stack.enter_context(closing(CameraFeed(address)))
        keyboard = stack.enter_context(Keyboard()) if draws else None
        live = Live(console=console, auto_refresh=False, transient=True) if draws else None
        if live is not None:
            stack.enter_context(live)
        drawn = 0.0
        while not (stop.is_set() or feed.ended or _quits(keyboard)):
            rows = list(feed.rows(_PULL))
            if rows:
                outlet.push(np.array([row.sample for row in rows]), [row.time + offset for row in rows])
            if (now := time.monotonic()) - drawn < _FRAME:
                continue
            drawn, state = now, feed.state()
            if live is not None:
                live.update(picture(address.name, name, state, outlet.connected, console.width), refresh=True)
            elif not quiet and line != (line := _line(state, name)):
                say(line)
        state = feed.state()
    if feed.ended:
        stop.wait(_LINGER)
    if not quiet:
        say(summary(state, name))
    return stop.code


def _quits(keyboard: Keyboard | None) -> bool:
    return keyboard is not None and any(key in "qQ" for key in keyboard.keys(0.0))


def _line(state: FeedState, name: str) -> str:
    if state.trouble:
        return f"waiting: {state.trouble}"
    opened = state.opened
    size = f" of {opened.width} × {opened.height}" if opened is not None else ""
    seconds = f", {length(state):.1f} s" if length(state) else ""
    return f"images{size}{seconds} go out as the LSL stream {name}"


def summary(state: FeedState, name: str) -> str:
    """Summary of what was sent, in a line."""
    share = f", somebody in {state.occupied / state.images:.0%} of them" if state.images else ""
    late = (
        f", latency p50 {1e3 * state.latency[0]:.0f} ms, p99 {1e3 * state.latency[1]:.0f} ms"
        if state.latency
        else ""
    )
    lost = f", lost {state.lost} times" if state.lost else ""
    dropped = f", {state.dropped} passed over" if state.dropped else ""
    return f"{name}: {state.images} images{share}{dropped}{lost}{late}"
