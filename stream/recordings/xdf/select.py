"""Which streams of a file are the wearer's IMU, skeleton and markers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hnhar.model.errors import RecordingError

from ...messages import StreamDescription

_ACC = re.compile(r"(^|[^a-z])acc(el|eleration|elerometer)?([^a-z]|[xyz]|$)", re.IGNORECASE)
_GYRO = re.compile(r"(^|[^a-z])gyro?(scope)?([^a-z]|[xyz]|$)", re.IGNORECASE)
_IMU_TYPES = ("imu", "inertial")
_SKELETON_TYPES = ("mocap", "skeleton", "kinect", "pose", "bodytracking")
_JOINT = re.compile(r"(head|shoulder|elbow|wrist|hip|knee|ankle|spine)", re.IGNORECASE)
_XPATH = re.compile(r"""=\s*['"]|\w\(""")
RECOGNIZED = "hnhar-events"
"""How the source_id of what `hnhar-stream --lsl-out` recognized begins."""
KEYS = ("name", "type", "source_id", "hostname")


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """One stream of a file."""

    index: int
    description: StreamDescription
    samples: int
    text: bool
    """Whether its samples are strings."""

    @property
    def guessed(self) -> bool:
        """Whether it says what hnhar recognized, not what was done."""
        return self.text and self.description.source_id.startswith(f"{RECOGNIZED}:")

    def __str__(self) -> str:
        d = self.description
        what = f"{self.samples} samples" if self.samples else "empty"
        return f"'{d.name}' (type {d.type or 'unknown'}, {len(d.channels)} channels, {what})"


def sensor_of(d: StreamDescription) -> str:
    """ "imu", "acc", "gyro", "skeleton" or "" by type, labels and name."""
    kind = d.type.strip().lower()
    acc = any(_ACC.search(label) for label in d.channels)
    gyro = any(_GYRO.search(label) for label in d.channels)
    joints = sum(bool(_JOINT.search(label)) for label in d.channels)
    if kind in _SKELETON_TYPES or joints >= 12:
        return "skeleton"
    if kind in _IMU_TYPES or (acc and gyro):
        return "imu"
    for text in (d.type, *d.channels[:1], d.name):
        if _ACC.search(text):
            return "acc"
        if _GYRO.search(text):
            return "gyro"
    units = {u.strip().lower() for u in d.units}
    if (
        len(d.channels) >= 6
        and units & {"deg/s", "dps", "rad/s", "°/s"}
        and units & {"g", "mg", "m/s^2", "m/s²"}
    ):
        return "imu"
    return ""


def chosen(entries: Sequence[StreamEntry], select: Mapping[str, str] | None) -> dict[int, str]:
    """Index of stream -> "imu", "skeleton" or "markers". Raises RecordingError where it is ambiguous."""
    select = dict(select or {})
    unknown = sorted(set(select) - {"imu", "skeleton", "markers"})
    if unknown:
        raise RecordingError(f"streams are selected for imu, skeleton or markers, not {', '.join(unknown)}")
    numeric = [e for e in entries if not e.text]
    modalities: dict[int, str] = {}
    for modality, pick in (("imu", _imu), ("skeleton", _skeleton)):
        wanted = select.get(modality)
        candidates = numeric if wanted is None else matching(numeric, wanted)
        if wanted is not None and not candidates:
            raise RecordingError(f"no stream matches '{wanted}'; the file holds {listed(entries)}")
        modalities |= dict.fromkeys((e.index for e in pick(candidates, wanted is not None)), modality)
    wanted = select.get("markers")
    texts = [e for e in entries if e.text]
    markers = [e for e in texts if not e.guessed] if wanted is None else matching(texts, wanted)
    if wanted is not None and not markers:
        raise RecordingError(f"no stream of markers matches '{wanted}'; the file holds {listed(entries)}")
    return modalities | dict.fromkeys((e.index for e in markers), "markers")


def matching(entries: Sequence[StreamEntry], wanted: str) -> list[StreamEntry]:
    """Entries that a name, or `key=value` pairs separated by commas, describe. Raises RecordingError for
    an XPath predicate."""
    pairs = [part.strip().partition("=") for part in wanted.split(",")]
    if not all(eq and key.strip() in KEYS for key, eq, _ in pairs):
        pairs = [("name", "=", wanted)]
    found = [e for e in entries if all(_matches(e.description, k.strip(), v.strip()) for k, _, v in pairs)]
    if not found and _XPATH.search(wanted):
        raise RecordingError(
            f"'{wanted}' looks like an XPath predicate, which only live streams can be asked for: in a file, "
            f"select by name or key=value pairs ({', '.join(KEYS)}); it holds {listed(entries)}"
        )
    return found


def listed(entries: Sequence[StreamEntry]) -> str:
    """Streams for an error message."""
    return ", ".join(map(str, entries)) or "no stream"


def _matches(description: StreamDescription, key: str, value: str) -> bool:
    is_: str = getattr(description, key)
    return is_.lower() == value.lower() if key == "type" else is_ == value


def _imu(candidates: Sequence[StreamEntry], named: bool) -> list[StreamEntry]:
    """One stream with both sensors, or an accelerometer and a gyroscope of one device."""
    known = [e for e in candidates if sensor_of(e.description) in ("imu", "acc", "gyro")]
    if named and not known:
        return _only(candidates, "IMU")
    devices: dict[tuple[str, ...], list[StreamEntry]] = {}
    for entry in known:
        d = entry.description
        whole = sensor_of(d) == "imu"
        key = ("stream", str(entry.index)) if whole else ("device", d.source_id or d.name, d.hostname)
        devices.setdefault(key, []).append(entry)
    halves = [v for k, v in devices.items() if k[0] == "device"]
    if len(halves) == 2 and len(devices) == 2 and all(len(h) == 1 for h in halves):
        sensors = {sensor_of(h[0].description) for h in halves}
        if sensors == {"acc", "gyro"}:
            return [halves[0][0], halves[1][0]]
    # A device that sent something goes before those that sent nothing.
    sent = {k: v for k, v in devices.items() if any(e.samples for e in v)} or devices
    if len(sent) > 1:
        raise _ambiguous([e for group in sent.values() for e in group], "IMU", "imu")
    group = next(iter(sent.values()), [])
    sensors_there = [sensor_of(e.description) for e in group]
    if len(set(sensors_there)) != len(group):
        raise _ambiguous(group, "IMU", "imu")
    return group


def _skeleton(candidates: Sequence[StreamEntry], named: bool) -> list[StreamEntry]:
    known = [e for e in candidates if sensor_of(e.description) == "skeleton"]
    if named:
        return _only(known or candidates, "skeleton")
    sent = [e for e in known if e.samples] or known
    if len(sent) > 1:
        raise _ambiguous(sent, "skeleton", "skeleton")
    return sent


def _only(entries: Sequence[StreamEntry], what: str) -> list[StreamEntry]:
    if len(entries) > 1:
        raise _ambiguous(entries, what, what.lower())
    return list(entries)


def _ambiguous(entries: Sequence[StreamEntry], what: str, key: str) -> RecordingError:
    return RecordingError(
        f"{len(entries)} streams could be the {what}: {listed(entries)}; "
        f"select {key} by name, type or source_id"
    )
