"""Damage to inputs, each case from a seed of its own: the same seed and number give the same bytes."""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

MAX_SIZE: Final = 1 << 20
"""bytes of a case."""
_NUMBERS: Final = (
    *(0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 1024, 32767, 32768, 65535, 65536, 10**6, 10**9),
    *(2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1),
)
_TEXTS: Final = (
    *(b"-1", b"0", b"1e308", b"1e400", b"nan", b"inf", b"-inf", b"1e-320", b"9" * 400, b"0x10", b"1_0"),
    *(b"null", b"true", b'""', b"[]", b"{}", b"../../x", b"/dev/zero", b"a\x00b", b"\x1b[2J", b"\xff\xfe"),
    *(b"\xf0\x9f\x8f\x83", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\r\n", b"\n", b"\t", b",", b"'", b'"', b"#"),
)
_OPENERS: Final = (b"[", b"{", b"(", b'{"a":', b"{a=", b"\x91", b"\x81\xa1a", b"<a>", b"a.", b'"a!".', b"&a;")


def case(seed: int, name: str, number: int, corpus: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Case `number` of a campaign: one of the corpus with one to nine damages, rarely noise."""
    rng = Random(f"{seed}/{name}/{number}")
    if rng.random() < 0.02:
        return rng.randbytes(rng.choice((0, 1, 9, 100, 5000)))
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 9))):
        rng.choice(_DAMAGES)(rng, data, corpus, words)
    return bytes(data[:MAX_SIZE])


def _place(rng: Random, data: bytearray) -> int:
    """Somewhere; mostly near the beginning, where headers are."""
    return rng.randrange(min(len(data), rng.choice((64, 1024, 4096, MAX_SIZE))) + 1)


def _slice(rng: Random, data: bytearray) -> tuple[int, int]:
    begin = _place(rng, data)
    return begin, begin + rng.choice((1, 2, 4, 8, 16, rng.randrange(1, 500)))


def _flip(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = _place(rng, data)
    if at < len(data):
        data[at] ^= 1 << rng.randrange(8)


def _set(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = _place(rng, data)
    data[at : at + 1] = bytes([rng.choice((0, 1, 0x7F, 0x80, 0xFF, 0xC1, 0xDD, rng.randrange(256)))])


def _number(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    width, at = rng.choice((1, 2, 4, 8)), _place(rng, data)
    value = rng.choice(_NUMBERS) % (1 << (8 * width))
    data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _cut(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _delete(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    begin, end = _slice(rng, data)
    del data[begin:end]


def _repeat(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    begin, end = _slice(rng, data)
    times = min(rng.choice((1, 1, 2, 10, 1000, 20000)), MAX_SIZE // max(end - begin, 1))
    data[begin:begin] = data[begin:end] * times


def _insert(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = _place(rng, data)
    data[at:at] = rng.choice((rng.randbytes(rng.randrange(1, 20)), rng.choice(words), rng.choice(_TEXTS)))


def _replace(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    """A word for a word, a number for a number, as they stand in text."""
    pattern = rng.choice((rb"-?\d[\d.]*", rb"[A-Za-z_]{2,}", rb'"[^"]*"'))
    found = [m.span() for m in re.finditer(pattern, data[: 1 << 14])]
    if found:
        begin, end = rng.choice(found)
        numbers = [str(n).encode() for n in _NUMBERS]
        data[begin:end] = rng.choice(rng.choice((numbers, _TEXTS, words)))


def _splice(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    other = rng.choice(corpus)
    begin, at = rng.randrange(len(other) + 1), _place(rng, data)
    data[at : at + rng.choice((0, 0, 10, MAX_SIZE))] = other[begin : begin + rng.choice((20, 200, MAX_SIZE))]


def _nest(rng: Random, data: bytearray, corpus: Sequence[bytes], words: Sequence[bytes]) -> None:
    at = _place(rng, data)
    data[at:at] = rng.choice(_OPENERS) * rng.choice((2, 20, 40, 600, 2000, 20000))


_DAMAGES: Final[Sequence[Callable[[Random, bytearray, Sequence[bytes], Sequence[bytes]], None]]] = (
    *(_flip, _flip, _set, _set, _number, _number, _number, _cut, _delete, _repeat, _insert, _insert),
    *(_replace, _replace, _replace, _splice, _nest),
)
