"""Skeletons of a single camera with weights that learned from none: told apart, and said."""

from dataclasses import replace
from typing import Any

import pytest

from hnhar.model.bundle.bundle import BundleInfo, find, read_info
from hnhar.stream.camera.layout import CHANNELS
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.mapping.joints import AZURE_32, KINECT_V2, MEDIAPIPE_33, UTD_20
from hnhar.stream.mapping.single_camera import (
    is_single_camera,
    learned_depth_only,
    single_camera_note,
    single_camera_notes,
)

from .described import described


def info(name: str = "utd-mhad-wrist", **provenance: Any) -> BundleInfo:
    read = read_info(find(name))
    return replace(read, provenance={**read.provenance, **provenance})


@pytest.mark.parametrize(
    ("name", "depth_only"),
    [("utd-mhad-wrist", True), ("utd-mhad-thigh", True), ("utd-mhad-camera", False), ("tug", False)],
)
def test_what_ships_says_by_which_cameras_it_learned(name: str, depth_only: bool) -> None:
    assert learned_depth_only(info(name)) == depth_only


def test_of_weights_that_learned_from_somebody_s_recordings_it_is_not_claimed() -> None:
    assert not learned_depth_only(info(adapted={"windows": 9}))
    assert not learned_depth_only(info(corpus={"name": "own recordings"}))


@pytest.mark.parametrize("recipe", [None, 3, "x", [], {"amount": 3}])
def test_a_file_that_says_nothing_sensible_is_no_claim_either(recipe: object) -> None:
    assert not learned_depth_only(info(recipe=recipe))


def test_weights_of_a_camera_are_advised_where_they_know_the_same_activities() -> None:
    advised = single_camera_note(info(), "camera:0")
    assert "'camera:0' is an ordinary camera's skeleton" in advised
    assert "--weights utd-mhad-camera" in advised
    assert "of such they recognize a third or less" in advised
    # measured of these alone
    thigh = single_camera_note(info("utd-mhad-thigh"), "camera:0")
    assert thigh.endswith("of such utd-mhad-wrist recognizes a third or less")
    assert single_camera_note(info("utd-mhad-camera"), "camera:0") == ""


def test_joints_of_mediapipe_are_a_single_camera_s_and_those_of_depth_cameras_are_not() -> None:
    assert is_single_camera(described(list(CHANNELS)))
    for layout, single in ((MEDIAPIPE_33, True), (AZURE_32, False), (KINECT_V2, False), (UTD_20, False)):
        stream = described([f"{joint}_{axis}" for joint in layout.joints for axis in "xyz"])
        assert is_single_camera(stream) == single, layout.name
    unlabeled = described([""] * 99)
    assert not is_single_camera(unlabeled)
    assert (
        single_camera_notes(info(), [unlabeled, unlabeled], MappingOptions(joints="mediapipe-33"))[1:] == ()
    )
    assert single_camera_notes(info(), [unlabeled], MappingOptions()) == ()
