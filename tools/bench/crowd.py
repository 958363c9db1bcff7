"""Streams of many wearers sent from one thread: each sample at its time, at little more than liblsl's cost.

A thread and a `Player` a wearer would cost more than the recognizer that is measured beside them.
"""

import ctypes
import heapq
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Event as StopEvent

import numpy as np
import pylsl
from pylsl.lib import lib

from hnhar.stream.lsl.outlets import stream_info
from hnhar.stream.lsl.player import PlayOptions, renamed
from hnhar.stream.recordings.recording import Recording

_push = lib.lsl_push_sample_ftp
_push.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_double, ctypes.c_int32]
_push.restype = ctypes.c_int32

SPREAD = 0.013
"""s between the beginnings of two wearers: people do not move in step."""
NAP = 0.002
"""s, the least it sleeps; a sample comes so late at most."""


class Person:
    """A recording as a list of samples in order of time, shared by all who play it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._rows = [np.ascontiguousarray(s.samples, np.float32) for s in recording.streams]
        parts = [
            (float(t) - recording.start, number, rows[k].ctypes.data)
            for number, (stream, rows) in enumerate(zip(recording.streams, self._rows, strict=True))
            for k, t in enumerate(stream.timestamps)
        ]
        self.samples = sorted(parts)
        """(s from the beginning, stream, address of its row)."""
        self.lasts = recording.end - recording.start + 0.02


def send_all(people: Sequence[Recording], wearers: Sequence[int], prefix: str, stop: StopEvent) -> None:
    """Send the streams `PREFIX-000-imu`, … of each wearer, who is one of the people, until `stop`."""
    persons = [Person(recording) for recording in people]
    outlets = []
    for wearer in wearers:
        recording = people[wearer % len(people)]
        options = PlayOptions(name_prefix=f"{prefix}-{wearer:03d}-")
        infos = [renamed(s, recording, options) for s in recording.streams]
        outlets.append(
            [pylsl.StreamOutlet(stream_info(s.description, s.kind, recording.wearer), 0, 30) for s in infos]
        )
    begun = pylsl.local_clock() + 0.1
    due = [(begun + place * SPREAD, place, 0) for place in range(len(wearers))]
    starts = [at for at, _, _ in due]
    heapq.heapify(due)
    while not stop.is_set():
        now = pylsl.local_clock()
        while due[0][0] <= now:
            at, place, number = due[0]
            person = persons[wearers[place] % len(persons)]
            _, stream, row = person.samples[number]
            _push(outlets[place][stream].obj, row, at, 1)
            number += 1
            if number == len(person.samples):
                number = 0
                starts[place] += person.lasts
            heapq.heapreplace(due, (starts[place] + person.samples[number][0], place, number))
        time.sleep(max(due[0][0] - pylsl.local_clock(), NAP))
