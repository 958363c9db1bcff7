"""A phone and a camera on the page, for `tools.bench.page`."""

import math
import os
import threading
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import pylsl
from numpy.typing import NDArray
from tools.bench.page import page_command, start, summarize, wait_for, watch
from tools.bench.phone import TOKEN, WAYS, began, sender
from tools.processes import free_address, running

from hnhar.stream.messages import Prediction
from hnhar.stream.publish.subscriber import Subscriber

RATE: Final = 30.0
"""Images a second of the video."""
OPENING: Final = 15.0
"""s of the video that a browser may need to open."""


def phone(duration: float, settle: float, folder: Path) -> dict[str, Any]:
    """The page that a phone's browser opens, at its usual rate: the sender numbers its samples."""
    way = WAYS[0]
    port = int(free_address().rpartition(":")[2])
    os.environ["HNHAR_PHONE_TOKEN"] = TOKEN
    url, command = page_command(folder)
    with running(command, folder / "page.log") as program:
        wait_for(url)
        start(url, {"imu": f"phone:{port}"})
        with sender(way, port) as process:
            begun = began(process)
            watched = watch(url, program.pid, duration, settle)

    def newest(row: NDArray[np.float64]) -> float:
        return begun + math.ceil((float(row[0]) - begun) * way.rate) / way.rate

    return summarize(watched, newest)


def camera(duration: float, settle: float, folder: Path) -> dict[str, Any]:
    """A drawn performer. The run tells how old the newest image was when a prediction was handed over, and a
    subscriber beside the page when that was: later by its own way over ZeroMQ, about a millisecond."""
    from hnhar.stream.recordings import open_recording
    from hnhar.train.synthesis.drawn import View, film, write_video

    path, address = folder / "performer.mp4", free_address()
    _, joints = film(open_recording("synthetic", seed=1), RATE)
    write_video(path, joints[: int((OPENING + settle + duration) * RATE)], View(), rate=RATE)
    (folder / "page.toml").write_text(f'publish = "{address}"\n', "utf-8")
    newest: dict[int, float] = {}
    over = threading.Event()

    def subscribe() -> None:
        with Subscriber(address, kinds=("prediction",)) as subscriber:
            while not over.is_set():
                received, now = subscriber.receive(0.2), pylsl.local_clock()
                if received is not None and isinstance(message := received.message, Prediction):
                    newest[message.seq] = now - message.latency.total

    url, command = page_command(folder)
    listener = threading.Thread(target=subscribe)
    with running(command, folder / "page.log") as program:
        wait_for(url)
        start(url, {"skeleton": f"camera:{path}"})
        listener.start()
        try:
            watched = watch(url, program.pid, duration, settle)
            time.sleep(0.5)
        finally:
            over.set()
            listener.join()
    return summarize(watched, lambda row: newest.get(int(row[3])))
