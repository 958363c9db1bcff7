"""What systemd is told, on real datagram sockets."""

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.systemd import Notifier

PID = 4242


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket in the file system and its address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        path = str(tmp_path / "notify")
        listening.bind(path)
        listening.settimeout(10)
        yield listening, path


def heard(listening: socket.socket) -> list[str]:
    """All that is there."""
    listening.setblocking(False)
    said = []
    while True:
        try:
            said.append(listening.recv(4096).decode())
        except BlockingIOError:
            return said


def test_it_says_ready_with_a_status_of_one_line_and_that_it_stops(
    listener: tuple[socket.socket, str],
) -> None:
    listening, path = listener
    notifier = Notifier({"NOTIFY_SOCKET": path}, PID)
    notifier.ready("publishing\non somewhere")
    notifier.stopping()
    notifier.close()
    assert heard(listening) == ["READY=1\nSTATUS=publishing on somewhere", "STOPPING=1"]


def test_an_abstract_socket_is_reached() -> None:
    name = f"hnhar-test-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        notifier = Notifier({"NOTIFY_SOCKET": f"@{name}"}, PID)
        notifier.ready()
        notifier.close()
        assert heard(listening) == ["READY=1"]


def test_signs_of_life_come_every_half_of_the_watchdogs_time_and_only_with_progress(
    listener: tuple[socket.socket, str],
) -> None:
    listening, path = listener
    notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(PID)}, PID)
    assert notifier.interval == 2.0
    said = []
    for progress, now in ((0, 0.0), (5, 1.9), (5, 2.0), (5, 4.0), (5, 9.0), (6, 9.1), (9, 9.2), (9, 11.1)):
        notifier.alive(progress, now)
        said += [now] * len(heard(listening))
    notifier.close()
    assert said == [0.0, 2.0, 9.1, 11.1]


@pytest.mark.parametrize(
    "environment",
    [{}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(PID + 1)}],
    ids=["unset", "another's"],
)
def test_a_watchdog_that_is_not_ours_is_told_nothing(
    listener: tuple[socket.socket, str], environment: dict[str, str]
) -> None:
    listening, path = listener
    notifier = Notifier({"NOTIFY_SOCKET": path, **environment}, PID)
    notifier.alive(1, 100.0)
    notifier.close()
    assert notifier.interval is None
    assert heard(listening) == []


def test_without_systemd_nothing_is_sent_and_nothing_fails() -> None:
    notifier = Notifier({}, PID)
    notifier.ready()
    notifier.alive(1, 1.0)
    notifier.stopping()
    notifier.close()


def test_a_socket_that_has_gone_is_noted_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}, PID)
    notifier.ready()
    notifier.close()
    assert "systemd could not be told READY=1" in caplog.text


def test_a_full_socket_is_not_waited_for(listener: tuple[socket.socket, str]) -> None:
    listening, path = listener
    notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2"}, PID)
    for number in range(1500):
        notifier.alive(number, float(number))
    notifier.close()
    assert 0 < len(heard(listening)) < 1500


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"NOTIFY_SOCKET": "vsock:2:1"}, "NOTIFY_SOCKET"),
        ({"WATCHDOG_USEC": "soon"}, "WATCHDOG_USEC"),
        ({"WATCHDOG_USEC": "0"}, "WATCHDOG_USEC"),
        ({"WATCHDOG_USEC": "-5"}, "WATCHDOG_USEC"),
    ],
)
def test_what_systemd_never_sets_is_refused(environment: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Notifier(environment, PID)


def test_the_own_process_is_the_default() -> None:
    assert Notifier({"WATCHDOG_USEC": "10", "WATCHDOG_PID": str(os.getpid())}).interval == 5e-6
