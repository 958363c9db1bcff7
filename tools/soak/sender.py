"""One stream of the soak test, in a process of its own, so that it can be killed, stopped and made to
misbehave.

A synthetic session goes round and round: what is sent at a moment depends on the clock alone, so that a
sender that was killed goes on where the other streams of its wearer are. Commands come as lines on standard
input.

    python -m tools.soak.sender NAME imu PERSON LENGTH [SHUFFLED]
"""

import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pylsl

from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.train.synthesis.performer import perform

TICK = 0.01
"""s between two looks at what is due."""


class Misbehavior:
    """Faults of the moment; set by commands, each until a time on the LSL clock."""

    def __init__(self) -> None:
        self.until: dict[str, float] = {}
        self.offset = 0.0
        """s added to the stamps: the clock was set anew."""

    def command(self, line: str) -> None:
        """`gap S`, `nan S`, `repeat S`, `back S` for S seconds, or `jump S`: add to the stamps for good."""
        word, _, number = line.strip().partition(" ")
        if word == "jump":
            self.offset += float(number)
        elif word:
            self.until[word] = pylsl.local_clock() + float(number)

    def on(self, word: str) -> bool:
        return bool(pylsl.local_clock() < self.until.get(word, 0.0))


def listen(misbehavior: Misbehavior) -> None:
    """Take commands until standard input closes; then end, as whoever started us has gone."""
    for line in sys.stdin:
        misbehavior.command(line)
    import os

    os._exit(0)


def main(name: str, kind: str, person: int, length: float, shuffled: bool) -> None:
    """Send until killed."""
    configure()
    recording = perform(seed=1, person=person, duration=length)
    (stream,) = recording.of(kind)
    order = np.arange(len(stream.description.channels))
    if shuffled:
        order = order[::-1]
    description = replace(
        stream.description,
        name=name,
        source_id=f"{name}-id",
        hostname="",
        channels=tuple(stream.description.channels[i] for i in order),
        units=tuple(stream.description.units[i] for i in order),
    )
    outlet = DataOutlet(description, kind)
    misbehavior = Misbehavior()
    threading.Thread(target=listen, args=(misbehavior,), daemon=True).start()
    print("ready", flush=True)
    times = stream.timestamps - recording.start
    samples = stream.samples[:, order]
    span = recording.end - recording.start
    at = pylsl.local_clock()
    while True:
        time.sleep(TICK)
        now = pylsl.local_clock()
        # what lies between two looks, in rounds of the session; after a stop of the process all of it is late
        for lap in range(int(at // span), int(now // span) + 1):
            due = (times + lap * span > at) & (times + lap * span <= now)
            if due.any():
                send(outlet, misbehavior, samples[due], times[due] + lap * span)
        at = now


def send(
    outlet: DataOutlet,
    misbehavior: Misbehavior,
    samples: np.ndarray,
    stamps: np.ndarray,
) -> None:
    """Send what is due, or what is made of it."""
    if misbehavior.on("gap"):
        return
    if misbehavior.on("nan"):
        samples = np.where(np.arange(samples.shape[1]) % 2 == 0, np.nan, samples).astype(np.float32)
    if misbehavior.on("repeat"):
        stamps = np.full_like(stamps, stamps[0])
    if misbehavior.on("back"):
        stamps = stamps - 0.3 * (np.arange(len(stamps)) % 2)
    outlet.push(samples, stamps + misbehavior.offset)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:] == ["shuffled"])
