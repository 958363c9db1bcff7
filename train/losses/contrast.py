"""The loss of a batch: which views meet, who is a negative, who is a positive.

Without masks and with one view it is the plain loss of `train.losses`. Legend: B trials of the batch, D width
of the embeddings.
"""

from collections.abc import Sequence
from itertools import permutations

import torch
from torch import Tensor

from . import losses
from .anchor import dense_log_means
from .defective import authors_public_code_loss
from .inputs import Setting
from .method import Method

Views = dict[str, list[Tensor]]
"""Modality -> its views, (B, D) unit vectors each."""


def contrast(
    views: Views, method: Method, beta: float, negatives: Tensor | None, positives: Tensor | None
) -> Tensor:
    """The method's loss of one batch.

    Args:
        views: Embeddings; as many views of each modality.
        method: Pairs, temperature and τ⁺.
        beta: β now.
        negatives: (B, B) bool, symmetric; None: all others. The diagonal is never one.
        positives: (B, B) weights of positives beside the trial itself, symmetric, diagonal ignored; None:
            nobody.

    Returns:
        A scalar, the mean over anchors of all pairs of views.

    Raises:
        ValueError: Further positives with τ⁺ > 0, for which the equation has no form.
    """
    if positives is not None:
        if method.tau_plus > 0:
            raise ValueError("a method with several positives an anchor must have tau_plus = 0")
        setting = Setting(method.temperature, beta)
        pairs = meeting(views, method.pairs)
        return torch.stack([many_positives(a, b, setting, negatives, positives) for a, b in pairs]).mean()
    if method.public_code:
        return _public_code(views, method, beta)
    if method.pairs == "within":
        form, groups = _within, list(views.values())
    elif method.pairs == "all":
        form, groups = _across, [[view for of in views.values() for view in of]]
    else:
        form, groups = _across, [list(view) for view in zip(*views.values(), strict=True)]
    return torch.stack([form(group, method, beta, negatives) for group in groups]).mean()


def _across(views: list[Tensor], method: Method, beta: float, negatives: Tensor | None) -> Tensor:
    """Every ordered pair of the views."""
    return losses.hard_negative_nt_xent_multimodal(
        views, temperature=method.temperature, beta=beta, tau_plus=method.tau_plus, negatives=negatives
    )


def _within(views: list[Tensor], method: Method, beta: float, negatives: Tensor | None) -> Tensor:
    """Two views of one modality, with the negatives of both."""
    first, second = views
    return losses.hard_negative_nt_xent_unimodal(
        first,
        second,
        temperature=method.temperature,
        beta=beta,
        tau_plus=method.tau_plus,
        negatives=negatives,
    )


def _public_code(views: Views, method: Method, beta: float) -> Tensor:
    """Of the first views of two modalities."""
    first, second = (of[0] for of in views.values())
    return authors_public_code_loss(
        first, second, temperature=method.temperature, beta=beta, tau_plus=method.tau_plus
    )


def meeting(views: Views, pairs: str) -> Sequence[tuple[Tensor, Tensor]]:
    """Ordered pairs (anchors, others) of views that are contrasted."""
    named = [(name, view) for name, of in views.items() for view in of]
    return [
        (a, b)
        for (first, a), (second, b) in permutations(named, 2)
        if pairs == "all" or (first == second) == (pairs == "within")
    ]


def many_positives(
    anchors: Tensor, others: Tensor, setting: Setting, negatives: Tensor | None, positives: Tensor
) -> Tensor:
    """Hard-negative NT-Xent with several positives an anchor, each contrasted with the same negatives.

    The loss of anchor i is the weighted mean over its positives j of -log(exp(a_ij) / (exp(a_ij) + G_i)),
    its own trial with weight 1; G_i is that of `train.losses` at τ⁺ = 0. With β = 0 and positives of the
    anchor's label it is SupCon with positives left out of the denominator (Khosla et al. 2020, arXiv
    2004.11362, with that one change, which lets G be what it is in the paper).

    Args:
        anchors: (B, D) unit vectors.
        others: (B, D) unit vectors of another view.
        setting: Temperature and β.
        negatives: (B, B) bool; None: all that are no positives.
        positives: (B, B) weights of at least 0; the diagonal is taken as 1.
    """
    with torch.autocast("cpu", enabled=False):
        a = anchors.float() @ others.float().T / setting.temperature
    weights = positives.clone().fill_diagonal_(1.0)
    allowed = weights == 0 if negatives is None else negatives.clone().fill_diagonal_(False)
    rho, n = dense_log_means(a, allowed, setting.beta, None)
    some = n > 0
    log_g = torch.where(some, n, 1.0).log() + rho
    terms = torch.logaddexp(torch.zeros_like(a), log_g[:, None] - a) * weights
    if not bool(some.any()):
        return a.sum() * 0.0
    return (terms.sum(dim=1) / weights.sum(dim=1))[some].mean()
