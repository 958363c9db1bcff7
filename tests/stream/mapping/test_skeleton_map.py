"""Skeletons of cameras, in any order, onto the canonical joints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.mapping.joints import KINECT_V1, KINECT_V2, MEDIAPIPE_33
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.messages import StreamDescription

from .described import described

NONE = MappingOptions()


def positions(names: tuple[str, ...], pattern: str = "{j}_{a}") -> list[str]:
    return [pattern.format(j=j, a=a) for j in names for a in "xyz"]


@pytest.mark.parametrize("layout", [KINECT_V1, KINECT_V2], ids=lambda layout: layout.name)
@pytest.mark.parametrize("labeled", [True, False])
def test_kinect_orders_become_the_canonical_one(layout, labeled: bool) -> None:  # type: ignore[no-untyped-def]
    values = np.arange(1.0, 3 * len(layout.joints) + 1)
    names = positions(layout.joints) if labeled else [""] * len(values)
    options = NONE if labeled else MappingOptions(joints=layout.name)
    (mapped,) = map_streams([described(names, ["mm"] * len(names), type="MoCap")], skeleton(), options)
    points = mapped.apply(values[None]).reshape(20, 3)
    for row, joint in enumerate(UTD_JOINTS):
        np.testing.assert_allclose(
            points[row], values.reshape(-1, 3)[layout.joints.index(joint)] / 1000, rtol=1e-6
        )


def test_mediapipe_is_turned_to_y_up_without_exchanging_sides() -> None:
    names = positions(MEDIAPIPE_33.joints, "{j}.{a}")
    rng = np.random.default_rng(3)
    values = rng.normal(size=(4, 33, 3))
    (mapped,) = map_streams([described(names, ["m"] * 99, type="Mocap")], skeleton(), NONE)
    points = mapped.apply(values.reshape(4, 99)).reshape(4, 20, 3)
    wrist = MEDIAPIPE_33.joints.index("left_wrist")
    np.testing.assert_allclose(
        points[:, UTD_JOINTS.index("left_wrist")], values[:, wrist] * [-1, -1, 1], rtol=1e-6
    )
    ears = values[:, [MEDIAPIPE_33.joints.index(f"{s}_ear") for s in ("left", "right")]].mean(axis=1)
    np.testing.assert_allclose(points[:, 0], ears * [-1, -1, 1], rtol=1e-5, atol=1e-6)
    assert any("y down" in note for note in mapped.notes)


def test_a_mirrored_camera_exchanges_sides() -> None:
    stream = described(positions(UTD_JOINTS), ["m"] * 60, type="MoCap")
    values = np.random.default_rng(4).normal(size=(3, 20, 3)).astype(np.float32)
    (mapped,) = map_streams([stream], skeleton(), MappingOptions(mirror=True))
    points = mapped.apply(values.reshape(3, 60)).reshape(3, 20, 3)
    np.testing.assert_array_equal(points[:, 0], values[:, 0] * [-1, 1, 1])
    left, right = UTD_JOINTS.index("left_hand"), UTD_JOINTS.index("right_hand")
    np.testing.assert_array_equal(points[:, left], values[:, right] * [-1, 1, 1])


def kinect_mocap(bodies: int = 2) -> StreamDescription:
    """App-KinectMocap: for each body 20 joints of X, Y, Z, Conf and two more; labels repeat."""
    body = [
        f"{joint.title().replace('_', '')}_{a}" for joint in KINECT_V1.joints for a in ("X", "Y", "Z", "Conf")
    ]
    channels = [*body, "TrackingId", "Quality"] * bodies
    units = [*(["meters"] * 3 + ["normalized"]) * 20, "", ""] * bodies
    return described(channels, units, type="Mocap")


def test_the_second_body_of_a_stream_whose_labels_repeat() -> None:
    stream = kinect_mocap()
    assert len(stream.channels) == 164
    values = np.ones((1, 164))
    values[:, 82:] = 2.0
    for body in (1, 2):
        (mapped,) = map_streams([stream], skeleton(), MappingOptions(body=body))
        np.testing.assert_array_equal(mapped.apply(values), np.full((1, 60), float(body)))
    with pytest.raises(ChannelError, match="holds 2"):
        map_streams([stream], skeleton(), MappingOptions(body=3))


def test_untracked_joints_are_missing_and_not_at_the_origin() -> None:
    (mapped,) = map_streams([kinect_mocap(1)], skeleton(), NONE)
    values = np.ones((3, 82))
    head = KINECT_V1.joints.index("head")
    values[0, 4 * head + 3] = 0.0  # no confidence
    values[1, 4 * head : 4 * head + 3] = 0.0  # at the origin
    values[2, 4 * head] = np.inf
    points = mapped.apply(values).reshape(3, 20, 3)
    assert np.isnan(points[:, 0]).all()
    assert np.isfinite(points[:, 1:]).all()


@pytest.mark.parametrize(
    ("stream", "options", "words"),
    [
        (described([""] * 60, ["m"] * 60), NONE, ["--joints", "utd-20", "60 channels"]),
        (described([""] * 60), MappingOptions(joints="smpl"), ["utd-20", "mediapipe-33"]),
        (described([""] * 61), MappingOptions(joints="utd-20"), ["61 channels"]),
        (described([""] * 34), MappingOptions(joints="coco-17"), ["two-dimensional"]),
        (
            described(positions(UTD_JOINTS[:-3]), ["m"] * 51),
            NONE,
            ["right_knee", "right_ankle", "right_foot"],
        ),
        (described(positions(UTD_JOINTS), ["px"] * 60), NONE, ["'px'", "meters"]),
        (
            described([f"{s}_{p}_{a}" for p in UTD_JOINTS[4:] for s in [""] for a in "xy"], ["px"] * 32),
            NONE,
            ["only x and y"],
        ),
    ],
)
def test_wrong_skeletons_are_refused(
    stream: StreamDescription, options: MappingOptions, words: list[str]
) -> None:
    with pytest.raises(ChannelError) as refused:
        map_streams([stream], skeleton(), options)
    for word in words:
        assert word in str(refused.value)


@given(st.permutations(range(60)), st.sampled_from(["m", "cm", "mm"]))
def test_any_order_of_labeled_joints_gives_the_same_skeleton(order: list[int], unit: str) -> None:
    labels = positions(UTD_JOINTS)
    factor = {"m": 1.0, "cm": 100.0, "mm": 1000.0}[unit]
    values = np.random.default_rng(5).normal(size=(2, 60)) + 3
    stream = described([labels[i] for i in order], [unit] * 60, type="MoCap")
    (mapped,) = map_streams([stream], skeleton(), NONE)
    np.testing.assert_allclose(mapped.apply(values[:, order] * factor), values, rtol=1e-5)
