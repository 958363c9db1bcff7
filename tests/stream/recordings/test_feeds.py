"""Recorded streams as feeds: each is of one modality, or it is said that nothing tells of which."""

from dataclasses import replace

import pytest

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import IMU
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.synthesis.performer import perform


def test_one_sensor_is_not_taken_for_two_modalities_of_its_kind() -> None:
    session = perform(seed=3, person=1001, actions=["wave"], duration=10.0)
    left, right = IMU.modality(name="left"), IMU.modality(name="right")
    with pytest.raises(ChannelError, match="is which of left, right"):
        recorded_feeds(session, (left, right))
    (fed,), _ = recorded_feeds(replace(session, streams=session.of("imu")), (left,))
    assert fed.feed.modality == "left"
