import random
from dataclasses import replace
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.model.errors import ConfigError
from hnhar.stream.messages import Message, Prediction, StreamState
from hnhar.stream.publish.wire import (
    MAX_PAYLOAD,
    WireError,
    WireVersionError,
    check_prefix,
    check_wearer,
    pack,
    subscription,
    to_map,
    topic_of,
    unpack,
)

from .. import examples

EVERY = [examples.prediction(), examples.event(), examples.event(kind="offset"), examples.status()]


def changed(message: Message, **changes: Any) -> list[bytes]:
    """The frames of a message whose payload was changed on the way."""
    topic, payload = pack(message, "run1")
    return [topic, msgpack.packb(msgpack.unpackb(payload) | changes)]


@pytest.mark.parametrize("message", EVERY, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    envelope = unpack(pack(message, "run1", repeat=True))
    assert envelope.message == message
    assert (envelope.publisher, envelope.repeat, envelope.topic) == ("run1", True, topic_of(message))


@given(
    wearer=st.text(
        st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=16
    ).filter(lambda text: "/" not in text),
    seq=st.integers(0, 2**62),
    end=st.floats(-1e9, 1e9),
    confidence=st.floats(0, 1),
)
def test_any_value_of_a_prediction_survives(wearer: str, seq: int, end: float, confidence: float) -> None:
    message = replace(
        examples.prediction(), wearer=check_wearer(wearer), seq=seq, end=end, confidence=confidence
    )
    assert unpack(pack(message, "run1")).message == message


@given(message=st.sampled_from(EVERY), data=st.data(), repeat=st.booleans())
def test_frames_are_the_bytes_that_msgpack_makes_of_the_map(
    message: Message, data: st.DataObject, repeat: bool
) -> None:
    changes: dict[str, Any] = {"seq": data.draw(st.integers(0, 2**63 - 1))}
    if isinstance(message, Prediction):
        probability = st.floats(allow_nan=True) | st.integers(-(2**63), 2**63 - 1)
        changes["probabilities"] = data.draw(st.dictionaries(st.text(max_size=40), probability, max_size=40))
        changes["modalities"] = data.draw(st.lists(st.text(max_size=300), max_size=20).map(tuple))
        changes["end_unix_ns"] = data.draw(st.none() | st.integers(-(2**63), 2**63 - 1))
        changes["strangeness"] = data.draw(st.none() | st.floats(width=32).map(np.float32))
    message = replace(message, **changes)
    packed = msgpack.packb(to_map(message, "run1", repeat=repeat))
    assert pack(message, "run1", repeat=repeat) == [topic_of(message).encode(), packed]


def test_numpy_values_are_sent_as_plain_numbers() -> None:
    message = replace(
        examples.prediction(),
        confidence=np.float32(0.5),
        seq=np.int64(7),
        probabilities={np.str_("wave"): np.float32(0.5), "idle": np.float64(0.5)},
        coverage=dict(zip(("imu", "skeleton"), np.ones(2), strict=True)),
        unknown=np.bool_(True),
    )
    read = unpack(pack(message, "run1")).message
    assert read == replace(
        examples.prediction(),
        confidence=0.5,
        seq=7,
        probabilities={"wave": 0.5, "idle": 0.5},
        coverage={"imu": 1.0, "skeleton": 1.0},
        unknown=True,
    )


def test_topics_end_in_a_slash_so_that_one_wearer_is_not_the_beginning_of_another() -> None:
    ten = topic_of(examples.prediction(wearer="s10"))
    assert ten == "hnhar/v1/prediction/s10/"
    assert not ten.startswith(subscription("prediction", "s1"))
    assert ten.startswith(subscription("prediction", None))


def test_keys_of_a_later_minor_version_are_ignored() -> None:
    frames = changed(examples.prediction(), mood="good", latency={"total": 0.1, "radio": 0.2})
    message = unpack(frames).message
    assert message == replace(
        examples.prediction(),
        latency=replace(
            examples.prediction().latency, total=0.1, lsl=0, windowing=0, encoder=0, publishing=0
        ),
    )


def test_a_later_major_version_is_refused_with_what_to_do() -> None:
    with pytest.raises(WireVersionError, match=r"version 2 .* update hnhar"):
        unpack(changed(examples.prediction(), v=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"v": None},
        {"v": True},
        {"v": "1"},
        {"v": 0},
        {"type": "rumor"},
        {"type": "event"},
        {"type": ["prediction"]},
        {"publisher": ""},
        {"publisher": "x" * 65},
        {"publisher": 3},
        {"repeat": "no"},
        {"seq": "1"},
        {"wearer": "p2"},
        {"probabilities": [0.1]},
        {"latency": {"total": "fast"}},
        {"end": None},
    ],
    ids=str,
)
def test_a_payload_with_a_wrong_value_is_a_wire_error(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        unpack(changed(examples.prediction(), **changes))


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b"hnhar/v1/status/"],
        [b"a", b"b", b"c"],
        [b"hnhar/v1/status/", b""],
        [b"hnhar/v1/status/", b"\xc1"],
        [b"hnhar/v1/status/", b"\xdd\xff\xff\xff\xff"],
        [b"hnhar/v1/status/", b"\x91" * 100_000],
        [b"hnhar/v1/status/", msgpack.packb([1, 2])],
        [b"hnhar/v1/status/", msgpack.packb({1: 2})],
        [b"\xff\xfe", msgpack.packb({"v": 1})],
        [b"t" * 2000, msgpack.packb({"v": 1})],
        [b"hnhar/v1/status/", b"\x00" * (MAX_PAYLOAD + 1)],
    ],
    ids=range(12),
)
def test_frames_that_are_no_message_are_a_wire_error(frames: list[bytes]) -> None:
    with pytest.raises(WireError):
        unpack(frames)


def test_damaged_bytes_give_a_message_or_a_wire_error_and_nothing_else() -> None:
    rng = random.Random(5)
    refused = 0
    originals = [pack(message, "run1") for message in EVERY]
    for _ in range(10_000):
        topic, payload = rng.choice(originals)
        damaged = bytearray(payload)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            unpack([topic, bytes(damaged[: rng.randint(1, len(damaged))] if rng.random() < 0.2 else damaged)])
        except WireError:
            refused += 1
    assert 1000 < refused < 10_000


def test_a_message_under_another_prefix_is_not_ours() -> None:
    frames = pack(examples.event(), "run1", prefix="lab")
    assert unpack(frames, "lab").topic == "lab/event/p1/"
    with pytest.raises(WireError, match="belongs under"):
        unpack(frames)


def test_a_message_larger_than_readers_take_is_not_sent() -> None:
    with pytest.raises(WireError, match="larger"):
        pack(replace(examples.status(), labels=("x" * 1000,) * 2000), "run1")


def test_a_status_of_twenty_wearers_with_every_channel_named_fits() -> None:
    one = examples.stream_status("skeleton", StreamState.LIVE)
    assert one.description is not None
    full = replace(
        one,
        description=replace(one.description, channels=("shoulder_center_x",) * 164, units=("meters",) * 164),
    )
    assert unpack(pack(examples.status(streams=(full,) * 40), "run1"))


@pytest.mark.parametrize("wearer", ["", "a/b", "x" * 65, "é" * 33, "a\n", "\ud800"], ids=ascii)
def test_a_wearer_id_that_no_topic_can_hold_is_refused(wearer: str) -> None:
    with pytest.raises(ConfigError, match="wearer id"):
        check_wearer(wearer)


def test_a_prefix_loses_its_closing_slash_and_may_not_be_empty() -> None:
    assert check_prefix("lab/one/") == "lab/one"
    for bad in ("", "/", "x" * 300, "a\0b"):
        with pytest.raises(ConfigError, match="topic prefix"):
            check_prefix(bad)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="prediction, event, status"):
        subscription("rumor", None)
