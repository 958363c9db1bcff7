"""Sizes, formats and damages of files; what looks odd and is right."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from tools.faults.field.session import LABELS, LSL, UNITS, G, imu, markers, session, skeleton
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import Stream, content, write

KIND: Final = "limits, formats, damages, and what is odd and right"


def _files(name: str, streams: tuple[Stream, ...], folder: Path) -> Path:
    return write(folder / name, *streams)


def _cut(at: float, folder: Path) -> Path:
    path = folder / "a.xdf"
    made = content((imu(), markers()))
    path.write_bytes(made[: int(len(made) * at)])
    return path


def _formats() -> Iterator[FieldInput]:
    v = session().values
    mg = v * [1000, 1000, 1000, 10, 10, 10]
    for fmt in ("double64", "int16", "int32", "int64"):
        units = UNITS if fmt == "double64" else ("mg",) * 3 + UNITS[3:]
        values = v if fmt == "double64" else np.round(mg * [1, 1, 1, 0.1, 0.1, 0.1])
        yield FieldInput(KIND, fmt, partial(_files, "a.xdf", (imu(fmt=fmt, values=values, units=units),)))
    yield FieldInput(KIND, "packed (.xdfz)", partial(_files, "a.xdfz", (imu(), markers())), labeled=True)
    yield FieldInput(KIND, "packed (.xdf.gz)", partial(_files, "a.xdf.gz", (imu(),)), readable=False)
    for name, footer in (
        ("no footer", ""),
        ("a footer with a count of 1032.0", "<info><sample_count>1032.0</sample_count></info>"),
        ("a footer with another count", "<info><sample_count>7</sample_count></info>"),
        ("a footer that is empty", "<info />"),
        ("a footer that is no XML", "<info><sample_count>10"),
    ):
        yield FieldInput(KIND, name, partial(_files, "a.xdf", (imu(footer=footer),)))
    yield FieldInput(KIND, "the last tenth is missing", partial(_cut, 0.9), readable=False)
    yield FieldInput(KIND, "cut within the header", partial(_cut, 0.002), readable=False)
    yield FieldInput(KIND, "a name in Chinese and an emoji", partial(_files, "a.xdf", (imu(name="手表 ⌚"),)))
    yield FieldInput(KIND, "a name of 2000 letters", partial(_files, "a.xdf", (imu(name="w" * 2000),)))
    yield FieldInput(
        KIND, "a file's name with blanks and umlauts", partial(_files, "Übung 1 (müde).xdf", (imu(),))
    )
    bad = '<?xml version="1.0"?><info><name>Watch</name><type>IMU'
    yield FieldInput(
        KIND, "a header that is no XML", partial(_files, "a.xdf", (imu(header=bad),)), readable=False
    )


def _many() -> Iterator[FieldInput]:
    t = LSL + np.arange(0.0, 20.0, 0.5)
    others = tuple(
        Stream(f"Sensor {k}", "Temperature", ("t",), ("C",), t, np.ones((len(t), 1)), 2.0, f"t{k}")
        for k in range(120)
    )
    yield FieldInput(KIND, "121 streams", partial(_files, "a.xdf", (*others, imu())))
    wide = Stream(
        "EEG", "EEG", tuple(f"e{k}" for k in range(256)), ("uV",) * 256, t, np.ones((len(t), 256)), 2.0, "e"
    )
    yield FieldInput(KIND, "an EEG of 256 channels beside it", partial(_files, "a.xdf", (wide, imu())))
    audio = Stream(
        "Mic", "Audio", ("l",), ("",), LSL + np.arange(40000) / 4000, np.zeros((40000, 1)), 4000.0, "mic"
    )
    yield FieldInput(KIND, "sound beside it", partial(_files, "a.xdf", (audio, imu())))
    gaze = Stream(
        "Gaze",
        "Gaze",
        ("x", "y", "z"),
        ("", "", ""),
        LSL + session().times,
        session().values[:, :3],
        50.0,
        "g",
    )
    yield FieldInput(KIND, "a gaze with x, y, z beside it", partial(_files, "a.xdf", (gaze, imu())))
    yield FieldInput(KIND, "only an EEG", partial(_files, "a.xdf", (wide,)), readable=False)
    yield FieldInput(KIND, "only markers", partial(_files, "a.xdf", (markers(),)), readable=False)
    few = imu(times=imu().times[:100], values=np.asarray(imu().values)[:100])
    yield FieldInput(KIND, "two seconds", partial(_files, "a.xdf", (few,)), readable=False, performed=False)
    yield FieldInput(KIND, "no stream", partial(_files, "a.xdf", ()), readable=False)


def _other_files() -> Iterator[FieldInput]:
    def make(name: str, data: bytes, folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    for name, data in (
        ("a.xdf", b""),
        ("a.xdf", b"XDF:"),
        ("a.xdf", b"PK\x03\x04 this is a zip"),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.txt", b"hello"),
        ("a.mat", b"MATLAB 5.0 MAT-file"),
        ("a.edf", b"0       "),
    ):
        yield FieldInput(KIND, f"{name}: {data[:8]!r}", partial(make, name, data), readable=False)
    yield FieldInput(KIND, "a file that is not there", lambda folder: folder / "none.xdf", readable=False)


def _odd_and_right() -> Iterator[FieldInput]:
    s = session()
    v = s.values
    yield FieldInput(
        KIND, "both sensors, markers", partial(_files, "a.xdf", (imu(), skeleton(), markers())), labeled=True
    )
    yield FieldInput(KIND, "type EEG, by mistake", partial(_files, "a.xdf", (imu(type="EEG"),)))
    yield FieldInput(KIND, "no type", partial(_files, "a.xdf", (imu(type=""),)))
    yield FieldInput(
        KIND, "type Accelerometer, six channels", partial(_files, "a.xdf", (imu(type="Accelerometer"),))
    )
    si = imu(
        values=v * [G, G, G, np.pi / 180, np.pi / 180, np.pi / 180], units=("m/s²",) * 3 + ("rad/s",) * 3
    )
    yield FieldInput(KIND, "m/s² and rad/s", partial(_files, "a.xdf", (si,)))
    short = tuple(x.replace("acc_", "a").replace("gyro_", "g") for x in LABELS)
    yield FieldInput(KIND, "ax … gz", partial(_files, "a.xdf", (imu(labels=short),)))
    yield FieldInput(KIND, "stamps from 0", partial(_files, "a.xdf", (imu(times=s.times, arrived=s.times),)))
    week = LSL + 7 * 86400
    yield FieldInput(
        KIND, "a host that is up for a week", partial(_files, "a.xdf", (imu(times=week + s.times),))
    )
    ends = [
        replace(imu(), placement=place)
        for place in ("wrist", "right_wrist", "RightWrist", "Right wrist (dorsal)")
    ]
    for stream in ends:
        yield FieldInput(KIND, f"worn at '{stream.placement}'", partial(_files, "a.xdf", (stream,)))
    unsaid = imu(placement="")
    yield FieldInput(KIND, "where it is worn is unsaid", partial(_files, "a.xdf", (unsaid,)))
    yield FieldInput(
        KIND,
        "said by --imu-placement",
        partial(_files, "a.xdf", (unsaid,)),
        ("--imu-placement", "right wrist"),
    )
    turned = imu(values=np.column_stack([v[:, 1], -v[:, 0], v[:, 2], v[:, 4], -v[:, 3], v[:, 5]]))
    yield FieldInput(
        KIND, "mounted turned, --imu-axes", partial(_files, "a.xdf", (turned,)), ("--imu-axes", "-y,x,z")
    )


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _formats()
    yield from _many()
    yield from _other_files()
    yield from _odd_and_right()
