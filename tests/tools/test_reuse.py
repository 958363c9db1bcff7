"""tools/reuse: a trunk that is carried on gives what it says it gives."""

from collections.abc import Iterator
from math import gcd

import pytest
import torch
from tools.reuse.carried import CarriedSkeleton, PastSkeleton, trailing_mean
from tools.reuse.steps import Layout, new_steps, repeats_after
from tools.reuse.trunk import CarriedTrunk
from torch import Tensor

from hnhar.model.encoders.folding import fold
from hnhar.model.encoders.skeleton import CompactSkeleton, CompactSkeletonConfig
from hnhar.model.encoders.temporal import TemporalConfig, TemporalEncoder

SIZES = TemporalConfig(width=8)
CHANNELS = 6
WEARERS = 3


def trunk() -> TemporalEncoder:
    torch.manual_seed(0)
    made = TemporalEncoder(CHANNELS, SIZES)
    made(torch.randn(16, 40, CHANNELS))  # so that normalization has statistics that are not those of nothing
    folded = fold(made)
    assert isinstance(folded, TemporalEncoder)
    return folded


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def settled(points: int, hop: int) -> int:
    """Points of a stream at whose end a state holds nothing but samples, a whole number of hops."""
    return hop * -(-(points + 70) // hop)


def carried_over(made: CarriedTrunk, stream: Tensor) -> Tensor:
    """Features of the last window of a stream, carried from its beginning."""
    state = made.begin(len(stream), CHANNELS)
    features = torch.zeros(0)
    for part in stream.split(made.new * SIZES.stride, dim=1):
        features, *state = made(part, *state)
    return features


@pytest.mark.parametrize(("points", "new"), [(150, 6), (75, 3), (75, 1), (151, 5)])
def test_the_exact_form_gives_what_the_whole_window_gives(points: int, new: int) -> None:
    encoder, hop = trunk(), new * SIZES.stride
    stream = torch.randn(WEARERS, settled(points, hop), CHANNELS)
    found = carried_over(CarriedTrunk(encoder, SIZES, points, new, "exact"), stream)
    torch.testing.assert_close(found, encoder(stream[:, -points:]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("points", "new"), [(150, 6), (75, 3), (75, 8)])
def test_the_open_form_gives_what_a_longer_window_gives_of_its_end(points: int, new: int) -> None:
    encoder, hop = trunk(), new * SIZES.stride
    stream = torch.randn(WEARERS, settled(points, hop), CHANNELS)
    made = CarriedTrunk(encoder, SIZES, points, new, "open")
    longer = stream[:, -points - 40 :]
    wanted = encoder.pooling(encoder.blocks(encoder.stem(longer))[:, -made.layout.steps :])
    torch.testing.assert_close(carried_over(made, stream), wanted, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(wanted, encoder(stream[:, -points:]), atol=1e-3)  # zeros are not a past


def test_the_late_form_is_the_open_one_as_long_before_the_newest_point_as_it_says() -> None:
    encoder, points, new = trunk(), 150, 6
    hop = new * SIZES.stride
    stream = torch.randn(WEARERS, settled(points, hop), CHANNELS)
    made = CarriedTrunk(encoder, SIZES, points, new, "late")
    begun = (stream.shape[1] - 1 - made.late) % SIZES.stride  # the steps lie on the others of the points
    steps = encoder.blocks(encoder.stem(stream[:, begun:]))
    last = (stream.shape[1] - 1 - begun - made.late) // SIZES.stride + 1
    wanted = encoder.pooling(steps[:, last - made.layout.steps : last])
    torch.testing.assert_close(carried_over(made, stream), wanted, rtol=1e-4, atol=1e-5)
    assert made.late / 50 == 0.6


@pytest.mark.parametrize("points", [75, 150])
def test_the_steps_said_to_be_new_are_those_that_change(points: int) -> None:
    encoder, new = trunk().double(), 3  # what is seen through one tap of many is a small difference
    layout, hop = Layout(points, SIZES), new * SIZES.stride
    stream = torch.randn(1, 150 + points + hop, CHANNELS, dtype=torch.float64)
    before, after = stream[:, :-hop], stream[:, hop:]
    past = torch.randn(1, 60, CHANNELS, dtype=torch.float64)
    for depth in range(len(SIZES.dilations) + 1):
        part = torch.nn.Sequential(encoder.stem, *encoder.blocks[:depth])
        # carried on: the same stream, longer by a hop
        old, carried = part(before), part(stream)
        assert new + changed(old[0], carried[0, : old.shape[1]]) == layout.right(new)[depth]
        # and at its beginning: the same window, with a past and with zeros before it
        zeros, there = part(after), part(torch.cat([past, after], dim=1))[:, 30:]
        assert changed(zeros[0], there[0]) == layout.left()[depth]


def changed(before_TW: Tensor, after_TW: Tensor) -> int:
    """Steps that differ."""
    return int(((before_TW - after_TW).abs() > 1e-13).any(dim=1).sum())


def test_steps_lie_where_they_lay_after_whole_hops_alone() -> None:
    assert [repeats_after(0.25, rate, 2) for rate in (50, 25)] == [4, 8]
    assert [repeats_after(0.24, rate, 2) for rate in (50, 25)] == [1, 1]
    assert [new_steps(0.25, rate, 2) for rate in (50, 25)] == [25, 25]
    assert [new_steps(0.24, rate, 2) for rate in (50, 25)] == [6, 3]
    assert repeats_after(0.1, 50, 2) == 10 // gcd(10, 25)


def test_a_whole_window_costs_what_its_layers_do() -> None:
    layout = Layout(150, TemporalConfig())
    stem, block = 75 * 2 * 6 * 5 * 128, 75 * (2 * 5 * 128 + 2 * 2 * 128 * 256)
    assert layout.whole(6) == stem + 3 * block + 75 * 128 * 17
    assert layout.late(6, 6) < layout.open(6, 6) < layout.exact(6, 6) < layout.whole(6)


def test_a_window_that_nothing_is_left_of_cannot_be_carried() -> None:
    with pytest.raises(ValueError, match="nothing of a window of 75 points"):
        CarriedTrunk(trunk(), SIZES, 75, 25, "exact")


def test_a_mean_over_the_last_steps_is_one_over_those_that_are_there() -> None:
    values = torch.arange(6.0).reshape(1, 6)
    assert trailing_mean(values, 3)[0].tolist() == [0.0, 0.5, 1.0, 2.0, 3.0, 4.0]


def people(frames: int) -> Tensor:
    torch.manual_seed(1)
    pose = torch.randn(1, 1, 60).abs() + torch.tensor([0.0, 0.0, 2.0]).repeat(20)
    return pose + 0.1 * torch.randn(WEARERS, frames, 60).cumsum(dim=1)


def test_what_a_frame_is_normalized_by_does_not_change_when_more_comes() -> None:
    encoder = CarriedSkeleton(CompactSkeletonConfig(frame="body")).eval()
    frames = people(100)
    torch.testing.assert_close(encoder.channels(frames)[:, :60], encoder.channels(frames[:, :60]))
    longer = encoder.channels(frames)[:, -40:]
    torch.testing.assert_close(longer, encoder.channels(frames[:, -40 - 25 :])[:, -40:], rtol=1e-3, atol=1e-4)


def test_a_past_is_normalized_as_its_window_is() -> None:
    config = CompactSkeletonConfig(frame="body")
    frames = people(100)
    wanted = CompactSkeleton(config).eval().channels(frames[:, -75:])
    found = PastSkeleton(config, 75).eval().channels(frames)[:, -75:]
    torch.testing.assert_close(found[:, 1:], wanted[:, 1:], rtol=1e-4, atol=1e-5)
