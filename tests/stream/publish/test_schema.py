"""The JSON Schemas that ship are those of the dataclasses, and describe what is really sent."""

import importlib.resources
import json
from dataclasses import replace
from typing import Any

import jsonschema
import msgpack
import pytest

from hnhar.stream.messages import Event, Message, Prediction, Status, StreamState
from hnhar.stream.publish.schema.generate import schema, text
from hnhar.stream.publish.wire import KINDS, pack

from .. import examples

MESSAGES: list[Message] = [
    examples.prediction(),
    replace(examples.prediction(), unknown=True, modalities=(), probabilities={}, coverage={}),
    examples.event(kind="onset"),
    examples.event(kind="offset"),
    examples.status(),
    examples.status(streams=()),
    examples.status(streams=tuple(examples.stream_status(state=state) for state in StreamState)),
    replace(examples.status(), last_seq={"hnhar/v1/status/": 3}),
]


def shipped(kind: str) -> dict[str, Any]:
    content = (
        importlib.resources.files("hnhar.stream.publish.schema").joinpath(f"{kind}.json").read_text("utf-8")
    )
    loaded: dict[str, Any] = json.loads(content)
    return loaded


def payload(message: Message, *, repeat: bool = False) -> dict[str, Any]:
    content: dict[str, Any] = msgpack.unpackb(pack(message, "run1", repeat=repeat)[1])
    return content


def validate(content: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(shipped(content["type"])).validate(content)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_that_ships_is_that_of_the_dataclasses(kind: str) -> None:
    file = importlib.resources.files("hnhar.stream.publish.schema").joinpath(f"{kind}.json")
    assert file.read_text("utf-8") == text(kind), "run: python -m hnhar.stream.publish.schema.generate"


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_valid_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize("repeat", [False, True])
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_what_is_sent_is_valid(message: Message, repeat: bool) -> None:
    validate(payload(message, repeat=repeat))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_what_is_sent_has_every_property_and_no_other(message: Message) -> None:
    content = payload(message)
    assert set(content) == set(shipped(content["type"])["properties"])


def test_a_key_of_a_later_version_is_valid() -> None:
    validate({**payload(examples.event()), "mood": "good"})


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        (examples.prediction(), {"seq": "1"}),
        (examples.prediction(), {"probabilities": {"wave": None}}),
        (examples.prediction(), {"v": 2}),
        (examples.prediction(), {"type": "event"}),
        (examples.event(), {"publisher": ""}),
        (examples.event(), {"duration": "long"}),
        (examples.status(), {"streams": [{"state": "asleep"}]}),
        (examples.status(), {"latency": {"total": {"p50": 0.1}}}),
    ],
    ids=str,
)
def test_what_is_no_message_is_not_valid(message: Message, changes: dict[str, Any]) -> None:
    content = payload(message)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(shipped(content["type"])).validate({**content, **changes})


@pytest.mark.parametrize("missing", ["v", "type", "publisher", "seq"])
def test_a_message_without_an_essential_key_is_not_valid(missing: str) -> None:
    content = payload(examples.status())
    del content[missing]
    with pytest.raises(jsonschema.ValidationError, match=missing):
        jsonschema.Draft202012Validator(shipped("status")).validate(content)


def test_every_kind_of_message_was_looked_at() -> None:
    assert {type(message) for message in MESSAGES} == {Prediction, Event, Status} == set(KINDS.values())
