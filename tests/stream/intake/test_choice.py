"""The choice among streams that match a source."""

import pytest

from hnhar.model.errors import SourceError
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.stream.intake.backend import Found
from hnhar.stream.intake.choice import choose
from hnhar.stream.mapping.sensors import are_of_one_device, may_have_partner
from hnhar.stream.messages import StreamDescription


def stream(name: str, kind: str = "IMU", source_id: str = "", channels: int = 6, **more: object) -> Found:
    description = StreamDescription(
        name, kind, source_id, ("",) * channels, ("",) * channels, 50.0, hostname="h"
    )
    return Found(f"{name}/{kind}", description, **more)  # type: ignore[arg-type]


def test_of_several_streams_none_is_guessed_unless_the_newest_is_asked_for() -> None:
    found = [stream("a", created=1.0), stream("b", created=3.0), stream("c", created=2.0)]
    with pytest.raises(SourceError, match="matches 3 streams, and it is not guessed"):
        choose("x", found, imu())
    assert choose("x", found, imu(), pick="newest") == (found[1],)


def test_what_cannot_be_read_is_no_choice_and_its_reason_is_told_where_nothing_else_is_there() -> None:
    text = stream("m", "Markers", unusable="its samples are text")
    assert choose("x", [text, stream("a")], imu())[0].description.name == "a"
    with pytest.raises(SourceError, match="its samples are text"):
        choose("x", [text], imu())


def test_the_two_sensors_of_one_device_are_one_choice_for_an_imu_only() -> None:
    pair = [stream("Polar ACC", "ACC", channels=3), stream("Polar Gyro", "Gyro", channels=3)]
    assert choose("x", [*pair, stream("EEG", "EEG")], imu()) == tuple(pair)
    with pytest.raises(SourceError, match="matches 2 streams"):
        choose("x", pair, skeleton())
    assert are_of_one_device([s.description for s in pair], "imu")
    assert may_have_partner(pair[0].description, "imu")
    assert not may_have_partner(stream("Watch").description, "imu")
