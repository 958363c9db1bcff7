"""Contrastive losses by name: those of `train.losses`, and what other packages add.

A loss is registered under the entry points `hnhar.losses`, one line in the `pyproject.toml` of its package.
"""

from typing import Final, Protocol, cast

from torch import Tensor

from hnhar.model.errors import ConfigError
from hnhar.model.plugins import load, names

from ..losses.inputs import Setting, Views

GROUP: Final = "hnhar.losses"
HARD_NEGATIVE: Final = "hard-negative"
"""The loss of the shipped weights, `losses/loss.py`."""
PUBLIC_CODE: Final = "public-code"
"""The defects of the public code of arXiv 2309.01262, `losses/defective.py`."""


class ContrastiveLoss(Protocol):
    """A differentiable scalar of the views of a batch."""

    def __call__(
        self,
        views: Views,
        setting: Setting,
        *,
        positives: Tensor | None = None,
        negatives: Tensor | None = None,
        presence: Tensor | None = None,
    ) -> Tensor:
        """The mean loss over the anchors.

        Args:
            views: Modality -> its views, (B, D) unit vectors each.
            setting: t, β as it is now, τ⁺, and which views meet.
            positives: (B, B) weights of positives beside the sample itself; None: nobody else is one.
            negatives: (B, B) bool; None: all others.
            presence: (B, M) bool, which modalities each sample has; left out where all have all, so that a
                loss may do without it.

        Raises:
            ValueError: The loss does not take these arguments.
        """
        ...


def loss_names() -> list[str]:
    """Names that `named_loss` knows, sorted."""
    return names(GROUP)


def named_loss(name: str) -> ContrastiveLoss:
    """The loss of this name, of which a ValueError is a ConfigError.

    Raises:
        ConfigError: There is none: the message lists the names; or its package is broken.
    """
    loss = cast(ContrastiveLoss, load(GROUP, name, "loss"))

    def checked(
        views: Views,
        setting: Setting,
        *,
        positives: Tensor | None = None,
        negatives: Tensor | None = None,
        presence: Tensor | None = None,
    ) -> Tensor:
        masks = {} if presence is None else {"presence": presence}
        try:
            return loss(views, setting, positives=positives, negatives=negatives, **masks)
        except TypeError as error:
            if not masks:
                raise
            raise ConfigError(f"the loss '{name}' takes no windows that lack a modality ({error})") from error
        except ValueError as error:
            raise ConfigError(f"the loss '{name}' cannot be used in this way: {error}") from error

    return checked
