"""Mixup: amounts, targets, and who is left as it is."""

import torch

from hnhar.train.learn.mixup import mixed


def test_samples_and_targets_of_a_window_are_mixed_by_the_same_amount() -> None:
    torch.manual_seed(3)
    count = 32
    values = torch.arange(count, dtype=torch.float32)
    samples = {"imu": values[:, None, None].expand(count, 4, 6), "skeleton": values[:, None, None] * 2}
    targets = torch.eye(count)
    out, shares = mixed(samples, targets, 1.0)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(count))
    expected = shares @ values
    torch.testing.assert_close(out["imu"], expected[:, None, None].expand(count, 4, 6))
    torch.testing.assert_close(out["skeleton"], 2 * expected[:, None, None])
    assert (shares.max(dim=1).values < 0.99).any()
    assert (shares > 0).sum(dim=1).max() == 2


def test_a_window_is_never_mixed_with_one_of_other_modalities() -> None:
    torch.manual_seed(5)
    present = torch.tensor([[True, True]] * 8 + [[True, False]] * 8)
    targets = torch.eye(16)
    samples = {"imu": torch.randn(16, 3, 6)}
    _, shares = mixed(samples, targets, 1.0, present)
    assert not shares[:8, 8:].any()
    assert not shares[8:, :8].any()
