"""A sensor to be mistreated: one LSL stream from a process of its own, for `faults/streams.py`.

Plays a stream of a synthetic session, so that what is recognized makes sense; with `--count` the first
gyroscope channel counts the samples instead, so that losses and order can be seen.
"""

import argparse
import socket
import sys
import time

import numpy as np
import pylsl

from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.messages import StreamDescription
from hnhar.train.synthesis.performer import perform

BLOCK = 0.02
"""s between two looks at what is due."""
BAD = (float("nan"), float("inf"), 1e6, -1e6, 1.79e9, -2.0)
"""Added to a stamp, in turn, once a second."""


def main() -> None:
    """Send until killed; "ready TIME" (local LSL clock) says that the outlet is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--kind", choices=("imu", "skeleton"), default="imu")
    parser.add_argument("--source-id", default="")
    parser.add_argument("--epoch", type=float, help="LSL time at which the session began")
    parser.add_argument("--length", type=float, default=120.0, help="of the session, s (default 120)")
    parser.add_argument("--reversed", action="store_true", help="channels in reverse order")
    parser.add_argument("--foreign", action="store_true", help="labels of another kind of sensor")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--bad-stamps", action="store_true")
    parser.add_argument("--hostname", help="call this machine so (in a namespace of its own)")
    parser.add_argument("--wait", action="store_true", help="for a line before LSL is touched")
    options = parser.parse_args()
    actions = ["wave", "clap", "throw", "wave", "clap"]
    session = perform(seed=1, person=1001, actions=actions, duration=options.length)
    if options.hostname:
        socket.sethostname(options.hostname)
    if options.wait:
        print("waiting", flush=True)
        sys.stdin.readline()
    configure()
    (stream,) = session.of(options.kind)
    order = slice(None, None, -1 if options.reversed else 1)
    own = stream.description
    labels = tuple(f"Fp{n}" for n in range(len(own.channels))) if options.foreign else own.channels[order]
    source_id = options.source_id or f"{options.name}-id"
    outlet = DataOutlet(
        StreamDescription(
            options.name, own.type, source_id, labels, own.units[order], own.nominal_rate, "", "right wrist"
        ),
        options.kind,
    )
    epoch = pylsl.local_clock() if options.epoch is None else options.epoch
    print(f"ready {time.monotonic()}", flush=True)
    times, samples = stream.timestamps - stream.timestamps[0], stream.samples[:, order].copy()
    sent = int(np.searchsorted(times, pylsl.local_clock() - epoch))
    second, turn = 0, 0
    while sent < len(times):
        due = int(np.searchsorted(times, pylsl.local_clock() - epoch, side="right"))
        block, stamps = samples[sent:due], times[sent:due] + epoch
        if options.count:
            block[:, 3] = np.arange(sent, due)
        if options.bad_stamps and len(stamps) and int(stamps[-1]) != second:
            second, turn = int(stamps[-1]), turn + 1
            stamps[-1] += BAD[turn % len(BAD)]
        outlet.push(block, stamps)
        sent = max(sent, due)
        time.sleep(BLOCK)


if __name__ == "__main__":
    main()
