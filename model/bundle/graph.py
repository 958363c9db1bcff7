"""The network of a bundle as ONNX graphs: one for each modality's encoder and one for the head.

They hold no weights, but take them from the bundle's tensors when they are loaded. They lie in its file as
text of the metadata, compressed, before all else in the header, and are no part of what its digest is made
of: with a graph or without, weights and settings are the same, and so is the identifier. A version of hnhar
that knows no graphs does not see them. Loads no torch and no ONNX Runtime.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..errors import BundleError
from ..modality import Modality

KEY: Final = "hnhar.graph"
"""Of the file's metadata."""
HEAD: Final = ""
"""Name of the head among the graphs; the others are called by their modality."""
OPSET: Final = 20
"""Of the ONNX operators that are written."""
OPSETS: Final = range(18, 22)
"""Of those that are read."""
MAX_TEXT: Final = 1024**2
"""bytes in the header."""
MAX_SIZE: Final = 4 * 1024**2
"""bytes of all graphs, decompressed."""
VERSION: Final = 1
_OPENING: Final = b'{"__metadata__":{'
_ENTRY: Final = f'"{KEY}":"'.encode()


@dataclass(frozen=True, slots=True)
class NetworkGraphs:
    """Graphs of a network, and what they were made of."""

    parts: dict[str, bytes]
    """Modality -> ONNX model of its encoder: samples (B, T, C) -> features (B, F). `HEAD` -> that of the
    head: features of each modality, presence (B, M) and temperatures (B, 1) -> logits (B, K), probabilities
    (B, K) and embedding (B, D)."""
    made_of: str
    """Digest of the architecture and of the windows that they were made of (`digest_of`)."""
    opset: int = OPSET
    made_by: str = ""
    """Versions of what made them, for people."""


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    sha256: str
    onnx: bytes


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    opset: int
    made_of: str
    made_by: str
    parts: dict[str, _Part]


def digest_of(architecture: Mapping[str, Any], modalities: tuple[Modality, ...], window: float) -> str:
    """SHA-256, hexadecimal, of all that a graph depends on beside the weights."""
    shapes = [(m.name, m.steps(window), len(m.channels)) for m in modalities]
    return hashlib.sha256(msgspec.json.encode((dict(architecture), shapes), order="sorted")).hexdigest()


def pack(graphs: NetworkGraphs) -> str:
    """The text that a bundle holds."""
    parts = {
        name: _Part(len(part), hashlib.sha256(part).hexdigest(), part) for name, part in graphs.parts.items()
    }
    text = msgspec.json.encode(_Text(VERSION, graphs.opset, graphs.made_of, graphs.made_by, parts))
    packed = base64.b64encode(zlib.compress(text, 9)).decode()
    if len(text) > MAX_SIZE or len(packed) > MAX_TEXT:
        raise BundleError(f"the network's graph has {len(text):,} bytes, more than the {MAX_SIZE:,} read.")
    return packed


def unpack(text: str) -> NetworkGraphs:
    """The graphs in a bundle's text. Raises BundleError, which says in a few words what is wrong."""
    try:
        packed = base64.b64decode(text, validate=True)
        opened = zlib.decompressobj()
        raw = opened.decompress(packed, MAX_SIZE)
        if opened.unconsumed_tail or not opened.eof:
            raise BundleError(f"it is truncated, or larger than {MAX_SIZE:,} bytes")
        read = msgspec.json.decode(raw, type=_Text)
    except (ValueError, zlib.error, msgspec.DecodeError, RecursionError) as error:
        raise BundleError(f"it cannot be read ({error})") from error
    if read.version != VERSION:
        raise BundleError(f"it is of version {read.version}, and {VERSION} is read")
    if read.opset not in OPSETS:
        raise BundleError(f"it is of opset {read.opset}, and {OPSETS[0]} to {OPSETS[-1]} are read")
    for name, part in read.parts.items():
        if part.size != len(part.onnx) or part.sha256 != hashlib.sha256(part.onnx).hexdigest():
            raise BundleError(f"the size or the digest of its part '{name[:80]}' is not what it says")
    parts = {name: part.onnx for name, part in read.parts.items()}
    return NetworkGraphs(parts, read.made_of, read.opset, read.made_by)


def insert(raw: bytes, text: str) -> bytes:
    """The bytes of a safetensors file without a graph, with `text` put before all else of its metadata."""
    if not raw[8:].startswith(_OPENING):
        raise BundleError("a graph goes into a file of hnhar only")
    entry = _ENTRY + text.encode("ascii") + b'",'
    entry += b" " * (-len(entry) % 8)  # tensors stay aligned
    size = int.from_bytes(raw[:8], "little") + len(entry)
    at = 8 + len(_OPENING)
    return size.to_bytes(8, "little") + raw[8:at] + entry + raw[at:]


def split(raw: bytes) -> tuple[bytes, str | None]:
    """The bytes as they were before `insert`, and the text; None where there is none."""
    at = 8 + len(_OPENING)
    if not raw.startswith(_OPENING + _ENTRY, 8):
        return raw, None
    begin = at + len(_ENTRY)
    end = raw.find(b'",', begin, begin + MAX_TEXT + 2)
    size = int.from_bytes(raw[:8], "little")
    if end < 0 or end > 8 + size:
        return raw, None
    length = end + 2 - at
    length += -length % 8
    if raw[end + 2 : at + length].strip(b" ") or length >= size:
        return raw, None
    return (size - length).to_bytes(8, "little") + raw[8:at] + raw[at + length :], _ascii(raw[begin:end])


def _ascii(text: bytes) -> str:
    return text.decode("ascii", "replace")
