"""Augmented skeletons are those of a camera anywhere around: noisier in depth and where the body hides a
joint, looking down, seeing people turn."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from hnhar.train.learn.augment_skeleton import SkeletonAugmentation

QUIET = SkeletonAugmentation(yaw=0, tilt=0, scale=0, noise=0, smooth_noise=0, dropout=0)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def standing(batch: int = 64, steps: int = 75) -> Tensor:
    """(B, T, 60) m: shoulders, elbows and so on beside each other, one side farther away."""
    joints = torch.zeros(batch, steps, 20, 3)
    joints[..., 2] = 3.0
    joints[:, :, 4:8, 2] += 0.3
    joints[:, :, 8:12, 2] -= 0.3
    joints[:, :, 8:12, 0] = 0.3
    return joints.flatten(2)


def test_settings_that_are_left_alone_draw_as_they_always_did() -> None:
    plain = SkeletonAugmentation()
    assert (plain.depth, plain.occlusion, plain.turning, plain.pitch) == (1.0, 0.0, 0.0, 0.0)
    given = torch.randn(4, 75, 60, generator=seeded(3))
    explicit = replace(plain, depth=1.0, occlusion=0.0, turning=0.0, pitch=0.0)
    assert torch.equal(plain.change(given, seeded()), explicit.change(given, seeded()))


def test_noise_is_larger_in_depth() -> None:
    still = standing()
    error = (replace(QUIET, noise=0.01, depth=3.0).change(still, seeded()) - still).unflatten(2, (20, 3))
    across, deep = float(error[..., :2].std()), float(error[..., 2].std())
    assert deep == pytest.approx(3 * across, rel=0.05)


def test_what_the_body_hides_is_unsteady_and_what_faces_the_camera_is_not() -> None:
    still = standing()
    error = (replace(QUIET, occlusion=0.05).change(still, seeded()) - still).unflatten(2, (20, 3))
    assert error[:, :, 4:8].std() > 0.02
    assert error[:, :, 8:12].abs().max() < 1e-5


def test_noise_is_the_cameras_wherever_the_person_faces() -> None:
    still = standing()
    quiet, noisy = (
        replace(QUIET, yaw=180.0, noise=noise, depth=4.0).change(still, seeded()) for noise in (0.0, 0.01)
    )
    error = (noisy - quiet).unflatten(2, (20, 3))
    assert float(error[..., 2].std()) == pytest.approx(4 * float(error[..., 0].std()), rel=0.1)


def test_people_turn_about_their_hips_within_a_third_of_the_windows() -> None:
    still = standing(300)
    out = replace(QUIET, turning=90.0).change(still, seeded())
    moved = (out - still).abs().amax(dim=(1, 2)) > 1e-4
    assert 0.2 < moved.float().mean() < 0.45
    joints = out.unflatten(2, (20, 3))
    torch.testing.assert_close(joints[:, :, 3], still.unflatten(2, (20, 3))[:, :, 3], rtol=0, atol=1e-5)
    torch.testing.assert_close(
        torch.cdist(joints[:, 0], joints[:, 0]), torch.cdist(joints[:, 74], joints[:, 74]), rtol=0, atol=1e-3
    )


def test_a_camera_that_looks_down_tilts_the_body_toward_or_away_from_it() -> None:
    still = standing()
    still.unflatten(2, (20, 3))[:, :, 0, 1] = 0.8
    out = replace(QUIET, pitch=20.0).change(still, seeded()).unflatten(2, (20, 3))
    head, hips = out[:, :, 0], out[:, :, 3]
    assert (head - hips)[..., 0].abs().max() < 1e-5
    assert (head - hips)[..., 2].abs().max() > 0.15
    assert (head - hips).norm(dim=2).max() == pytest.approx(0.8, abs=1e-4)
