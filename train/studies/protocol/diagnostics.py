"""Clamping, effective number and false share of a trained contrast's negatives, and a label-free rule for κ.

Legend: N training trials, D width of the projections.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from ...losses.diagnostics import clamp_share, effective_negatives, false_negative_mass
from .encoders import Network
from .inference import fused_similarity, mutual, nearest
from .labels import Amount, draw
from .method import Method
from .probes import centered
from .relations import Relations
from .trials import Trials

KAPPAS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""κ = β/t at which presumed false negatives are weighed."""
TOLERANCE = 2.0
"""`choose_kappa`: the presumed false negatives may weigh this many times what they weigh at κ = 0."""


def diagnose(network: Network, trials: Trials, method: Method) -> dict[str, float]:
    """Diagnostics of the negatives between the first two modalities of unchanged trials, at full β.

    Args:
        network: Trained.
        trials: All labels known: they say what was false, after the training.
        method: Temperature, β, τ⁺.

    Returns:
        "clamped", "effective" (number of negatives), "false" (share of the weight on the anchor's own class)
        and "presumed" (share on what `presumed_false` takes for it).
    """
    first, second = projections(network, trials)
    setting = method.setting()
    near = presumed_false(network, trials, 1 / trials.classes)
    return {
        "clamped": clamp_share(first, second, setting),
        "effective": effective_negatives(first, second, setting),
        "false": false_negative_mass(first, second, trials.labels, setting),
        "presumed": weight_on(first @ second.T, near, method.kappa),
    }


@torch.no_grad()
def projections(network: Network, trials: Trials) -> tuple[Tensor, Tensor]:
    """(N, D) unit vectors of the first two modalities, as in evaluation."""
    network.eval()
    z = list(network.project(network.features(trials.samples)).values())
    return z[0], z[-1] if len(z) < 2 else z[1]


def presumed_false(network: Network, trials: Trials, prior: float) -> Tensor:
    """(N, N) bool without labels: mutual neighbors among the N·`prior` nearest by all modalities."""
    similarity = fused_similarity(list(centered(network.features(trials.samples)).values()))
    return mutual(nearest(similarity, max(1, round(prior * len(trials)))))


def weight_on(similarity: Tensor, chosen: Tensor, kappa: float) -> float:
    """Mean over anchors (rows and columns) of the share of exp(κ·s) that lies on `chosen` negatives.

    `similarity` (N, N) is of unit vectors, not divided by a temperature; the diagonal is left out.
    """
    shares = []
    for s in (similarity, similarity.T):
        logits = (kappa * s).fill_diagonal_(-torch.inf)
        shares.append((logits.softmax(dim=1) * chosen).sum(dim=1))
    return float(torch.cat(shares).mean())


def presumed_curve(network: Network, trials: Trials, prior: float) -> dict[float, float]:
    """κ -> weight on presumed false negatives, after a pre-training with κ = 0; no label enters."""
    first, second = projections(network, trials)
    near = presumed_false(network, trials, prior)
    return {kappa: weight_on(first @ second.T, near, kappa) for kappa in KAPPAS}


INFERRED: Final[Mapping[str, Method]] = {
    "six neighbors": Method(negatives="inferred", positives="inferred"),
    "where sure": Method(negatives="inferred", positives="inferred", reach="by class", equal=0.5, sure=0.7),
}
"""Ways to infer labels: that of the published table, and the one that leaves out pairs of which nobody is
sure."""


def inferred_pairs(
    network: Network, trials: Trials, amount: Amount, draws: int
) -> dict[str, dict[str, float]]:
    """Quality of what few labels say of pairs of trials, by each of `INFERRED`, mean over draws.

    Args:
        network: Trained without labels.
        trials: All labels known: they say what was right.
        amount: Labels a class that are given.
        draws: Number of draws.

    Returns:
        "false": share of the inferred negatives that are of one class, "chance": of all pairs; "true": share
        of the inferred positives that are, "found": share of the pairs of one class that were inferred.
    """
    similarity = fused_similarity(list(centered(network.features(trials.samples)).values()))
    others = ~torch.eye(len(trials), dtype=torch.bool)
    same = (trials.labels[:, None] == trials.labels) & others
    chance = float(same.sum() / others.sum())
    out = {}
    for name, method in INFERRED.items():
        found = []
        for number in range(draws):
            seen = trials.hidden(draw(trials.labels, amount, number))
            relations = Relations.inferred(method, seen, similarity)
            negatives, positives = relations.negatives, relations.positives
            assert negatives is not None  # as `INFERRED` infers both
            assert positives is not None
            alike = (positives > 0) & others
            of_pairs = (same[negatives], same[alike], alike[same])
            found.append(torch.stack([part.double().mean() for part in of_pairs]))
        false, true, part_found = torch.stack(found).nanmean(dim=0).tolist()
        out[name] = {"false": false, "chance": chance, "true": true, "found": part_found}
    return out


def choose_kappa(curve: Mapping[float, float], kappas: Sequence[float] = KAPPAS) -> float:
    """The largest κ at which presumed false negatives weigh at most `TOLERANCE` times what they do at 0.

    Until then concentration acts mostly on true negatives; beyond it the weight goes to the anchor's own
    class, which is what costs accuracy.
    """
    limit = TOLERANCE * curve[0.0]
    return max(kappa for kappa in kappas if curve[kappa] <= limit)
