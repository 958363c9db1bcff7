"""The log on stderr: lines for a person, JSON lines for a collector."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hnhar.stream.cli.common import complain, warn
from hnhar.stream.cli.logs import as_json, logs_to
from hnhar.stream.cli.stream import main

log = logging.getLogger("hnhar.stream.somewhere")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    logger = logging.getLogger("hnhar")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield
    logger.handlers[:], logger.level, logger.propagate = before


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_json_line_says_when_how_bad_where_and_of_whom(capsys: pytest.CaptureFixture[str]) -> None:
    logs_to(logging.INFO, "json")
    log.info("%s is %s", "imu", "live", extra={"wearer": "anna", "stream": "imu"})
    log.debug("not told")
    (line,) = lines(capsys)
    time = datetime.fromisoformat(line.pop("time"))
    assert abs((datetime.now(UTC) - time).total_seconds()) < 3600
    assert line == {
        "level": "info",
        "logger": "hnhar.stream.somewhere",
        "message": "imu is live",
        "wearer": "anna",
        "stream": "imu",
    }


def test_line_breaks_and_traces_stay_within_their_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs_to(logging.INFO, "json")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("it\nfailed")
    (line,) = lines(capsys)
    assert line["message"] == "it\nfailed"
    assert "ValueError" in line["exception"]


def test_notes_and_errors_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs_to(logging.WARNING, "json")
    warn("look at [this]")
    complain("it cannot be")
    assert [(line["level"], line["message"]) for line in lines(capsys)] == [
        ("warning", "look at [this]"),
        ("error", "it cannot be"),
    ]


def test_what_cannot_be_done_is_a_json_line_where_that_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--log-format", "json"]) == 2
    (line,) = lines(capsys)
    assert line["level"] == "error"
    assert "no stream is named" in line["message"]


def test_lines_for_a_person_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    logs_to(logging.INFO)
    assert not as_json()
    log.warning("a stream called \x1b[2J\nx")
    (line,) = capsys.readouterr().err.splitlines()
    assert "WARNING a stream called  [2J x" in line
    complain("a stream called \x1b[2J")
    assert "\x1b[2J" not in capsys.readouterr().err
