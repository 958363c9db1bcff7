"""Contrastive losses in log space, with the symbols of the paper: pure functions of unit vectors.

`z1` and `z2` are (B, D) unit vectors of the same B samples, one from each modality. With
`a_ij = <z1_i, z2_j> / t` there are 2B anchors, the rows and the columns of `a`; an anchor's positive is its
diagonal entry `p` and its negatives are the other n = B - 1 entries of its row or column.

Hard negatives (Choi, Beedu, Essa, arXiv 2309.01262; Robinson et al., ICLR 2021, arXiv 2010.04592) are drawn
from `q(x) ∝ exp(β a) p(x)` by importance weights and debiased by the class prior τ⁺:

    R = n · mean(exp((1+β) a)) / mean(exp(β a))
    G = max((R - τ⁺ n exp(p)) / (1 - τ⁺),  n exp(-1/t))
    L = mean over anchors of  -log(exp(p) / (exp(p) + G))

β = 0 is the debiased loss (Chuang et al., NeurIPS 2020, arXiv 2007.00224), τ⁺ = 0 besides is NT-Xent. The
weight is exp(β·s/t) for a similarity s, so what means the same across temperatures is κ = β/t.

Each comes in three forms: of two modalities, `…_unimodal` of two augmented views of one (2B anchors,
n = 2B - 2), and `…_multimodal` of any number of modalities of which samples may lack some. All take

- `labels`: (B,) class of each sample. Given, samples of the anchor's own class are no negatives of it, so
  that every negative is a true one (τ⁺ must then be 0). A label below 0 is an unknown class: of that sample
  only itself is left out.
- `negatives`: (B, B) bool, or weights of at least 0: entry (i, j) says whether, or how much of, a negative
  sample j of the second modality is of sample i of the first, and the other way round. The diagonal never is
  one. n becomes the anchor's sum of weights, and both means are weighted. It is a constant: no gradient flows
  into it.
- `tile`: how many rows and columns of the similarities are held at a time, see `losses_tiled`. None: by size,
  all of them up to `losses_batch.DENSE_ENTRIES`. 0: all of them, B² values about eight times.

An anchor without any negative is left out of the mean; without any anchor the loss and its gradient are 0.
Everything is computed in fp32 or fp64, inside an autocast region too. `ValueError` says what does not fit.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor

from . import inputs
from .batch import Samples, cross_modal, mean, two_views
from .diagnostics import clamp_share, effective_negatives, false_negative_mass

__all__ = [
    "clamp_share",
    "effective_negatives",
    "false_negative_mass",
    "hard_negative_nt_xent",
    "hard_negative_nt_xent_multimodal",
    "hard_negative_nt_xent_unimodal",
    "nt_xent",
    "nt_xent_multimodal",
    "nt_xent_unimodal",
]


def nt_xent(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
) -> Tensor:
    """Cross-modal NT-Xent: cross-entropy of each row and each column of the similarities with its diagonal.

    Args:
        z1: (B, D) unit vectors of one modality.
        z2: (B, D) unit vectors of the other, in the same order.
        temperature: t > 0.
        labels: (B,), see the top of this file.
        negatives: (B, B), see there.
        tile: see there.

    Returns:
        The mean over the 2B anchors, a scalar.
    """
    return hard_negative_nt_xent(
        z1, z2, temperature=temperature, beta=0, tau_plus=0, labels=labels, negatives=negatives, tile=tile
    )


def hard_negative_nt_xent(
    z1: Tensor,
    z2: Tensor,
    *,
    temperature: float,
    beta: float,
    tau_plus: float,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
) -> Tensor:
    """Debiased cross-modal NT-Xent whose negatives are weighted by exp(β·a).

    Args:
        z1: (B, D) unit vectors of one modality.
        z2: (B, D) unit vectors of the other, in the same order.
        temperature: t > 0.
        beta: concentration β ≥ 0 (0: debiased only).
        tau_plus: class prior τ⁺ in [0, 1) (0: no debiasing; with `beta=0` this is `nt_xent`).
        labels: (B,), see the top of this file.
        negatives: (B, B), see there.
        tile: see there.

    Returns:
        The mean over the anchors, a scalar. Its gradient flows through the weights exp(β·a).
    """
    return hard_negative_nt_xent_multimodal(
        (z1, z2),
        temperature=temperature,
        beta=beta,
        tau_plus=tau_plus,
        labels=labels,
        negatives=negatives,
        tile=tile,
    )


def nt_xent_unimodal(
    view1: Tensor,
    view2: Tensor,
    *,
    temperature: float,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
) -> Tensor:
    """NT-Xent of SimCLR (Chen et al., ICML 2020, arXiv 2002.05709); takes what `nt_xent` takes."""
    return hard_negative_nt_xent_unimodal(
        view1,
        view2,
        temperature=temperature,
        beta=0,
        tau_plus=0,
        labels=labels,
        negatives=negatives,
        tile=tile,
    )


def hard_negative_nt_xent_unimodal(
    view1: Tensor,
    view2: Tensor,
    *,
    temperature: float,
    beta: float,
    tau_plus: float,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
) -> Tensor:
    """Debiased NT-Xent with weighted negatives between two augmented views of one modality (HCL).

    Each of the 2B views is an anchor: its positive is the other view of its sample, its n = 2B - 2 negatives
    are both views of all others.

    Args:
        view1: (B, D) unit vectors of one augmentation.
        view2: (B, D) unit vectors of another, in the same order.
        temperature: t > 0.
        beta: β ≥ 0.
        tau_plus: τ⁺ in [0, 1).
        labels: (B,), see the top of this file.
        negatives: (B, B), see there: of whichever views of the two samples.
        tile: see there.

    Returns:
        The mean over the anchors, a scalar.
    """
    setting = inputs.Setting(temperature, beta, tau_plus)
    views = inputs.embeddings(view1, view2)
    group = inputs.groups(len(view1), labels, setting, view1.device)
    weights = inputs.pair_weights(negatives, views[0])
    return mean(two_views(Samples(views, None, group), setting, weights, tile))


def nt_xent_multimodal(
    embeddings: Mapping[str, Tensor] | Sequence[Tensor],
    *,
    temperature: float,
    presence: Tensor | None = None,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
) -> Tensor:
    """NT-Xent over every pair of modalities (CMC, Tian et al., ECCV 2020, arXiv 1906.05849).

    Takes what `hard_negative_nt_xent_multimodal` takes.
    """
    return hard_negative_nt_xent_multimodal(
        embeddings,
        temperature=temperature,
        beta=0,
        tau_plus=0,
        presence=presence,
        labels=labels,
        negatives=negatives,
        tile=tile,
    )


def hard_negative_nt_xent_multimodal(
    embeddings: Mapping[str, Tensor] | Sequence[Tensor],
    *,
    temperature: float,
    beta: float,
    tau_plus: float,
    presence: Tensor | None = None,
    labels: Tensor | None = None,
    negatives: Tensor | None = None,
    tile: int | None = None,
) -> Tensor:
    """`hard_negative_nt_xent` over every ordered pair of modalities, of which samples may lack some.

    Sample i is an anchor of the pair (m, m') if it has both; its negatives are the others that have m',
    whether they have m or not, and n is their number: it differs from anchor to anchor.

    Args:
        embeddings: M ≥ 2 of (B, D) unit vectors, by name or in order. What an absent one holds is never read.
        temperature: t > 0.
        beta: β ≥ 0.
        tau_plus: τ⁺ in [0, 1).
        presence: (B, M) bool, which modalities each sample has, in the order of `embeddings`. None: all.
        labels: (B,), see the top of this file.
        negatives: (B, B), see there; of a pair of modalities the earlier in `embeddings` is the first.
        tile: see there.

    Returns:
        The mean over all anchors of all pairs, a scalar. With two modalities that are all there it is
        `hard_negative_nt_xent`.
    """
    setting = inputs.Setting(temperature, beta, tau_plus)
    modalities = inputs.embeddings(*inputs.by_modality(embeddings))
    group = inputs.groups(len(modalities[0]), labels, setting, modalities[0].device)
    samples = Samples(modalities, inputs.presences(presence, modalities), group)
    weights = inputs.pair_weights(negatives, modalities[0])
    return mean(cross_modal(samples, setting, weights, tile))
