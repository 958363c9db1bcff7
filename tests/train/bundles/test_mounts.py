"""The mounting that a bundle learns from its windows tells how another person's sensor is turned."""

import numpy as np
import pytest
import torch

from hnhar.model.bundle import bundle
from hnhar.model.bundle.mount import MountReference
from hnhar.model.errors import BundleError
from hnhar.stream.mapping.mount_finder import MountFinder
from hnhar.stream.mapping.mount_search import about, angles
from hnhar.stream.mapping.mount_signals import SIDES, limb_features, moving, sensed
from hnhar.train.bundles.mounts import references
from hnhar.train.bundles.sessions import session_windows, synthetic_session, utd_task
from hnhar.train.learn.data import WindowSet, joined

from ...stream.mounted import described

TASK = utd_task("wrist")


def performed(person: int) -> WindowSet:
    return session_windows(TASK, synthetic_session(TASK, person, person, 1), 0.4, 0)


@pytest.fixture(scope="module")
def learned() -> MountReference:
    return references(joined([performed(0), performed(1)]), TASK.modalities)["imu"]


def test_the_limb_that_the_sensor_is_on_is_found(learned: MountReference) -> None:
    assert learned.limb is not None
    assert learned.limb.joints[2] == "right_wrist"
    assert np.linalg.norm(learned.limb.bone) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("camera", [False, True])
def test_another_persons_turned_sensor_is_found(learned: MountReference, camera: bool) -> None:
    theirs, turn = performed(2), about(np.array([1.0, 0.5, 0.2]), 130)
    vectors = sensed(theirs.samples["imu"].numpy(), 50.0)
    names = [channel.removesuffix("_x") for channel in TASK.modalities[1].channels[::3]]
    assert learned.limb is not None
    joints = theirs.samples["skeleton"].numpy().reshape(len(theirs), -1, len(names), 3)
    at, sides = [names.index(j) for j in learned.limb.joints], [names.index(j) for j in SIDES]
    features = limb_features(joints, 25.0, at, sides)
    finder = MountFinder(learned)
    for row in np.flatnonzero(moving(vectors)):
        finder.take(vectors[row] @ turn.T, features[row] if camera else None)
    assert finder.estimate.settled
    assert finder.estimate.by_limb == camera
    assert angles(finder.estimate.turn @ turn, np.eye(3)) < 30


def test_a_sensor_that_hardly_moves_gives_no_reference() -> None:
    still = {"imu": torch.zeros(300, 150, 6)}
    assert (
        references(
            WindowSet(still, torch.ones(300, 1, dtype=torch.bool), torch.ones(300, 2)), TASK.modalities[:1]
        )
        == {}
    )


def test_a_reference_survives_the_file_and_one_that_does_not_fit_is_refused(tmp_path, learned) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "worn.safetensors"
    info = described(mounts={"imu": learned}, modalities=TASK.modalities)
    bundle.write(path, info, {"w": np.zeros(2, np.float32)})
    assert bundle.read_info(path).mounts["imu"] == learned
    with pytest.raises(BundleError, match="mounted"):
        bundle.write(path, described(mounts={"imu": MountReference((1.0,), ((0.0,),), ((1.0,),))}), {})
