"""Mounting of a wearer's sensor: found from the session, and taken into the weights.

A sensor that is turned is not turned back: the first layer of its encoder is, and the reference by which
mountings are found. So the bundle of a wearer takes the sensor as that wearer wears it, wherever it is used,
and `--imu-axes auto` and the warnings of a turned sensor go by that mounting.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.modality import key_of
from hnhar.stream.mapping import mount_words
from hnhar.stream.mapping.axes import is_auto
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.mapping.mount_finder import MountEstimate, MountFinder
from hnhar.stream.mapping.mount_turned import turned_reference
from hnhar.stream.mapping.mounts import WATCHED, MountedSensor, mounts_of
from hnhar.stream.messages import Window

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer

SESSION: Final = "wearer"
TURNED: Final = 30.0
"""Degrees from which a sensor of which nothing is said counts as turned where the limb in the skeleton says
so: of people who wear it straight it is up to 12°, of synthetic performers up to 22°."""


class Mounting(Enum):
    """Statements on a sensor's axes."""

    UNSAID = "unsaid"
    """Nothing: it is corrected where it is surely turned, and else taken as it is."""
    AUTO = "auto"
    """They are to be found: else nothing is learned."""
    SAID = "said"
    """They are said, and taken so."""


@dataclass(frozen=True, slots=True, eq=False)
class MountedBundle:
    """A bundle that takes its sensors as a wearer wears them."""

    info: BundleInfo
    recognizer: "Recognizer"
    worn: Mapping[str, str] = field(default_factory=dict)
    """Modality -> how it is worn, in words; of those that are turned, or that --imu-axes auto asked for."""


def mountings(info: BundleInfo, options: MappingOptions) -> dict[str, Mounting]:
    """Modality -> what the options say of its axes. Raises ConfigError as `mounts_of` does."""
    mounts_of({SESSION: info}, {SESSION: options})
    stated = {m.name: options.of(m).imu_axes for m in info.modalities if m.name in info.mounts}
    return {
        name: Mounting.UNSAID if text is None else Mounting.AUTO if is_auto(text) else Mounting.SAID
        for name, text in stated.items()
    }


def mounted(
    info: BundleInfo,
    recognizer: "Recognizer",
    stretches: Sequence[Sequence[Window]],
    axes: Mapping[str, Mounting],
) -> MountedBundle:
    """The bundle for sensors as they are worn in these stretches; what is given is left as it is.

    Raises:
        RecordingError: Axes were to be found, and are not.
        ConfigError: They were, and the modality's encoder cannot take another mounting.
    """
    made, turned, worn = info, recognizer, dict[str, str]()
    for name in info.mounts:
        asked = axes.get(name, Mounting.UNSAID)
        windows = [window for stretch in stretches for window in stretch if name in window.samples]
        if asked is Mounting.SAID or not windows:
            continue
        sensor = MountedSensor(info, info.modality(name), auto=True)
        for window in windows:
            sensor.learn(window)
        estimate = sensor.estimate
        if asked is Mounting.AUTO and not estimate.settled:
            seconds = estimate.points * MountFinder.spacing
            raise RecordingError(
                f"--imu-axes auto: how {name} is turned was not found, from {seconds:.0f} s of motion. Move "
                "more, with the skeleton in view where there is one, or say the axes, such as --imu-axes "
                "x,-z,y. Nothing was learned."
            )
        if not estimate.settled:
            # who learns a sensor of which this is unknown cannot tell later whether it is worn otherwise
            made = replace(made, mounts={n: r for n, r in made.mounts.items() if n != name})
            continue
        if asked is Mounting.AUTO or _surely_turned(estimate):
            if turned is recognizer:
                turned = copy.deepcopy(recognizer)
            _turn(turned, name, estimate, info)
            reference = info.mounts[name]
            worn[name] = mount_words.corrected(estimate, reference, info.placement_of(name))
            made = replace(made, mounts=made.mounts | {name: turned_reference(reference, estimate.turn)})
    return MountedBundle(made, turned, worn)


def _surely_turned(estimate: MountEstimate) -> bool:
    """True where a run would warn of it, or the limb in the skeleton says so."""
    if estimate.by_limb:
        return estimate.degrees >= TURNED
    points, certainty = WATCHED
    sure = estimate.points >= points and estimate.certainty >= certainty
    return sure and estimate.degrees >= mount_words.WRONG


def _turn(recognizer: "Recognizer", name: str, estimate: MountEstimate, info: BundleInfo) -> None:
    import torch

    turn = getattr(recognizer.encoders[key_of(name)], "turn", None)
    if turn is None:
        raise ConfigError(
            f"{info.id}: the encoder of {name} cannot take a sensor that is turned. Say the axes, such as "
            "--imu-axes x,-z,y."
        )
    with torch.no_grad():
        turn(torch.from_numpy(estimate.turn).float())
