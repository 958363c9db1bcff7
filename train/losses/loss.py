"""The contrastive loss: first the form that trained the encoders of the shipped weights, then all of them.

Legend: B samples of a batch, each in one or more views (modalities, augmentations of one), z unit vectors of
width D, t temperature. An anchor is a sample in one view; `a_ij = <z_i, z'_j> / t` is its similarity to
sample j in another view. N_i are its n_i negatives, P_i its positives, with weights w_ij.

Hard negatives (Choi, Beedu, Essa, arXiv 2309.01262; Robinson et al., ICLR 2021, arXiv 2010.04592) are drawn
from `q(x) ∝ exp(β a) p(x)` by importance weights:

    R_i = n_i · mean over N_i of exp((1+β) a_ij) / mean over N_i of exp(β a_ij)

The shipped encoders saw labels, so their negatives are true ones, G_i = R_i, and windows of the anchor's
action are positives beside its own:

    L_i = Σ over P_i of w_ij · -log( exp(a_ij) / (exp(a_ij) + G_i) )  /  Σ over P_i of w_ij

With β = 0 that is SupCon with positives left out of the denominator (Khosla et al. 2020, arXiv 2004.11362).

The paper's equation has one positive, the anchor's own sample with p_i = a_ii, no labels, and takes out by
the class prior τ⁺ what false negatives add:

    G_i = max((R_i - τ⁺ n_i exp(p_i)) / (1 - τ⁺),  n_i exp(-1/t))
    L_i = -log(exp(p_i) / (exp(p_i) + G_i))

β = 0 is the debiased loss (Chuang et al., NeurIPS 2020, arXiv 2007.00224); τ⁺ = 0 besides, the default, is
NT-Xent: CMC across modalities (Tian et al., ECCV 2020, arXiv 1906.05849), SimCLR within one (Chen et al.,
ICML 2020, arXiv 2002.05709). The weight is exp(β·s/t) for a similarity s, so what means the same across
temperatures is κ = β/t. Everything is computed in log space, in fp32 or fp64, inside an autocast region too.
"""

from itertools import permutations

import torch
from torch import Tensor

from . import batch, inputs
from .anchor import dense_log_means
from .batch import Samples
from .distributed import Processes, gathered, shared_mean
from .inputs import Pairs, Setting, Views, full_precision


def several_positives(
    anchors: Tensor,
    others: Tensor,
    setting: Setting,
    negatives: Tensor | None,
    positives: Tensor,
    there: Tensor | None = None,
) -> Tensor:
    """Hard-negative NT-Xent with several positives an anchor, each contrasted with the same negatives.

    Args:
        anchors: (B, D) unit vectors of one view.
        others: (B, D) unit vectors of another view.
        setting: t and β.
        negatives: (B, B) bool; None: all that are no positives. The diagonal is never one.
        positives: (B, B) weights w of at least 0; the diagonal, the anchor's own sample, is taken as 1.
        there: (B, 2) bool, whether a sample has the first view and the second: one that lacks the second is
            neither positive nor negative of others, one that lacks either is no anchor, and what it holds is
            never read. None: all have both.

    Returns:
        The mean of L_i over the anchors that have a negative, a scalar.
    """
    anchors, others = inputs.embeddings(anchors, others)
    if there is not None:
        anchors, others = (
            z.masked_fill(~has[:, None], 0.0) for z, has in zip((anchors, others), there.T, strict=True)
        )
    with full_precision(anchors):
        a = anchors @ others.T / setting.temperature
    w = inputs.pair_weights(positives, anchors, "positives").clone().fill_diagonal_(1.0)
    allowed = w == 0 if negatives is None else negatives.clone().fill_diagonal_(False)
    if there is not None:
        w, allowed = w * there[:, 1], allowed & there[:, 1]
    rho, n = dense_log_means(a, allowed, setting.beta, None)
    some = n > 0 if there is None else (n > 0) & there.all(dim=1)
    log_g = torch.where(some, n, 1.0).log() + rho
    terms = torch.logaddexp(torch.zeros_like(a), log_g[:, None] - a) * w
    if not bool(some.any()):
        return a.sum() * 0.0
    return (terms.sum(dim=1) / w.sum(dim=1).masked_fill(~some, 1.0))[some].mean()


def hard_negative_loss(
    views: Views,
    setting: Setting,
    *,
    positives: Tensor | None = None,
    negatives: Tensor | None = None,
    labels: Tensor | None = None,
    presence: Tensor | None = None,
    tile: int | None = None,
    processes: Processes | None = None,
) -> Tensor:
    """NT-Xent with hard negatives over all anchors of a batch.

    Args:
        views: Modality -> its views, (B, D) unit vectors each; as many views of each modality. What an absent
            modality holds is never read.
        setting: t, β, τ⁺, and which views meet.
        positives: (B, B) weights of at least 0 of positives beside the sample itself, symmetric, diagonal
            ignored; τ⁺ must then be 0. None: nobody else is one.
        negatives: (B, B) bool, or weights of at least 0: how much of a negative sample j of the second view
            is of sample i of the first (of a pair the earlier is the first), and the other way round. The
            diagonal never is one; n becomes the anchor's sum of weights. With `positives` a bool mask.
            A constant: no gradient flows into it. None: all others.
        labels: (B,) class of each sample: those of the anchor's own class are no negatives of it (τ⁺ must
            then be 0). Below 0: unknown, and only the sample itself is left out.
        presence: (B, M) bool, which modalities each sample has, in the order of `views`. A sample is an
            anchor of a pair if it has both; negatives, and positives, are the others that have the second.
            Pairs of views that no sample has both of do not count. None: all.
        tile: Rows and columns of the similarities that are held at a time (`tiled.py`): memory O(B·D +
            tile²). 0: all B². None: by size, all up to `batch.DENSE_ENTRIES`.
        processes: The samples are this process's part of a batch, and negatives come from all processes
            (`distributed.py`). None: one process.

    Returns:
        The mean over the anchors that have a negative, of all pairs of views that meet, a scalar; 0, and so
        its gradient, where there is none. Gradient flows through the weights exp(β a).

    Raises:
        ValueError: Arguments do not fit together.
    """
    if positives is not None:
        _refuse_with_positives(setting, labels=labels, tile=tile, processes=processes)
        return _with_positives(views, setting, negatives, positives, presence)
    if processes is not None and negatives is not None:
        raise ValueError("negatives for each pair are not offered across processes: give labels")
    meeting_groups = groups_that_meet(views, setting.pairs)
    if processes is not None and len(meeting_groups) > 1:
        raise ValueError("across processes one group of views meets: one view of each modality, or all pairs")
    losses = []
    for group in meeting_groups:
        z = inputs.embeddings(*group, fewest=2 if processes is None else 0)
        there = _presence_of(group, views, setting.pairs, presence)
        if processes is None:
            samples = Samples(z, there, inputs.groups(len(z[0]), labels, setting, z[0].device))
            form = batch.two_views if setting.pairs == "within" else batch.cross_modal
            weights = None if negatives is None else inputs.pair_weights(negatives, z[0])
            losses.append(batch.mean(form(samples, setting, weights, tile)))
        else:
            part, whole = gathered(z, there, labels, setting, processes)
            form_of_part = batch.two_views_part if setting.pairs == "within" else batch.cross_modal_part
            losses.append(shared_mean(form_of_part(part, whole, setting, tile), processes))
    return torch.stack(losses).mean()


def _with_positives(
    views: Views, setting: Setting, negatives: Tensor | None, positives: Tensor, presence: Tensor | None
) -> Tensor:
    """The mean of `several_positives` over the ordered pairs of views that some sample has."""
    if presence is None:
        meeting = pairs_that_meet(views, setting.pairs)
        losses = [several_positives(a, b, setting, negatives, positives) for a, b in meeting]
        return torch.stack(losses).mean()
    has = inputs.presences(presence, [of[0] for of in views.values()])
    columns = {name: column for column, name in enumerate(views)}
    losses = []
    for (first, a), (second, b) in _named_pairs(views, setting.pairs):
        there = has[:, [columns[first], columns[second]]]
        if bool(there.all(dim=1).any()):
            losses.append(several_positives(a, b, setting, negatives, positives, there))
    if not losses:
        raise ValueError("no sample has two views that meet")
    return torch.stack(losses).mean()


def pairs_that_meet(views: Views, pairs: Pairs) -> list[tuple[Tensor, Tensor]]:
    """Ordered pairs (anchors, others) of single views that are contrasted; ValueError where there is none."""
    return [(a, b) for (_, a), (_, b) in _named_pairs(views, pairs)]


def _named_pairs(views: Views, pairs: Pairs) -> list[tuple[tuple[str, Tensor], tuple[str, Tensor]]]:
    """`pairs_that_meet` with the modality of each view."""
    named = [(name, view) for name, of in views.items() for view in of]
    found = [
        (first, second)
        for first, second in permutations(named, 2)
        if pairs == "all" or (first[0] == second[0]) == (pairs == "within")
    ]
    if not found:
        raise ValueError(f"no two of these views make a pair of kind '{pairs}'")
    return found


def groups_that_meet(views: Views, pairs: Pairs) -> list[list[Tensor]]:
    """Groups of views all of which are contrasted with each other.

    "within": the two views of each modality; "cross": the first views of all modalities, the second ones, and
    so on; "all": every view.
    """
    counts = {len(of) for of in views.values()}
    if len(counts) != 1:
        raise ValueError("every modality must have as many views as the others")
    if pairs == "within":
        if counts != {2}:
            raise ValueError(f"contrasting within modalities takes two views of each, not {counts.pop()}")
        return [list(of) for of in views.values()]
    groups = [[view for of in views.values() for view in of]]
    if pairs == "cross":
        groups = [list(view) for view in zip(*views.values(), strict=True)]
    if not groups or len(groups[0]) < 2:
        raise ValueError(f"a contrast of {pairs} views needs at least two")
    return groups


def _presence_of(group: list[Tensor], views: Views, pairs: Pairs, presence: Tensor | None) -> Tensor | None:
    """(B, views of the group) bool, from that of the modalities."""
    if presence is None:
        return None
    if pairs == "within":
        raise ValueError("contrasting within modalities takes samples that have them: leave the others out")
    first_views = [of[0] for of in views.values()]
    checked = inputs.presences(presence, first_views)
    return checked.repeat_interleave(len(group) // len(views), dim=1)


def _refuse_with_positives(setting: Setting, **given: object) -> None:
    """Raise ValueError for arguments that the equation with several positives does not take."""
    if setting.tau_plus > 0:
        raise ValueError("a loss with several positives an anchor must have tau_plus = 0")
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"positives are given for each pair of one batch, and go without {name}")
