"""Encoder configurations: what an encoder is built from, found by entry points (group `hnhar.encoders`).

The name under which a configuration is registered is the `type` that a bundle's architecture gives.
"""

from functools import cache
from typing import Any, ClassVar, Final, Self

import msgspec
from torch import nn

from .. import plugins
from ..errors import ConfigError
from ..modality import Modality

GROUP: Final = "hnhar.encoders"
"""Entry points: `type` of an encoder -> its subclass of `EncoderConfig`."""


class EncoderConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one encoder; a subclass has `tag="..."`, the name under which it is registered."""

    kind: ClassVar[str] = ""
    """Name of the kind of modality that it takes."""

    @property
    def features(self) -> int:
        """Length of the feature vector."""
        raise NotImplementedError

    @classmethod
    def for_windows(cls, modality: Modality, steps: int) -> Self:
        """The configuration for windows of `steps` grid points of `modality`."""
        del modality, steps
        return cls()

    def build(self) -> nn.Module:
        """The encoder: (B, T, C) in canonical units -> (B, `features`)."""
        raise NotImplementedError


@cache
def encoder_of(name: str) -> type[EncoderConfig]:
    """The configuration registered under a name. Raises ConfigError where there is none usable."""
    found = plugins.load(GROUP, name, "encoder")
    if not (isinstance(found, type) and issubclass(found, EncoderConfig)):
        raise ConfigError(f"the encoder '{name}' cannot be used: it is no subclass of EncoderConfig")
    if found.__struct_config__.tag != name:
        raise ConfigError(f"the encoder '{name}' cannot be used: its tag is not '{name}'")
    return found


def parse_encoder(fields: dict[str, Any]) -> EncoderConfig:
    """From a bundle's architecture: {"type": ..., settings}.

    Raises:
        ConfigError: No encoder of that type.
        msgspec.ValidationError: A setting is unknown or out of range.
    """
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise msgspec.ValidationError("an encoder without a type")
    return msgspec.convert(fields, encoder_of(kind[:80]))
