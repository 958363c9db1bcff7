"""Readings of a network for the tables: probes on all labels and on few, predictions, accuracies.

Test trials enter here and nowhere before. Legend: N trials, M modalities.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations

from torch import Tensor

from .encoders import Network
from .inference import Spreading, fused_similarity, spread
from .labels import DRAWS, Amount, draw
from .probes import (
    FEW_PENALTY,
    PENALTY,
    SPREAD_PENALTY,
    Standard,
    accuracy,
    centered,
    logistic,
)
from .supervise import Supervision, predict
from .trials import Trials


@dataclass(frozen=True, slots=True)
class FewLabels:
    """Accuracies with k labels a class, of one draw, in percent."""

    amount: Amount
    number: int
    """Of the draw."""
    plain: dict[str, float]
    """Subset of the modalities -> a probe on the labeled trials alone."""
    spread: dict[str, float]
    """Likewise, a probe on all training trials with the labels that `inference.spread` infers."""
    inferred: float
    """Share of the training trials whose inferred label is right: known only here, never to a method."""


def subsets(modalities: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Name -> modalities: all together first, then the smaller ones ("imu+skeleton", "imu", "skeleton")."""
    sizes = range(len(modalities), 0, -1)
    return {"+".join(names): names for size in sizes for names in combinations(modalities, size)}


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """Features of frozen encoders for training and test trials, scaled for probes."""

    train: dict[str, Tensor]
    """Subset -> (N, F)."""
    test: dict[str, Tensor]
    similarity: Tensor
    """(N, N) of the training trials, all modalities together."""

    @classmethod
    def of(cls, network: Network, train: Trials, test: Trials) -> "Frozen":
        """Scaled by the training trials; a test trial changes nothing but its own row."""
        seen, unseen = network.features(train.samples), network.features(test.samples)
        standard = Standard.of(seen)
        names = subsets(network.modalities)
        return cls(
            {subset: standard(seen, names[subset]) for subset in names},
            {subset: standard(unseen, names[subset]) for subset in names},
            fused_similarity(list(centered(seen).values())),
        )


def linear_probe(frozen: Frozen, train: Trials) -> dict[str, Tensor]:
    """Subset -> (N,) predictions for the test trials, from all training labels."""
    return {
        subset: logistic(x, train.labels, train.classes, penalty=PENALTY)
        .logits(frozen.test[subset])
        .argmax(dim=1)
        for subset, x in frozen.train.items()
    }


def few_labels(frozen: Frozen, train: Trials, test: Trials, amount: Amount, number: int) -> FewLabels:
    """Probes of one draw; `train` has all labels, of which `labels.draw` says which are used."""
    rows = draw(train.labels, amount, number)
    shares = spread(frozen.similarity, rows, train.labels[rows], train.classes, Spreading())
    inferred = shares.argmax(dim=1)
    plain, wide = {}, {}
    for subset, x in frozen.train.items():
        y = frozen.test[subset]
        few = logistic(x[rows], train.labels[rows], train.classes, penalty=FEW_PENALTY)
        all_of_them = logistic(x, inferred, train.classes, penalty=SPREAD_PENALTY, iterations=30)
        plain[subset] = accuracy(few.logits(y).argmax(dim=1), test.labels)
        wide[subset] = accuracy(all_of_them.logits(y).argmax(dim=1), test.labels)
    return FewLabels(amount, number, plain, wide, accuracy(inferred, train.labels))


def label_curve(
    frozen: Frozen, train: Trials, test: Trials, amounts: tuple[Amount, ...]
) -> list[dict[str, object]]:
    """`few_labels` for each amount and draw, as plain dictionaries."""
    return [
        asdict(few_labels(frozen, train, test, amount, number))
        for amount in amounts
        for number in range(DRAWS)
    ]


def predictions(network: Network, test: Trials, settings: Supervision) -> dict[str, Tensor]:
    """Subset -> (N,) predictions of the supervised head."""
    names = subsets(network.modalities)
    return {subset: predict(network, test.samples, names[subset], settings) for subset in names}


def accuracies(predicted: Mapping[str, Tensor], test: Trials) -> dict[str, float]:
    """Subset -> percent."""
    return {subset: accuracy(labels, test.labels) for subset, labels in predicted.items()}
