"""A modality kind of another package: the pressure under a foot, left and right."""

from typing import ClassVar

import numpy as np
import torch
from torch import nn

from hnhar.model.encoders.config import EncoderConfig
from hnhar.model.errors import OtherKindError
from hnhar.model.modality import ModalityKind
from hnhar.stream.mapping.channel_map import ChannelMap, offer
from hnhar.stream.mapping.kind import ModalityMapping
from hnhar.stream.messages import Feed

INSOLE = ModalityKind("insole", ("left", "right"), ("N", "N"), 20.0, {"compact": "mean_insole"})


class MeanInsole(EncoderConfig, frozen=True, kw_only=True, tag="mean_insole"):
    """Mean pressure over the window."""

    kind: ClassVar[str] = "insole"

    @property
    def features(self) -> int:
        return 8

    def build(self) -> nn.Module:
        return Mean()


class Mean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(2, 8)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        mapped: torch.Tensor = self.project(samples.mean(1))
        return mapped


class Same(ChannelMap):
    def apply(self, samples):  # type: ignore[no-untyped-def]
        return samples.astype(np.float32)


class InsoleMapping(ModalityMapping):
    name = "insole"
    title = "insole"
    stream_type = "Insole"
    types = frozenset({"insole"})

    def map(self, streams, modality, options, *, placement, samples):  # type: ignore[no-untyped-def]
        (stream,) = streams
        if stream.channels != modality.channels:
            raise OtherKindError(f"{offer(stream)}; wanted are left and right")
        return (Same(Feed(modality.name, modality.name, (0, 1)), ()),)
