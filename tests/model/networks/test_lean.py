"""The lean form of an encoder is the same function, also of bodies and sensors that are at some limit."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from hnhar.model.encoders.inertial import CompactAccelerometerConfig, CompactInertialConfig
from hnhar.model.encoders.skeleton import CompactSkeletonConfig
from hnhar.model.heads import FusionConfig, FusionHead, PaperFusionConfig, PaperFusionHead
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.model.networks.lean import LeanHead, lean

STEPS, COUNT = 75, 6
BODIES: dict[str, Callable[[Tensor], None]] = {}
"""What is done to windows of a person (B, T, J, 3), in place."""


def body(change: Callable[[Tensor], None]) -> Callable[[Tensor], None]:
    BODIES[change.__name__] = change
    return change


@body
def nobody_at_all(joints: Tensor) -> None:
    joints[:] = 0.0


@body
def a_point(joints: Tensor) -> None:
    joints[:] = 1.5


@body
def without_a_shoulder(joints: Tensor) -> None:
    joints[:, :, UTD_JOINTS.index("left_shoulder")] = 0.0


@body
def without_a_shoulder_and_a_hip(joints: Tensor) -> None:
    without_a_shoulder(joints)
    joints[:, :, UTD_JOINTS.index("right_hip")] = 0.0


@body
def turning(joints: Tensor) -> None:
    angle = torch.linspace(0, 6, STEPS)[:, None]
    x, z = joints[..., 0].clone(), joints[..., 2].clone()
    joints[..., 0], joints[..., 2] = angle.cos() * x - angle.sin() * z, angle.sin() * x + angle.cos() * z


@body
def wild(joints: Tensor) -> None:
    joints[:, ::7] *= 1e30


@body
def seen_once(joints: Tensor) -> None:
    joints[:, 1:, 15:] = 0.0


@body
def standing_well(joints: Tensor) -> None:
    del joints


def randomized(module: nn.Module) -> nn.Module:
    """With statistics that differ from 0 and 1."""
    for name, buffer in module.named_buffers():
        if name.endswith(("running_var", "running_mean")):
            buffer.uniform_(0.5, 2.0)
    return module.eval()


def same(encoder: nn.Module, samples: Tensor) -> None:
    made = lean(encoder, samples.shape[1])
    assert made is not None
    with torch.inference_mode():
        known, found = encoder(samples), made.eval()(samples)
    assert torch.isfinite(known).all()
    assert found.numpy() == pytest.approx(known.numpy(), abs=3e-6 * float(known.abs().max()))


@pytest.mark.parametrize("frame", ["body", "camera"])
@pytest.mark.parametrize("name", BODIES)
def test_a_skeletons_features_are_those_of_its_encoder(name: str, frame: str) -> None:
    torch.manual_seed(4)
    encoder = randomized(CompactSkeletonConfig(frame=frame, width=32).build())  # type: ignore[arg-type]
    pose, place = torch.randn(20, 3) * 0.4, torch.tensor([0.3, 1.0, 3.0])
    joints = place + pose + 0.05 * torch.randn(COUNT, STEPS, 20, 3)
    BODIES[name](joints)
    same(encoder, joints.flatten(2))


@pytest.mark.parametrize("width", [32, 24])
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e30])
def test_a_sensors_features_are_those_of_its_encoder(scale: float, width: int) -> None:
    torch.manual_seed(5)
    samples = torch.randn(COUNT, 150, 6) * torch.tensor([1.0] * 3 + [150.0] * 3) * scale
    same(randomized(CompactInertialConfig(width=width).build()), samples)
    same(randomized(CompactAccelerometerConfig(width=width).build()), samples[..., :3])


@pytest.mark.parametrize("names", [("imu",), ("imu", "skeleton"), ("phone", "watch", "camera")])
def test_a_heads_answer_is_the_same_for_every_subset_of_its_modalities(names: tuple[str, ...]) -> None:
    torch.manual_seed(6)
    head = FusionHead(dict.fromkeys(names, 20), 5, FusionConfig(embedding=8, interaction=16)).eval()
    nn.init.normal_(head.interaction[3].weight)
    subsets = torch.cartesian_prod(*[torch.tensor([False, True])] * len(names)).view(-1, len(names))[1:]
    features = [torch.randn(len(subsets), 20) for _ in names]
    temperatures = torch.linspace(0.5, 2, len(subsets))[:, None]
    with torch.inference_mode():
        known = head(dict(zip(names, features, strict=True)), subsets)
        logits, probabilities, embedding = LeanHead(head, names)(*features, subsets, temperatures)
    assert logits.numpy() == pytest.approx(known.logits.numpy(), abs=1e-5)
    assert probabilities.numpy() == pytest.approx(
        (known.logits / temperatures).softmax(dim=1).numpy(), abs=1e-6
    )
    assert embedding.numpy() == pytest.approx(known.embedding.numpy(), abs=1e-6)


def test_what_has_no_lean_form_is_left_as_it_is() -> None:
    assert lean(PaperFusionHead({"imu": 4}, 2, PaperFusionConfig()), 50) is None
