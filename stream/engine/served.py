"""Weights that recognize wearers: those of a run, and those of a wearer's own beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.classifier import Classifier
from hnhar.model.errors import ConfigError


@dataclass(frozen=True, slots=True, eq=False)
class ServedWeights:
    """A bundle that is ready to recognize, and how what it answers is decided."""

    info: BundleInfo
    runtime: Classifier
    decision: Decision


def check_alike(info: BundleInfo, theirs: Mapping[str, BundleInfo], *, any_hop: bool) -> None:
    """Refuse weights of wearers (wearer -> weights) that cannot run beside those of `info`: ConfigError.

    Windows of all wearers have one length and, unless a hop was asked for (`any_hop`), come at one hop, since
    those that are due together are recognized together. Labels and modalities may differ.
    """
    for wearer, their in theirs.items():
        if their.window != info.window:
            raise ConfigError(
                f"the weights of wearer '{wearer}', {their.id}, have windows of {their.window:g} s, and "
                f"{info.id} of {info.window:g} s: in one run all have the same. Give '{wearer}' a run of "
                "their own."
            )
        if their.hop != info.hop and not any_hop:
            raise ConfigError(
                f"the weights of wearer '{wearer}', {their.id}, were made for a prediction each "
                f"{their.hop:g} s, and {info.id} for one each {info.hop:g} s: say which it is to be "
                f"(hop = {info.hop:g}, or --hop {info.hop:g})."
            )


def groups(weights: Sequence[ServedWeights]) -> list[tuple[ServedWeights, list[int]]]:
    """The different weights in a sequence, in the order of their first, with the places of each."""
    places: dict[int, list[int]] = {}
    for place, served in enumerate(weights):
        places.setdefault(id(served), []).append(place)
    return [(weights[rows[0]], rows) for rows in places.values()]
