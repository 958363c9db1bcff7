"""`hnhar-keys`, and the commands that use what it made."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hnhar.stream.cli.keys import main
from hnhar.stream.publish import keys as curve
from hnhar.stream.publish.publisher import Publisher

from .. import examples
from ..publish.publishing import until

WATCH = [sys.executable, "-c", "import sys; from hnhar.stream.cli.watch import main; sys.exit(main())"]
PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def run(*arguments: str | Path) -> int:
    return main([str(one) for one in arguments])


def test_keys_are_made_added_listed_and_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("make", "keys") == 0
    assert run("list", "keys") == 0
    assert "nobody is let in yet" in capsys.readouterr().out
    assert run("add", "keys", "ward-3") == 0
    assert run("add", "keys", "anna", "--out", "for-anna") == 0
    out = capsys.readouterr().out
    assert "ward-3.subscriber" in out
    ward = curve.subscriber_keys(tmp_path / "ward-3.subscriber")
    anna = curve.subscriber_keys(tmp_path / "for-anna")
    assert run("list", "keys") == 0
    assert [line.split()[::2] for line in capsys.readouterr().out.splitlines()] == [
        ["ward-3", ward.public],
        ["anna", anna.public],
    ]
    assert run("revoke", "keys", "ward-3") == 0
    assert [one.name for one in curve.allowed(tmp_path / "keys")] == ["anna"]


def test_no_secret_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, out = tmp_path / "keys", tmp_path / "anna.subscriber"
    for command in (("make", keys), ("add", keys, "anna", "--out", out), ("list", keys)):
        assert run(*command) == 0
    printed = "".join(capsys.readouterr())
    assert curve.publisher_keys(keys).secret not in printed
    assert curve.subscriber_keys(out).secret not in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "nowhere", "anna"], "hnhar-keys make nowhere"),
        (["list", "nowhere"], "hnhar-keys make nowhere"),
        (["revoke", "nowhere", "anna"], "No such file"),
        (["make", "keys"], "not overwritten"),
        (["add", "keys", "../eve"], "cannot be named"),
        (["revoke", "keys", "eve"], "there is nobody"),
        (["make", "keys/publisher.key"], "cannot be made"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    curve.make(tmp_path / "keys")
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_watch_reads_an_encrypted_publisher_with_the_file_and_says_why_not_without(tmp_path: Path) -> None:
    keys, out = tmp_path / "keys", tmp_path / "anna.subscriber"
    run("make", keys)
    run("add", keys, "anna", "--out", out)
    with Publisher("tcp://127.0.0.1:0", curve_keys=keys) as publisher:
        command = [*WATCH, publisher.address, "--json"]
        with (
            subprocess.Popen([*command, "--curve-keys", str(out), "--count", "1"], **PIPES) as friend,
            subprocess.Popen(command, **PIPES) as stranger,
        ):
            try:
                until(publisher, lambda: publisher.subscriptions >= 3)
                publisher.publish(examples.event())
                until(publisher, lambda: friend.poll() is not None)
                got, _ = friend.communicate()
                assert stranger.stderr is not None
                assert stranger.stderr.readline().startswith(f"watch: not let in at {publisher.address}: ")
                stranger.terminate()
                nothing, _ = stranger.communicate(timeout=30)
            finally:
                friend.kill()
                stranger.kill()
    assert json.loads(got)["label"] == "wave"
    assert (friend.returncode, nothing) == (0, "")


def test_stream_refuses_keys_that_others_can_read(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    curve.make(keys)
    (keys / curve.PUBLISHER).chmod(0o644)
    script = "import sys; from hnhar.stream.cli.stream import main; sys.exit(main())"
    asked = ["--imu-source", "nobody", "--publish", "tcp://0.0.0.0:0", "--curve-keys", str(keys)]
    done = subprocess.run(
        [sys.executable, "-c", script, *asked],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    assert "Traceback" not in done.stderr
