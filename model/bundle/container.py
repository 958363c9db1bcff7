"""The container of a bundle: a safetensors file, its header looked through before any of it is believed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from ..errors import BundleError

MAX_HEADER = 1024**2
"""bytes."""
DTYPES: dict[str, type[np.generic]] = {"F32": np.float32, "I64": np.int64}
"""Types of tensors that a bundle may hold."""
_REMEDY = "Take a bundle that hnhar-train wrote, or a shipped one by its name."
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Type, shape and position of one tensor in the file's data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int
    """bytes from the start of the data."""


def refuse(path: Path, found: str, remedy: str = _REMEDY) -> BundleError:
    """The error of a file that is no bundle: what was found, and what to do."""
    return BundleError(f"'{path}' cannot be used as a bundle: {found}. {remedy}")


def header(raw: bytes, path: Path) -> tuple[dict[str, msgspec.Raw], int]:
    """The safetensors header and where the data starts."""
    if len(raw) < 10:
        raise refuse(path, f"it has only {len(raw)} bytes, so it is truncated or not a safetensors file")
    size = int.from_bytes(raw[:8], "little")
    if raw[8:9] != b"{" or size > MAX_HEADER:
        raise refuse(path, "it is not a safetensors file, or its header is damaged")
    if 8 + size > len(raw):
        raise refuse(
            path, f"it ends inside its header ({len(raw):,} bytes): it is truncated", "Copy it again."
        )
    return decode(msgspec.Raw(raw[8 : 8 + size]), dict[str, msgspec.Raw], path, "its header"), 8 + size


def decode(raw: msgspec.Raw | str, kind: type[T], path: Path, what: str) -> T:
    """JSON of a file as `kind`; `what`: its name in an error. Raises BundleError."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise refuse(path, f"{what} cannot be read ({error})") from error


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def entries(header: Mapping[str, msgspec.Raw], size: int, path: Path) -> dict[str, TensorEntry]:
    """Tensors that fill the data exactly, each of a type we know."""
    found: dict[str, TensorEntry] = {}
    for name, raw in header.items():
        entry = decode(raw, _Entry, path, f"the header of tensor '{name[:80]}'")
        begin, end = entry.data_offsets
        if entry.dtype not in DTYPES:
            raise refuse(
                path, f"tensor '{name[:80]}' is of type {entry.dtype[:16]}; {', '.join(DTYPES)} are read"
            )
        if min(entry.shape, default=1) < 1:
            raise refuse(path, f"tensor '{name[:80]}' has the shape {entry.shape}")
        if end - begin != math.prod(entry.shape) * np.dtype(DTYPES[entry.dtype]).itemsize:
            raise refuse(path, f"tensor '{name[:80]}' does not have the bytes of its shape {entry.shape}")
        found[name] = TensorEntry(entry.dtype, entry.shape, begin, end)
    at = 0
    for entry_ in sorted(found.values(), key=lambda e: e.begin):
        if entry_.begin != at:
            raise refuse(path, "its tensors overlap or leave holes")
        at = entry_.end
    if at != size:
        sizes = f"{size:,} bytes of data where its header announces {at:,}"
        raise refuse(path, f"it is truncated or padded: {sizes}", "Copy it again.")
    return found
