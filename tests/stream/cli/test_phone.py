"""`hnhar phone`: phones in, LSL streams out."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pylsl
import pytest
from rich.console import Console

from hnhar.stream.cli.phone import main
from hnhar.stream.cli.phone_relay import Relays
from hnhar.stream.cli.phone_screen import Changes, picture
from hnhar.stream.lsl.inlet import now
from hnhar.stream.phone.phones import PhoneStatus
from hnhar.stream.phone.readings import G
from hnhar.stream.recordings import open_recording

from ..phone.sending import DEADLINE, TOKEN, item, message, motion, push, server, until, xyz

PROGRAM = [sys.executable, "-m", "hnhar.stream.cli.entry"]
SECONDS = 20.0
"""s of a performer, two activities."""


@pytest.mark.lsl
def test_each_phone_is_a_stream_of_lsl_with_its_name_channels_and_units() -> None:
    with server() as made, closing(Relays()) as relays:
        relays.serve(made.phones)
        first = [5e8 + time.monotonic() - 1.0 + k / 50 for k in range(50)]
        push(made, message(motion(first)), params={"name": "phone-of-lsl"})
        (info,) = pylsl.resolve_byprop("name", "phone-of-lsl", timeout=DEADLINE)
        inlet = pylsl.StreamInlet(info, processing_flags=0)
        about = inlet.info(timeout=DEADLINE)
        channel, labels, units = about.desc().child("channels").child("channel"), [], []
        while not channel.empty():
            labels.append(channel.child_value("label"))
            units.append(channel.child_value("unit"))
            channel = channel.next_sibling()
        assert labels == [f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"]
        assert units == ["m/s²"] * 3 + ["rad/s"] * 3
        assert (about.type(), about.source_id()) == ("IMU", "0b1c2d3e4f")
        rows: list[Any] = []
        stamps: list[float] = []
        begun, number = time.monotonic(), 5

        def taken() -> bool:
            nonlocal number
            times = [begun + (number - 5) / 5 + k / 50 for k in range(10)]
            time.sleep(max(times[-1] - time.monotonic(), 0.0))
            body = message(motion([5e8 + when for when in times], 10 * number), number)
            push(made, body, params={"name": "phone-of-lsl"})
            number += 1
            new, at = inlet.pull_chunk(timeout=0.2)
            rows.extend(new)
            stamps.extend(at)
            return len(stamps) >= 40

        until(taken, "samples come")
        numbers = np.array(rows)[:, 0] / 0.001
        assert np.allclose(np.diff(numbers), 1.0, atol=1e-2)
        assert np.median(np.diff(stamps)) == pytest.approx(0.02, abs=1e-3)
        assert abs(stamps[-1] - now()) < 5.0  # and not 15 years
        (status,) = relays.statuses()
        assert (status.name, status.sensors) == ("phone-of-lsl", ("acc", "gyro"))


def test_nothing_is_kept_of_a_phone_that_has_gone() -> None:
    with server() as made, closing(Relays(publish=False)) as relays:
        relays.serve(made.phones)
        push(made, message(motion([5e8 + k / 50 for k in range(50)])))
        until(relays.statuses, "it is read")
        assert len(relays._phones) == 1
        for each in made.phones.all():
            each.leave()
        until(lambda: not relays._phones, "it is let go of")


def phone(**changed: Any) -> PhoneStatus:
    known: dict[str, Any] = {
        "name": "anna", "app": "browser", "host": "10.0.0.7", "sensors": ("acc", "gyro"), "rate": 60.2,
        "latency": 0.012, "batch": 0.04, "received": 600, "dropped": {}, "silent": 0.1, "clock_offset": 1.0,
        "note": "",
    }  # fmt: skip
    return PhoneStatus(**{**known, **changed})


def test_lines_tell_who_comes_and_goes_and_what_is_refused_once() -> None:
    changes = Changes()
    assert list(changes.lines([], {}, [])) == []
    assert list(changes.lines([phone()], {}, [])) == ["anna sends acc+gyro, by browser from 10.0.0.7"]
    assert list(changes.lines([phone(note="signs")], {"wrong token": 1}, [])) == [
        "anna: signs", "refused: wrong token",
    ]  # fmt: skip
    assert list(changes.lines([phone(note="signs")], {"wrong token": 9}, [])) == []
    gone = list(changes.lines([], {"wrong token": 9}, []))
    assert gone == ["anna has gone: 600 samples at 60 Hz, none dropped"]
    assert list(changes.lines([], {}, ["'osc:9000': nothing comes"])) == [
        "waiting for 'osc:9000': nothing comes"
    ]


def test_the_picture_shows_rate_latency_and_drops() -> None:
    console = Console(width=120, record=True, file=open(os.devnull, "w"))  # noqa: SIM115 - until the test ends
    console.print(picture([phone(dropped={"flood": 7})], {"wrong token": 2}, []))
    text = console.export_text()
    console.file.close()
    for words in (
        "anna",
        "browser",
        "acc+gyro",
        "60",
        "12 ms",
        "0.04 s",
        "600",
        "7 flood",
        "2 × wrong token",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--listen", "somewhere"], "such as phone:"),
        (["--listen", "8443/anna"], "is no [HOST:]PORT"),
        (["--open", "--listen", "127.0.0.1:9000"], "contradict each other"),
        (["--token", "short"], "8 to 64 letters"),
        (["--duration", "0"], "would end at once"),
        (["sensorserver:192.168.1.7"], "sensorserver:ws://HOST:PORT"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line(
    words: list[str], answer: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert answer in " ".join(capfd.readouterr().err.split())


def test_a_port_that_is_taken_is_told_with_what_to_do(capfd: pytest.CaptureFixture[str]) -> None:
    with server() as made:
        port = httpx.URL(made.addresses.page).port
        assert main(["--listen", str(port)]) == 2
        assert "Give --listen another port" in capfd.readouterr().err


@contextmanager
def running(words: list[str]) -> Iterator["subprocess.Popen[str]"]:
    program = "import sys; from hnhar.stream.cli.entry import hnhar; sys.exit(hnhar())"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "HNHAR_PHONE_TOKEN": TOKEN},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: "subprocess.Popen[str]", pattern: str) -> str:
    """The first line in which a pattern is."""
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.search(pattern, line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return match[0]
    raise AssertionError(f"no line has {pattern}")


def performance() -> list[tuple[float, bytes]]:
    """(s, message) of a performer's wrist, as Sensor Logger sends it ten times a second."""
    stream = open_recording("synthetic", subject=1000, seed=0).of("imu")[0]
    times = stream.timestamps - stream.timestamps[0]
    begun, found = time.time() + 1.0, []
    for number in range(round(10 * SECONDS)):
        inside = (times >= number / 10) & (times < (number + 1) / 10)
        payload = []
        for when, row in zip(times[inside], stream.samples[inside], strict=True):
            payload.append(item("totalacceleration", begun + when, xyz(row[:3] * G)))
            payload.append(item("gyroscope", begun + when + 0.002, xyz(np.radians(row[3:]))))
        found.append(((number + 1) / 10, message(payload, number)))
    return found


def events(path: Path) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(line["kind"], line["label"]) for line in lines if line["type"] == "event"]


@pytest.mark.slow
@pytest.mark.lsl
def test_a_performer_sent_as_sensor_logger_does_is_recognized_directly_and_by_lsl_alike(
    tmp_path: Path,
) -> None:
    plain = ["--no-dashboard", "--publish", "tcp://127.0.0.1:0", "--imu-placement", "right wrist"]
    direct, by_lsl = tmp_path / "direct.jsonl", tmp_path / "lsl.jsonl"
    pushed = r"http://\S+/push"
    with (
        running(["stream", "--imu-source", "phone:0", *plain, "--record", str(direct)]) as first,
        running(["phone", "--listen", "0"]) as second,
        running(["stream", "--imu-source", "anna", *plain, "--record", str(by_lsl)]) as third,
    ):
        places = [line_of(first, pushed), line_of(second, pushed)]
        line_of(third, "resolving")
        begun = time.monotonic()
        with httpx.Client(timeout=DEADLINE, params={"name": "anna"}) as client:
            for when, body in performance():
                time.sleep(max(begun + when - time.monotonic(), 0.0))
                assert [client.post(place, content=body).status_code for place in places] == [200, 200]
        until(lambda: len(events(direct)) >= 4 and len(events(by_lsl)) >= 4, "both events have ended")
    expected = [(kind, label) for label in ("clap", "boxing") for kind in ("onset", "offset")]
    assert events(direct) == expected
    assert events(by_lsl) == expected
