"""Inputs, outputs and weights of an ONNX model, read before anything runs it.

A model from outside could name files on this disk as its weights, loop for ever, or want operators that are
somebody's code. So its protocol buffer is walked here, with the field numbers of onnx.proto3, and what a
network of hnhar never has is refused: subgraphs, functions, operators that are not ONNX's own, and weights
that lie anywhere but in the bundle. (The package onnx would read it, too, but who serves has no other use
for it.)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_NODES: Final = 20_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT: Final = 1
"""Element type of float32."""
_EXTERNAL: Final = 1
_TENSOR, _INPUT, _OUTPUT = 5, 11, 12
"""Fields of a graph."""
_NAMES: Final = {1: (1, 2, 3), _TENSOR: (8,), _INPUT: (1,), _OUTPUT: (1,), 13: (1,)}
"""Fields of a graph that are joined -> their fields that are names: nodes, and what they take and give."""

Field = int | bytes | memoryview


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Inputs, outputs and weights of an ONNX model."""

    opset: int
    inputs: dict[str, tuple[int, ...]]
    """Name -> shape, -1 for what is left open."""
    outputs: dict[str, tuple[int, ...]]
    weights: dict[str, tuple[int, ...]]
    """Those that it wants from outside, all of float32."""


def examine(model: bytes) -> ModelShape:
    """Look through a model. Raises ValueError, in a few words, for what is no model that we would run."""
    opsets: dict[str, int] = {}
    graphs: list[memoryview] = []
    for number, value in _fields(memoryview(model)):
        if number == 8:
            imported = dict(_fields(_message(value)))
            opsets[_text(imported.get(1, b""))] = _whole(imported.get(2, 0))
        elif number == 7:
            graphs.append(_message(value))
        elif number in (20, 25):
            raise ValueError("it has functions or a training of its own")
    if set(opsets) != {""} or len(graphs) != 1:
        raise ValueError("it wants operators that are not ONNX's own")
    inputs: dict[str, tuple[int, ...]] = {}
    outputs: dict[str, tuple[int, ...]] = {}
    weights: dict[str, tuple[int, ...]] = {}
    nodes = 0
    for number, value in _fields(graphs[0]):
        if number == 1:
            nodes += 1
            _check_node(_message(value))
        elif number == 5:
            name, shape, outside = _tensor(_message(value))
            if outside:
                weights[name] = shape
        elif number == 11:
            inputs.update([_described(_message(value))])
        elif number == 12:
            outputs.update([_described(_message(value))])
        elif number == 15:
            raise ValueError("it has sparse weights")
        if nodes > MOST_NODES:
            raise ValueError(f"it has more than {MOST_NODES:,} nodes")
    return ModelShape(opsets[""], inputs, outputs, weights)


def filled(model: bytes, weights: Mapping[str, NDArray[np.float32]]) -> bytes:
    """A model that was examined with its weights in it, for a library that takes none from outside."""
    out = bytearray()
    for number, value in _fields(memoryview(model)):
        if number != 7:
            _write(out, number, value)
            continue
        graph = bytearray()
        for inner, content in _fields(_message(value)):
            _write(graph, inner, _with_values(_message(content), weights) if inner == 5 else content)
        _write(out, 7, graph)
    return bytes(out)


def joined(parts: Mapping[str, bytes], last: str) -> bytes:
    """Models that were examined as one: the outputs of the others are inputs of the part `last`.

    Args:
        parts: Name -> model, of the same opset. All but `last` have one input and one output: the former is
            called by the part's name in what is made, the latter is what `last` has as an input of that name.
        last: Its other inputs and its outputs keep their names.
    """
    graph = bytearray()
    weights: set[str] = set()
    for place, name in enumerate(sorted(parts, key=lambda name: name == last)):
        shape = examine(parts[name])
        names = {weight: weight for weight in shape.weights}
        if name == last:
            names |= {kept: kept for kept in shape.outputs}
            names |= {taken: f"{taken}:made" if taken in parts else taken for taken in shape.inputs}
        else:
            (taken,), (made,) = shape.inputs, shape.outputs
            names |= {taken: name, made: f"{name}:made"}
        for number, value in _fields(_graph(parts[name])):
            if number not in _NAMES:
                continue
            message = _message(value)
            if number == _INPUT and name == last and _described(message)[0] in parts:
                continue
            if number == _OUTPUT and name != last:
                continue
            if number == _TENSOR and _tensor(message)[2] and _tensor(message)[0] in weights:
                continue  # of another part, too
            _write(graph, number, _renamed(message, _NAMES[number], names, place))
        weights |= shape.weights.keys()
    _write(graph, 2, b"joined")
    out = bytearray()
    for number, value in _fields(memoryview(parts[last])):
        _write(out, number, graph if number == 7 else value)
    return bytes(out)


def _graph(model: bytes) -> memoryview:
    """The graph of a model that was examined."""
    return _message(dict(_fields(memoryview(model)))[7])


def _renamed(message: memoryview, fields: Sequence[int], names: Mapping[str, str], place: int) -> bytes:
    """A message whose `fields` are names: each as `names` has it, any other with the place of its part."""
    out = bytearray()
    for number, value in _fields(message):
        if number in fields and (name := bytes(_message(value)).decode("utf-8", "replace")):
            value = names.get(name, f"{place}:{name}").encode()
        _write(out, number, value)
    return bytes(out)


def _with_values(tensor: memoryview, weights: Mapping[str, NDArray[np.float32]]) -> Field:
    """A tensor with its values, if they lie outside."""
    name, _, outside = _tensor(tensor)
    if not outside:
        return tensor
    out = bytearray()
    for number, value in _fields(tensor):
        if number not in (13, 14):
            _write(out, number, value)
    _write(out, 9, weights[name].astype("<f4", copy=False).tobytes())
    return bytes(out)


def _write(out: bytearray, number: int, value: Field | bytearray) -> None:
    """Append a field: a whole number, or bytes; a model has no fixed ones on these levels."""
    if isinstance(value, int):
        out += _as_varint(number << 3 | _VARINT) + _as_varint(value)
    else:
        out += _as_varint(number << 3 | _BYTES) + _as_varint(len(value)) + value


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _check_node(node: memoryview) -> None:
    for number, value in _fields(node):
        if number == 7 and _text(value) not in ("", "ai.onnx"):
            raise ValueError("it wants operators that are not ONNX's own")
        if number == 5:
            for kind, inner in _fields(_message(value)):
                if kind in (6, 11):
                    raise ValueError("it has loops or branches")
                if kind in (5, 10, 22, 23) and (kind != 5 or _tensor(_message(inner))[2]):
                    raise ValueError("it has constants that lie elsewhere")


def _tensor(tensor: memoryview) -> tuple[str, tuple[int, ...], bool]:
    """Name, shape, and whether its values lie outside of the model."""
    name, shape, kind, outside = "", [], 0, False
    for number, value in _fields(tensor):
        if number == 1:
            shape += [value] if isinstance(value, int) else list(_varints(_message(value)))
        elif number == 2:
            kind = _whole(value)
        elif number == 8:
            name = _text(value)
        elif number == 13 or (number == 14 and value == _EXTERNAL):
            outside = True
    if outside and (kind != _FLOAT or not name):
        raise ValueError("it wants weights that are not float32")
    return name, tuple(shape), outside


def _described(info: memoryview) -> tuple[str, tuple[int, ...]]:
    """Name and shape of an input or an output."""
    fields = dict(_fields(info))
    tensor = dict(_fields(_message(dict(_fields(_message(fields.get(2, b"")))).get(1, b""))))
    shape = tensor.get(2, b"")
    sizes = [dict(_fields(_message(size))) for number, size in _fields(_message(shape)) if number == 1]
    return _text(fields.get(1, b"")), tuple(_whole(size.get(1, -1)) for size in sizes)


def _fields(message: memoryview) -> Iterator[tuple[int, Field]]:
    """Number and value of each field of a message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError("it is damaged")
        if at + size > len(message):
            raise ValueError("it is truncated")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("it is truncated")


def _varints(packed: memoryview) -> Iterator[int]:
    at = 0
    while at < len(packed):
        value, at = _varint(packed, at)
        yield value


def _message(value: Field) -> memoryview:
    if isinstance(value, int):
        raise ValueError("it is damaged")
    return memoryview(value)


def _whole(value: Field) -> int:
    if not isinstance(value, int):
        raise ValueError("it is damaged")
    return value


def _text(value: Field) -> str:
    return bytes(_message(value)).decode("utf-8", "replace")[:200]
