"""Messages of the process that looks at images, framed and validated: length, then msgpack."""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from .layout import CHANNELS

MOST: Final = 1 << 16
"""bytes of a message."""
_LENGTH: Final = 4
_ROW: Final = 4 * len(CHANNELS)


class CameraOpened(msgspec.Struct, frozen=True, tag="opened", forbid_unknown_fields=True):
    """Images come from now on."""

    width: int
    height: int
    rate: float
    """Hz of a file, as it declares it; 0 where it is not known, and of a camera."""
    frames: int
    """Of a file, as it declares it; 0 where it is not known."""
    notes: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, tag="row", forbid_unknown_fields=True):
    """One image, looked at."""

    time: float
    """s: when it was taken, on the monotonic clock; of a file read at once, its own time."""
    done: float
    """s on the monotonic clock: when it had been looked at."""
    values: bytes
    """float32 of the channels of `layout`."""
    people: int
    """People seen in it."""
    dropped: int
    """Images so far that were not looked at, since another had come meanwhile."""

    @property
    def sample(self) -> NDArray[np.float32]:
        """(channels,). Raises ValueError where it has another length."""
        if len(self.values) != _ROW:
            raise ValueError(f"a row of {len(self.values)} bytes")
        return np.frombuffer(self.values, np.float32)


class Over(msgspec.Struct, frozen=True, tag="over", forbid_unknown_fields=True):
    """No image will come any more."""

    reason: str
    """In words."""
    kind: str
    """ "end" of a file, "lost" camera, or "refused": it will not pass."""


Letter = CameraOpened | Row | Over
_decoder: Final = msgspec.msgpack.Decoder(CameraOpened | Row | Over)


def packed(letter: Letter) -> bytes:
    """A message as it goes through the pipe."""
    raw = msgspec.msgpack.encode(letter)
    return len(raw).to_bytes(_LENGTH, "big") + raw


class Letters:
    """Messages out of the bytes of a pipe, however they are split."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def take(self, raw: bytes) -> Iterator[Letter]:
        """The messages that are complete now. Raises ValueError for what is no message."""
        self._kept += raw
        while len(self._kept) >= _LENGTH:
            length = int.from_bytes(self._kept[:_LENGTH], "big")
            if not 0 < length <= MOST:
                raise ValueError(f"a message of {length} bytes")
            if len(self._kept) < _LENGTH + length:
                return
            whole = bytes(self._kept[_LENGTH : _LENGTH + length])
            del self._kept[: _LENGTH + length]
            yield _decoder.decode(whole)  # its errors are ValueErrors
