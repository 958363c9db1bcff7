"""A recording in the layout of BIDS 1.10 for motion, and what was recognized of it as a derivative.

Written are sub-X/motion/sub-X_task-Y_tracksys-Z_motion.tsv with its .json and _channels.tsv for each stream,
in SI units, the latency of each sample in a column of its own; sub-X_task-Y_tracksys-Z_events.tsv with what
was done; and derivatives/hnhar with what was recognized, its confidence beside it.
Specification: bids-specification.readthedocs.io, "Motion" and "Derived dataset".
"""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.files import write_whole

from ..mapping.units import STANDARD_GRAVITY
from .exported import ExportedRun, ExportedStream
from .text import read_text

VERSION: Final = "1.10.0"
_TYPES: Final = {
    "g": ("ACCEL", "m/s^2", STANDARD_GRAVITY),
    "deg/s": ("GYRO", "rad/s", math.radians(1)),
    "m": ("POS", "m", 1.0),
}
"""Canonical unit -> BIDS's type of channel, its unit, and the factor to that."""
_LATENCY: Final = "latency"
_MOST_TEXT: Final = 16 << 20
"""bytes of a table of participants."""
_NAMED: Final = re.compile(r"(?:^|[_-])(sub|ses|task|run|acq)-([A-Za-z0-9]+)", re.IGNORECASE)


def write_bids(folder: Path, run: ExportedRun) -> Path:
    """Write a recording into a data set, which is made where it is not there; the path of its folder.

    Files of the same recording are replaced, and nothing else is. Raises RecordingError.
    """
    try:
        return _write(folder, run)
    except OSError as error:
        place = error.filename or folder
        raise RecordingError(f"{place} cannot be written: {error.strerror or error}") from error


def _write(folder: Path, run: ExportedRun) -> Path:
    entities = dict.fromkeys(("sub", "ses", "task", "acq", "run"), "")
    entities |= {key.lower(): value for key, value in _NAMED.findall(run.name)}
    entities["sub"] = entities["sub"] or _plain(run.wearer) or "01"
    entities["task"] = entities["task"] or _plain(_NAMED.sub("", run.name)) or "recording"
    session = f"ses-{entities['ses']}" if entities["ses"] else ""
    place = Path(f"sub-{entities['sub']}") / session / "motion"
    stem = "_".join(f"{key}-{value}" for key, value in entities.items() if key != "run" and value)
    last = f"_run-{entities['run']}" if entities["run"] else ""
    (folder / place).mkdir(parents=True, exist_ok=True)
    _description(folder, {"Name": folder.resolve().name, "BIDSVersion": VERSION, "DatasetType": "raw"})
    _readme(folder)
    _participant(folder, f"sub-{entities['sub']}")
    for stream in run.streams:
        system = _plain(stream.name)
        # in the order of BIDS's entities, a tracking system stands between the task and the run
        before, _, acquired = stem.partition("_acq-")
        named = f"{before}_tracksys-{system}{f'_acq-{acquired}' if acquired else ''}{last}"
        _stream(folder / place, named, stream, run, entities["task"])
        if run.performed:
            rows = [(a.onset - run.zero, a.duration, a.label) for a in run.performed]
            _events(folder / place / f"{named}_events.tsv", rows)
    derived = folder / "derivatives" / "hnhar"
    (derived / place).mkdir(parents=True, exist_ok=True)
    generated = [{"Name": "hnhar", "Description": f"activities recognized with the weights {run.weights}"}]
    _description(
        derived,
        {"Name": "hnhar", "BIDSVersion": VERSION, "DatasetType": "derivative", "GeneratedBy": generated},
    )
    events = sorted(run.recognized, key=lambda e: (e.onset, e.label))
    _events(
        derived / place / f"{stem}{last}_desc-recognized_events.tsv",
        [(e.onset - run.zero, e.duration, e.label) for e in events],
        [e.confidence for e in events],
    )
    return folder / place


def _stream(place: Path, named: str, stream: ExportedStream, run: ExportedRun, task: str) -> None:
    rows = ["name\tcomponent\ttype\ttracked_point\tunits\tplacement"]
    factors = []
    worn = stream.placement or "n/a"
    counts: dict[str, int] = {}
    points = set()
    for label, unit in zip(stream.channels, stream.units, strict=True):
        kind, written, factor = _TYPES.get(unit, ("MISC", unit or "n/a", 1.0))
        point, _, axis = label.rpartition("_")
        component = axis if axis in ("x", "y", "z") else "n/a"
        tracked = point if kind == "POS" and component != "n/a" else (stream.placement or stream.name)
        rows.append(f"{label}\t{component}\t{kind}\t{tracked}\t{written}\t{worn}")
        factors.append(factor)
        counts[kind] = counts.get(kind, 0) + 1
        points.add(tracked)
    rows.append(f"{_LATENCY}\tn/a\tLATENCY\tn/a\ts\tn/a")
    write_whole(place / f"{named}_channels.tsv", "\n".join(rows) + "\n")
    values = np.column_stack([stream.samples * np.array(factors), stream.times - run.zero])
    write_whole(place / f"{named}_motion.tsv", "".join(f"{_cells(row)}\n" for row in values.tolist()))
    length = float(stream.times[-1] - stream.times[0]) if len(stream.times) > 1 else 0.0
    steps = np.diff(stream.times)
    rate = 1 / float(np.median(steps)) if len(steps) and np.median(steps) > 0 else 0.0
    about = {
        "TaskName": task,
        "SamplingFrequency": round(rate, 3),
        "SamplingFrequencyEffective": round(len(steps) / length, 6) if length else 0.0,
        "TrackingSystemName": _plain(stream.name),
        "MissingValues": "n/a",
        "RecordingDuration": round(length, 6),
        "MotionChannelCount": len(stream.channels) + 1,
        "TrackedPointsCount": len(points),
        "RecordingType": "continuous",
        **{f"{kind}ChannelCount": count for kind, count in counts.items()},
        "LATENCYChannelCount": 1,
    }
    write_whole(place / f"{named}_motion.json", json.dumps(about, indent=2) + "\n")


def _cells(row: Sequence[float]) -> str:
    return (
        "\t".join(f"{value:.9g}" if math.isfinite(value) else "n/a" for value in row[:-1])
        + f"\t{row[-1]:.6f}"
    )


def _events(
    path: Path, rows: Sequence[tuple[float, float, str]], confidences: Sequence[float] | None = None
) -> None:
    lines = ["onset\tduration\ttrial_type" + ("" if confidences is None else "\tconfidence")]
    for k, (onset, duration, label) in enumerate(rows):
        cells = [f"{onset:.6f}", f"{duration:.6f}", " ".join(label.split())]
        if confidences is not None:
            cells.append("n/a" if math.isnan(confidences[k]) else f"{confidences[k]:.6f}")
        lines.append("\t".join(cells))
    write_whole(path, "\n".join(lines) + "\n")


def _description(folder: Path, content: dict[str, object]) -> None:
    path = folder / "dataset_description.json"
    if not path.exists():
        write_whole(path, json.dumps(content, indent=2) + "\n")


def _readme(folder: Path) -> None:
    if not any(folder.glob("README*")):
        write_whole(folder / "README", "Motion of people, exported by hnhar.\n")


def _participant(folder: Path, participant: str) -> None:
    path = folder / "participants.tsv"
    lines = read_text(path, _MOST_TEXT).splitlines() if path.exists() else ["participant_id"]
    if not any(line.split("\t")[0] == participant for line in lines[1:]):
        width = len(lines[0].split("\t")) if lines else 1
        lines.append("\t".join([participant, *["n/a"] * (width - 1)]))
        write_whole(path, "\n".join(lines) + "\n")


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "", text)
