"""The reference of a mounting, turned, says of a turned sensor what it said of the straight one."""

from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.mapping.mount_finder import MountFinder
from hnhar.stream.mapping.mount_search import LimbPrediction, MotionLikelihood, about
from hnhar.stream.mapping.mount_turned import turned_reference

from ..mounted import REFERENCE, points

TURN = about(np.array([1.0, -2.0, 0.5]), 110)
"""Takes a vector as it is measured to the axes that the weights learned."""


def test_a_turned_sensor_is_as_likely_by_the_turned_reference_as_the_straight_one_was() -> None:
    straight = points(50)
    measured = straight @ TURN
    same = np.eye(3)[None]
    before = MotionLikelihood(REFERENCE).of(straight, same)
    after = MotionLikelihood(turned_reference(REFERENCE, TURN)).of(measured, same)
    assert after == pytest.approx(before, abs=1e-3)
    assert MotionLikelihood(REFERENCE).of(measured, same).sum() < before.sum() - 100


def test_by_the_turned_reference_the_turned_sensor_is_found_worn_as_learned() -> None:
    finder = MountFinder(turned_reference(REFERENCE, TURN))
    for vectors in points(60) @ TURN:
        finder.take(vectors)
    assert finder.estimate.settled
    assert np.array_equal(finder.estimate.turn, np.eye(3))


def test_a_limb_predicts_what_the_turned_sensor_measures() -> None:
    reference = read_info(find(DEFAULT)).mounts["imu"]
    turned = turned_reference(reference, TURN)
    assert reference.limb is not None
    assert turned.limb is not None
    features = np.random.default_rng(1).normal(size=(20, 45))
    before, after = (LimbPrediction(limb).of(features) for limb in (reference.limb, turned.limb))
    assert after == pytest.approx(before @ TURN, rel=1e-3, abs=1e-3)
    assert np.array(turned.limb.bone) == pytest.approx(TURN.T @ np.array(reference.limb.bone), abs=1e-4)
    assert np.array(turned.limb.hanging) == pytest.approx(TURN.T @ np.array(reference.limb.hanging), abs=1e-4)


def test_a_reference_without_a_limb_or_a_gyroscope_is_turned_too() -> None:
    alone = replace(
        REFERENCE,
        means=(REFERENCE.means[0][:6],),
        whitening=(tuple(np.diag(1 / np.full(6, 0.3))[np.tril_indices(6)].tolist()),),
    )
    turned = turned_reference(alone, TURN)
    assert turned.limb is None
    assert np.array(turned.means).reshape(-1, 3) == pytest.approx(
        np.array(alone.means).reshape(-1, 3) @ TURN, abs=1e-4
    )
