"""Messages to bytes and back: two frames, a topic and a msgpack map with string keys (docs/messages.md).

The map carries the envelope (`v`, `type`, `publisher`, `repeat`) and beside it the fields of the message.
What is read was sent by somebody else: sizes are capped, types checked, and what does not fit is a
`WireError`.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgpack
import msgspec
import numpy as np

from hnhar.model.errors import ConfigError, HnharError

from ..messages import SCHEMA_VERSION, Event, Message, Prediction, Status

TOPIC_PREFIX: Final = "hnhar/v1"
KINDS: Final[dict[str, type[Message]]] = {"prediction": Prediction, "event": Event, "status": Status}
"""Name in the topic and in `type` -> what the payload is."""
MAX_PAYLOAD: Final = 1 << 20
"""bytes; a status of 40 skeleton streams with every channel named takes 150 kB."""
MAX_WEARER: Final = 64
"""bytes of UTF-8 in a wearer's id."""
MAX_PREFIX: Final = 256
"""bytes; with a wearer it stays below the 1024 bytes that a publisher takes as a subscription."""

_NAMES: Final = {cls: name for name, cls in KINDS.items()}


class WireError(HnharError):
    """Frames that are not a message of ours, or are damaged."""


class WireVersionError(WireError):
    """A message from a newer, incompatible version of hnhar."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it came off the wire."""

    topic: str
    publisher: str
    """Identifier of one run of one publisher: another id means that sequences begin anew."""
    repeat: bool
    """True where the publisher sent it again for a subscriber that joined late."""
    message: Message


def check_wearer(wearer: str) -> str:
    """Return `wearer` if it can be a level of a topic, else raise ConfigError."""
    if (
        not wearer
        or len(wearer.encode(errors="replace")) > MAX_WEARER
        or "/" in wearer
        or not wearer.isprintable()
    ):
        raise ConfigError(
            f"the wearer id {wearer[:80]!r} cannot be used: it becomes part of a topic, so it needs "
            f"1 to {MAX_WEARER} bytes of printable text without a slash"
        )
    return wearer


def check_prefix(prefix: str) -> str:
    """Return the topic prefix without a closing slash, or raise ConfigError."""
    bare = prefix.rstrip("/")
    if not bare or len(bare.encode(errors="replace")) > MAX_PREFIX or not bare.isprintable():
        raise ConfigError(
            f"the topic prefix {prefix[:80]!r} cannot be used: give 1 to {MAX_PREFIX} bytes of printable "
            f"text, such as {TOPIC_PREFIX!r}"
        )
    return bare


def topic_of(message: Message, prefix: str = TOPIC_PREFIX) -> str:
    """The topic of a message. It ends in a slash: ZeroMQ matches by prefix, and s1 must not match s10."""
    kind = _NAMES[type(message)]
    if isinstance(message, Status):
        return f"{prefix}/{kind}/"
    return f"{prefix}/{kind}/{message.wearer}/"


def subscription(kind: str, wearer: str | None, prefix: str = TOPIC_PREFIX) -> str:
    """The beginning of the topics of one kind, of one wearer or of all."""
    if kind not in KINDS:
        raise ConfigError(f"there is no message of kind {kind!r}: choose from {', '.join(KINDS)}")
    if wearer is None or kind == "status":
        return f"{prefix}/{kind}/"
    return f"{prefix}/{kind}/{check_wearer(wearer)}/"


def to_map(message: Message, publisher: str, *, repeat: bool = False) -> dict[str, Any]:
    """The payload as a map of plain Python values, arrays and NumPy scalars converted."""
    fields: dict[str, Any] = msgspec.to_builtins(message, str_keys=True, enc_hook=_from_numpy)
    return {
        "v": SCHEMA_VERSION,
        "type": _NAMES[type(message)],
        "publisher": publisher,
        "repeat": repeat,
        **fields,
    }


class Packer:
    """Messages of one publisher to frames, with what is the same in all of them at hand."""

    def __init__(self, publisher: str, prefix: str = TOPIC_PREFIX) -> None:
        self._prefix = prefix
        self._encode = msgspec.msgpack.Encoder(enc_hook=_from_numpy).encode
        self._topics: dict[tuple[type[Message], str], tuple[str, bytes]] = {}
        self._begins = {
            (kind, repeat): _begin(kind, publisher, repeat=repeat)
            for kind in KINDS.values()
            for repeat in (False, True)
        }

    def topic(self, message: Message) -> tuple[str, bytes]:
        """The topic of a message, as text and in bytes."""
        key = type(message), "" if isinstance(message, Status) else message.wearer
        topic = self._topics.get(key)
        if topic is None:
            text = topic_of(message, self._prefix)
            topic = self._topics[key] = text, text.encode()
        return topic

    def payload(self, message: Message, *, repeat: bool = False) -> bytes:
        """The second frame of a message: the bytes that `msgpack` makes of its `to_map`."""
        begin, skipped = self._begins[type(message), repeat]
        payload = begin + self._encode(message)[skipped:]
        if len(payload) > MAX_PAYLOAD:
            raise WireError(
                f"a message of {len(payload)} bytes is larger than the {MAX_PAYLOAD} that readers take"
            )
        return payload


def pack(
    message: Message, publisher: str, *, prefix: str = TOPIC_PREFIX, repeat: bool = False
) -> list[bytes]:
    """The two frames of one message; of many by `Packer`."""
    packer = Packer(publisher, prefix)
    return [packer.topic(message)[1], packer.payload(message, repeat=repeat)]


def _begin(kind: type[Message], publisher: str, *, repeat: bool) -> tuple[bytes, int]:
    """The payload up to the first field of a message, and the length of the head of a map of its fields."""
    packer, fields = msgpack.Packer(), len(dataclasses.fields(kind))
    envelope = {"v": SCHEMA_VERSION, "type": _NAMES[kind], "publisher": publisher, "repeat": repeat}
    content = b"".join(packer.pack(part) for item in envelope.items() for part in item)
    head: bytes = packer.pack_map_header(len(envelope) + fields)
    return head + content, len(packer.pack_map_header(fields))


def unpack(frames: Sequence[bytes], prefix: str = TOPIC_PREFIX) -> Envelope:
    """Read one message.

    Keys that this version does not know are ignored. Raises WireError for anything that is not a whole
    message of ours under its own topic, and WireVersionError where a newer version wrote it.
    """
    if len(frames) != 2:
        raise WireError(f"a message has two frames, topic and payload; {len(frames)} came")
    topic = _text(frames[0])
    content = _content(frames[1])
    version = content.get("v")
    if type(version) is not int or version < 1:
        raise WireError(f"the message under {topic!r} names no version")
    if version > SCHEMA_VERSION:
        raise WireVersionError(
            f"the publisher speaks version {version} of the messages, this hnhar reads up to "
            f"{SCHEMA_VERSION}: update hnhar here, or run the publisher with the older version"
        )
    kind, publisher, repeat = content.get("type"), content.get("publisher"), content.get("repeat", False)
    if not isinstance(kind, str) or kind not in KINDS:
        raise WireError(f"the message under {topic!r} has an unknown type")
    if not isinstance(publisher, str) or not publisher or len(publisher) > 64 or not isinstance(repeat, bool):
        raise WireError(f"the message under {topic!r} does not name its publisher")
    try:
        message = msgspec.convert(content, KINDS[kind])
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        raise WireError(f"the message under {topic!r} is not a {kind}: {error}") from error
    if topic != topic_of(message, prefix):
        raise WireError(f"the message under {topic!r} belongs under {topic_of(message, prefix)!r}")
    return Envelope(topic, publisher, repeat, message)


def _text(frame: bytes) -> str:
    if len(frame) > 1024:
        raise WireError(f"a topic of {len(frame)} bytes is none of ours")
    try:
        return frame.decode()
    except UnicodeDecodeError as error:
        raise WireError("the topic is not UTF-8 text") from error


def _content(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD:
        raise WireError(f"a payload of {len(payload)} bytes is larger than the {MAX_PAYLOAD} that is read")
    try:
        content = msgpack.unpackb(payload, raw=False, strict_map_key=True)
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as error:
        raise WireError(f"the payload is not msgpack: {error or type(error).__name__}") from error
    if not isinstance(content, dict):
        raise WireError(f"the payload is a {type(content).__name__}, not a map")
    return content


def _from_numpy(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be sent")
