"""`hnhar-watch` against a real publisher: the table, JSON lines, losses, and what cannot be done."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hnhar.stream.cli.watch import main
from hnhar.stream.messages import Message, StreamState
from hnhar.stream.publish import keys as curve
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.wire import KINDS

from .. import examples
from ..publish.publishing import until
from ..terminal import Terminal

WATCH = [sys.executable, "-c", "import sys; from hnhar.stream.cli.watch import main; sys.exit(main())"]


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher("tcp://127.0.0.1:0") as made:
        yield made


@dataclass
class Watch:
    """A running hnhar-watch."""

    process: "subprocess.Popen[str]"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self) -> tuple[int, str, str]:
        """Exit code, the rest of standard output, and stderr, once it has ended."""
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def watching(*arguments: str) -> Iterator[Watch]:
    process = subprocess.Popen(
        [*WATCH, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    try:
        yield Watch(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def joined(publisher: Publisher, subscriptions: int) -> None:
    """Wait until so many subscriptions are in force."""
    until(publisher, lambda: publisher.subscriptions >= subscriptions)


def send(publisher: Publisher, *messages: Message) -> None:
    for message in messages:
        publisher.publish(message)


def test_json_has_one_object_a_line_with_topic_and_losses(publisher: Publisher) -> None:
    with watching(publisher.address, "--json", "--count", "4") as watch:
        joined(publisher, 3)
        send(publisher, examples.prediction(1), examples.prediction(4), examples.event(1), examples.status(1))
        code, out, err = watch.end()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["topic"] for line in lines] == [
        "hnhar/v1/prediction/p1/",
        "hnhar/v1/prediction/p1/",
        "hnhar/v1/event/p1/",
        "hnhar/v1/status/",
    ]
    assert [line["lost"] for line in lines] == [0, 2, 0, 0]
    assert [line["type"] for line in lines] == ["prediction", "prediction", "event", "status"]
    assert {line["publisher"] for line in lines} == {publisher.id}
    assert lines[0]["probabilities"]["wave"] == 0.9
    assert lines[2]["duration"] is None
    assert code == 0
    assert "watch: lost 2 on hnhar/v1/prediction/p1/" in err
    assert err.endswith("watch: 4 messages, 2 lost; 2 on hnhar/v1/prediction/p1/\n")


def test_json_lines_come_at_once_and_not_when_a_buffer_is_full(publisher: Publisher) -> None:
    with watching(publisher.address, "--json") as watch:
        joined(publisher, 3)
        send(publisher, examples.event(1))
        assert json.loads(watch.line())["seq"] == 1


def test_only_the_kinds_and_the_wearer_asked_for_are_shown(publisher: Publisher) -> None:
    with watching(publisher.address, "--json", "--kinds", "event", "--wearer", "s1", "--count", "2") as watch:
        joined(publisher, 2)
        for wearer in ("s10", "s1"):
            send(publisher, examples.prediction(wearer=wearer), examples.event(1, wearer))
        send(publisher, examples.status(), examples.event(2, "s1"))
        code, out, err = watch.end()
    assert [json.loads(line)["topic"] for line in out.splitlines()] == ["hnhar/v1/event/s1/"] * 2
    assert (code, err) == (0, "watch: 2 messages, 0 lost\n")


def test_without_a_terminal_the_table_is_a_line_for_each_message(publisher: Publisher) -> None:
    stalled = examples.stream_status(state=StreamState.STALLED)
    with watching(publisher.address, "--count", "4") as watch:
        joined(publisher, 3)
        send(
            publisher,
            examples.prediction(label="clap", end=12.5),
            examples.event(1),
            examples.event(2, kind="offset"),
            examples.status(streams=(stalled, examples.stream_status("skeleton"))),
        )
        code, out, _ = watch.end()
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["12.500", "p1", "clap", "90%", "imu+skeleton"],
        ["99.500", "p1", "onset", "of", "wave"],
        ["99.500", "p1", "offset", "of", "wave", "after", "1.50", "s"],
        ["100.000", "status:", "1", "of", "2", "streams", "live,", "160", "predictions"],
    ]


def test_a_loss_that_only_the_status_shows_is_told(tmp_path: Path) -> None:
    address = f"ipc://{tmp_path / 'socket'}"
    with Publisher(address) as publisher, watching(address, "--json", "--kinds", "prediction") as watch:
        joined(publisher, 2)
        send(publisher, examples.prediction(1))
        assert json.loads(watch.line())["seq"] == 1
        # what was published before anybody joined another topic is on no count; this one is followed
        publisher._last_seq["hnhar/v1/prediction/p1/"] = 6
        send(publisher, examples.status(1), examples.prediction(7))
        assert json.loads(watch.line())["lost"] == 0
        watch.process.terminate()
        code, _, err = watch.end()
    assert code == 0
    assert "watch: lost 5 on hnhar/v1/prediction/p1/" in err
    assert "watch: 2 messages, 5 lost" in err


def test_a_publisher_that_starts_anew_is_told(tmp_path: Path) -> None:
    address = f"ipc://{tmp_path / 'socket'}"
    with watching(address, "--json") as watch:
        for seq in (50, 1):
            with Publisher(address) as publisher:
                joined(publisher, 3)
                send(publisher, examples.event(seq))
                assert json.loads(watch.line())["seq"] == seq
        watch.process.terminate()
        code, _, err = watch.end()
    assert code == 0
    assert "the publisher was started anew: sequence numbers begin again" in err
    assert "watch: 2 messages, 0 lost\n" in err


def test_a_watch_without_a_publisher_says_for_what_it_waits_and_ends_with_1(tmp_path: Path) -> None:
    with watching(f"ipc://{tmp_path / 'nobody'}", "--timeout", "1.5") as watch:
        code, out, err = watch.end()
    assert (code, out) == (1, "")
    assert f"watch: waiting for a publisher at ipc://{tmp_path / 'nobody'}" in err
    assert "watch: no message for 1.5 s" in err


def test_a_host_whose_name_is_not_known_is_told_beside_the_waiting() -> None:
    with watching("tcp://nohost.invalid:5557", "--timeout", "60") as watch:
        assert watch.process.stderr is not None
        err = iter(watch.process.stderr)
        assert next(err) == "watch: waiting for a publisher at tcp://nohost.invalid:5557\n"
        assert "the host 'nohost.invalid' cannot be found (" in next(err)
        watch.process.terminate()
        assert watch.process.wait(30) == 0


def test_a_port_that_is_none_is_refused_without_a_word_on_what_only_a_publisher_can(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["tcp://127.0.0.1:99999"]) == 2
    assert "picks a free one" not in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_it_quietly(publisher: Publisher) -> None:
    with watching(publisher.address, "--json") as watch:
        joined(publisher, 3)
        send(publisher, examples.event(1))
        watch.line()
        assert watch.process.stdout is not None
        watch.process.stdout.close()
        deadline = time.monotonic() + 30
        seq = 1
        while watch.process.poll() is None:
            assert time.monotonic() < deadline
            seq += 1
            send(publisher, examples.event(seq))
        assert watch.process.stderr is not None
        assert "Traceback" not in watch.process.stderr.read()
    assert watch.process.returncode == 0


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A publisher's keys, and anna.subscriber beside the folder."""
    folder = tmp_path / "keys"
    curve.make(folder)
    curve.add(folder, "anna", tmp_path / "anna.subscriber", "2026-11-24")
    return folder


def test_who_was_revoked_is_told_so_and_not_that_the_publisher_has_gone(keys: Path, tmp_path: Path) -> None:
    with Publisher("tcp://127.0.0.1:0", curve_keys=keys) as publisher:
        identity = ["--curve-keys", str(tmp_path / "anna.subscriber")]
        with watching(publisher.address, "--json", *identity, "--timeout", "3") as watch:
            joined(publisher, 3)
            curve.revoke(keys, "anna")
            until(publisher, lambda: watch.process.poll() is not None)
            _, _, err = watch.end()
    assert "not let in at tcp://127.0.0.1:" in err
    assert "which was revoked while we were connected" in err
    assert "has gone" not in err


def test_the_dashboard_says_that_the_key_was_revoked_and_q_ends_it(keys: Path, tmp_path: Path) -> None:
    with Publisher("tcp://127.0.0.1:0", curve_keys=keys) as publisher:
        identity = ["--curve-keys", str(tmp_path / "anna.subscriber")]
        with Terminal([*WATCH, publisher.address, "--dashboard", *identity], columns=60) as terminal:
            joined(publisher, 3)
            send(publisher, examples.status(1), examples.prediction(1))
            curve.revoke(keys, "anna")
            until(publisher, lambda: "was revoked while we" in " ".join(terminal.text.split()))
            terminal.press("q")
            assert terminal.end() == 0


@pytest.mark.parametrize("ending", ["q", "\x03", signal.SIGTERM])
def test_the_dashboard_has_a_help_and_gives_the_terminal_back_at_every_exit(
    publisher: Publisher, ending: str | signal.Signals
) -> None:
    with Terminal([*WATCH, publisher.address, "--dashboard"]) as terminal:
        joined(publisher, 3)
        send(publisher, examples.status(1), examples.prediction(1))
        drawn = terminal.until(r"q quit  \? help")
        terminal.press("?")
        shown = terminal.until("messages that did not arrive here", drawn)
        terminal.press("?")
        terminal.until("90% confident|no data", shown)
        if isinstance(ending, str):
            terminal.press(ending)
            assert terminal.end() == 0
        else:
            assert terminal.end(ending) == 0
        assert terminal.settings == terminal.before
        assert terminal.written.count("\x1b[?1049h") == terminal.written.count("\x1b[?1049l") == 1
        assert terminal.written.rfind("\x1b[?25h") > terminal.written.rfind("\x1b[?25l")


def test_without_a_keyboard_the_dashboard_names_no_keys(publisher: Publisher) -> None:
    nothing = ["sh", "-c", 'exec "$0" "$@" < /dev/null', *WATCH, publisher.address, "--dashboard"]
    with Terminal(nothing) as terminal:
        joined(publisher, 3)
        send(publisher, examples.status(1))
        terminal.until("160 predictions")
        assert "q quit" not in terminal.text
        assert terminal.end(signal.SIGTERM) == 0


def test_a_dumb_terminal_is_no_place_for_the_dashboard(publisher: Publisher) -> None:
    with Terminal([*WATCH, publisher.address, "--dashboard"], TERM="dumb") as terminal:
        assert terminal.end() == 2
        terminal.until("the dashboard needs a terminal, and TERM says that it is dumb")
        assert "\x1b" not in terminal.written


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--dashboard"], "the dashboard needs a terminal"),
        (["--count", "0"], "--count 0 asks for nothing"),
        (["--timeout", "0"], "--timeout 0 would end at once"),
        (["--timeout", "nan"], "would end at once"),
        (["--kinds", ","], "choose from prediction, event, status"),
        (["--kinds", "rumor"], "choose from prediction, event, status"),
        (["--wearer", "a/b"], "the wearer id"),
        (["--topic-prefix", "/"], "the topic prefix"),
        (["127.0.0.1:5557"], "is not an address"),
        (["tcp://127.0.0.1:0"], "cannot be subscribed to"),
        (["tcp://127.0.0.1:99999"], "ports go from 1 to 65535"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert "error: " in err
    assert "Traceback" not in err + out


def test_the_help_names_every_kind_and_gives_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert all(kind in out for kind in KINDS)
    assert "hnhar-watch --json" in out
