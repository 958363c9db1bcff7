"""The networks have the sizes that their module says."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from hnhar.train.studies.protocol import encoders
from hnhar.train.studies.protocol.encoders import Pair, build


@pytest.mark.parametrize(
    ("pair", "parameters", "megaflops"), [("paper", 1_670_880, 203), ("compact", 318_152, 16)]
)
def test_parameters_and_operations_are_those_of_the_table(
    pair: Pair, parameters: int, megaflops: int
) -> None:
    network = build(pair, ("imu", "skeleton"), 27, seed=0).eval()
    # with gradients: without, the Transformer takes a fused path that the counter does not see
    with FlopCounterMode(display=False) as counter:
        network.recognizer({"imu": torch.zeros(1, 50, 6), "skeleton": torch.zeros(1, 50, 60)})
    assert sum(p.numel() for p in network.recognizer.encoders.parameters()) == parameters
    assert round(counter.get_total_flops() / 1e6) == megaflops
    assert f"| `{pair}` | {parameters:,} | {megaflops} |" in (encoders.__doc__ or "")


def test_the_same_seed_gives_the_same_weights() -> None:
    one, other, third = (build("compact", ("imu",), 3, seed=seed) for seed in (1, 1, 2))
    first = list(one.parameters())
    assert all(torch.equal(a, b) for a, b in zip(first, other.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, third.parameters(), strict=True))
