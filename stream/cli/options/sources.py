"""The streams of one person, and what the user says of them where they are silent or wrong."""

import argparse
from dataclasses import replace
from typing import Any, Final

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ChannelError, ConfigError, RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import kind_called

from ...config.sources import as_recorded
from ...mapping.axes import is_auto
from ...mapping.channel_map import MappingOptions
from ...mapping.joints import LAYOUTS
from ...mapping.mapping import check_options
from ...mapping.places import NAME, split_place
from ...recordings.marker_map import parse_map
from .values import Group

_OF_A_SENSOR: Final = {
    "imu_unit": "imu_unit",
    "imu_axes": "imu_axes",
    "placement": "imu_placement",
    "sensor": "imu_sensor",
}
"""Field of MappingOptions -> the option that may be said of one place."""
_LAYOUTS: Final = ", ".join(name for name, layout in LAYOUTS.items() if not layout.refused)


def add_source_options(group: Group) -> None:
    """--imu-source, --skeleton-source, --source."""
    group.add_argument(
        "--imu-source",
        metavar="[PLACE=]SOURCE",
        action="append",
        help="the IMU (acceleration and angular velocity): a stream's name, or key=value pairs; of several "
        "one each, such as wrist=MyWatch",
    )
    group.add_argument(
        "--skeleton-source",
        metavar="SOURCE",
        help="the skeleton of a depth camera, named likewise, or camera:0, a webcam's",
    )
    group.add_argument(
        "--source",
        metavar="NAME=SOURCE",
        type=_named,
        action="append",
        default=[],
        help="the source of any modality, by its name, such as imu.wrist=MyWatch or accelerometer=Polar; may "
        "be repeated",
    )


def add_mapping_options(group: Group, *, placement: bool = True, finds: bool = False) -> None:
    """The options of `MappingOptions`: --imu-unit and others; --imu-placement where `placement`; `finds` as
    `mapping_options` has it."""
    group.add_argument(
        "--imu-sensor",
        metavar="[PLACE=]NAME",
        action="append",
        help="which IMU of a stream that has several, such as wrist of wrist_acc_x … ankle_gyro_z (default: "
        "the only one)",
    )
    group.add_argument(
        "--imu-unit",
        metavar="[PLACE=]ACC[,GYRO]",
        action="append",
        help="units of acceleration and angular velocity, such as m/s²,rad/s (default: what the stream says)",
    )
    group.add_argument(
        "--imu-axes",
        metavar="[PLACE=]AXES",
        action="append",
        help="axes of the sensor that are taken as x, y and z, such as x,-z,y"
        + (", or auto: found from how it moves" if finds else "")
        + " (default: x,y,z)",
    )
    if placement:
        group.add_argument(
            "--imu-placement",
            metavar="[PLACE=]PLACE",
            action="append",
            help="where the IMU is worn, such as right wrist (default: what the stream says)",
        )
    group.add_argument(
        "--body", type=int, metavar="N", help="which body of a skeleton stream that has several (default: 1)"
    )
    group.add_argument(
        "--mirror", action="store_true", help="the camera's image is mirrored: swap left and right"
    )
    group.add_argument(
        "--joints",
        metavar="LAYOUT",
        help=f"the joint layout of a skeleton whose channels have no labels: {_LAYOUTS} (default: by labels)",
    )
    group.add_argument(
        "--skeleton-axes",
        metavar="AXES",
        help="axes of the camera that are taken as x, y (up) and z (away from it), such as x,-z,y "
        "(default: auto, "
        "as labels and samples say)",
    )


def add_marker_option(group: Group, explained: str) -> None:
    """--markers and --marker-map; `explained`: the help of --markers."""
    group.add_argument("--markers", metavar="SOURCE", help=explained)
    group.add_argument(
        "--marker-map",
        metavar="MARKER=MEANING,…",
        type=_map,
        help="what markers mean, as 1=walk/start,2=walk/stop (default: what they say)",
    )


def mapping_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Mapping options that were given, by the names of MappingOptions' fields; others are absent.

    Raises ConfigError where one is given twice and not of two places.
    """
    placed = {field: _by_place(arguments, option) for field, option in _OF_A_SENSOR.items()}
    values = {
        **{field: given.pop("", None) for field, given in placed.items()},
        "body": arguments.body,
        "mirror": arguments.mirror or None,
        "joints": arguments.joints,
        "skeleton_axes": arguments.skeleton_axes,
    }
    each: dict[str, MappingOptions] = {}
    for field, given in placed.items():
        for name, value in given.items():
            alone: dict[str, Any] = {field: value}
            each[name] = replace(each.get(name, MappingOptions()), **alone)
    found = {key: value for key, value in values.items() if value is not None}
    return found | {"each": each} if each else found


def words_of(options: MappingOptions) -> list[str]:
    """The options of a command that `mapping_options` reads so, for one that is started."""
    stated = {"": options, **options.each}
    words = [
        f"--{option.replace('_', '-')}={f'{name}=' if name else ''}{value}"
        for field, option in _OF_A_SENSOR.items()
        for name, of in stated.items()
        if (value := getattr(of, field)) is not None
    ]
    for of in stated.values():  # of a skeleton, of which there is one
        words += [f"--body={of.body}"] if of.body != MappingOptions().body else []
        words += ["--mirror"] if of.mirror else []
        words += [f"--joints={of.joints}"] if of.joints is not None else []
        words += [f"--skeleton-axes={of.skeleton_axes}"] if of.skeleton_axes is not None else []
    return words


def _by_place(arguments: argparse.Namespace, field: str) -> dict[str, str]:
    """Modality (KIND.PLACE), "" for all -> value of an option that may be said of one place."""
    option, found = f"--{field.replace('_', '-')}", dict[str, str]()
    for text in getattr(arguments, field, None) or ():
        place, value = split_place(text)
        name = _placed(place) if place else ""
        if name in found:
            raise ConfigError(
                f"{option} is given twice ('{found[name]}' and '{value}'): it takes one value, or one of "
                f"each place, as {option} wrist=…."
            )
        found[name] = value
    return found


def _placed(place: str) -> str:
    """`imu.wrist` of "wrist", and of itself."""
    return place if kind_called(place) else f"{IMU.name}.{place}"


def mapping_options(arguments: argparse.Namespace, *, finds: bool = False) -> MappingOptions:
    """MappingOptions of the options of `add_mapping_options`; `finds`: `--imu-axes auto` is done here.

    Raises ConfigError.
    """
    options = MappingOptions(**mapping_of(arguments))
    if not finds and any(is_auto(o.imu_axes) for o in (options, *options.each.values())):
        raise ConfigError(
            "--imu-axes auto finds how a sensor is turned while a run goes on (hnhar-stream): say the axes "
            "here, such as --imu-axes x,-z,y."
        )
    try:
        check_options(options)
    except ChannelError as error:
        raise ConfigError(str(error)) from error
    return options


def personal(arguments: argparse.Namespace) -> dict[str, Any]:
    """Sources and mapping options that were given, by the names of Wearer's fields; others are absent."""
    mapping = mapping_of(arguments)
    for key, field in (("placement", "imu_placement"), ("sensor", "imu_sensor"), ("each", "signals")):
        if key in mapping:
            mapping[field] = mapping.pop(key)
    sources = sources_of(arguments)
    return {"sources": sources, **mapping} if sources else mapping


def sources_of(arguments: argparse.Namespace) -> dict[str, str]:
    """Modality -> its source, of those that are named. Raises ConfigError where one is named twice."""
    sources = {name or IMU.name: source for name, source in _by_place(arguments, "imu_source").items()}
    if len(sources) > 1 and IMU.name in sources:
        others = ", ".join(name for name in sources if name != IMU.name)
        raise ConfigError(
            f"--imu-source '{sources[IMU.name]}' says no place, beside {others}: write --imu-source "
            "PLACE=SOURCE."
        )
    if arguments.skeleton_source is not None:
        sources[SKELETON.name] = arguments.skeleton_source
    for name, source in arguments.source:
        if name in sources:
            raise ConfigError(
                f"the source of {name} is given twice ('{sources[name]}' and '{source}'): name one stream."
            )
        sources[name] = source
    return sources


def selection(arguments: argparse.Namespace, info: BundleInfo | None = None) -> dict[str, str]:
    """Modality, or "markers", -> the source that was named of it, for `open_recording`.

    `info`: of the weights, whose own names of modalities (`watch`) may be used. Raises ConfigError.
    """
    sources = sources_of(arguments)
    if info is not None:
        sources = as_recorded(sources, info.modalities, info.id)
    markers = {} if arguments.markers is None else {"markers": str(arguments.markers)}
    meanings = {} if arguments.marker_map is None else {"marker_map": str(arguments.marker_map)}
    return {**sources, **markers, **meanings}


def _map(text: str) -> str:
    try:
        parse_map(text)
    except RecordingError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _named(text: str) -> tuple[str, str]:
    name, _, source = text.partition("=")
    if not NAME.fullmatch(name) or not source:
        raise argparse.ArgumentTypeError(f"takes a modality and its source, as imu=MyWatch, not '{text}'")
    return name, source
