"""The loss entry point as tests call it: two modalities, two views of one, or many modalities."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from hnhar.train.losses.defective import defective_loss
from hnhar.train.losses.inputs import Pairs, Setting
from hnhar.train.losses.loss import hard_negative_loss


def split(options: Mapping[str, Any], pairs: Pairs = "cross") -> tuple[Setting, dict[str, Any]]:
    """The equation's setting, and what else the entry point is given."""
    names = ("temperature", "beta", "tau_plus")
    setting = Setting(**{name: options[name] for name in names if name in options}, pairs=pairs)
    return setting, {name: value for name, value in options.items() if name not in names}


def cross_modal(z1: Tensor, z2: Tensor, **options: Any) -> Tensor:
    return multimodal([z1, z2], **options)


def two_views(view1: Tensor, view2: Tensor, **options: Any) -> Tensor:
    setting, given = split(options, "within")
    return hard_negative_loss({"imu": [view1, view2]}, setting, **given)


def multimodal(modalities: Mapping[str, Tensor] | Sequence[Tensor], **options: Any) -> Tensor:
    setting, given = split(options)
    named = modalities.items() if isinstance(modalities, Mapping) else enumerate(modalities)
    return hard_negative_loss({str(name): [z] for name, z in named}, setting, **given)


def defective(z1: Tensor, z2: Tensor, **options: Any) -> Tensor:
    setting, given = split(options)
    return defective_loss(z1, z2, setting, **given)
