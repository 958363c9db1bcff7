"""LSL outlets: recorded data and markers with proper meta-data, and our own predictions and events.

Skeletons follow the XDF MoCap conventions (label, marker, type PositionX…, unit); markers are `label/start`
and `label/stop`, since a marker has no duration. Every outlet has a source_id that stays the same when it is
started again.
"""

from collections.abc import Sequence

import numpy as np
import pylsl
from numpy.typing import NDArray

from ..mapping.kind import find_mapping
from ..messages import Event, Prediction, StreamDescription
from ..recordings.recording import Annotation
from ..recordings.xdf.select import RECOGNIZED


def stream_info(description: StreamDescription, modality: str = "", subject: str = "") -> pylsl.StreamInfo:
    """LSL declaration of a numeric stream; `describe` reads back what it was given (meters as "meters")."""
    info = pylsl.StreamInfo(
        description.name,
        description.type,
        len(description.channels),
        description.nominal_rate,
        pylsl.cf_float32,
        description.source_id,
    )
    desc, carried = info.desc(), find_mapping(modality)
    channels = desc.append_child("channels")
    for label, unit in zip(description.channels, description.units, strict=True):
        channel = channels.append_child("channel")
        fields = {"label": label, "unit": unit}
        if carried:
            fields |= carried.metadata(label, unit)
        for key, value in fields.items():
            if value:
                channel.append_child_value(key, value)
    if description.placement:
        desc.append_child("setup").append_child_value("placement", description.placement)
    if subject:
        desc.append_child("subject").append_child_value("id", subject)
    desc.append_child("acquisition").append_child_value("manufacturer", description.manufacturer or "hnhar")
    return info


class DataOutlet:
    """One numeric stream on the network."""

    def __init__(self, description: StreamDescription, modality: str = "", subject: str = "") -> None:
        self.description = description
        self._outlet = pylsl.StreamOutlet(stream_info(description, modality, subject), 0, 30)

    def push(self, samples: NDArray[np.float32], timestamps: Sequence[float] | NDArray[np.float64]) -> None:
        """Send (n, channels) samples stamped `timestamps` (n,), s on the local LSL clock."""
        if len(samples):
            self._outlet.push_chunk(np.ascontiguousarray(samples, dtype=np.float32), timestamps)

    @property
    def connected(self) -> bool:
        """True if somebody reads it."""
        return bool(self._outlet.have_consumers())


class MarkerOutlet:
    """One stream of text markers."""

    def __init__(self, name: str, source_id: str, subject: str = "") -> None:
        info = pylsl.StreamInfo(name, "Markers", 1, 0.0, pylsl.cf_string, source_id)
        info.desc().append_child("acquisition").append_child_value("manufacturer", "hnhar")
        if subject:
            info.desc().append_child("subject").append_child_value("id", subject)
        self._outlet = pylsl.StreamOutlet(info)

    def push(self, marker: str, timestamp: float) -> None:
        """Send one marker, s on the local LSL clock."""
        self._outlet.push_sample([marker], timestamp)


def markers_of(annotations: Sequence[Annotation]) -> list[tuple[float, str]]:
    """(time, marker) of annotations in order of time: `label/start` and `label/stop`; one `label` for an
    instant.

    Where one ends as another begins, the end comes first.
    """
    marked: list[tuple[float, int, str]] = []
    for annotation in annotations:
        if annotation.duration > 0:
            marked.append((annotation.onset, 1, f"{annotation.label}/start"))
            marked.append((annotation.offset, 0, f"{annotation.label}/stop"))
        else:
            marked.append((annotation.onset, 1, annotation.label))
    return [(time, text) for time, _, text in sorted(marked)]


class PredictionOutlet:
    """Predictions of one wearer as an irregular stream: a channel for each label (calibrated probability),
    and unknown.

    Name `hnhar-predictions`, type `Predictions`, stamped with the end of the window; the wearer is in
    desc/subject/id and the source_id.
    """

    def __init__(self, wearer: str, labels: Sequence[str], model: str = "") -> None:
        self._labels = tuple(labels)
        description = StreamDescription(
            name="hnhar-predictions",
            type="Predictions",
            source_id=f"hnhar-predictions:{wearer}",
            channels=(*self._labels, "unknown"),
            units=("probability",) * len(self._labels) + ("",),
            nominal_rate=0.0,
            manufacturer=f"hnhar {model}".strip(),
        )
        self._outlet = DataOutlet(description, subject=wearer)

    def push(self, prediction: Prediction) -> None:
        """Send one prediction."""
        row = [prediction.probabilities.get(label, 0.0) for label in self._labels]
        self._outlet.push(np.array([[*row, float(prediction.unknown)]], dtype=np.float32), [prediction.end])


class EventOutlet:
    """Events of one wearer as markers `label/start` and `label/stop`, stamped with their onset and offset.

    Name `hnhar-events`, type `Markers`: a recorder stores them beside the data.
    """

    def __init__(self, wearer: str) -> None:
        self._outlet = MarkerOutlet(RECOGNIZED, f"{RECOGNIZED}:{wearer}", wearer)

    def push(self, event: Event) -> None:
        """Send one onset or offset."""
        if event.kind == "onset":
            self._outlet.push(f"{event.label}/start", event.onset)
        else:
            self._outlet.push(f"{event.label}/stop", event.onset + (event.duration or 0.0))
