"""The frame of a skeleton stream: which way is up, left and right, the unit, and places in an image."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.mapping.joints import AZURE_32, MEDIAPIPE_33
from hnhar.stream.mapping.kind import mapping_of
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.messages import StreamDescription

from ..person import LYING, STANDING, moving

Points = NDArray[np.float64]
NONE = MappingOptions()
AZURE = {"hip_center": "PELVIS", "spine": "SPINE_CHEST", "shoulder_center": "NECK", "head": "HEAD"}
AZURE_NAMES = [AZURE.get(joint) or "_".join(reversed(joint.upper().split("_"))) for joint in UTD_JOINTS]


def stream(names: Sequence[str] = UTD_JOINTS, unit: str = "m") -> StreamDescription:
    channels = tuple(f"{name}_{axis}" for name in names for axis in "xyz")
    return StreamDescription("Camera", "MoCap", "k", channels, (unit,) * len(channels), 30.0)


def mapped(
    points: Points, of: StreamDescription | None = None, options: MappingOptions = NONE
) -> tuple[Points, tuple[str, ...]]:
    """(n, 20, 3) as it is taken, and the notes."""
    raw = points.reshape(len(points), -1)
    (channel_map,) = map_streams([of or stream()], skeleton(), options, samples=[raw])
    return channel_map.apply(raw).reshape(len(raw), 20, 3).astype(np.float64), channel_map.notes


def blank(points: Points, of: StreamDescription | None = None, options: MappingOptions = NONE) -> bool:
    return mapping_of("skeleton").is_blank(of or stream(), points.reshape(len(points), -1), options)


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (lambda p: p[..., [0, 1, 2]] * [1, -1, -1], "-y is up over the first seconds: turned"),
        (lambda p: p[..., [0, 1, 2]] * [-1, -1, 1], "-y is up"),
        (lambda p: p[..., [0, 2, 1]] * [1, -1, 1], "z is up over the first seconds: turned"),
        (lambda p: p[..., [2, 0, 1]], "z is up"),
        (lambda p: p[..., [2, 0, 1]] * [-1, -1, 1], "z is up"),
        (lambda p: p[..., [2, 0, 1]] * [1, -1, -1], "-z is up"),
        (lambda p: p * [-1, 1, -1], "turned to face one (as by --skeleton-axes -x,y,-z)"),
        (lambda p: p * [-1, 1, 1], "left-handed frame: reflected (as by --skeleton-axes -x,y,z"),
        (lambda p: p[..., [0, 2, 1]], "left-handed frame: reflected"),
        (lambda p: p * [1, -1, 1], "left-handed frame: reflected"),
    ],
)
def test_a_person_upright_in_another_frame_is_turned_and_that_is_said(
    turn: Callable[[Points], Points], says: str
) -> None:
    person = moving()
    points, notes = mapped(turn(person))
    np.testing.assert_allclose(points, person, atol=1e-5)
    assert any(says in note for note in notes)


def test_a_person_upright_in_the_frame_that_is_expected_is_taken_to_the_bit_and_without_a_word() -> None:
    person = moving()
    points, notes = mapped(person)
    np.testing.assert_array_equal(points, person.astype(np.float32))
    assert notes == ()


@pytest.mark.parametrize("at", [(0.3, -0.8, 2.6), (0.2, 0.15, -0.4)])
def test_a_person_who_lies_is_not_turned(at: tuple[float, float, float]) -> None:
    person = moving(LYING, at=at)
    points, notes = mapped(person)
    np.testing.assert_array_equal(points, person.astype(np.float32))
    assert any("taken to lie" in note for note in notes)


def test_a_person_who_lies_before_an_azure_kinect_is_turned_by_its_labels_alone() -> None:
    person = moving(LYING)
    points, notes = mapped(person * [-1, -1, 1] * 1000, stream(AZURE_NAMES, "mm"))
    made = [UTD_JOINTS.index(joint) for joint in ("head", "left_hand", "right_knee")]
    np.testing.assert_allclose(points[:, made], person[:, made], atol=1e-5)
    assert any("azure-kinect, y down, turned to y up" in note for note in notes)


def test_labels_of_an_azure_kinect_in_a_frame_of_another_hand_are_corrected_by_the_person() -> None:
    person = moving()
    head = UTD_JOINTS.index("head")
    points, notes = mapped(person * [1, -1, 1] * 1000, stream(AZURE_NAMES, "mm"))
    np.testing.assert_allclose(points[:, head], person[:, head], atol=1e-5)
    assert notes[1] == "'Camera': taken as azure-kinect, y down"
    assert "reflected (as by --skeleton-axes x,-y,z" in notes[2]
    points, notes = mapped(person * [-1, 1, 1] * 1000, stream(AZURE_NAMES, "mm"))
    np.testing.assert_allclose(points[:, head], person[:, head], atol=1e-5)
    assert notes[1] == "'Camera': labeled as azure-kinect"


@pytest.mark.parametrize("at", [(0.0, 0.9, 0.1), (2.0, 0.9, 1.5)])
def test_in_a_room_with_z_up_the_person_is_turned_to_face_a_camera(at: tuple[float, float, float]) -> None:
    facing_x = moving(at=at)[..., [2, 0, 1]] * [-1, -1, 1]
    points, notes = mapped(facing_x)
    about = points - points[:, 3:4]
    np.testing.assert_allclose(about, moving() - moving()[:, 3:4], atol=1e-4)
    assert any("z is up" in note for note in notes)


def test_without_a_place_a_person_along_z_may_lie_or_stand_so_it_is_waited_for_and_then_refused() -> None:
    along_z = moving(LYING, at=(0, 0, 0))
    along_z -= along_z[:, 3:4] - 1e-9
    assert blank(along_z)
    with pytest.raises(ChannelError, match=r"up in 'Camera' is not clear: .*--skeleton-axes x,y,z"):
        mapped(along_z)
    assert not blank(along_z, options=MappingOptions(skeleton_axes="x,y,z"))
    points, _ = mapped(along_z, options=MappingOptions(skeleton_axes="x,z,-y"))
    assert (points[:, 0, 1] > points[:, 3, 1]).all()


def test_axes_that_the_user_chooses_win_and_a_contradiction_is_said() -> None:
    person = moving()
    points, notes = mapped(person * [1, -1, 1], options=MappingOptions(skeleton_axes="x,-y,z"))
    np.testing.assert_array_equal(points, person.astype(np.float32))
    assert notes == ()
    points, notes = mapped(person, options=MappingOptions(skeleton_axes="x,-y,-z"))
    np.testing.assert_array_equal(points, (person * [1, -1, -1]).astype(np.float32))
    assert any(
        "by its samples the axes would be x,y,z, but --skeleton-axes x,-y,-z is taken" in n for n in notes
    )
    with pytest.raises(ChannelError, match="skeleton_axes 'x,y' is no axis order"):
        mapping_of("skeleton").check_options(MappingOptions(skeleton_axes="x,y"))
    mapping_of("skeleton").check_options(MappingOptions(skeleton_axes="AUTO"))


def test_a_mirrored_image_is_undone_by_its_option_and_not_taken_for_a_left_handed_frame() -> None:
    person = moving()
    other = [
        j.replace("left", "right") if j.startswith("left") else j.replace("right", "left") for j in UTD_JOINTS
    ]
    swapped = [UTD_JOINTS.index(joint) for joint in other]
    seen = person[:, swapped] * [-1, 1, 1]
    points, notes = mapped(seen, options=MappingOptions(mirror=True))
    np.testing.assert_array_equal(points, person.astype(np.float32))
    assert notes == ()


@pytest.mark.parametrize("size", [0.55, 1.0, 1.25])
@pytest.mark.parametrize(("name", "factor"), [("m", 1.0), ("cm", 100.0), ("mm", 1000.0), ("ft", 3.28084)])
def test_positions_without_a_unit_are_told_by_the_size_of_a_child_or_a_giant(
    size: float, name: str, factor: float
) -> None:
    person = moving() * size
    points, notes = mapped(person * factor, stream(unit=""))
    np.testing.assert_allclose(points, person, rtol=1e-5)
    assert any(f"{'meters are' if name == 'm' else f'{name} is'} assumed" in note for note in notes)


@pytest.mark.parametrize(("written", "factor", "is_"), [("m", 1000, "mm"), ("mm", 1, "m"), ("mm", 100, "cm")])
def test_a_unit_that_a_persons_size_contradicts_is_corrected_and_said(
    written: str, factor: float, is_: str
) -> None:
    person = moving()
    points, notes = mapped(person * factor, stream(unit=written))
    np.testing.assert_allclose(points, person, rtol=1e-5)
    assert any(f"in {written}, but a person" in note and f"taken as {is_}" in note for note in notes)


def test_a_unit_that_a_persons_size_contradicts_is_refused_where_no_other_fits() -> None:
    with pytest.raises(ChannelError, match="of nobody's size in another unit"):
        mapped(moving() * 12.0)


def in_image(width: float, height: float, depth: float) -> Points:
    """A standing person in an image of that size, y down, with a depth counted from the hips."""
    person = moving(at=(0, 0, 0))
    return person * [0.35 * width, -0.4 * height, depth] + np.array([0.5 * width, 0.45 * height, 0.0])


@pytest.mark.parametrize("unit", ["", "m"])
def test_shares_of_an_image_are_refused_in_words(unit: str) -> None:
    with pytest.raises(ChannelError, match="shares of an image's width and height"):
        mapped(in_image(1, 1, 0.3), stream(unit=unit))


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080)])
def test_pixels_are_refused_in_words(size: tuple[int, int]) -> None:
    with pytest.raises(ChannelError, match="pixels"):
        mapped(in_image(*size, size[0] / 3), stream(unit=""))


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_positions_without_depth_are_refused_in_words(scale: float) -> None:
    flat = moving() * [scale, scale, 0] + [0, 0, 1]
    with pytest.raises(ChannelError, match="have no depth: all joints have the same z"):
        mapped(flat, stream(unit=""))


def test_a_skeleton_whose_hips_are_the_origin_has_hips() -> None:
    centered = moving(at=(0, 0, 0))
    centered -= centered[:, 3:4]
    points, _ = mapped(centered)
    np.testing.assert_array_equal(points, centered.astype(np.float32))


def test_feet_that_do_not_tell_left_from_right_are_said() -> None:
    person = moving()
    for side in ("left", "right"):
        person[:, UTD_JOINTS.index(f"{side}_foot")] = person[:, UTD_JOINTS.index(f"{side}_ankle")] - [
            0,
            0.05,
            0,
        ]
        person[:, UTD_JOINTS.index(f"{side}_wrist"), 2] = person[:, UTD_JOINTS.index(f"{side}_elbow"), 2]
    points, notes = mapped(person)
    np.testing.assert_array_equal(points, person.astype(np.float32))
    assert any("do not tell whether it is left-handed" in note for note in notes)


def test_joints_that_are_nobodys_are_taken_as_labeled() -> None:
    values = np.random.default_rng(3).normal(0, 1, (40, 20, 3))
    points, notes = mapped(values)
    np.testing.assert_array_equal(points, values.astype(np.float32))
    assert notes == ("'Camera': its joints lie as nobody's do: its axes are taken as they are labeled",)


def test_who_sits_or_bends_in_the_frame_that_is_expected_is_not_turned() -> None:
    sitting, bending = STANDING.copy(), STANDING.copy()
    for side in ("left", "right"):
        knee, ankle, foot = (UTD_JOINTS.index(f"{side}_{part}") for part in ("knee", "ankle", "foot"))
        sitting[knee] += [0, 0.4, -0.4]
        sitting[[ankle, foot]] += [0, 0.4, -0.4]
    upper = [k for k, joint in enumerate(UTD_JOINTS) if not joint.endswith(("hip", "knee", "ankle", "foot"))]
    bending[upper] = bending[upper][:, [0, 2, 1]] * [1, -1, -1]
    for pose in (sitting, bending):
        person = moving(pose)
        points, _ = mapped(person)
        np.testing.assert_array_equal(points, person.astype(np.float32))


def test_a_stream_in_which_nobody_is_in_view_yet_is_waited_for() -> None:
    assert blank(np.zeros((40, 20, 3)))
    assert blank(np.concatenate([np.zeros((25, 20, 3)), moving(frames=15)]))
    assert not blank(np.concatenate([np.zeros((15, 20, 3)), moving(frames=25)]))


@pytest.mark.parametrize("layout", [AZURE_32, MEDIAPIPE_33], ids=lambda layout: layout.name)
def test_layouts_of_a_camera_image_are_turned_by_half_about_the_line_of_sight(layout) -> None:  # type: ignore[no-untyped-def]
    values = np.random.default_rng(5).normal(size=(4, len(layout.joints), 3))
    (channel_map,) = map_streams([stream(layout.joints)], skeleton(), NONE)
    points = channel_map.apply(values.reshape(4, -1)).reshape(4, 20, 3)
    wrist = layout.joints.index("left_wrist")
    np.testing.assert_allclose(
        points[:, UTD_JOINTS.index("left_wrist")], values[:, wrist] * [-1, -1, 1], rtol=1e-6
    )


@pytest.mark.parametrize(("degrees", "told"), [(20, False), (70, True), (-60, True)])
def test_a_person_who_is_turned_from_the_camera_is_taken_as_it_is_and_that_is_said(
    degrees: float, told: bool
) -> None:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    place = np.array([0.3, -0.1, 2.6])
    person = (moving() - place) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]) + place
    points, notes = mapped(person)
    np.testing.assert_array_equal(points, person.astype(np.float32))
    assert any("from the camera over the first seconds" in note for note in notes) == told
