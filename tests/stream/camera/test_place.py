"""The place of a body before the camera, from where its joints are in the image."""

import numpy as np
import pytest

from hnhar.stream.camera.place import FOCAL, SETTLES, BodyPlace
from hnhar.stream.camera.pose import Landmarks

LINES, WIDTH = 480, 640


def filmed(hips: tuple[float, float, float], *, seed: int = 0, clear: int = 33) -> Landmarks:
    """A body (33 joints within half a meter to a meter of the hips) as a camera at the origin sees it."""
    world = np.random.default_rng(seed).uniform((-0.4, -0.8, -0.3), (0.4, 0.8, 0.3), (33, 3))
    world -= world[23:25].mean(axis=0)
    there = world + hips
    pixels = FOCAL * WIDTH * there[:, :2] / there[:, 2:]
    image = np.column_stack([pixels / (WIDTH, LINES) + 0.5, np.zeros(33)])
    visibility = np.where(np.arange(33) < clear, 0.9, 0.2)
    return Landmarks(
        image.astype(np.float32),
        world.astype(np.float32),
        visibility.astype(np.float32),
        np.ones(33, np.float32),
    )


@pytest.mark.parametrize("hips", [(0.0, 0.1, 2.5), (-0.8, 0.3, 4.0), (0.5, -0.2, 1.2)])
def test_the_hips_are_where_the_image_has_them(hips: tuple[float, float, float]) -> None:
    found = BodyPlace().hips(filmed(hips), (LINES, WIDTH, 3), 0.0)
    assert found == pytest.approx(hips, abs=1e-4)


def test_who_sinks_is_followed_at_once_and_the_distance_is_averaged() -> None:
    place = BodyPlace()
    place.hips(filmed((0.0, 0.0, 2.0)), (LINES, WIDTH), 0.0)
    found = place.hips(filmed((0.0, 0.4, 2.2)), (LINES, WIDTH), SETTLES)
    assert found is not None
    assert found[1] == pytest.approx(0.4, abs=0.05)
    assert 2.1 < found[2] < 2.15


def test_the_distance_is_found_anew_after_a_second_out_of_view() -> None:
    place = BodyPlace()
    place.hips(filmed((0.0, 0.0, 2.0)), (LINES, WIDTH), 0.0)
    found = place.hips(filmed((0.0, 0.0, 4.0)), (LINES, WIDTH), 1.5)
    assert found is not None
    assert found[2] == pytest.approx(4.0, abs=1e-4)


def test_too_little_in_view_places_nobody() -> None:
    assert BodyPlace().hips(filmed((0.0, 0.0, 2.0), clear=5), (LINES, WIDTH), 0.0) is None
