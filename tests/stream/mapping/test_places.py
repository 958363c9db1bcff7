"""Places of a person's sensors: as users write them, and which of several streams is worn where."""

from dataclasses import replace

import pytest

from hnhar.model.errors import SourceError
from hnhar.model.kinds.imu import IMU
from hnhar.model.modality import Modality
from hnhar.stream.intake.backend import Found
from hnhar.stream.mapping.places import assigned, place_said, split_place
from hnhar.stream.messages import StreamDescription

WRIST, HIP = IMU.at("wrist"), IMU.at("hip")
LEFT, RIGHT, ALONE = IMU.at("left_wrist"), IMU.at("right_wrist"), IMU.modality(placement="right wrist")
PHONE, WATCH = IMU.modality(name="phone"), IMU.modality(name="watch")


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("wrist=MyWatch", "wrist", "MyWatch"),
        ("left_ankle=Shimmer 4A2F", "left_ankle", "Shimmer 4A2F"),
        ("imu.hip=Phone", "imu.hip", "Phone"),
        ("wrist=name=MyWatch,type=IMU", "wrist", "name=MyWatch,type=IMU"),
        ("wrist=-y,x,z", "wrist", "-y,x,z"),
        (" hip = name='Phone' and type='IMU'", "hip", "name='Phone' and type='IMU'"),
        ("MyWatch", "", "MyWatch"),
        ("name=MyWatch,type=IMU", "", "name=MyWatch,type=IMU"),
        ("type=IMU", "", "type=IMU"),
        ("source_id=a=b", "", "source_id=a=b"),
        ("Index=2", "", "Index=2"),
        ("sensor=wrist", "", "sensor=wrist"),
        ("uid='ab12'", "", "uid='ab12'"),
        ("starts-with(name,'Muse')", "", "starts-with(name,'Muse')"),
        ("m/s²,rad/s", "", "m/s²,rad/s"),
        ("wrist=", "", "wrist="),
        ("=MyWatch", "", "=MyWatch"),
        ("Watch (left)=x", "", "Watch (left)=x"),
    ],
)
def test_a_place_stands_before_a_source_and_is_never_a_key_of_a_selection(
    text: str, place: str, rest: str
) -> None:
    assert split_place(text) == (place, rest)


def device(name: str, placement: str = "", source_id: str = "") -> tuple[Found, ...]:
    described = StreamDescription(name, "IMU", source_id, ("",) * 6, ("",) * 6, 50.0, placement=placement)
    return (Found(name, described),)


def found(groups: list[tuple[Found, ...]], *modalities: Modality) -> dict[str, str]:
    return {name: g[0].description.name for name, g in assigned(groups, modalities).items()}


@pytest.mark.parametrize(
    ("groups", "modalities", "expected"),
    [
        # by what they say of their placement
        ([device("A", "left wrist"), device("B", "hip")], (WRIST, HIP), "AB"),
        ([device("A", "Belt"), device("B", "Watch")], (WRIST, HIP), "BA"),
        # by a word of the name, or of the id
        ([device("MyWatch"), device("phone_hip")], (WRIST, HIP), ["MyWatch", "phone_hip"]),
        ([device("A", "", "dot-wrist"), device("B", "", "dot-hip")], (WRIST, HIP), "AB"),
        ([device("Phone IMU"), device("Watch IMU")], (PHONE, WATCH), ["Phone IMU", "Watch IMU"]),
        # what is said goes before the name
        ([device("wrist", "hip"), device("hip", "wrist")], (WRIST, HIP), ["hip", "wrist"]),
        # one is worn elsewhere, one is not there
        ([device("A", "wrist"), device("B", "hip"), device("C", "ankle")], (WRIST, HIP), "AB"),
        ([device("A", "wrist")], (WRIST, HIP), ["A", None]),
        ([device("A", "wrist"), device("B")], (WRIST,), "A"),
        ([device("A", "ankle")], (WRIST, HIP), [None, None]),
        # sides
        ([device("A", "right wrist"), device("B", "left wrist")], (LEFT, RIGHT), "BA"),
        ([device("A", "left wrist"), device("B", "right wrist")], (ALONE,), "B"),
        # a place that no list knows
        ([device("dot neck"), device("dot wrist")], (WRIST, IMU.at("neck")), ["dot wrist", "dot neck"]),
    ],
)
def test_streams_are_told_apart_by_the_places_that_they_say(
    groups: list[tuple[Found, ...]], modalities: tuple[Modality, ...], expected: list[str | None]
) -> None:
    given = found(groups, *modalities)
    assert [given.get(modality.name) for modality in modalities] == list(expected)


@pytest.mark.parametrize(
    ("groups", "modalities"),
    [
        ([device("A"), device("B")], (WRIST, HIP)),
        ([device("A")], (WRIST, HIP)),
        ([device("A", "wrist"), device("B")], (WRIST, HIP)),
        ([device("A", "wrist"), device("B", "left wrist")], (WRIST, HIP)),
        ([device("Watch")], (IMU.at("left_wrist"), IMU.at("right_wrist"))),
        ([device("MyWatch"), device("Phone")], (IMU.modality(),)),
        ([device("MyWatch"), device("Phone")], (IMU.modality(placement="right wrist"),)),
    ],
)
def test_what_is_not_plain_is_listed_and_asked(
    groups: list[tuple[Found, ...]], modalities: tuple[Modality, ...]
) -> None:
    with pytest.raises(SourceError) as refused:
        assigned(groups, modalities)
    for group in groups:
        assert f"name={group[0].description.name}," in str(refused.value)
    for modality in modalities:
        assert f"--source {modality.name}=…" in str(refused.value)


def test_a_place_is_a_word_of_what_a_stream_says() -> None:
    (told,) = device("Shimmer", "Left Ankle")
    assert place_said(told.description) == "left_ankle"
    assert place_said(replace(told.description, placement="", name="ankle left 3")) == "left_ankle"
    assert place_said(replace(told.description, placement="right hip")) == "right_hip"
    assert place_said(replace(told.description, placement="", name="MyWatch")) == "watch"
    assert place_said(replace(told.description, placement="")) == ""
