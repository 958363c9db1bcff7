"""The graphs of a bundle, checked, and the network that some library makes of them. Loads no such library.

Legend: n windows, B = n and padding, M modalities, T steps, C channels, F features of a modality, K labels.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleFile
from ..bundle.graph import HEAD, digest_of, unpack
from ..bundle.onnx_wire import ModelShape, examine
from ..classifier import NetworkOutput
from ..errors import BundleError

OUTPUTS = ["logits", "probabilities", "embedding"]
"""Of the head."""


@dataclass(frozen=True, slots=True, eq=False)
class CheckedGraphs:
    """Graphs of a bundle that fit its description, and the weights that they want."""

    parts: dict[str, bytes]
    """As `bundle.graph.NetworkGraphs` has them."""
    shapes: dict[str, ModelShape]
    """Of each part."""
    samples: dict[str, tuple[int, int]]
    """Modality -> (T, C)."""
    weights: dict[str, NDArray[np.float32]]
    """Finite."""


def checked(file: BundleFile) -> CheckedGraphs:
    """The graphs of a bundle. Raises BundleError: in a few words what is wrong, or that there are none."""
    if file.graph is None:
        raise BundleError("it has none")
    info = file.info
    graphs = unpack(file.graph)
    if graphs.made_of != digest_of(info.architecture, info.modalities, info.window):
        raise BundleError("it was made of another architecture")
    samples = {m.name: (m.steps(info.window), len(m.channels)) for m in info.modalities}
    if set(graphs.parts) != {HEAD, *samples}:
        raise BundleError("its parts are not an encoder a modality and a head")
    shapes = {name: _examined(name, part, graphs.opset) for name, part in graphs.parts.items()}
    _check(shapes, samples, len(info.labels) - len(info.enrolled))
    return CheckedGraphs(graphs.parts, shapes, samples, _weights(file, shapes))


class GraphNetwork(ABC):
    """A network of graphs; see `classifier.ServedNetwork`. An encoder sees only windows with its modality."""

    def __init__(self, graphs: CheckedGraphs) -> None:
        self._samples = graphs.samples
        self._widths = {name: graphs.shapes[name].outputs["features"][1] for name in graphs.samples}

    @property
    @abstractmethod
    def runtime(self) -> str:
        """Library that computes it, and its version."""

    @abstractmethod
    def padded(self, count: int) -> int:
        """B, the rows that it wants for `count` windows, at least as many."""

    @abstractmethod
    def encoded(self, name: str, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(windows, T, C) of a modality -> (windows, F)."""

    @abstractmethod
    def headed(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """The head's inputs, n rows each -> `OUTPUTS`."""

    def infer(
        self,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        """See `classifier.ServedNetwork`."""
        count = len(temperatures)
        presence = presence[:count]
        inputs: dict[str, NDArray[Any]] = {"presence": presence, "temperatures": temperatures}
        for column, name in enumerate(self._samples):
            there = presence[:, column]
            if there.all():
                inputs[name] = self.encoded(name, samples[name][:count])
                continue
            inputs[name] = np.zeros((count, self._widths[name]), np.float32)
            if there.any():
                inputs[name][there] = self.encoded(name, samples[name][:count][there])
        return NetworkOutput(*self.headed(inputs))

    def try_out(self) -> None:
        """Raise BundleError where a window of zeros gets no answer."""
        zeros = {name: np.zeros((1, *shape), np.float32) for name, shape in self._samples.items()}
        try:
            found = self.infer(zeros, np.ones((1, len(zeros)), np.bool_), np.ones((1, 1), np.float32))
        except Exception as error:  # of these libraries none has a common class of errors
            raise BundleError(f"it cannot be computed ({line_of(error)})") from error
        if not (np.isfinite(found.logits).all() and np.isfinite(found.embeddings).all()):
            raise BundleError("its answer is not finite")


def line_of(error: Exception) -> str:
    """First line of an error's text, cut to a message's length."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


def _examined(name: str, part: bytes, opset: int) -> ModelShape:
    try:
        shape = examine(part)
    except ValueError as error:
        raise BundleError(f"its part '{name or 'head'}' is not one that is run: {error}") from error
    if shape.opset != opset:
        raise BundleError(f"its part '{name or 'head'}' is of opset {shape.opset}, not {opset} as it says")
    return shape


def _check(shapes: Mapping[str, ModelShape], samples: Mapping[str, tuple[int, int]], classes: int) -> None:
    """Raise BundleError where inputs and outputs are not those of the bundle's modalities and labels."""
    head = shapes[HEAD]
    for name, wanted in samples.items():
        encoder = shapes[name]
        features = encoder.outputs.get("features", ())
        if encoder.inputs != {"samples": (-1, *wanted)} or len(features) != 2 or features[1] < 1:
            raise BundleError(f"the shapes of its part '{name}' are not those of the bundle's windows")
        if head.inputs.get(name) != features:
            raise BundleError(f"its head does not take what its part '{name}' gives")
    rest = {"presence": (-1, len(samples)), "temperatures": (-1, 1)}
    inputs = {name: shape for name, shape in head.inputs.items() if name not in samples}
    outputs = [head.outputs.get(name, ()) for name in OUTPUTS]
    if inputs != rest or outputs[:2] != [(-1, classes)] * 2 or len(outputs[2]) != 2:
        raise BundleError("the shapes of its head are not those of the bundle's labels")


def _weights(file: BundleFile, shapes: Mapping[str, ModelShape]) -> dict[str, NDArray[np.float32]]:
    """The tensors that the graphs want. Raises BundleError for one that is not there, or not finite."""
    weights = {}
    for name, shape in {name: s for part in shapes.values() for name, s in part.weights.items()}.items():
        entry = file.entries.get(name)
        if entry is None or entry.dtype != "F32" or entry.shape != shape:
            raise BundleError(f"it wants a tensor '{name[:80]}' {shape} that the bundle does not have")
        weights[name] = file.tensor(name)
        if not np.isfinite(weights[name]).all():
            raise BundleError(f"the bundle's weights are not finite ('{name}')")
    return weights
