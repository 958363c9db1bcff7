"""Description of a stream from its LSL meta-data."""

import ctypes
import math

import pylsl
from pylsl.lib import lib as _pylsl

from ..mapping.description import described, parsed
from ..messages import StreamDescription

_liblsl = ctypes.CDLL(_pylsl._name)
_liblsl.lsl_get_xml.argtypes = [ctypes.c_void_p]
_liblsl.lsl_get_xml.restype = ctypes.c_void_p
_liblsl.lsl_destroy_string.argtypes = [ctypes.c_void_p]
_liblsl.lsl_destroy_string.restype = None

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


def xml_of(info: pylsl.StreamInfo) -> str:
    """The whole meta-data: pylsl's `as_xml`, which never frees what liblsl made for it, 11 kB a skeleton."""
    text = _liblsl.lsl_get_xml(info.obj)
    if not text:
        raise MemoryError("liblsl has no room for a stream's meta-data")
    try:
        raw = ctypes.string_at(text)
    finally:
        _liblsl.lsl_destroy_string(text)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:  # a computer's name from Windows; as pylsl has it
        return raw.decode("latin-1")


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
    return described(plain, parsed(xml_of(info)))
