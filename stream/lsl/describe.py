"""Description of a stream from its LSL meta-data (XDF conventions and those met in the wild)."""

import math
from xml.etree import ElementTree

import pylsl

from ..messages import StreamDescription

MAX_CHANNELS = 4096
MAX_RATE = 20_000.0
"""Hz."""
_AXES = {"PositionX": "x", "PositionY": "y", "PositionZ": "z", "Confidence": "confidence"}


def unusable(info: pylsl.StreamInfo) -> str:
    """Reason why a resolved stream must not be opened; "" where it may.

    liblsl lists damaged declarations like any other.
    """
    channels, rate = info.channel_count(), info.nominal_srate()
    if not 1 <= channels <= MAX_CHANNELS:
        return f"it declares {channels} channels"
    if not math.isfinite(rate) or not 0 <= rate <= MAX_RATE:
        return f"it declares a rate of {rate} Hz"
    if info.channel_format() in (pylsl.cf_string, pylsl.cf_undefined):
        return "its samples are text (markers), not numbers"
    return ""


def describe(info: pylsl.StreamInfo) -> StreamDescription:
    """The description of a stream; labels and units only where `info` came from an inlet or an outlet."""
    count = info.channel_count()
    labels, units = [""] * count, [""] * count
    placement = manufacturer = ""
    root = _parsed(info.as_xml())
    if root is not None and (desc := root.find("desc")) is not None:
        for index, channel in enumerate(desc.findall("channels/channel")[:count]):
            labels[index], units[index] = _label(channel), _text(channel, "unit", "units")
        placement = _text(
            desc, "setup/placement", "placement", "setup/location", "location", "sensor/placement"
        )
        manufacturer = _text(desc, "acquisition/manufacturer", "manufacturer")
    return StreamDescription(
        name=info.name(),
        type=info.type(),
        source_id=info.source_id(),
        channels=tuple(labels),
        units=tuple(units),
        nominal_rate=float(info.nominal_srate()),
        hostname=info.hostname(),
        placement=placement,
        manufacturer=manufacturer,
    )


def _parsed(xml: str) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return None


def _text(node: ElementTree.Element, *paths: str) -> str:
    return next((text for path in paths if (text := (node.findtext(path) or "").strip())), "")


def _label(channel: ElementTree.Element) -> str:
    """<label>, or <name> (Polar), or marker and position type (MoCap files without labels)."""
    label = _text(channel, "label", "name")
    if label:
        return label
    marker, axis = _text(channel, "marker"), _AXES.get(_text(channel, "type"), "")
    return f"{marker}_{axis}" if marker and axis else ""
