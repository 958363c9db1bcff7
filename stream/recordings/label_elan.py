"""Annotations of ELAN (.eaf), in tiers. Format: mpi.nl/tools/elan, EAF Annotation Format 3.0."""

from pathlib import Path
from typing import Final

import numpy as np

from hnhar.model.errors import RecordingError

from .guarded_xml import Attributes, XmlVisitor, read_xml
from .score import Recognized

MAX_FILE: Final = 64 << 20
"""bytes; an annotation takes some 300."""
MOST: Final = 200_000
"""Annotations, and time slots."""


class _Eaf(XmlVisitor):
    """Tiers and time slots of a file, as they come."""

    def __init__(self) -> None:
        self.slots: dict[str, float] = {}
        """Time slot -> time, s; NaN where it is not aligned."""
        self.aligned: dict[str, tuple[str, str]] = {}
        """Annotation -> its first and its last time slot."""
        self.parents: dict[str, str] = {}
        """Annotation -> the one that it refers to."""
        self.tiers: dict[str, list[tuple[str, str]]] = {}
        """Tier -> its annotations, each with its text."""
        self._tier = self._annotation = ""
        self.is_eaf = False

    def start(self, name: str, attributes: Attributes) -> None:
        """See `XmlVisitor`."""
        self.is_eaf = self.is_eaf or name == "ANNOTATION_DOCUMENT"
        if name == "TIME_SLOT":
            value = attributes.get("TIME_VALUE", "")
            self.slots[attributes.get("TIME_SLOT_ID", "")] = float(value) / 1000 if value else float("nan")
        elif name == "TIER":
            self._tier = attributes.get("TIER_ID", "")
            self.tiers.setdefault(self._tier, [])
        elif name in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
            self._annotation = attributes.get("ANNOTATION_ID", "")
            if name == "REF_ANNOTATION":
                self.parents[self._annotation] = attributes.get("ANNOTATION_REF", "")
            else:
                ends = attributes.get("TIME_SLOT_REF1", ""), attributes.get("TIME_SLOT_REF2", "")
                self.aligned[self._annotation] = ends
        if max(len(self.slots), len(self.aligned) + len(self.parents)) > MOST:
            raise RecordingError(f"it has more than the {MOST:,} annotations that are read")

    def end(self, name: str, text: str) -> None:
        """See `XmlVisitor`."""
        if name == "ANNOTATION_VALUE" and self._tier in self.tiers:
            self.tiers[self._tier].append((self._annotation, " ".join(text.split())))


def read_tiers(path: Path) -> dict[str, list[Recognized]]:
    """Tier -> its annotations that have a text. Raises RecordingError with the path and the reason."""
    found = _Eaf()
    read_xml(path, MAX_FILE, found)
    if not found.is_eaf:
        raise RecordingError(f"{path} is no file of ELAN: its first element is no ANNOTATION_DOCUMENT")
    times = _aligned(found.slots)
    tiers = {}
    for tier, annotations in found.tiers.items():
        events = [_event(path, found, times, annotation, text) for annotation, text in annotations if text]
        tiers[tier] = sorted(events, key=lambda event: (event.onset, event.label))
    return tiers


def _aligned(slots: dict[str, float]) -> dict[str, float]:
    """Times of all slots, s: those without one lie evenly between those around them, as ELAN draws them."""
    values = np.array(list(slots.values()), np.float64)
    known = np.flatnonzero(np.isfinite(values))
    if 0 < len(known) < len(values):
        values = np.interp(np.arange(len(values)), known, values[known])
    return dict(zip(slots, values.tolist(), strict=True))


def _event(path: Path, found: _Eaf, times: dict[str, float], annotation: str, text: str) -> Recognized:
    place, steps = annotation, 0
    while place in found.parents and steps < 50:
        place, steps = found.parents[place], steps + 1
    first, last = found.aligned.get(place, ("", ""))
    onset, offset = times.get(first, float("nan")), times.get(last, float("nan"))
    if not 0 <= offset - onset < float("inf"):
        raise RecordingError(f"{path}: the annotation '{text[:40]}' ({annotation[:20]}) has no time")
    return Recognized(onset, offset - onset, text, float("nan"))
