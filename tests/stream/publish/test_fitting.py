"""A status fits into a message, whatever has to be left out of it."""

import logging
from dataclasses import replace

import pytest

from hnhar.stream.messages import Status, StreamDescription, StreamState
from hnhar.stream.publish.fitting import StatusPacker
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.wire import MAX_PAYLOAD, Packer, WireError, unpack

from .. import examples

TOPIC = b"hnhar/v1/status/"


def sent(packer: StatusPacker, status: Status) -> Status:
    """What a reader gets."""
    found = unpack([TOPIC, packer.payload(status)]).message
    assert isinstance(found, Status)
    return found


def status_of(count: int, about: StreamDescription | None = None) -> Status:
    one = replace(examples.stream_status("skeleton", StreamState.LIVE), faults=(), note="x" * 400)
    return examples.status(streams=(replace(one, description=about or one.description),) * count)


def test_of_more_streams_than_fit_those_with_something_the_matter_stay() -> None:
    status = status_of(3000)
    streams = list(status.streams)
    streams[2900] = replace(streams[0], feed="gone", state=StreamState.LOST)
    streams[1500] = replace(streams[0], feed="turned", faults=("turned",))
    packer = StatusPacker(Packer("run"))
    for _ in range(2):  # the second by what was found for the first
        found = sent(packer, replace(status, streams=tuple(streams)))
        assert [stream.feed for stream in found.streams[:3]] == ["turned", "gone", streams[0].feed]
        assert 500 < len(found.streams) < 3000
        assert not found.streams[5].description or found.streams[5].description.channels == ()


def test_channels_are_told_again_once_they_fit() -> None:
    packer, small = StatusPacker(Packer("run")), status_of(2)
    about = small.streams[0].description
    assert about is not None
    assert about.channels
    wide = replace(about, channels=("x" * 200,) * 4000, units=("m",) * 4000)
    assert sent(packer, small).streams == small.streams
    bare = replace(about, channels=(), units=())
    assert sent(packer, status_of(2, wide)).streams[0].description == bare
    again = [sent(packer, small).streams == small.streams for _ in range(40)]
    assert again[-1]
    assert sent(packer, status_of(2, wide)).streams[0].description == bare
    assert sent(packer, status_of(1)).streams == small.streams[:1]  # at once where streams come or go


def test_a_status_that_cannot_fit_is_not_sent_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    large = replace(examples.status(), labels=("x" * 1000,) * (MAX_PAYLOAD // 1000 + 1))
    with pytest.raises(WireError):
        StatusPacker(Packer("run")).payload(large)
    with caplog.at_level(logging.WARNING), Publisher("tcp://127.0.0.1:0") as publisher:
        publisher.publish(large)
        publisher.publish(large)
        publisher.publish(examples.prediction(seq=7))
        assert publisher.sent == 1
        assert publisher.last_seq == {"hnhar/v1/prediction/p1/": 7}
    assert [record.message.startswith("no status is published") for record in caplog.records] == [True]
