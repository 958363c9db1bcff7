"""The encoders are the sizes they say, and do not mind where a person stands or how big they are."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from hnhar.model.encoders import inertial, skeleton
from hnhar.model.encoders.config import EncoderConfig
from hnhar.model.encoders.inertial import (
    CompactAccelerometerConfig,
    CompactInertial,
    CompactInertialConfig,
    PaperInertial,
    PaperInertialConfig,
)
from hnhar.model.encoders.skeleton import (
    CompactSkeleton,
    CompactSkeletonConfig,
    PaperSkeleton,
    PaperSkeletonConfig,
    recenter,
)
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import UTD_JOINTS, UTD_PARENTS
from hnhar.model.kinds.skeleton import skeleton as skeleton_modality
from hnhar.model.modality import Modality
from hnhar.model.recognizer import Recognizer, RecognizerConfig, preset


def parameters(module: nn.Module) -> int:
    """Number of trained values."""
    return sum(parameter.numel() for parameter in module.parameters())


def megaflop(module: nn.Module, *args: object) -> float:
    """1 multiply-add = 2 FLOP, in evaluation with gradients on (the fused inference path is not counted)."""
    with FlopCounterMode(display=False) as counter:
        module.eval()(*args)
    return float(counter.get_total_flops()) / 1e6


def body(steps: int, seed: int = 0) -> Tensor:
    """(1, T, 60) m: a plausible skeleton that moves."""
    torch.manual_seed(seed)
    rest = torch.randn(1, 1, 20, 3) * 0.3
    rest[..., UTD_JOINTS.index("hip_center"), :] = torch.tensor([0.0, 0.9, 2.5])
    rest[..., UTD_JOINTS.index("shoulder_center"), :] = torch.tensor([0.0, 1.4, 2.5])
    return (rest + 0.05 * torch.randn(1, steps, 20, 3).cumsum(1) * 0.1).flatten(2)


def test_the_papers_encoders_have_the_papers_parameters() -> None:
    assert parameters(PaperInertial(PaperInertialConfig())) == 1_238_880
    assert parameters(PaperSkeleton(PaperSkeletonConfig())) == 432_000


def test_the_papers_encoders_with_the_fusion_head_cost_203_megaflop() -> None:
    modalities = (imu(50 / 3), skeleton_modality(50 / 3))
    recognizer = Recognizer(preset("paper", modalities, window=3.0, classes=27))
    assert megaflop(recognizer, {"imu": torch.randn(1, 50, 6), "skeleton": body(50)}) == pytest.approx(
        203, abs=1
    )


@pytest.mark.parametrize(
    ("module", "steps", "channels", "documented", "text"),
    [
        (CompactInertial(CompactInertialConfig()), 150, 6, "| 205,572 | 30.2 |", inertial.__doc__),
        (PaperInertial(PaperInertialConfig()), 50, 6, "| 1,238,880 | 108.4 |", inertial.__doc__),
        (CompactSkeleton(CompactSkeletonConfig()), 75, 60, "| 316,932 | 23.8 |", skeleton.__doc__),
        (PaperSkeleton(PaperSkeletonConfig()), 50, 60, "| 432,000 | 91.6 |", skeleton.__doc__),
    ],
    ids=["compact imu", "paper imu", "compact skeleton", "paper skeleton"],
)
def test_the_documented_sizes_are_measured(
    module: nn.Module, steps: int, channels: int, documented: str, text: str
) -> None:
    measured = f"| {parameters(module):,} | {megaflop(module, torch.randn(1, steps, channels)):.1f} |"
    assert measured == documented
    assert documented in text


@pytest.mark.parametrize("steps", [1, 2, 7, 50, 75, 151])
def test_compact_encoders_take_windows_of_any_length(steps: int) -> None:
    for module, channels in (
        (CompactInertial(CompactInertialConfig()), 6),
        (CompactSkeleton(CompactSkeletonConfig()), 60),
    ):
        features = module.eval()(torch.randn(2, steps, channels))
        assert features.shape == (2, 640)
        assert features.isfinite().all()


def test_every_joint_hangs_on_one_that_leads_to_the_hip() -> None:
    for joint in range(len(UTD_JOINTS)):
        chain = [joint]
        while UTD_PARENTS[chain[-1]] != chain[-1]:
            chain.append(UTD_PARENTS[chain[-1]])
            assert len(chain) < 20
        assert UTD_JOINTS[chain[-1]] == "hip_center"
    assert UTD_JOINTS[UTD_PARENTS[UTD_JOINTS.index("left_elbow")]] == "left_shoulder"
    assert UTD_JOINTS[UTD_PARENTS[UTD_JOINTS.index("right_knee")]] == "right_hip"


def test_the_compact_skeleton_does_not_mind_place_or_size() -> None:
    encoder = CompactSkeleton(CompactSkeletonConfig())
    samples = body(75)
    moved = (samples.unflatten(-1, (20, 3)) * 1.3 + torch.tensor([0.4, -0.2, 1.0])).flatten(2)
    assert torch.allclose(encoder.channels(samples), encoder.channels(moved), atol=1e-4)


def test_velocities_are_per_second_whatever_the_rate() -> None:
    time = torch.linspace(0, 3, 151)[:, None]
    fast = (body(1) + torch.sin(time)[None] * 0.2).contiguous()
    slow = fast[:, ::2]
    at_50 = CompactSkeleton(CompactSkeletonConfig(rate=50.0)).channels(fast)[:, 2::2, 120:]
    at_25 = CompactSkeleton(CompactSkeletonConfig(rate=25.0)).channels(slow)[:, 1:, 120:]
    assert at_25.abs().max() > 0.05
    assert torch.allclose(at_50, at_25, atol=0.01)


def test_a_joint_never_seen_is_put_at_the_center() -> None:
    samples = body(30)
    samples.unflatten(-1, (20, 3))[:, :, UTD_JOINTS.index("left_hand")] = 0
    joints = recenter(samples)
    assert not joints[:, :, UTD_JOINTS.index("left_hand")].any()
    assert joints[:, :, UTD_JOINTS.index("right_hand")].any()


@pytest.mark.parametrize("value", [0.0, 1e-30, 1e30, -3e38])
def test_degenerate_and_wild_bodies_stay_finite(value: float) -> None:
    samples = torch.full((1, 50, 60), value)
    for module in (CompactSkeleton(CompactSkeletonConfig()), PaperSkeleton(PaperSkeletonConfig())):
        assert module.eval()(samples).isfinite().all()
    for module in (CompactInertial(CompactInertialConfig()), PaperInertial(PaperInertialConfig())):
        assert module.eval()(samples[..., :6]).isfinite().all()


def test_the_paper_recenters_on_the_first_frame() -> None:
    samples = body(50)
    joints = skeleton.recenter_first_frame(samples)
    assert not joints[:, 0, skeleton.SPINE].any()
    assert joints[:, 0, skeleton.SHOULDERS].norm() == pytest.approx(1.0, abs=1e-5)


def test_the_paper_preset_refuses_a_window_that_its_encoders_cannot_take() -> None:
    with pytest.raises(Exception, match="steps"):
        preset("paper", (skeleton_modality(10.0),), window=3.0, classes=4)


def test_an_unknown_preset_or_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="compact, paper"):
        preset("large", (imu(),), window=3.0, classes=4)
    odd = Modality("emg", "emg", ("a",), ("V",), 100.0)
    with pytest.raises(ValueError, match="kind 'emg'"):
        preset("compact", (odd,), window=3.0, classes=4)


def test_the_configuration_survives_the_bundle() -> None:
    config = preset("compact", (imu(), skeleton_modality()), window=3.0, classes=4)
    assert RecognizerConfig.parse(config.architecture()) == config


@pytest.mark.parametrize(
    "config", [CompactInertialConfig(), CompactAccelerometerConfig(), PaperInertialConfig()]
)
def test_a_turned_inertial_encoder_takes_vectors_that_are_turned_the_other_way(config: EncoderConfig) -> None:
    encoder = config.build().eval()
    channels = 3 if isinstance(config, CompactAccelerometerConfig) else 6
    samples = torch.randn(2, 50, channels)
    turn = torch.linalg.qr(torch.randn(3, 3)).Q
    turned = copy.deepcopy(encoder)
    with torch.no_grad():
        turned.turn(turn)
        before = encoder(samples)
        measured = (samples.reshape(2, 50, -1, 3) @ turn).flatten(2)
        assert torch.allclose(turned(measured), before, atol=1e-4)
        assert not torch.allclose(encoder(measured), before, atol=1e-2)
