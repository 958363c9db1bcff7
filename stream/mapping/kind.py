"""Kinds of modality as streams: recognition of a stream, mapping of its channels, checks of its samples.

A kind's `ModalityMapping` is found by entry points (group `hnhar.mappings`) under the name of its
`hnhar.model.modality.ModalityKind`; docs/extending.md has an example.
"""

import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model import plugins
from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality, kind_of

from ..messages import StreamDescription
from .channel_map import ChannelMap, MappingOptions

GROUP: Final = "hnhar.mappings"
"""Entry points: name of a kind -> its subclass of `ModalityMapping`."""
PROBE: Final = 500
"""Samples of one block of those by which a recorded stream is judged."""
WHOLE: Final = "whole"
"""In place of a sensor's name, for a stream that has all sensors of a kind."""
_log = logging.getLogger(__name__)


class ModalityMapping(ABC):
    """A kind of modality as streams carry it. Subclass it; only `map` has no default."""

    name: ClassVar[str]
    """Name of the kind."""
    title: ClassVar[str]
    """Name in messages: "IMU"."""
    stream_type: ClassVar[str]
    """LSL type of a stream of it that a recording or a synthesis gives."""
    types: ClassVar[frozenset[str]] = frozenset()
    """LSL types that say so, lower case."""
    sensors: ClassVar[tuple[str, ...]] = ()
    """Sensors that a device may send as one stream each; a stream of such a type is that sensor."""
    partial: ClassVar[bool] = False
    """Some of its channels have no value now and then, as hidden joints have not."""
    within: ClassVar[str] = ""
    """Kind whose streams have all of it, and serve it too: an accelerometer is in every IMU."""
    worn: ClassVar[bool] = False
    """It lies where the device is worn, so a placement can be wrong."""
    first: ClassVar[bool] = False
    """A recording of it is judged by its first samples that say something, as it is live."""
    blank: ClassVar[str] = "its samples do not show its unit yet"
    """Message while samples are blank (`is_blank`)."""

    def sensor_in(self, stream: StreamDescription) -> str | None:
        """`WHOLE`, or the one of `sensors` that a stream has; None where nothing says that it is of this
        kind. Before a stream is opened its labels and units are "".
        """
        return WHOLE if stream.type.strip().lower() in self.types else None

    def rank(self, stream: StreamDescription) -> int:
        """Place of a stream among those of one device that measure the same: the lowest is preferred."""
        return 0

    @abstractmethod
    def map(
        self,
        streams: Sequence[StreamDescription],
        modality: Modality,
        options: MappingOptions,
        *,
        placement: str,
        samples: Sequence[NDArray[np.floating]] | None,
    ) -> tuple[ChannelMap, ...]:
        """One map for each stream; together they feed `modality`. See `mapping.map_streams`.

        Raises ChannelError that says what was asked, what the streams offer, and what to do; OtherKindError
        where they have nothing of it.
        """

    def check_options(self, options: MappingOptions) -> None:  # noqa: B027 (no option is wrong by default)
        """Refuse options that no stream could make right. Raises ChannelError."""

    def needs_samples(self, streams: Sequence[StreamDescription], options: MappingOptions) -> bool:
        """True if `map` needs samples, for instance to infer a unit."""
        return False

    def is_blank(
        self, stream: StreamDescription, samples: NDArray[np.floating], options: MappingOptions
    ) -> bool:
        """True if (n, channels) samples do not yet show what `map` needs them for."""
        return False

    def probe(self, rate: float) -> int:
        """Samples of one block of those by which a recorded stream of `rate` Hz (0: irregular) is judged."""
        return PROBE

    def share(self, options: MappingOptions) -> int:
        """Number of the wearer's part in a stream that several share; 0 for a whole stream."""
        return 0

    def metadata(self, label: str, unit: str) -> Mapping[str, str]:
        """Further elements of a channel's LSL meta-data, as the XDF conventions have them."""
        return {}


@cache
def mapping_of(kind: str) -> ModalityMapping:
    """The mapping registered for a kind. Raises ConfigError where there is none, or it cannot be used."""
    mapping = plugins.part(GROUP, kind, "mapping of a modality", needs=("map",))
    if not isinstance(mapping, ModalityMapping) or getattr(mapping, "name", "") != kind:
        raise ConfigError(
            f"the mapping of a modality '{kind}' cannot be used: it is no ModalityMapping of that name"
        )
    lacking = [name for name in ("title", "stream_type") if not hasattr(mapping, name)]
    if lacking:
        raise ConfigError(
            f"the mapping of a modality '{kind}' cannot be used: it has no {' and no '.join(lacking)}"
        )
    return mapping


def find_mapping(kind: str) -> ModalityMapping | None:
    """The mapping of a kind; None where there is none usable."""
    return next((mapping for mapping in mappings() if mapping.name == kind), None)


def mappings() -> tuple[ModalityMapping, ...]:
    """Mappings of all registered kinds; a broken one is left out, with one warning."""
    return _usable(tuple(sys.path))


@cache
def _usable(path: tuple[str, ...]) -> tuple[ModalityMapping, ...]:
    """`path` is the key of the cache, since entry points are found along it."""
    del path
    found: list[ModalityMapping] = []
    for name in plugins.names(GROUP):
        try:
            kind_of(name)
            found.append(mapping_of(name))
        except ConfigError as error:
            _log.warning("%s", error)
    return tuple(found)


def titles(joined: str = " and ", each: str = "no ") -> str:
    """The kinds in words: "no IMU and no skeleton"; without those that lie within another."""
    return joined.join(f"{each}{mapping.title}" for mapping in mappings() if not mapping.within)
