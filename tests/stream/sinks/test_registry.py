"""`scheme:address` of a sink: hnhar's own, and those of other packages."""

import io
import json
import sys
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, PublishError
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.detached import DetachedSink
from hnhar.stream.sinks.guard import GuardedSink
from hnhar.stream.sinks.registry import GROUP, guarded, open_sink

from ...installed import install
from ..examples import prediction

CONTEXT = SinkContext("abc", "weights", ("wave", "idle"), ("w1",))
MODULE = """
from hnhar.model.errors import PublishError
from hnhar.stream.engine.sink import Sink


class List(Sink):
    def __init__(self, address, context):
        if address == "taken":
            raise PublishError("the port is taken")
        if address == "bug":
            raise KeyError("bug")
        self.address, self.context, self.taken = address, context, []

    def take(self, message):
        self.taken.append(message)


def nothing(address, context):
    return None
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with a sink that works and one that does not."""
    monkeypatch.delitem(sys.modules, "list_sink", raising=False)
    sinks = {"list": "list_sink:List", "none": "list_sink:nothing"}
    install(monkeypatch, tmp_path / "lib", "hnhar-list", {"list_sink": MODULE}, {GROUP: sinks})


@pytest.mark.usefixtures("installed")
def test_a_sink_of_another_package_gets_its_address_and_what_is_known_of_the_run() -> None:
    sink = open_sink("list:a:b c", CONTEXT)
    assert (sink.address, sink.context) == ("a:b c", CONTEXT)  # type: ignore[attr-defined]
    watched = guarded("list:x", sink)
    assert isinstance(watched, DetachedSink)
    watched.take(prediction())
    watched.close(60.0)
    assert sink.taken == [prediction()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "error", "why"),
    [
        ("list:taken", PublishError, "^the port is taken$"),
        (
            "list:bug",
            ConfigError,
            "^the sink 'list' of the package hnhar-list cannot be used: KeyError",
        ),
        ("none:", ConfigError, "NoneType has no method take and no close"),
        (
            "pigeon:h:1",
            ConfigError,
            "no sink 'pigeon:' is installed for 'pigeon:h:1'; there are .*jsonl:.*list:",
        ),
        ("run.jsonl", ConfigError, "names no scheme: write SCHEME:ADDRESS; there are .*jsonl:"),
        ("jsonl:", ConfigError, "names no file"),
        ("lines:x", ConfigError, "lines:stdout or lines:stderr"),
        ("lsl:x", ConfigError, "nothing follows"),
        ("prometheus:x", ConfigError, "is no HOST:PORT"),
        ("prometheus:", ConfigError, "is no HOST:PORT"),
        ("prometheus:0.0.0.0:0", ConfigError, "would let other machines read"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_what_cannot_be_opened_is_one_line(text: str, error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why) as raised:
        open_sink(text, CONTEXT)
    assert "\n" not in str(raised.value)


def test_the_recorder_and_the_lines_are_sinks_that_need_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    path = tmp_path / "a:b.jsonl"
    for text in (f"jsonl:{path}", "lines"):
        sink = guarded(text, open_sink(text, CONTEXT))
        assert isinstance(sink, GuardedSink)
        sink.take(prediction())
        sink.close()
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["publisher"] == "abc"
    assert prediction().label in out.getvalue()
