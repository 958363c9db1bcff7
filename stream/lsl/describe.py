"""Description of a stream from its LSL meta-data."""

import math

import pylsl

from ..mapping.description import described, parsed
from ..messages import StreamDescription

MAX_CHANNELS = 4096
MAX_RATE = 20_000.0
"""Hz."""


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
    plain = StreamDescription(
        name=info.name(),
        type=info.type(),
        source_id=info.source_id(),
        channels=("",) * count,
        units=("",) * count,
        nominal_rate=float(info.nominal_srate()),
        hostname=info.hostname(),
    )
    return described(plain, parsed(info.as_xml()))
