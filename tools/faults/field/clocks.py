"""Streams, markers and tables whose clocks differ."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from tools.faults.field.session import EPOCH, LSL, Array, imu, markers, session, skeleton
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import Stream, write

KIND: Final = "clocks and origins"


def _files(streams: tuple[Stream, ...], folder: Path) -> Path:
    return write(folder / "a.xdf", *streams)


def _on(clock: Array) -> Stream:
    return imu(times=clock, arrived=LSL + session().times)


def _units_of_time() -> Iterator[FieldInput]:
    s = session().times
    for name, clock in (
        ("since 1970", EPOCH + s),
        ("ms since 1970", (EPOCH + s) * 1e3),
        ("µs since 1970", (EPOCH + s) * 1e6),
        ("ns since 1970", (EPOCH + s) * 1e9),
        ("ms since the device was switched on", 123456 + s * 1e3),
        ("µs since the device was switched on", 1e9 + s * 1e6),
        ("ns since the device was switched on", 5e12 + s * 1e9),
        ("from zero", s),
        ("from below zero", s - 7.0),
        ("since 1601 (Windows, 100 ns)", (EPOCH + 11644473600 + s) * 1e7),
        ("since 1904", EPOCH + 2082844800 + s),
        ("in days since 1900 (spreadsheets)", 45000 + s / 86400),
        ("a number of samples", np.arange(len(s)).astype(float)),
    ):
        exotic = name.startswith(("since 1601", "in days", "a number"))
        yield FieldInput(
            KIND, f"an IMU alone, its clock {name}", partial(_files, (_on(clock),)), readable=not exotic
        )
        yield FieldInput(
            KIND,
            f"markers on LSL's clock, the IMU's {name}",
            partial(_files, (_on(clock), markers())),
            readable=False,
            labeled=True,
        )


def _apart() -> Iterator[FieldInput]:
    s = session()
    unix = _on(EPOCH + s.times)
    zero = skeleton(times=s.frames, arrived=LSL + s.frames)
    none = replace(zero, arrived=s.frames)
    for name, streams, options in (
        ("an IMU since 1970, a skeleton on LSL's", (unix, skeleton()), ()),
        ("a skeleton from zero, an IMU on LSL's", (imu(), zero), ()),
        ("a skeleton from zero, recorded as if at zero", (imu(), none), ()),
        ("the same, --clock start", (imu(), none), ("--clock", "start")),
        ("the same, --clock Camera=1000", (imu(), none), ("--clock", "Camera=1000")),
        ("the same, --clock Camera=out", (imu(), none), ("--clock", "Camera=out")),
        ("all on a clock since 1970", (unix, markers(clock=EPOCH)), ()),
        ("an IMU an hour ahead (time zone)", (_on(LSL + 3600 + s.times), skeleton(), markers()), ()),
        ("an IMU a day ahead", (_on(LSL + 86400 + s.times), skeleton(), markers()), ()),
        ("an IMU 3 s ahead", (_on(LSL + 3 + s.times), markers()), ()),
        ("markers an hour behind", (imu(), markers(clock=LSL - 3600)), ()),
        ("markers since 1970, the IMU on LSL's", (imu(), markers(clock=EPOCH)), ()),
        ("markers from zero", (imu(), markers(clock=0.0)), ()),
        ("measured offsets, two hosts", (imu(times=s.times + 77, offset=LSL - 77), markers()), ()),
    ):
        told = "zero, recorded" in name or "hour" in name or "day" in name
        yield FieldInput(
            KIND, name, partial(_files, streams), options, readable=not told, labeled="markers" in name
        )
    late = s.times > 2.0
    after = imu(times=LSL + s.times[late], values=s.values[late])
    yield FieldInput(
        KIND, "an IMU that begins 2 s late", partial(_files, (skeleton(), after, markers())), labeled=True
    )
    alone = Stream(
        "EEG", "EEG", ("Fp1",), ("microvolts",), LSL - 30 + np.arange(1200) / 25, np.ones((1200, 1)), 25.0
    )
    yield FieldInput(
        KIND,
        "an EEG from 30 s before, a table that counts from there",
        partial(_beside, (alone, imu()), 30.0, 1.0),
        labeled=True,
    )


def _beside(streams: tuple[Stream, ...], begin: float, scale: float, folder: Path) -> Path:
    """A recording with a table of events that begins `begin` s before the session, in 1 / `scale` s."""
    rows = [
        f"{(a.onset + begin) * scale:.4f}\t{a.duration * scale:.4f}\t{a.label}" for a in session().actions
    ]
    (folder / "a_events.tsv").write_text("\n".join(["onset\tduration\ttrial_type", *rows]) + "\n")
    return write(folder / "a.xdf", *streams)


def _tables() -> Iterator[FieldInput]:
    for name, begin, scale, readable in (
        ("from the file's start", 0.0, 1.0, True),
        ("on the recording's clock", LSL, 1.0, True),
        ("since 1970", EPOCH, 1.0, False),
        ("in ms", 0.0, 1000.0, False),
        ("an hour late", 3600.0, 1.0, False),
        ("on another recording's clock", 52000.0, 1.0, False),
    ):
        made = partial(_beside, (imu(),), begin, scale)
        yield FieldInput(KIND, f"a table {name}", made, readable=readable, labeled=True)


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _units_of_time()
    yield from _apart()
    yield from _tables()
