"""Description of a stream from its XML: the conventions of XDF, and those met in the wild.

The one reader of meta-data, for a stream on the network and for one in a file.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree

from hnhar.model.labels import words

from ..messages import StreamDescription
from .heading import heading, one_unit
from .imu_channels import sensor_named, without_gravity

Element = ElementTree.Element
_LABELS: Final = ("label", "name", "channel_name")
"""<name> is Polar's and Explore's."""
_UNITS: Final = ("unit", "units")
_PLACES: Final = ("setup/placement", "placement", "setup/location", "location", "sensor/placement")
_AXES: Final = frozenset(("x", "y", "z"))
_POSITION: Final = re.compile(r"(?i)^(?:pos|position|location|translation|coordinate)?[\s_.-]*([xyz])$")
_NO_POSITION: Final = frozenset(
    words("orientation ornt rotation rot quaternion quat euler velocity vel acceleration acc angle")
)
_NO_INERTIAL: Final = frozenset(
    words("mag magn magnetometer magnetic orientation ornt quaternion quat euler angacc temperature pressure")
)
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML 1.0 has no place for, and liblsl passes on."""


def parsed(xml: str) -> Element | None:
    """The root of a stream's XML; None where it is none."""
    try:
        return ElementTree.fromstring(_ILLEGAL.sub("", xml))
    except (ElementTree.ParseError, ValueError):
        return None


def described(plain: StreamDescription, info: Element | None) -> StreamDescription:
    """The description of a stream: `plain`, and all that the <desc> of its <info> says of its channels.

    Args:
        plain: With as many channels as the stream has; their labels and units do not matter.
        info: Root of the stream's XML; None where that cannot be read.
    """
    count = len(plain.channels)
    labels, units = [""] * count, [""] * count
    placement = manufacturer = ""
    desc = None if info is None else _child(info, "desc")
    if desc is not None:
        channels = list(_channels(desc))[:count]
        for index, channel in enumerate(channels):
            labels[index], units[index] = _label_and_unit(channel)
        _tell_apart(labels, channels)
        places = (_text(desc, path) for path in _PLACES)
        placement = next(filter(None, (*places, *(_text(c, "placement") for c in channels))), "")
        manufacturer = _text(desc, "acquisition/manufacturer", "manufacturer")
    return StreamDescription(
        name=plain.name,
        type=plain.type,
        source_id=plain.source_id,
        channels=tuple(labels),
        units=tuple(units),
        nominal_rate=plain.nominal_rate,
        hostname=plain.hostname,
        placement=placement,
        manufacturer=manufacturer,
    )


def _channels(desc: Element) -> Iterator[Element]:
    """Elements of channels, within <channels> or bare; the case of their names does not matter."""
    for child in desc:
        name = _name(child)
        if name == "channels":
            yield from (channel for channel in child if _name(channel) == "channel")
        elif name == "channel":
            yield child


def _tell_apart(labels: list[str], channels: Sequence[Element]) -> None:
    """Give labels that are there twice the name of what they are of, where channels say it."""
    objects = [_text(channel, "object", "marker") for channel in channels]
    counts = Counter(labels)
    for index, of in enumerate(objects):
        if of and labels[index] and counts[labels[index]] > 1:
            labels[index] = f"{of}_{labels[index]}"


def _label_and_unit(channel: Element) -> tuple[str, str]:
    label, headed = heading(_text(channel, *_LABELS))
    unit = one_unit(_text(channel, *_UNITS), headed)
    return _full_label(label, _text(channel, "marker"), _text(channel, "type")), unit


def _full_label(label: str, marker: str, type_: str) -> str:
    """A channel's label with what only its <marker> or its <type> says: joint, axis, sensor."""
    spoken, written = set(words(type_)), set(words(label))
    if type_.lower() == "confidence":
        return f"{label or marker}_confidence" if marker and label in ("", marker) else label
    if position := _POSITION.match(type_):  # mocap: <marker>head</marker><type>PositionX</type>
        named = marker if written <= _AXES else "" if written & _AXES else label
        return f"{named}_{position[1].lower()}" if named else label
    if not label:
        return ""
    if marker and spoken & _NO_POSITION:
        return f"{label}_{type_}"  # an angle of a joint is not its place
    if without_gravity(type_) and not without_gravity(label):
        return f"{type_}_{label}"
    if written <= _AXES and (sensor_named(type_) or spoken & _NO_INERTIAL):
        return f"{type_}_{label}"
    return label


def _name(node: Element) -> str:
    return node.tag.rpartition("}")[2].lower()


def _child(node: Element, name: str) -> Element | None:
    return next((child for child in node if _name(child) == name), None)


def _text(node: Element, *paths: str) -> str:
    """Text of the first of these elements, or attributes, that is not empty."""
    for path in paths:
        at: Element | None = node
        *outer, last = path.split("/")
        for name in outer:
            at = None if at is None else _child(at, name)
        if at is None:
            continue
        texts = [child.text or "" for child in at if _name(child) == last]
        texts += [value for key, value in at.attrib.items() if key.lower() == last]
        if text := next((t.strip() for t in texts if t.strip()), ""):
            return text
    return ""
