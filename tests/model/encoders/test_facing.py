"""In the body's own frame a person is the same before a camera anywhere around."""

import math

import pytest
import torch
from torch import Tensor

from hnhar.model.encoders.facing import face_camera, heading
from hnhar.model.encoders.skeleton import CompactSkeletonConfig, recenter
from hnhar.model.kinds.skeleton import UTD_JOINTS

JOINTS = {name: at for at, name in enumerate(UTD_JOINTS)}
BODY = CompactSkeletonConfig(frame="body", heading_jitter=15.0)


def people(count: int = 3, steps: int = 75) -> Tensor:
    """(B, T, J, 3) m: people who face the camera roughly, and move."""
    generator = torch.Generator().manual_seed(4)
    rest = torch.randn((count, 1, 20, 3), generator=generator) * 0.1
    for name, at in JOINTS.items():
        side = -1.0 if name.startswith("left") else 1.0 if name.startswith("right") else 0.0
        rest[:, :, at] += torch.tensor([0.2 * side, 1.4 if "shoulder" in name else 0.9, 2.5])
    moving = 0.02 * torch.randn((count, steps, 20, 3), generator=generator).cumsum(dim=1)
    return rest + 0.3 * moving


def turned(joints: Tensor, degrees: float | Tensor) -> Tensor:
    """The same before a camera elsewhere; `degrees` alone, or (T,) of them."""
    angle = torch.as_tensor(degrees, dtype=torch.float64).deg2rad()[..., None]
    x, y, z = joints.double().unbind(dim=3)
    cosine, sine = angle.cos(), angle.sin()
    return torch.stack([cosine * x + sine * z, y, cosine * z - sine * x], dim=3).to(joints.dtype)


@pytest.mark.parametrize("degrees", [30, 45, 90, 135, 180, 270])
def test_the_body_frame_is_the_same_to_rounding_however_the_camera_is_turned(degrees: float) -> None:
    encoder, straight = BODY.build().eval(), people()
    there = encoder(turned(straight, degrees).flatten(2))
    torch.testing.assert_close(there, encoder(straight.flatten(2)), rtol=0, atol=1e-5)


def test_the_camera_frame_is_the_default_and_changes_nothing() -> None:
    assert CompactSkeletonConfig().frame == "camera"
    torch.manual_seed(0)
    given = CompactSkeletonConfig().build().eval()
    joints = recenter(people().flatten(2))
    assert torch.equal(given.channels(people().flatten(2))[..., :60], joints.flatten(2))


def test_a_person_who_faces_the_camera_stays_as_they_are() -> None:
    joints = people()
    for name in ("shoulder", "hip"):
        for side, x in (("left", -0.2), ("right", 0.2)):
            joints[:, :, JOINTS[f"{side}_{name}"], 0] = x
            joints[:, :, JOINTS[f"{side}_{name}"], 2] = 2.5
    joints = recenter(joints.flatten(2))
    torch.testing.assert_close(face_camera(joints), joints, rtol=0, atol=1e-6)


@pytest.mark.parametrize("missing", ["left_shoulder", "right_hip"])
def test_one_pair_of_joints_tells_the_heading_where_the_other_was_never_seen(missing: str) -> None:
    straight = people()
    straight[:, :, JOINTS[missing]] = 0.0
    aside = turned(straight, 70)
    joints, other = (face_camera(recenter(j.flatten(2))) for j in (straight, aside))
    torch.testing.assert_close(joints, other, rtol=0, atol=1e-5)
    assert not joints[:, :, JOINTS[missing]].any()


@pytest.mark.parametrize("seen", [(), ("hip_center", "left_hip", "left_shoulder")])
def test_a_window_that_tells_no_heading_stays_as_it_is(seen: tuple[str, ...]) -> None:
    joints = people()
    for name, at in JOINTS.items():
        if name not in seen:
            joints[:, :, at] = 0.0
    joints = recenter(joints.flatten(2))
    assert torch.equal(face_camera(joints), joints)


@pytest.mark.parametrize("about", [90.0, 360.0, 720.0])
def test_a_person_who_turns_within_the_window_faces_the_camera_in_its_middle(about: float) -> None:
    course = torch.linspace(-about / 2, about / 2, 75) + 50
    joints = turned(people(), course).requires_grad_()
    facing = face_camera(recenter(joints.flatten(2)))
    facing.square().sum().backward()
    assert torch.isfinite(facing).all()
    assert joints.grad is not None
    assert torch.isfinite(joints.grad).all()
    across = facing[:, 37, JOINTS["right_hip"]] - facing[:, 37, JOINTS["left_hip"]]
    if about < 720:
        assert (torch.atan2(across[:, 2], across[:, 0]).abs() < math.radians(45)).all()


def test_gradients_are_finite_where_nobody_is_there() -> None:
    joints = torch.zeros(2, 5, 20, 3, requires_grad=True)
    face_camera(joints).sum().backward()
    assert joints.grad is not None
    assert torch.isfinite(joints.grad).all()
    assert torch.equal(heading(joints), torch.tensor([[1.0, 0.0]] * 2))


def test_the_heading_is_missed_while_training_alone() -> None:
    encoder, joints = BODY.build(), people().flatten(2)
    served, again = (encoder.eval().channels(joints) for _ in range(2))
    assert torch.equal(served, again)
    torch.manual_seed(1)
    trained = encoder.train().channels(joints)[:, :, :60].unflatten(2, (20, 3))
    assert (trained - served[:, :, :60].unflatten(2, (20, 3))).abs().max() > 0.01
    width = heading(trained)
    assert (width[:, 0] > math.cos(math.radians(15.1))).all()
    assert (width[:, 0] < 1 - 1e-6).any()
