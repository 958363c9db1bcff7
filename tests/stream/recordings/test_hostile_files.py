"""Whatever stands in the place of a file: an error that names it and says why, soon and in little memory."""

import gzip
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgpack
import numpy as np
import pytest
from scipy.io import savemat

from hnhar.model.bundle import bundle
from hnhar.model.errors import BundleError, HnharError, RecordingError
from hnhar.model.loading import load
from hnhar.stream.config.config import read_config
from hnhar.stream.publish.wire import WireError, unpack
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.events_tsv import read_events
from hnhar.stream.recordings.xdf.reader import read_xdf
from hnhar.stream.recordings.xdf.scan import MAX_ELEMENTS, MAX_TEXT, MAX_TEXTS, scan
from hnhar.stream.sinks.recorded import read_lines
from hnhar.train.corpora.mat import read_variables
from hnhar.train.corpora.mmact.labels import read_labels
from hnhar.train.corpora.mmact.pose import read_pose
from hnhar.train.corpora.mmact.sensor import read_track
from hnhar.train.corpora.spsw_har.executions import read_execution

from .files import XdfStream, chunk, header, imu, markers, xdf

DEADLINE = 60.0
READERS: dict[str, Callable[[Path], object]] = {
    "bundle": bundle.read,
    "weights": load,
    "configuration": read_config,
    "events": read_events,
    "record": lambda path: list(read_lines(path)),
    "xdf": read_xdf,
    "spsw": lambda path: read_execution((1, 1), {"watch": path}),
    "mmact": lambda path: read_track(path, "gyro"),
    "labels": read_labels,
    "pose": read_pose,
}


def soon(read: Callable[[Path], object], path: Path) -> str:
    """The text of the error, from a thread that is not waited for forever."""
    said: list[str] = []

    def run() -> None:
        try:
            read(path)
        except HnharError as error:
            said.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(DEADLINE)
    assert not thread.is_alive(), "it waits"
    assert said, "it was read"
    return said[0]


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_named_pipe_is_not_waited_for(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "pipe.xdf"
    os.mkfifo(path)
    text = soon(read, path)
    assert "pipe.xdf" in text
    assert "regular file" in text


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize("place", ["folder", "device", "nothing", "impossible", "long", "loop"])
def test_what_is_no_file_is_refused_by_its_name(
    tmp_path: Path, read: Callable[[Path], object], place: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    paths = {"device": Path("/dev/zero"), "impossible": tmp_path / "a\0b", "long": tmp_path / ("x" * 5000)}
    path = paths.get(place, tmp_path / place)
    assert path.name[:20] in soon(read, path)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_file_of_a_terabyte_is_refused_by_its_size_or_its_beginning(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    if read is READERS["record"]:
        return  # is read line by line, however long: see its own tests
    assert any(part in soon(read, path) for part in ("larger than", "does not begin with 'XDF:'"))


# XDF


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "bad.xdf"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_xdf(path)
    assert "bad.xdf" in str(caught.value)
    return str(caught.value)


def stream_header(channels: str = "1", form: str = "float32", rest: str = "") -> bytes:
    xml = (
        f"<info><name>x</name><type>IMU</type><channel_count>{channels}</channel_count>"
        f"<nominal_srate>50</nominal_srate><channel_format>{form}</channel_format>{rest}</info>"
    )
    return chunk(2, struct.pack("<I", 1) + xml.encode())


def samples(count: int, body: bytes) -> bytes:
    return chunk(3, struct.pack("<I", 1) + b"\x08" + struct.pack("<Q", count) + body)


ONE = b"\x08" + struct.pack("<df", 100.0, 1.0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (stream_header("2147483647") + samples(1, ONE), "declares '2147483647' channels"),
        (stream_header("-1") + samples(1, ONE), "declares '-1' channels"),
        (stream_header("٣") + samples(1, ONE), "channels"),
        (stream_header(form="object") + samples(1, ONE), "unknown format 'object'"),
        (stream_header("65536", "string") + samples(3, ONE), "are not what|whose length|but take"),
        (stream_header() + samples(1 << 40, ONE), "claim 1099511627776 samples"),
        (stream_header() + samples(2, ONE), "are not what they are declared"),
        (stream_header() + samples(1, ONE + ONE), "but take"),
        (stream_header() + samples(1, b"\x07" + ONE[1:]), "are not what they are declared"),
        (stream_header() + stream_header(), "stream 1, which is there already"),
        (samples(1, ONE), "stream 1, which has no header"),
        (stream_header() + chunk(4, struct.pack("<I", 1) + bytes(999)), "999 bytes, not 16"),
        (stream_header(rest="<a>" * 50_000 + "</a>" * 50_000), ""),
        (stream_header(rest="<a/>" * (MAX_ELEMENTS + 1)), "more XML than"),
        (stream_header("1", "string") + samples(1, bytes(MAX_TEXT)), "more text than"),
        (
            stream_header("1", "string") + samples(MAX_TEXTS + 1, b"\0\1\0" * (MAX_TEXTS + 1)),
            "more text than",
        ),
        (stream_header("65536", "string") + samples(4, b"\0" + b"\1\0" * 65536), "more text than"),
        (stream_header("0", "string") + samples(1_000_000, bytes(1_000_000)), "has no channel"),
        (stream_header("0") + samples(1_000_000, bytes(1_000_000)), "has no channel"),
        (
            chunk(2, b"\1\0\0\0<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><info>&x;</info>"),
            "no XML",
        ),
    ],
    ids=range(20),
)
def test_an_xdf_file_that_declares_what_it_does_not_hold_is_refused(
    tmp_path: Path, content: bytes, says: str
) -> None:
    text = refused(tmp_path, b"XDF:" + content)
    assert any(part in text for part in says.split("|"))


def test_entities_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    entities = "".join(f"<!ENTITY a{k} '{f'&a{k - 1};' * 10}'>" for k in range(1, 12))
    bomb = f"<!DOCTYPE info [<!ENTITY a0 'ha'>{entities}]><info><name>&a11;</name></info>"
    assert "no XML" in refused(tmp_path, b"XDF:" + chunk(2, struct.pack("<I", 1) + bomb.encode()))


@pytest.mark.parametrize("name", ["bomb.xdfz", "bomb.xdf.gz", "bomb.xdf"])
def test_a_file_packed_many_times_over_is_refused_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"XDF:" + bytes(50 << 20)))
    with pytest.raises(RecordingError, match="unpacks to more than"):
        read_xdf(path)


def test_what_comes_before_damage_is_read_and_nothing_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    hidden = chunk(4, struct.pack("<Idd", 1, 0.0, 0.0) + header(9, imu("Hidden")))
    path.write_bytes(xdf(imu("Watch", footer=False)) + hidden + xdf(imu("Behind"))[4:])
    found = read_xdf(path)
    assert [stream.description.name for stream in found.streams] == ["Watch"]
    assert "not 16" in found.notes[0]


def offsets(values: list[tuple[float, float]]) -> bytes:
    return b"".join(chunk(4, struct.pack("<Idd", 1, *pair)) for pair in values)


@pytest.mark.parametrize(
    "jumping",
    [
        [(5.0 * k, 1e6 * (k % 2)) for k in range(20_000)],
        [(-5.0 * k, 0.0) for k in range(20_000)],
        [(float("nan"), float("nan"))] * 20_000,
        [(5.0 * k, float("inf")) for k in range(20_000)],
    ],
    ids=["values", "times", "nan", "infinite"],
)
def test_a_clock_that_jumps_thousands_of_times_is_told_and_takes_no_minutes(
    tmp_path: Path, jumping: list[tuple[float, float]]
) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(imu(seconds=100.0, footer=False)) + offsets(jumping))
    assert "of 1 streams whose clocks jumped 66 times" in scan(path).fault
    assert "clocks jumped" in read_xdf(path).notes[0]


def test_a_clock_that_is_reset_now_and_then_is_not_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    resets = [(100.0 + 5 * k, 1000.0 * (k // 20)) for k in range(200)]
    path.write_bytes(xdf(imu(footer=False)) + offsets(resets))
    assert scan(path).fault == ""


def test_text_of_any_bytes_and_labels_of_any_letters_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(imu("\u202e<&>"), markers((100.0, "\x1b[2J\u2028/start"), (101.0, "{" * 9000))))
    assert len(read_xdf(path).streams) == 1


def test_a_marker_of_json_that_nests_beyond_its_parser_is_a_label(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    deep = '{"label":' + "[" * 100_000
    path.write_bytes(xdf(imu(), markers((100.0, deep), (101.0, '{"label": "wave", "duration": 1}'))))
    assert [a.label for a in read_xdf(path).annotations] == [deep, "wave"]


def test_times_that_are_not_finite_warn_nobody(tmp_path: Path) -> None:
    rows = [(1.0,) * 6] * 4
    stream = imu(times=[float("nan"), float("inf"), 100.0, 100.02], rows=rows)
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(stream))
    (found,) = read_xdf(path).streams
    assert list(found.timestamps) == [100.0, 100.02]


def peak(code: str, path: Path, limit: int) -> int:
    """Bytes by which running `code` on a path raises the memory of a process that may take `limit` more."""
    program = f"""
import resource, sys
from hnhar.model.errors import HnharError
from hnhar.stream.recordings.xdf.reader import read_xdf
from hnhar.stream.publish.wire import unpack
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + {limit},) * 2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    {code}
except HnharError:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) << 10


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("read_xdf(sys.argv[1])", b"XDF:" + stream_header(rest="<a/>" * (MAX_ELEMENTS - 20))),
        ("unpack([b'x/', open(sys.argv[1], 'rb').read()])", msgpack.packb([{}] * 1_000_000)),
        ("unpack([b'x/', open(sys.argv[1], 'rb').read()])", b"\xdd\xff\xff\xff\xff"),
    ],
    ids=["elements", "maps", "length"],
)
def test_a_small_input_does_not_become_large_in_memory(tmp_path: Path, code: str, content: bytes) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(content)
    assert peak(code, path, 1 << 30) < 256 << 20


# bundles and .mat


def test_an_architecture_that_cannot_be_built_names_the_bundle(tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    (shipped, *_) = bundle.bundled().values()
    info = bundle.read(shipped).info
    bundle.write(
        path, replace(info, architecture={"encoders": {}, "classes": 2}), {"a": np.ones(1, np.float32)}
    )
    with pytest.raises(BundleError, match=r"odd\.safetensors.*architecture"):
        load(path)


def test_a_compressed_bomb_in_a_mat_file_is_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mat"
    savemat(path, {"x": np.zeros((1 << 27,), np.uint8)}, do_compression=True)
    assert path.stat().st_size < 1 << 20
    good = tmp_path / "good.mat"
    savemat(good, {"x": np.ones(3)})
    bomb, fine = read_variables([(path, "x"), (good, "x")])
    assert isinstance(bomb, str)
    assert isinstance(fine, np.ndarray)


def test_a_pipe_in_the_place_of_a_mat_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mat")
    assert read_variables([(tmp_path / "a.mat", "x")]) == ["there is no such file"]


# the wire


@pytest.mark.parametrize(
    "payload",
    [
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"\x91" * 100_000,
        b"\x81\xa1a" * 100_000,
        msgpack.packb({"v": 1, "type": "status", "publisher": "x", "streams": [[[]] * 1000] * 100}),
        msgpack.packb({1: 2}),
    ],
    ids=range(7),
)
def test_a_payload_that_declares_or_nests_too_much_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        unpack([b"hnhar/v1/status/", payload])


def test_a_folder_or_a_pipe_is_refused_where_a_recording_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.xdf")
    assert "a.xdf" in soon(open_recording, tmp_path / "a.xdf")


def test_the_corpus_of_these_tests_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    one = XdfStream("x", "IMU", tuple("abcdef"), [100.0, 100.02], [(1.0,) * 6] * 2)
    path.write_bytes(xdf(one))
    assert len(read_xdf(path).streams[0].samples) == 2
    path.write_bytes(b"XDF:" + stream_header() + samples(1, ONE))
    assert len(read_xdf(path, select={"imu": "x"}).streams[0].samples) == 1
