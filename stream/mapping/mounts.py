"""Worn sensors of the wearers of a run: how each is turned, found from its windows, and undone where asked.

Where `imu_axes` is "auto" the windows of a sensor are turned into the axes that the weights learned. Until
its rotation is known the sensor is left out of windows that have another modality, and windows of it alone
are doubtful: their predictions are unknown. Without "auto" a sensor is watched, and warned of where it is
turned. Live and recorded windows come here in the same order, so both are corrected alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality

from ..messages import StreamStatus, Window
from . import mount_words
from .axes import AUTO, is_auto
from .channel_map import MappingOptions
from .mount_finder import MountEstimate, MountFinder
from .mount_signals import SIDES, limb_features, moving, sensed

COVERED: Final = 0.9
"""Least coverage of a window from which something is learned of a mounting."""
WATCHED: Final = (50, 0.95)
"""Points of motion, and certainty, from which a sensor that nobody corrects is warned of."""


class MountedSensor:
    """One sensor of one wearer."""

    def __init__(self, info: BundleInfo, modality: Modality, *, auto: bool) -> None:
        reference = info.mounts[modality.name]
        self.modality = modality.name
        self.auto = auto
        self._rate = modality.rate
        self._place = info.placement_of(modality.name)
        self._reference = reference
        # only an arm: a thigh moves nearly in one plane, and that is its own mirror image
        arm = reference.limb is not None and reference.limb.joints[2].endswith("_wrist")
        self._finder = MountFinder(reference, sides=auto and arm, finely=auto)
        self._seen = _seen(info, reference.limb.joints if reference.limb is not None else ())
        self._last = -np.inf

    @property
    def estimate(self) -> MountEstimate:
        """Its rotation as far as it is known at present."""
        return self._finder.estimate

    def learn(self, window: Window) -> None:
        """Take what a window says, if it is far enough from the one before and the sensor moves."""
        if abs(window.end - self._last) < MountFinder.spacing - 1e-6:
            return
        if window.coverage.get(self.modality, 0.0) < COVERED:
            return
        vectors = sensed(window.samples[self.modality][None], self._rate)
        if not (np.isfinite(vectors).all() and moving(vectors)[0]):
            return
        self._last = window.end
        self._finder.take(vectors[0], self._limb(window))

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

    def _limb(self, window: Window) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None":
        if self._seen is None:
            return None
        modality, limb, sides = self._seen
        samples = window.samples.get(modality.name)
        if samples is None or window.coverage.get(modality.name, 0.0) < COVERED:
            return None
        joints = samples.reshape(1, len(samples), -1, 3)
        features = limb_features(joints, modality.rate, limb, sides)
        return features[0] if np.isfinite(features).all() else None


class Mounts:
    """The worn sensors of all wearers; for one thread."""

    def __init__(self, sensors: Mapping[str, Sequence[MountedSensor]]) -> None:
        """`sensors`: wearer -> their sensors."""
        self._sensors = sensors

    def corrected(self, window: Window) -> Window:
        """A window as the weights want it, once what it says of the mounting is learned."""
        for sensor in self._sensors.get(window.wearer, ()):
            name = sensor.modality
            if name not in window.samples:
                continue
            sensor.learn(window)
            if not sensor.auto:
                continue
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

    def notes(self, wearer: str) -> tuple[str, ...]:
        """Sentences on the mounting of a wearer's sensors."""
        sentences = [(sensor.modality, sensor.words()[0]) for sensor in self._sensors.get(wearer, ())]
        return tuple(f"{modality}: {text}" for modality, text in sentences if text)

    def told(self, status: StreamStatus) -> StreamStatus:
        """The status of a stream with what is known of its mounting."""
        for sensor in self._sensors.get(status.wearer, ()):
            if sensor.modality != status.modality:
                continue
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


def _seen(info: BundleInfo, joints: Sequence[str]) -> tuple[Modality, list[int], list[int]] | None:
    """The modality that sees a limb, and the places of its joints and of the body's sides in it."""
    wanted = [f"{joint}_x" for joint in (*joints, *SIDES)]
    for modality in info.modalities:
        if joints and all(channel in modality.channels for channel in wanted):
            at = [modality.channels.index(channel) // 3 for channel in wanted]
            return modality, at[: len(joints)], at[len(joints) :]
    return None


def _rotated(
    samples: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", estimate: MountEstimate
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    turn = estimate.turn.astype(np.float32)
    turned = (samples.reshape(len(samples), -1, 3) @ turn.T).reshape(samples.shape)
    turned.flags.writeable = False
    return turned
