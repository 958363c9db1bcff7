"""A sensor that is worn turned is found in the session, and the bundle of its wearer takes it so."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.runtime import Runtime
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.messages import Window
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.mounted import mounted_notes
from hnhar.train.adapt.mounting import MountedBundle, Mounting, mounted, mountings
from hnhar.train.adapt.teacher import probabilities
from hnhar.train.cli.adapt import main
from hnhar.train.synthesis.elsewhere.mount import turned

from .wearer import SHORT, adapt_to, part, session, shipped

AUTO = {"imu": Mounting.AUTO}


@cache
def worn(degrees: float) -> Recording:
    return turned(session(), degrees, "z")


def cut(recording: Recording) -> list[Window]:
    return part(recording).windows(shipped()[0])


def found(windows: list[Window], said: dict[str, Mounting]) -> MountedBundle:
    return mounted(*shipped(), [windows], said)


def answers(made: MountedBundle, windows: list[Window]) -> np.ndarray:
    return probabilities(windows, Runtime(made.info, made.recognizer, threads=1), made.info, ["imu"])


def test_a_turned_sensor_of_which_nothing_was_said_reads_as_the_straight_one_did() -> None:
    info, recognizer = shipped()
    straight, other = cut(session())[::4], cut(worn(110.0))
    made = found(other, {})
    assert "turned about 1" in made.worn["imu"]
    before = answers(MountedBundle(info, recognizer), straight).argmax(1)
    assert (answers(made, other[::4]).argmax(1) == before).mean() > 0.85
    assert (answers(MountedBundle(info, recognizer), other[::4]).argmax(1) == before).mean() < 0.7


def test_the_weights_that_were_given_stay_as_they_are() -> None:
    before = {name: value.clone() for name, value in shipped()[1].state_dict().items()}
    found(cut(worn(110.0)), {})
    assert all(torch.equal(value, before[name]) for name, value in shipped()[1].state_dict().items())


@pytest.mark.parametrize("said", [{}, {"imu": Mounting.SAID}])
def test_a_sensor_worn_as_learned_and_one_whose_axes_are_said_are_taken_as_they_are(
    said: dict[str, Mounting],
) -> None:
    info, recognizer = shipped()
    made = found(cut(worn(110.0) if said else session()), said)
    assert made.recognizer is recognizer
    assert made.info is info
    assert not made.worn


def test_axes_that_are_to_be_found_and_are_not_are_a_refusal() -> None:
    windows = [window for window in cut(worn(110.0)) if window.end - session().start < 8]
    with pytest.raises(RecordingError, match=r"how imu is turned was not found, from \d s of motion.*x,-z,y"):
        found(windows, AUTO)


def test_what_is_not_known_of_the_mounting_is_not_told_later() -> None:
    windows = [window for window in cut(session()) if window.end - session().start < 8]
    made = found(windows, {})
    assert not made.info.mounts
    with pytest.raises(ConfigError, match="no reference of how its imu was mounted"):
        mountings(made.info, MappingOptions(imu_axes="auto"))


def test_options_say_whether_axes_are_found() -> None:
    info = shipped()[0]
    assert mountings(info, MappingOptions()) == {"imu": Mounting.UNSAID}
    assert mountings(info, MappingOptions(imu_axes="Auto")) == AUTO
    assert mountings(info, MappingOptions(imu_axes="x,-z,y")) == {"imu": Mounting.SAID}
    each = {"imu": MappingOptions(imu_axes="auto")}
    assert mountings(info, MappingOptions(each=each)) == AUTO


def test_an_encoder_that_cannot_be_turned_is_named() -> None:
    info, recognizer = shipped()
    windows = cut(worn(110.0))
    kept = recognizer.encoders["imu"]
    recognizer.encoders["imu"] = torch.nn.Identity()
    try:
        with pytest.raises(ConfigError, match=rf"{info.name}@.*the encoder of imu cannot take a sensor"):
            mounted(info, recognizer, [windows], AUTO)
    finally:
        recognizer.encoders["imu"] = kept


def test_a_bundle_of_a_wearer_is_neither_warned_of_nor_turned_again() -> None:
    made = adapt_to(part(worn(110.0)), config=replace(SHORT, steps=1))
    assert "corrected" in made.worn["imu"]
    assert made.info.provenance["adapted"]["worn"] == made.worn
    feeds, _ = recorded_feeds(worn(110.0), made.info.modalities)
    assert mounted_notes(feeds, made.info, MappingOptions()) == ()
    (note,) = mounted_notes(feeds, made.info, MappingOptions(imu_axes="auto"))
    assert "worn as the weights learned, within 20°" in note
    (note,) = mounted_notes(feeds, shipped()[0], MappingOptions(imu_axes="auto"))
    assert "turned about 1" in note


def test_axes_that_cannot_be_found_are_refused_before_a_recording_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--weights", "tug", "--recording", "nowhere.xdf", "--imu-axes", "auto"]) == 2
    assert "has no reference of how its" in capsys.readouterr().err
