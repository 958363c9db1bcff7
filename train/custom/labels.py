"""Labels of your own recordings: from a table beside each, or from its markers."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.labels import UNKNOWN, reserved, shortened
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.beside import check_apart, labeled, table_beside, tables_beside
from hnhar.stream.recordings.clock_choice import ClockChoice
from hnhar.stream.recordings.csv_names import recording_name
from hnhar.stream.recordings.near import Near


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """Options of reading your recordings."""

    events: str | None = None
    """Table of events of the only recording; None: beside each file, or its markers."""
    subject_from: str = "name"
    """"name": sub-XX in the path, or else each recording is of its own subject, also where another folder
    has one of the same name; "one": all are of one subject; or a regular expression with one group, looked
    for in the path."""
    labels: tuple[str, ...] = ()
    """The only labels that are learned; the others count as idle. Empty: all."""
    idle: str = "idle"
    """Label that means idle, as everything without a label does."""
    options: MappingOptions = field(default_factory=MappingOptions)
    select: tuple[tuple[str, str], ...] = ()
    """(Modality, stream) of an XDF file: see `open_recording`."""
    columns: str = ""
    """Columns of CSV files: see `open_recording`."""
    tier: str = ""
    """Tiers of a table of labels that has several."""
    clock: ClockChoice = field(default_factory=ClockChoice)
    """How the clocks of a recording's streams go together, where it has several."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one recording, on its clock."""

    lasting: tuple[Annotation, ...]
    """Annotations to be learned, by onset; each has a duration."""
    unended: tuple[Annotation, ...]
    """Markers without a duration, each up to the next beginning or end of anything."""
    there: frozenset[str]
    """Every label with a duration, also those that are not learned."""
    notes: tuple[str, ...]


def labels_in(path: Path, raw: Recording, reading: ReadingOptions) -> Labels:
    """The labels by the table beside the file or by its markers. Raises RecordingError."""
    table = table_beside(path) if reading.events is None else Path(reading.events)
    notes = []
    if table is not None:
        of_table = labeled(raw, table, reading.clock, reading.tier)
        found = list(of_table.annotations)
        if raw.annotations:
            notes.append(of_table.notes[-1])
        source = str(table)
    else:
        found = list(raw.annotations)
        source = "its marker streams"
        results = [path.with_name(f"{s}.events.tsv") for s in {path.stem, recording_name(path)}]
        notes += [
            f"{result.name} was not read: by its name it is what hnhar-stream recognized, and no labels; "
            f"those are looked for in {tables_beside(path)[0].name}"
            for result in sorted(results)
            if result.is_file()
        ]
    every = [replace(a, label=" ".join(a.label.split())) for a in found if a.duration > 0]
    lasting = list(dict.fromkeys(every))
    if len(lasting) < len(every):
        notes.append(f"{len(every) - len(lasting)} labels are there twice, to the same times, and count once")
    instants = Counter(a.label for a in found if a.duration == 0)
    if not lasting:
        some = ", ".join(f"'{label}'" for label in list(instants)[:5])
        holds = f"{source} hold{'' if table is None else 's'} "
        holds += f"only instants ({some})" if instants else "none"
        if table is None and path.suffix.lower() not in (".xdf", ".xdfz"):
            holds = "no table of them is beside it"
        raise RecordingError(
            f"{path} has no labels: {holds}. Send 'label/start' and 'label/stop' while "
            f"recording, or put a table beside the file: {tables_beside(path)[0].name} with onset, duration "
            f"and label, in s from its start. {' '.join(raw.notes)}".rstrip()
        )
    wrong = next((a.label for a in lasting if not a.label.isprintable() or not 0 < len(a.label) <= 64), None)
    if wrong is not None:
        raise RecordingError(f"{path}: {wrong[:80]!r} cannot be a label: it needs 1 to 64 printable letters")
    if any(reserved(a.label) for a in lasting):
        raise RecordingError(
            f"{path}: '{UNKNOWN}' is what hnhar says of what was never learned, so it cannot be a label; "
            "name it otherwise, or leave it unlabeled"
        )
    kept = [
        a for a in lasting if a.label != reading.idle and (not reading.labels or a.label in reading.labels)
    ]
    there = frozenset(a.label for a in lasting)
    if not kept:
        raise RecordingError(
            f"{path} has none of the labels that are to be learned; it has: {shortened(sorted(there))}"
        )
    kept.sort(key=lambda a: (a.onset, a.label))
    return Labels(tuple(kept), _unended(found, raw.end), there, tuple(notes))


def _unended(found: Sequence[Annotation], end: float) -> tuple[Annotation, ...]:
    edges = sorted({edge for a in found for edge in (a.onset, a.offset)})
    unended = []
    for annotation in found:
        if annotation.duration == 0:
            after = bisect_right(edges, annotation.onset)
            until = edges[after] if after < len(edges) else max(end, annotation.onset)
            label = " ".join(annotation.label.split())
            unended.append(Annotation(annotation.onset, until - annotation.onset, label))
    return tuple(unended)


def alike(labels: Collection[str]) -> str:
    """A note where labels differ in nothing but case, spaces, hyphens and underscores; else empty."""
    groups: dict[str, list[str]] = {}
    for label in sorted(labels):
        groups.setdefault(re.sub(r"[\s_-]+", "", label).casefold(), []).append(f"'{label}'")
    near = [" and ".join(group) for group in groups.values() if len(group) > 1]
    return f"{'; '.join(near)} are taken for different activities" if near else ""


def unsure_of(labels: Labels, learned: Collection[str], begin: float) -> tuple[list[Annotation], list[str]]:
    """Stretches after a marked beginning of something `learned` whose end was not marked, and notes.

    Taken for idle, they would teach that the activity is idle. Notes give times in s from `begin`.
    """
    near = Near(labels.lasting)
    unsure = []
    for marker in labels.unended:
        meanwhile = {a.label for a in near.to(marker.onset, np.nextafter(marker.onset, np.inf))}
        if marker.label in learned and marker.label not in meanwhile:
            unsure.append(marker)
    notes = []
    if unsure:
        some = [f"'{a.label}' at {a.onset - begin:.1f} s" for a in unsure[:5]]
        more = ", …" if len(unsure) > 5 else ""
        notes.append(
            f"{len(unsure)} times nobody said when it ended ({', '.join(some)}{more}): what follows, up to "
            f"the next marker, is left out, {sum(a.duration for a in unsure):.1f} s in all"
        )
    if len(unsure) < len(labels.unended):
        notes.append(
            f"{len(labels.unended) - len(unsure)} markers without a duration were left out; where nothing "
            "else is labeled, their time is idle"
        )
    return unsure, notes


def check_tables(paths: Sequence[Path], reading: ReadingOptions) -> None:
    """Raise ConfigError where one table would hold the labels of two recordings: each has its own time."""
    if reading.events is not None and len(paths) > 1:
        raise ConfigError(
            f"--events is the table of one recording, but {len(paths)} were named: put a table beside each, "
            "such as NAME_events.tsv"
        )
    if reading.events is None:
        check_apart(paths)
