"""docs/messages.md says what the code does: every field of every message, and examples that run."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hnhar.stream import messages
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.schema.generate import schema
from hnhar.stream.publish.wire import KINDS, topic_of

from . import examples

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "messages.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
NAMES = {"integer": "int", "number": "float", "string": "str", "boolean": "bool"}


def rows(heading: str) -> dict[str, list[str]]:
    """First cell, without its backticks -> the other cells, of the table below a heading."""
    (section,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\| (`.*)\|$", section, re.MULTILINE)
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)] for line in lines]
    return {first.strip("`"): rest for first, *rest in cells}


def type_name(prop: dict[str, Any]) -> str:
    """A property's type as the document writes it."""
    if "$ref" in prop:
        name = prop["$ref"].rpartition("/")[2]
        return "str" if name == "StreamState" else f"[{name}](#{name.lower()})"
    if "anyOf" in prop:
        first, last = prop["anyOf"]
        assert last == {"type": "null"}
        return f"{type_name(first)} or nil"
    if "enum" in prop:
        return "str"
    if prop["type"] == "array":
        return f"list of {type_name(prop['items'])}"
    if prop["type"] == "object":
        return f"map of {type_name(prop['additionalProperties'])}"
    return NAMES[prop["type"]]


def described() -> dict[str, dict[str, Any]]:
    """Heading -> properties of the payload, or of the part of it, that the heading is about."""
    found: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        made = schema(kind)
        envelope = ("v", "type", "publisher", "repeat")
        found[kind.capitalize()] = {k: v for k, v in made["properties"].items() if k not in envelope}
        found |= {k: v["properties"] for k, v in made.get("$defs", {}).items() if "properties" in v}
    return found


@pytest.mark.parametrize("heading", described())
def test_every_field_is_described_with_its_type_and_no_other_is(heading: str) -> None:
    properties = described()[heading]
    documented = rows(heading)
    assert list(documented) == list(properties)
    assert {name: cells[0] for name, cells in documented.items()} == {
        name: type_name(prop) for name, prop in properties.items()
    }
    assert all(len(cells) == 3 and cells[2] for cells in documented.values())


def test_times_and_rates_have_their_unit() -> None:
    for heading, properties in described().items():
        for name, cells in rows(heading).items():
            if name.endswith("_unix_ns"):
                assert cells[1] == "ns", name
            elif name.endswith("_rate"):
                assert cells[1] == "Hz", name
            elif name == "cadence":
                assert cells[1] == "1/min", name
            elif name == "range_of_motion":
                assert cells[1] == "deg", name
            elif "'number'" in str(properties[name]):
                assert cells[1] in ("s", "0–1"), name


def test_the_envelope_is_described() -> None:
    assert list(rows("Envelope")) == ["v", "type", "publisher", "repeat"]
    assert f"Version of the messages, {messages.SCHEMA_VERSION}." in TEXT


def test_every_state_of_a_stream_is_described() -> None:
    assert list(rows("States of a stream")) == [state.value for state in messages.StreamState]


def test_the_topics_are_those_of_the_wire() -> None:
    made = (examples.prediction(wearer="WEARER"), examples.event(wearer="WEARER"), examples.status())
    assert list(rows("On the wire")) == [topic_of(message) for message in made]


def test_every_link_into_the_document_and_the_repository_leads_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (DOCUMENT.parent / target).is_file(), target


@contextmanager
def running(code: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_the_examples_read_a_real_publisher() -> None:
    plain, typed = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert "hnhar" not in "".join(line for line in plain.splitlines() if "import" in line)
    with Publisher("tcp://127.0.0.1:0") as publisher:
        codes = [code.replace("tcp://127.0.0.1:5557", publisher.address) for code in (plain, typed)]
        with running(codes[0]) as first, running(codes[1]) as second:
            deadline = time.monotonic() + 30
            # the plain one subscribes once, the other one to two kinds
            while publisher.subscriptions < 3 or publisher.subscribers < 2:
                assert time.monotonic() < deadline, "the examples did not subscribe within 30 s"
                publisher.poll()
            for seq in (1, 2, 5):
                publisher.publish(examples.prediction(seq=seq))
            for seq in (1, 4):
                publisher.publish(examples.event(seq=seq))
            assert first.stdout is not None
            assert second.stdout is not None
            read = [first.stdout.readline() for _ in range(3)]
            assert read == [f"p1 wave 90% lost: {lost}\n" for lost in (0, 0, 2)]
            assert [second.stdout.readline() for _ in range(2)] == [
                f"p1 onset wave lost: {lost}\n" for lost in (0, 2)
            ]
