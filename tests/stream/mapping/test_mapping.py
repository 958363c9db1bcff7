"""Channels of real-world inertial sensors onto what the weights want."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import imu
from hnhar.stream.mapping.kind import mapping_of
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.messages import StreamDescription

from .described import described

NONE = MappingOptions()
SPELLINGS = {
    "ACC_X": "{S}_{A}",
    "AccX": "{s}{A}",
    "acc_x": "{l}_{a}",
    "x_acc": "{a}_{l}",
    "accelerometer_x": "{long}_{a}",
    "Accelerometer.X": "{long}.{A}",
    "accx": "{l}{a}",
    "ACCX": "{S}{A}",
}


def imu_labels(pattern: str) -> list[str]:
    longs = {"acc": "accelerometer", "gyro": "gyroscope"}
    return [
        pattern.format(S=s.upper(), s=s.title(), l=s, long=longs[s], A=a.upper(), a=a)
        for s in ("acc", "gyro")
        for a in "xyz"
    ]


SI = ["m/s^2"] * 3 + ["rad/s"] * 3
CANONICAL = ["g"] * 3 + ["deg/s"] * 3


@pytest.mark.parametrize("pattern", SPELLINGS.values(), ids=SPELLINGS.keys())
@given(order=st.permutations(range(6)))
def test_an_imu_is_mapped_by_label_in_any_order_and_spelling(pattern: str, order: list[int]) -> None:
    labels = imu_labels(pattern)
    stream = described([labels[i] for i in order], [SI[i] for i in order])
    (mapped,) = map_streams([stream], imu(), NONE)
    values = np.array([9.80665, 2 * 9.80665, 0, np.pi, 1, 0])
    np.testing.assert_allclose(
        mapped.apply(values[order][None]), [[1, 2, 0, 180, np.degrees(1), 0]], rtol=1e-5
    )
    assert mapped.feed.columns == tuple(range(6))
    assert mapped.feed.name == "imu"


def test_accelerometer_and_gyroscope_of_one_device_make_one_imu() -> None:
    acc = described(["ACC_Z", "ACC_Y", "ACC_X"], ["mg"] * 3, type="ACC")
    gyro = described(["x", "y", "z"], ["dps"] * 3, type="GYRO")
    maps = map_streams([gyro, acc], imu(), NONE)
    fed = {m.feed.name: m for m in maps}
    assert fed["imu.gyro"].feed.columns == (3, 4, 5)
    assert fed["imu.acc"].feed.columns == (0, 1, 2)
    np.testing.assert_allclose(fed["imu.acc"].apply(np.array([[1000.0, 2.0, 3.0]])), [[0.003, 0.002, 1]])
    assert maps[0] is fed["imu.gyro"]


def test_axes_turn_both_sensors_and_a_reversed_gravity_leaves_the_gyroscope() -> None:
    stream = described(imu_labels("{l}_{a}"), CANONICAL)
    (turned,) = map_streams([stream], imu(), MappingOptions(imu_axes="x,-z,y"))
    np.testing.assert_allclose(turned.apply(np.arange(1.0, 7.0)[None]), [[1, -3, 2, 4, -6, 5]])
    (flipped,) = map_streams([stream], imu(), MappingOptions(imu_axes="-x,-y,-z"))
    np.testing.assert_allclose(flipped.apply(np.arange(1.0, 7.0)[None]), [[-1, -2, -3, 4, 5, 6]])


@pytest.mark.parametrize("text", ["x,y", "x,x,z", "x,y,w", "--x,y,z", ""])
def test_axes_that_name_no_order_are_refused(text: str) -> None:
    with pytest.raises(ChannelError, match="once each"):
        map_streams([described(imu_labels("{l}_{a}"), CANONICAL)], imu(), MappingOptions(imu_axes=text))


@pytest.mark.parametrize(("unit", "scale"), [("g", 1.0), ("m/s²", 9.80665), ("mg", 1000.0)])
def test_a_missing_unit_is_inferred_from_gravity_and_said(unit: str, scale: float) -> None:
    rng = np.random.default_rng(1)
    rest = np.concatenate(
        [np.array([0, 0, scale]) + rng.normal(0, 0.02 * scale, (50, 3)), rng.normal(0, 0.01, (50, 3))], axis=1
    )
    stream = described(imu_labels("{l}_{a}"))
    assert mapping_of("imu").needs_samples([stream], NONE)
    (mapped,) = map_streams([stream], imu(), NONE, samples=[rest])
    assert any(f": {unit} is assumed" in note for note in mapped.notes)
    assert mapped.apply(rest)[:, 2].mean() == pytest.approx(1.0, abs=0.01)


def test_a_missing_unit_without_samples_asks_for_the_option() -> None:
    with pytest.raises(ChannelError, match="--imu-unit"):
        map_streams([described(imu_labels("{l}_{a}"))], imu(), NONE)
    (mapped,) = map_streams([described(imu_labels("{l}_{a}"))], imu(), MappingOptions(imu_unit="m/s²,rad/s"))
    np.testing.assert_allclose(
        mapped.apply(np.full((1, 6), 9.80665))[0, [0, 3]], [1, np.degrees(9.80665)], rtol=1e-5
    )


def test_six_channels_without_labels_are_taken_in_order_with_a_statement() -> None:
    (mapped,) = map_streams([described([""] * 6, CANONICAL)], imu(), NONE)
    np.testing.assert_allclose(mapped.apply(np.arange(6.0)[None]), [np.arange(6.0)])
    assert any("in order" in note for note in mapped.notes)


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (described([""] * 5, ["g"] * 5), ["acc_x", "gyro_z", "5 channels"]),
        (described(["Fp1", "Fp2"], ["microvolts"] * 2, type="EEG"), ["acc_x", "Fp1", "2 channels"]),
        (described(["acc_x", "acc_y", "acc_z"], ["g"] * 3, type="ACC"), ["gyro_x", "second stream"]),
        (described(["lin_acc_x", "lin_acc_y", "lin_acc_z", "gyro_x", "gyro_y", "gyro_z"], SI), ["gravity"]),
        (described(imu_labels("{l}_{a}"), ["V"] * 6), ["'V'", "g, mg, m/s²"]),
        (described(["acc_x", *imu_labels("{l}_{a}")], ["g", *CANONICAL]), ["each axis once"]),
    ],
)
def test_wrong_imu_channels_are_refused_with_what_was_asked_offered_and_to_do(
    stream: StreamDescription, words: list[str]
) -> None:
    with pytest.raises(ChannelError) as refused:
        map_streams([stream], imu(), NONE)
    for word in words:
        assert word in str(refused.value)


def test_acceleration_without_gravity_is_refused_by_its_samples() -> None:
    still = np.random.default_rng(2).normal(0, 0.08, (100, 6))
    with pytest.raises(ChannelError, match="gravity was removed"):
        map_streams([described(imu_labels("{l}_{a}"), CANONICAL)], imu(), NONE, samples=[still])
    heavy = still + np.array([0, 0, 9.8, 0, 0, 0])
    with pytest.raises(ChannelError, match="--imu-unit m/s²"):
        map_streams([described(imu_labels("{l}_{a}"), CANONICAL)], imu(), NONE, samples=[heavy])


def test_somebody_who_jumps_all_the_time_has_gravity() -> None:
    values = np.random.default_rng(3).normal(0, 0.05, (100, 6))
    values[:, 3:] *= 2000
    values[:, 1] += np.where(np.arange(100) % 20 < 13, 0.2, 2.4)
    (fit,) = map_streams([described(imu_labels("{l}_{a}"), CANONICAL)], imu(), NONE, samples=[values])
    assert fit.apply(values)[:, 1].mean() == pytest.approx(0.97, abs=0.05)


@pytest.mark.parametrize(
    ("said", "option", "outcome"),
    [
        ("right wrist", None, "taken"),
        ("Wrist", None, "taken"),
        ("", "wrist", "taken"),
        ("", None, "noted"),
        ("head", None, "refused"),
        ("thigh", "wrist", "taken"),
        ("", "pocket", "refused"),
    ],
)
def test_another_placement_is_refused_and_an_unnamed_one_noted(
    said: str, option: str | None, outcome: str
) -> None:
    stream = described(imu_labels("{l}_{a}"), CANONICAL, placement=said)
    options = MappingOptions(placement=option)
    if outcome == "refused":
        with pytest.raises(ChannelError, match="trained for an IMU worn on the wrist"):
            map_streams([stream], imu(), options, placement="wrist")
        return
    (mapped,) = map_streams([stream], imu(), options, placement="wrist")
    assert any("does not say where" in note for note in mapped.notes) == (outcome == "noted")


def test_a_sensor_on_the_other_side_is_taken_as_its_mirror_image_where_the_user_says_so() -> None:
    values = np.arange(1.0, 7.0)[None]
    left = described(imu_labels("{l}_{a}"), CANONICAL, placement="left wrist")
    with pytest.raises(ChannelError, match="mirror image by --imu-placement 'left wrist'"):
        map_streams([left], imu(), MappingOptions(), placement="right wrist")
    (mapped,) = map_streams([left], imu(), MappingOptions(placement="left wrist"), placement="right wrist")
    assert mapped.apply(values).tolist() == [[1, -2, 3, -4, 5, -6]]
    assert any("mirror image (x,-y,z)" in note for note in mapped.notes)
    options = MappingOptions(placement="left wrist", imu_axes="x,y,-z")
    (mapped,) = map_streams([left], imu(), options, placement="right wrist")
    assert mapped.apply(values).tolist() == [[1, 2, -3, -4, -5, 6]]


def test_a_side_without_a_place_is_refused_with_the_words_to_say() -> None:
    stream = described(imu_labels("{l}_{a}"), CANONICAL)
    with pytest.raises(ChannelError, match="Say the place with the side: --imu-placement 'left wrist'"):
        map_streams([stream], imu(), MappingOptions(placement="left"), placement="right wrist")


def test_what_the_user_says_of_a_place_holds_against_the_stream_with_a_note() -> None:
    left = described(imu_labels("{l}_{a}"), CANONICAL, placement="left wrist")
    (mapped,) = map_streams([left], imu(), MappingOptions(placement="right wrist"), placement="right wrist")
    assert mapped.apply(np.arange(1.0, 7.0)[None]).tolist() == [[1, 2, 3, 4, 5, 6]]
    assert any("says 'left wrist'; it is taken as worn on the right wrist" in note for note in mapped.notes)


@pytest.mark.parametrize("text", ["auto", " Auto "])
def test_axes_that_are_found_leave_the_channels_as_they_are(text: str) -> None:
    stream = described(imu_labels("{l}_{a}"), CANONICAL)
    (mapped,) = map_streams([stream], imu(), MappingOptions(imu_axes=text))
    assert mapped.apply(np.arange(1.0, 7.0)[None]).tolist() == [[1, 2, 3, 4, 5, 6]]


@pytest.mark.parametrize(
    ("name", "wanted", "told"),
    [
        ("MyWatch", "right wrist", ""),
        ("HipPhone", "hip", ""),
        ("MyWatch", "watch", ""),
        (
            "MyWatch",
            "thigh",
            "'MyWatch' says by its name 'watch', and the weights were trained for the thigh",
        ),
        ("left wrist", "right wrist", "'left wrist' says by its name 'left wrist'"),
        ("MyPhone", "trouser pocket", "'MyPhone' does not say where it is worn"),
    ],
)
def test_a_place_that_the_name_says_is_not_denied_and_another_one_is_noted(
    name: str, wanted: str, told: str
) -> None:
    stream = replace(described(imu_labels("{l}_{a}"), CANONICAL), name=name)
    (mapped,) = map_streams([stream], imu(), MappingOptions(), placement=wanted)
    notes = [note for note in mapped.notes if "--imu-placement" in note]
    assert [note.startswith(told) for note in notes] == ([True] if told else [])


def test_two_streams_of_which_one_has_everything_are_refused_by_name() -> None:
    whole = described(imu_labels("{l}_{a}"), SI, name="left")
    with pytest.raises(ChannelError, match="one of 'left' and 'right' alone has all that is wanted"):
        map_streams([whole, described(imu_labels("{l}_{a}"), SI, name="right")], imu(), NONE)


@pytest.mark.parametrize("first", ["acc", "gyro"])
@pytest.mark.parametrize(("unit", "factor"), [("m/s^2", np.degrees(1)), ("g", 1.0)])
def test_the_unit_of_a_gyroscope_that_gives_none_is_told_by_the_other_stream_of_its_device(
    first: str, unit: str, factor: float
) -> None:
    acc = described(["x", "y", "z"], [unit] * 3, type="ACC")
    gyro = described(["x", "y", "z"], type="GYRO")
    maps = map_streams([acc, gyro] if first == "acc" else [gyro, acc], imu(), NONE)
    (mapped,) = (m for m in maps if m.feed.name == "imu.gyro")
    np.testing.assert_allclose(mapped.apply(np.ones((1, 3))), np.full((1, 3), factor), rtol=1e-6)
    assert maps[0].feed.name == f"imu.{first}"


def test_a_unit_is_not_inferred_from_samples_without_values() -> None:
    nothing = np.full((50, 6), np.nan)
    with pytest.raises(ChannelError, match="there are no samples to infer it from"):
        map_streams([described(imu_labels("{l}_{a}"))], imu(), NONE, samples=[nothing])
    at_rest = np.column_stack([np.zeros((50, 2)), np.ones(50), nothing[:, 3:]])
    stream = described(imu_labels("{l}_{a}"), ["g"] * 3 + [""] * 3)
    (mapped,) = map_streams([stream], imu(), NONE, samples=[at_rest])
    assert mapped.apply(np.ones((1, 6)))[0, 3] == 1.0


def test_of_rps_it_is_said_that_it_is_not_taken_for_revolutions() -> None:
    stream = described(imu_labels("{l}_{a}"), ["g"] * 3 + ["rps"] * 3)
    (mapped,) = map_streams([stream], imu(), NONE)
    assert any("rad/s, not revolutions, is assumed" in note for note in mapped.notes)
    (mapped,) = map_streams([stream], imu(), MappingOptions(imu_unit="g,rad/s"))
    assert mapped.notes == ()


@pytest.mark.parametrize(
    ("unit", "asked", "sent", "meant"),
    [
        ("m/s²", "mg", 9.81, "m/s²"),
        ("m/s²", "g,deg/s", 9.81, "m/s²"),
        ("g", "m/s²", 1.0, "g"),
        ("mg", "m/s²", 1000.0, "mg"),
        ("mg", None, 9.81, "m/s²"),
    ],
)
def test_a_unit_by_which_gravity_cannot_be_is_refused_whoever_says_it(
    unit: str, asked: str | None, sent: float, meant: str
) -> None:
    samples = np.tile([0.0, 0.0, sent, 1.0, 0.5, 0.2], (100, 1))
    stream = described(imu_labels("{s}_{a}"), [unit] * 3 + ["deg/s"] * 3)
    with pytest.raises(ChannelError, match=rf"would be .* g: .*say --imu-unit {meant}"):
        map_streams([stream], imu(), MappingOptions(imu_unit=asked), samples=[samples])


def test_noise_around_zero_of_a_sensor_that_is_not_started_is_no_gravity_in_another_unit() -> None:
    noise = np.random.default_rng(1).normal(0, 5.5, (200, 6))
    stream = described(imu_labels("{s}_{a}"), ["mg"] * 3 + ["deg/s"] * 3)
    assert map_streams([stream], imu(), MappingOptions(), samples=[noise])
