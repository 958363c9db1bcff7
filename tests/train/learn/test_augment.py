"""Augmented windows are windows that a sensor could have sent, and repeat by their generator."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from hnhar.train.learn.augment import (
    Augmentation,
    TimeAugmentation,
    augment,
    drop_modalities,
    lose,
    warp_time,
)
from hnhar.train.learn.augment_imu import InertialAugmentation
from hnhar.train.learn.augment_skeleton import SkeletonAugmentation
from hnhar.train.learn.draws import rotations

KINDS = {"imu": "imu", "skeleton": "skeleton"}
RATES = {"imu": 50.0, "skeleton": 25.0}
QUIET_IMU = InertialAugmentation(rotation=0, gain=0, acc_noise=0, gyro_noise=0, acc_bias=0, gyro_bias=0)
QUIET_SKELETON = SkeletonAugmentation(yaw=0, tilt=0, scale=0, noise=0, smooth_noise=0, dropout=0)
QUIET_TIME = TimeAugmentation(stretch=0, shift=0, desync=0)
QUIET = Augmentation(QUIET_TIME, {"imu": QUIET_IMU, "skeleton": QUIET_SKELETON})


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def windows(batch: int = 6) -> dict[str, Tensor]:
    generator = seeded(9)
    return {
        "imu": torch.randn((batch, 150, 6), generator=generator),
        "skeleton": torch.randn((batch, 75, 60), generator=generator),
    }


def test_the_same_generator_gives_the_same_batch_and_another_gives_another() -> None:
    first, again, other = (augment(windows(), RATES, KINDS, Augmentation(), seeded(s)) for s in (1, 1, 2))
    for name in RATES:
        assert torch.equal(first[name], again[name])
        assert not torch.equal(first[name], other[name])


def test_the_input_is_untouched_and_shapes_stay() -> None:
    given = windows()
    before = {name: tensor.clone() for name, tensor in given.items()}
    out = augment(given, RATES, KINDS, Augmentation(), seeded())
    for name, tensor in given.items():
        assert torch.equal(tensor, before[name])
        assert out[name].shape == tensor.shape
        assert torch.isfinite(out[name]).all()


def test_nothing_switched_on_changes_nothing() -> None:
    out = augment(windows(), RATES, KINDS, QUIET, seeded())
    for name, tensor in windows().items():
        torch.testing.assert_close(out[name], tensor, rtol=0, atol=1e-5)


def test_a_batch_of_one_modality_is_enough() -> None:
    out = augment({"imu": windows()["imu"]}, RATES, KINDS, Augmentation(), seeded())
    assert set(out) == {"imu"}


def test_rotations_are_rotations() -> None:
    matrices = rotations(torch.tensor([[10.0, -40.0, 170.0], [0.0, 90.0, 0.0]]))
    identity = torch.eye(3).expand(2, 3, 3)
    torch.testing.assert_close(matrices @ matrices.transpose(1, 2), identity, rtol=0, atol=1e-6)
    torch.testing.assert_close(torch.linalg.det(matrices), torch.ones(2))
    torch.testing.assert_close(
        matrices[1] @ torch.tensor([0.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.0]), rtol=0, atol=1e-6
    )


def test_accelerometer_and_gyroscope_turn_together() -> None:
    vector = torch.randn((4, 1, 3), generator=seeded(3)).expand(4, 50, 3)
    turned = replace(QUIET_IMU, rotation=25.0).change(torch.cat([vector, vector], dim=2), seeded())
    torch.testing.assert_close(turned[..., :3], turned[..., 3:])
    torch.testing.assert_close(turned[..., :3].norm(dim=2), vector.norm(dim=2))
    assert (turned[..., :3] - vector).abs().max() > 0.05


def test_an_imu_spins_about_the_axis_out_of_its_face_alone() -> None:
    still = InertialAugmentation(
        rotation=0.0, gain=0.0, acc_noise=0.0, gyro_noise=0.0, acc_bias=0.0, gyro_bias=0.0
    )
    windows = torch.randn((200, 4, 6), generator=Generator().manual_seed(0))
    assert torch.allclose(still.change(windows, Generator().manual_seed(1)), windows)
    spun = replace(still, spin=180.0).change(windows, Generator().manual_seed(1))
    torch.testing.assert_close(spun[..., [2, 5]], windows[..., [2, 5]])
    torch.testing.assert_close(spun[..., :2].norm(dim=2), windows[..., :2].norm(dim=2))
    angle = torch.atan2(spun[..., 1], spun[..., 0]) - torch.atan2(windows[..., 1], windows[..., 0])
    other = torch.atan2(spun[..., 4], spun[..., 3]) - torch.atan2(windows[..., 4], windows[..., 3])
    torch.testing.assert_close((angle - other).cos(), torch.ones_like(angle))
    assert (angle[:, 0].cos() < -0.5).float().mean() > 0.2


def test_a_turned_body_keeps_its_bones_its_place_and_its_height() -> None:
    body = windows()["skeleton"].view(6, 75, 20, 3)
    turned = replace(QUIET_SKELETON, yaw=30.0).change(windows()["skeleton"], seeded()).view(6, 75, 20, 3)
    torch.testing.assert_close(torch.cdist(turned[:, 0], turned[:, 0]), torch.cdist(body[:, 0], body[:, 0]))
    torch.testing.assert_close(turned[..., 1], body[..., 1], rtol=0, atol=1e-5)
    center = turned[:, :, 3].mean(dim=1) - body[:, :, 3].mean(dim=1)
    assert center.abs().max() < 1e-5
    assert (turned - body).abs().max() > 0.05


def test_frozen_joints_stand_still_for_a_span() -> None:
    moving = torch.arange(75.0)[None, :, None].expand(64, 75, 60).contiguous()
    out = replace(QUIET_SKELETON, dropout=1.0).change(moving, seeded())
    still = (out.diff(dim=1).abs() < 1e-6).sum(dim=1)
    assert (still > 0).any()
    assert (still == 0).any()


def test_a_faster_motion_turns_faster() -> None:
    steady = torch.ones((200, 150, 6))
    out = warp_time({"imu": steady}, RATES, KINDS, TimeAugmentation(stretch=0.2, share=1.0), seeded())["imu"]
    assert torch.equal(out[..., :3], steady[..., :3])
    speed = out[:, 0, 3]
    assert speed.min() < 0.85
    assert speed.max() > 1.15
    ramp = torch.linspace(0, 1, 150)[None, :, None].expand(200, 150, 6)
    out = warp_time(
        {"imu": ramp}, RATES, KINDS, TimeAugmentation(stretch=0.2, desync=0, share=1.0), seeded()
    )["imu"]
    slope = (out[:, 80, 0] - out[:, 70, 0]) / (ramp[0, 80, 0] - ramp[0, 70, 0])
    torch.testing.assert_close(slope, speed, rtol=1e-3, atol=1e-3)


def test_lost_samples_are_bridged_linearly_and_leave_the_others_alone() -> None:
    settings = TimeAugmentation(losses=1.0, longest=0.25)
    ramp = torch.arange(75.0)[None, :, None].expand(200, 75, 4).contiguous()
    torch.testing.assert_close(lose(ramp, 25.0, settings, seeded())[:, 10:-10], ramp[:, 10:-10])
    noise = torch.randn((200, 75, 4), generator=seeded(5))
    out = lose(noise, 25.0, settings, seeded())
    changed = (out != noise).any(dim=2)
    assert 0.02 < changed.float().mean() < 0.3
    second = out[:, 2:] - 2 * out[:, 1:-1] + out[:, :-2]
    inside = changed[:, 1:-1] & changed[:, 2:] & changed[:, :-2]
    assert inside.any()
    assert second[inside].abs().max() < 1e-5


def test_where_everything_is_lost_the_window_is_kept() -> None:
    single = torch.randn((50, 1, 4), generator=seeded(5))
    assert torch.equal(lose(single, 25.0, TimeAugmentation(losses=1.0), seeded()), single)


def test_jitter_moves_samples_by_less_than_its_limits_and_nothing_else() -> None:
    ramp = (torch.arange(150.0) / 50)[None, :, None].expand(200, 150, 6)
    settings = replace(QUIET_TIME, jitter=0.004, share=1.0)
    out = warp_time({"imu": ramp}, RATES, KINDS, settings, seeded())["imu"]
    error = (out - ramp)[:, 10:-10, 0]
    assert 0.001 < error.std() < 0.004
    assert error.abs().max() < 5 * 0.004
    assert error.mean().abs() < 1e-4


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_dropped_modalities_leave_at_least_one(share: float) -> None:
    presence = drop_modalities(500, 2, share, seeded())
    assert presence.any(dim=1).all()
    assert presence.all(dim=1).float().mean().item() == 1.0 - share
    if share:
        assert 0.4 < presence[:, 0].float().mean().item() < 0.6


def test_a_modality_is_changed_by_its_kind_whatever_its_name_and_its_channels() -> None:
    wrist, pulse = {"wrist": windows()["imu"]}, {"pulse": windows()["imu"]}
    rates, kinds = {"wrist": 50.0, "pulse": 50.0}, {"wrist": "imu", "pulse": "no kind"}
    still = Augmentation(QUIET_TIME)
    assert not torch.equal(augment(wrist, rates, kinds, still, seeded())["wrist"], wrist["wrist"])
    assert torch.equal(augment(pulse, rates, kinds, still, seeded())["pulse"], pulse["pulse"])


def test_a_modality_may_have_changes_of_its_own() -> None:
    given = {"phone": windows()["imu"], "watch": windows()["imu"]}
    settings = Augmentation(QUIET_TIME, {"imu": QUIET_IMU}, {"phone": InertialAugmentation(rotation=180.0)})
    out = augment(given, dict.fromkeys(given, 50.0), dict.fromkeys(given, "imu"), settings, seeded())
    assert torch.allclose(out["watch"], given["watch"], atol=1e-5)
    assert not torch.allclose(out["phone"], given["phone"], atol=0.5)


def test_the_other_side_of_the_body_is_a_mirror() -> None:
    # a sensor that turns about a fixed axis in gravity: on the other side it obeys the same physics
    step, omega = 0.02, torch.tensor([20.0, -35.0, 50.0])
    generator = torch.tensor(
        [[0, -omega[2], omega[1]], [omega[2], 0, -omega[0]], [-omega[1], omega[0], 0]]
    ).deg2rad()
    gravity = [torch.tensor([0.3, 0.5, 0.8])]
    for _ in range(50):
        gravity.append(torch.matrix_exp(-generator * step) @ gravity[-1])
    window = torch.cat([torch.stack(gravity), omega.expand(51, 3)], dim=1)[None]
    mirrored = replace(QUIET_IMU, mirrored=1.0).change(window, seeded())
    assert torch.allclose(mirrored[..., 0], -window[..., 0], atol=1e-5)
    turn = mirrored[0, 0, 3:].deg2rad()
    change = (mirrored[0, 1:, :3] - mirrored[0, :-1, :3]) / step
    middle = (mirrored[0, 1:, :3] + mirrored[0, :-1, :3]) / 2
    assert torch.allclose(change, torch.linalg.cross(middle, turn.expand_as(middle)), atol=5e-3)


def test_windows_are_mirrored_by_their_share() -> None:
    window = windows(200)["imu"]
    half = replace(QUIET_IMU, mirrored=0.5).change(window, seeded())
    turned = (half[:, 0, 0] * window[:, 0, 0] < 0).float().mean()
    assert 0.35 < float(turned) < 0.65
