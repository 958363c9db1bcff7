"""Validation of opened streams against a modality, by their meta-data and their first second of samples."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality

from ..mapping.channel_map import ChannelMap, MappingOptions
from ..mapping.kind import mapping_of
from ..mapping.mapping import map_streams
from ..messages import StreamDescription
from .connection import Connection, Opened, Probed, Report


class Validation:
    """Validation of the streams that are to supply a modality together. Pure but for the reports."""

    def __init__(
        self, connections: Sequence[Connection], modality: Modality, options: MappingOptions, placement: str
    ) -> None:
        """`placement`: where the weights' IMU was worn."""
        self.passed = False
        """Channel maps were given out."""
        self.blank = False
        """The last probe did not show what the map needs: a sensor has to move first, or somebody to come
        into view."""
        self._connections = tuple(connections)
        self._modality = modality
        self._mapping = mapping_of(modality.kind)
        self._options = options
        self._placement = placement
        self._opened: dict[Connection, StreamDescription] = {}
        self._probes: dict[Connection, NDArray[np.float64]] = {}

    @property
    def waiting(self) -> str:
        """Reason why a blank probe does not do."""
        return self._mapping.blank

    @property
    def description(self) -> StreamDescription | None:
        """Description of the first stream, once it is known."""
        return self._opened.get(self._connections[0])

    def take(self, report: Report) -> bool:
        """Note a connection's report; True once all streams are known."""
        if report.connection not in self._connections:
            return False
        if isinstance(report, Opened):
            self._opened[report.connection] = report.description
        elif isinstance(report, Probed):
            self._probes[report.connection] = report.samples
        return len(self._opened) == len(self._connections)

    def judge(self) -> tuple[ChannelMap, ...] | None:
        """A map for each stream, once: None while samples are needed for it, and when the streams are judged
        again by their first second.

        Raises ChannelError where they do not fit.
        """
        complete = len(self._probes) == len(self._connections)
        descriptions = [self._opened[c] for c in self._connections]
        unknown = not self.passed and self._mapping.needs_samples(descriptions, self._options)
        if not complete and (self.passed or unknown):
            return None
        self.blank = complete and unknown and any(map(self._is_blank, self._connections))
        if self.blank:
            self._probes.clear()
            for connection in self._connections:
                connection.probe()
            return None
        maps = map_streams(
            descriptions,
            self._modality,
            self._options,
            placement=self._placement,
            samples=[self._probes[c] for c in self._connections] if complete else None,
        )
        if self.passed:
            return None
        self.passed = True
        return maps

    def _is_blank(self, connection: Connection) -> bool:
        return self._mapping.is_blank(self._opened[connection], self._probes[connection], self._options)
