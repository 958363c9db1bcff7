"""Worn sensors of the wearers of a run: how each is turned, found from its windows, and undone where asked.

Where `imu_axes` is "auto" the windows of a sensor are turned into the axes that the weights learned. Until
its rotation is known the sensor is left out of windows that have another modality, and windows of it alone
are doubtful: their predictions are unknown. Without "auto" a sensor is watched, and warned of where it is
turned. Live and recorded windows come here in the same order, so both are corrected alike.

What is corrected by is learned at once. What is only watched is learned from later, of several windows and
sensors together, which costs a fraction: before anything is said of it, or when enough of them wait.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality

from ..messages import StreamStatus, Window
from . import mount_words
from .axes import AUTO, is_auto
from .channel_map import MappingOptions
from .mount_finder import LOOK, MountEstimate, MountFinder
from .mount_search import Array
from .mount_signals import SIDES, limb_features, moving, sensed

COVERED: Final = 0.9
"""Least coverage of a window from which something is learned of a mounting."""
TOGETHER: Final = 64
"""Points that are learned from together at most."""
WATCHED: Final = (50, 0.95)
"""Points of motion, and certainty, from which a sensor that nobody corrects is warned of."""


Seen = tuple[Modality, tuple[int, ...], tuple[int, ...]]
"""Modality that sees a limb; places of the limb's joints and of the body's sides in it."""


class MountedSensor:
    """One sensor of one wearer."""

    def __init__(self, info: BundleInfo, modality: Modality, *, auto: bool) -> None:
        reference = info.mounts[modality.name]
        self.modality = modality.name
        self.auto = auto
        self.waiting = 0
        """Points that are not learned from yet."""
        self._rate = modality.rate
        self._place = info.placement_of(modality.name)
        self._reference = reference
        # only an arm: a thigh moves nearly in one plane, and that is its own mirror image
        arm = reference.limb is not None and reference.limb.joints[2].endswith("_wrist")
        self._finder = MountFinder(reference, sides=auto and arm, finely=auto, watching=not auto)
        self._seen = _seen(info, reference.limb.joints if reference.limb is not None else ())
        self._last = -np.inf

    @property
    def estimate(self) -> MountEstimate:
        """Its rotation as far as it is known at present."""
        return self._finder.estimate

    def learn(self, window: Window) -> None:
        """Take what a window says, if it is far enough from the one before and the sensor moves."""
        point = self.point(window)
        if point is not None:
            learn_together([point])

    def point(self, window: Window) -> "MountPoint | None":
        """The evidence of a window; None where it is too near to the one before, or the sensor rests."""
        if abs(window.end - self._last) < MountFinder.spacing - 1e-6:
            return None
        if window.coverage.get(self.modality, 0.0) < COVERED:
            return None
        vectors = sensed(window.samples[self.modality][None], self._rate)
        if not (np.isfinite(vectors).all() and moving(vectors)[0]):
            return None
        self._last = window.end
        self.waiting += 1
        return MountPoint(self, vectors[0], *self._limb(window))

    def take(self, point: "MountPoint", features: Array | None) -> None:
        """Learn from a point; `features` of the limb, where it is seen."""
        self.waiting -= 1
        self._finder.take(point.vectors, features)

    def words(self) -> tuple[str, bool]:
        """A sentence on its mounting, "" for none, and if it is a fault."""
        estimate = self.estimate
        if self.auto:
            if not estimate.settled:
                return mount_words.searching(estimate), True
            return mount_words.corrected(estimate, self._reference, self._place), estimate.mirrored
        points, certainty = WATCHED
        if (
            estimate.settled
            and estimate.points >= points
            and estimate.certainty >= certainty
            and estimate.degrees >= mount_words.WRONG
        ):
            return mount_words.warning(estimate, self._reference, self._place), True
        return "", False

    def _limb(self, window: Window) -> "tuple[Seen, NDArray[np.float32]] | tuple[None, None]":
        if self._seen is None:
            return None, None
        name = self._seen[0].name
        samples = window.samples.get(name)
        if samples is None or window.coverage.get(name, 0.0) < COVERED:
            return None, None
        return self._seen, samples


@dataclass(frozen=True, slots=True, eq=False)
class MountPoint:
    """Evidence of one window for the mounting of a sensor."""

    sensor: MountedSensor
    vectors: Array
    """(V, 3) of `mount_signals.sensed`."""
    seen: Seen | None
    """None where no limb is seen."""
    samples: NDArray[np.float32] | None
    """(T, C) of the modality that sees it."""


def learn_together(points: Sequence[MountPoint]) -> None:
    """Have each sensor take its points, in order."""
    features: list[Array | None] = [None] * len(points)
    alike: dict[Seen, list[int]] = {}
    for place, point in enumerate(points):
        if point.seen is not None:
            alike.setdefault(point.seen, []).append(place)
    for (modality, limb, sides), places in alike.items():
        samples = np.stack([points[place].samples for place in places])  # type: ignore[misc]
        joints = samples.reshape(*samples.shape[:2], -1, 3)
        found = limb_features(joints, modality.rate, limb, sides)
        for place, row in zip(places, found, strict=True):
            features[place] = row if np.isfinite(row).all() else None
    for point, row_or_none in zip(points, features, strict=True):
        point.sensor.take(point, row_or_none)


class Mounts:
    """The worn sensors of all wearers; for one thread."""

    def __init__(self, sensors: Mapping[str, Sequence[MountedSensor]]) -> None:
        """`sensors`: wearer -> their sensors."""
        self._sensors = sensors
        self._points: list[MountPoint] = []
        """Of sensors that are only watched, not learned from yet."""

    def corrected(self, window: Window) -> Window:
        """A window as the weights want it, once what it says of the mounting is learned."""
        for sensor in self._sensors.get(window.wearer, ()):
            name = sensor.modality
            if name not in window.samples:
                continue
            if not sensor.auto:
                self._watch(sensor, window)
                continue
            sensor.learn(window)
            estimate = sensor.estimate
            if estimate.settled:
                samples = _rotated(window.samples[name], estimate)
                window = replace(window, samples={**window.samples, name: samples})
            elif len(window.samples) > 1:
                others = {other: s for other, s in window.samples.items() if other != name}
                window = replace(window, samples=others)
            else:
                window = replace(window, doubtful=True)
        return window

    def _watch(self, sensor: MountedSensor, window: Window) -> None:
        point = sensor.point(window)
        if point is not None:
            self._points.append(point)
            if len(self._points) >= TOGETHER:
                self._learn()

    def _learn(self) -> None:
        points, self._points = self._points, []
        if points:
            learn_together(points)

    def notes(self, wearer: str) -> tuple[str, ...]:
        """Sentences on the mounting of a wearer's sensors."""
        self._learn()
        sentences = [(sensor.modality, sensor.words()[0]) for sensor in self._sensors.get(wearer, ())]
        return tuple(f"{modality}: {text}" for modality, text in sentences if text)

    def told(self, status: StreamStatus) -> StreamStatus:
        """The status of a stream with what is known of its mounting."""
        for sensor in self._sensors.get(status.wearer, ()):
            if sensor.modality != status.modality:
                continue
            if sensor.estimate.points % LOOK + sensor.waiting >= LOOK:  # of fewer nothing new is found
                self._learn()
            text, fault = sensor.words()
            if text:
                note = "; ".join(filter(None, (status.note, text)))
                faults = (*status.faults, text) if fault else status.faults
                return replace(status, mount=text, note=note, faults=faults)
        return status


def mounts_of(infos: Mapping[str, BundleInfo], options: Mapping[str, MappingOptions]) -> Mounts:
    """The worn sensors of wearers whose weights have a reference of their mounting.

    Args:
        infos: Wearer -> weights.
        options: Wearer -> what was said of their streams.

    Raises:
        ConfigError: A rotation is to be found, and the weights have nothing to find it by.
    """
    sensors: dict[str, list[MountedSensor]] = {}
    for wearer, info in infos.items():
        for modality in info.modalities:
            chosen = options.get(wearer, MappingOptions()).of(modality)
            auto = is_auto(chosen.imu_axes) and "acc_x" in modality.channels
            if auto and modality.name not in info.mounts:
                raise ConfigError(
                    f"--imu-axes {AUTO}: {info.id} has no reference of how its {modality.name} was mounted. "
                    "hnhar-train mount adds it to a bundle. Or say the axes, such as --imu-axes x,-z,y."
                )
            if modality.name in info.mounts:
                sensors.setdefault(wearer, []).append(MountedSensor(info, modality, auto=auto))
    return Mounts(sensors)


def _seen(info: BundleInfo, joints: Sequence[str]) -> Seen | None:
    """The modality that sees a limb, and the places of its joints and of the body's sides in it."""
    wanted = [f"{joint}_x" for joint in (*joints, *SIDES)]
    for modality in info.modalities:
        if joints and all(channel in modality.channels for channel in wanted):
            at = tuple(modality.channels.index(channel) // 3 for channel in wanted)
            return modality, at[: len(joints)], at[len(joints) :]
    return None


def _rotated(samples: NDArray[np.float32], estimate: MountEstimate) -> NDArray[np.float32]:
    turn = estimate.turn.astype(np.float32)
    turned = (samples.reshape(len(samples), -1, 3) @ turn.T).reshape(samples.shape)
    turned.flags.writeable = False
    return turned
