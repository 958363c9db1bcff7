"""clients/cpp: built with g++ as it stands, and with CMake, it reads a live publisher."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zmq

from hnhar.stream.publish import keys
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.wire import to_map

from ..stream.examples import event, prediction, status

CPP = Path(__file__).parents[2] / "clients" / "cpp"


@pytest.fixture(scope="module")
def listen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built; the tests are skipped where there is no compiler, or a header is missing."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler is here")
    headers = "#define MSGPACK_NO_BOOST\n#include <msgpack.hpp>\n#include <zmq.hpp>\nint main() {}\n"
    folder = tmp_path_factory.mktemp("cpp")
    (folder / "headers.cpp").write_text(headers)
    look = [compiler, "-std=c++17", "-fsyntax-only", str(folder / "headers.cpp")]
    if subprocess.run(look, capture_output=True, check=False).returncode:
        pytest.skip("cppzmq or msgpack-cxx is not here")
    made = folder / "listen"
    strict = ["-std=c++17", "-Wall", "-Wextra", "-Werror"]
    done = subprocess.run(
        [compiler, *strict, "-o", str(made), str(CPP / "listen.cpp"), "-lzmq"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return made


def started(
    listen: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(listen), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


def ended(listening: subprocess.Popen[str]) -> list[str]:
    """Lines that it wrote until it is interrupted."""
    listening.send_signal(signal.SIGINT)
    out, errors = listening.communicate(timeout=60)
    assert (listening.returncode, errors) == (0, "")
    return out.splitlines()


def test_it_prints_what_a_publisher_sends_and_counts_what_is_lost(listen: Path, tmp_path: Path) -> None:
    address = f"ipc://{tmp_path}/p"
    with Publisher(address) as publisher:
        listening = started(listen, address, "p1")
        assert listening.stdout is not None
        while publisher.subscribers == 0:
            publisher.poll()
        publisher.publish(status(1))
        publisher.publish(prediction(1, wearer="p2"))
        publisher.publish(prediction(1, label="clap", confidence=0.7))
        publisher.publish(event(1))
        publisher.publish(event(4, kind="offset"))
        lines = [listening.stdout.readline().strip() for _ in range(4)]
    assert lines == [
        "p1  100.00  clap 70%",
        f"p1  onset of wave at {event(1).onset_unix_ns} ns",
        "2 lost",
        f"p1  offset of wave at {event(1).onset_unix_ns} ns after 1.5 s",
    ]
    assert ended(listening) == ["2 lost, 0 could not be read"]


def test_it_reads_what_is_encrypted(listen: Path, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.make(folder)
    pair = keys.add(folder, "cpp", tmp_path / "cpp.toml", "2026-11-30")
    curve = {"SERVER": pair.publisher, "PUBLIC": pair.public, "SECRET": pair.secret}
    with Publisher("tcp://127.0.0.1:0", curve_keys=folder) as publisher:
        environment = {f"HNHAR_CURVE_{name}": key for name, key in curve.items()}
        listening = started(listen, publisher.address, environment=environment)
        assert listening.stdout is not None
        while publisher.subscribers == 0:
            publisher.poll()
        publisher.publish(event(1))
        assert listening.stdout.readline().startswith("p1  onset of wave")
    assert ended(listening) == ["0 lost, 0 could not be read"]


def test_what_is_no_message_is_counted_and_passed_over(listen: Path, tmp_path: Path) -> None:
    address = f"ipc://{tmp_path}/p"
    whole: dict[str, Any] = to_map(event(1), "abc")
    bad = [
        b"",
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",  # a list of 4 thousand million
        b"\xdf\xff\xff\xff\xff",
        b"\x91" * 1000 + b"\x01",
        msgpack.packb([1]),
        msgpack.packb({1: 2}),
        msgpack.packb({"v": 1, "type": "event"}),
        msgpack.packb({**whole, "kind": "begin"}),
        msgpack.packb({**whole, "v": 2}),
        msgpack.packb({**whole, "onset_unix_ns": "soon"}),
        msgpack.packb({**whole, "type": "weather"}),
    ]
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.bind(address)
        listening = started(listen, address)
        assert {socket.recv() for _ in range(3)} == {
            f"\1hnhar/v1/{kind}/".encode() for kind in ("prediction", "event", "status")
        }
        for payload in [*bad, msgpack.packb(whole)]:
            socket.send_multipart([b"hnhar/v1/event/p1/", payload])
        socket.send_multipart([b"hnhar/v1/event/p1/", b"", b"", b""])
        socket.send_multipart([b"hnhar/v1/event/p1/", msgpack.packb({**whole, "seq": 2})])
        assert listening.stdout is not None
        assert listening.stdout.readline().startswith("p1  onset of wave")
        assert listening.stdout.readline().startswith("p1  onset of wave")
    assert ended(listening) == [f"0 lost, {len(bad) + 1} could not be read"]


def test_an_address_that_is_none_is_told(listen: Path) -> None:
    listening = started(listen, "nonsense")
    assert listening.communicate(timeout=60)[1] == "listen: Invalid argument\n"
    assert listening.returncode == 2


@pytest.mark.slow
def test_cmake_builds_it(tmp_path: Path) -> None:
    if shutil.which("cmake") is None or shutil.which("pkg-config") is None:
        pytest.skip("CMake or pkg-config is not here")
    for command in (["cmake", "-S", str(CPP), "-B", str(tmp_path)], ["cmake", "--build", str(tmp_path)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "listen").exists()
