"""XDF files that are larger than the memory that reading them may take, and packed ones."""

import gzip
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.xdf import loading

from .files import XdfStream, chunk, header, imu, markers, samples, xdf

EEG = XdfStream(
    "EEG",
    "EEG",
    [f"E{k}" for k in range(8)],
    [99 + k / 100 for k in range(400)],
    [[0.5] * 8] * 400,
    rate=100.0,
)


def session() -> bytes:
    return xdf(EEG, imu(), markers((100.5, "wave/start"), (101.0, "wave/stop")))


def test_a_packed_file_is_read_as_the_one_that_it_holds(tmp_path: Path) -> None:
    plain = tmp_path / "a.xdf"
    plain.write_bytes(session())
    for name in ("a.xdfz", "packed.xdf"):
        (tmp_path / name).write_bytes(gzip.compress(session()))
        found, expected = open_recording(tmp_path / name), open_recording(plain)
        np.testing.assert_array_equal(found.streams[0].samples, expected.streams[0].samples)
        np.testing.assert_array_equal(found.streams[0].timestamps, expected.streams[0].timestamps)
        assert (found.annotations, found.notes, found.zero) == (expected.annotations, expected.notes, 99.0)


def test_of_a_packed_file_that_breaks_off_what_came_before_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xdfz"
    path.write_bytes(gzip.compress(xdf(imu(), imu("Other", seconds=60)), compresslevel=0)[:-4000])
    found = open_recording(path, select={"imu": "Watch"})
    assert found.streams[0].samples.shape == (100, 6)
    assert any("the packed file is damaged" in note for note in found.notes)


def test_what_is_packed_is_bounded_and_must_be_an_xdf_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.xdfz"
    path.write_bytes(gzip.compress(b"XDF:" + bytes(60 << 20)))
    with pytest.raises(RecordingError, match=r"bomb.xdfz unpacks to more than the [\d,]+ bytes"):
        open_recording(path)
    path.write_bytes(gzip.compress(b"PK" + bytes(1000)))
    with pytest.raises(RecordingError, match="packed is no XDF file"):
        open_recording(path)


def test_streams_that_are_left_out_are_not_held_and_count_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(session())
    whole = open_recording(path)
    monkeypatch.setattr(loading, "MAX_CHOSEN", 6000)
    found = open_recording(path)
    np.testing.assert_array_equal(found.streams[0].samples, whole.streams[0].samples)
    assert found.zero == whole.zero == 99.0
    assert any("'EEG' (type EEG, 8 channels, 400 samples)" in note for note in found.notes)
    monkeypatch.setattr(loading, "MAX_CHOSEN", 1000)
    with pytest.raises(RecordingError, match="name fewer of them"):
        open_recording(path)


def test_streams_of_any_number_are_left_out_in_little_time_and_count_on_their_clocks(tmp_path: Path) -> None:
    times = [99.0 + j for j in range(4)]
    streams = [
        XdfStream(f"E{k}", "EEG", ("a",), times, [[0.0]] * 4, rate=1.0, source_id=str(k)) for k in range(1500)
    ]
    streams.append(imu())
    parts = [header(number, stream) for number, stream in enumerate(streams, 1)]
    for number, stream in enumerate(streams, 1):
        shift = -2.0 if number == 7 else 0.0
        parts += [chunk(4, struct.pack("<Idd", number, at, shift)) for at in (98.0, 104.0)]
        parts.append(samples(number, stream))
    path = tmp_path / "many.xdf"
    path.write_bytes(b"XDF:" + b"".join(parts))
    before = time.process_time()
    found = open_recording(path)
    assert time.process_time() - before < 10
    assert found.streams[0].samples.shape == (100, 6)
    assert found.zero == 97.0  # of the stream whose clock is 2 s late
    assert any("1500 streams are neither" in note for note in found.notes)


@pytest.mark.slow
def test_a_file_beyond_two_gibibytes_is_read_in_the_memory_of_its_imu(tmp_path: Path) -> None:
    path = tmp_path / "long.xdf"
    wide = XdfStream("EEG", "EEG", [f"E{k}" for k in range(1024)], [99.0], [[0.0] * 1024], rate=1000.0)
    rows = 8000
    hole = rows * (1 + 4 * 1024)
    with path.open("wb") as file:
        file.write(b"XDF:" + header(1, wide) + header(2, imu()) + samples(1, wide) + samples(2, imu()))
        for _ in range(72):  # zeros: samples without a stamp of their own, as LabRecorder leaves out
            file.write(
                b"\x08" + struct.pack("<QHI", 2 + 4 + 5 + hole, 3, 1) + b"\x04" + struct.pack("<I", rows)
            )
            file.truncate(file.tell() + hole)
            file.seek(0, 2)
        file.write(chunk(6, struct.pack("<I", 1) + b"<info></info>"))
        file.write(chunk(6, struct.pack("<I", 2) + b"<info></info>"))
    assert path.stat().st_size > 2 << 30
    code = (
        "import resource, sys; from hnhar.stream.recordings import open_recording\n"
        "found = open_recording(sys.argv[1])\n"
        "print(found.streams[0].samples.shape[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=300, check=True
    )
    count, peak = map(int, ran.stdout.split())
    assert count == 100
    assert peak < 1000  # MiB
