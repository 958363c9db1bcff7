"""The network as ONNX Runtime computes it, from the graphs and the weights of a bundle. Loads no torch.

Legend: B windows, M modalities, T steps, C channels, F features of a modality, K learned labels, D embedding.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleFile
from ..bundle.graph import HEAD, digest_of, unpack
from ..bundle.onnx_wire import ModelShape, examine
from ..classifier import NetworkOutput
from ..errors import BundleError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

OUTPUTS = ["logits", "probabilities", "embedding"]
"""Of the head."""


class OnnxNetwork:
    """Sessions of ONNX Runtime, one an encoder and one for the head; see `classifier.ServedNetwork`.

    An encoder sees only the windows that have its modality. No batch is padded: a window's bits do not depend
    on how many others are in its batch (tests/model/networks).
    """

    def __init__(self, file: BundleFile, threads: int = 1) -> None:
        """Check the bundle's graphs and load them. `threads`: of each session.

        Raises:
            BundleError: In a few words what is wrong with the graphs, or that there are none.
            ImportError: ONNX Runtime is not installed, or broken.
        """
        import onnxruntime

        if file.graph is None:
            raise BundleError("it has none")
        info = file.info
        graphs = unpack(file.graph)
        if graphs.made_of != digest_of(info.architecture, info.modalities, info.window):
            raise BundleError("it was made of another architecture")
        self._runtime = f"ONNX Runtime {onnxruntime.__version__}"
        self._names = tuple(modality.name for modality in info.modalities)
        if set(graphs.parts) != {HEAD, *self._names}:
            raise BundleError("its parts are not an encoder a modality and a head")
        shapes = {name: _examined(name, part, graphs.opset) for name, part in graphs.parts.items()}
        wanted = {m.name: (-1, m.steps(info.window), len(m.channels)) for m in info.modalities}
        _check(shapes, wanted, len(info.labels) - len(info.enrolled))
        weights = _weights(file, shapes)
        sessions = {
            name: _session(part, [*shapes[name].weights], weights, threads)
            for name, part in graphs.parts.items()
        }
        self._head = sessions.pop(HEAD)
        self._encoders = sessions
        self._widths = {name: shapes[name].outputs["features"][1] for name in self._names}
        self._try_out(wanted)

    @property
    def runtime(self) -> str:
        """ONNX Runtime and its version."""
        return self._runtime

    def padded(self, count: int) -> int:
        """No more than there are."""
        return count

    def infer(
        self,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        """See `classifier.ServedNetwork`."""
        inputs: dict[str, NDArray[Any]] = {"presence": presence, "temperatures": temperatures}
        for column, name in enumerate(self._names):
            there = presence[:, column]
            if there.all():
                inputs[name] = self._encoded(name, samples[name])
                continue
            inputs[name] = np.zeros((len(presence), self._widths[name]), np.float32)
            if there.any():
                inputs[name][there] = self._encoded(name, samples[name][there])
        return NetworkOutput(*self._head.run(OUTPUTS, inputs))

    def _encoded(self, name: str, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        features: NDArray[np.float32] = self._encoders[name].run(None, {"samples": samples})[0]
        return features

    def _try_out(self, wanted: Mapping[str, tuple[int, int, int]]) -> None:
        """Raise BundleError where a window of zeros gets no answer."""
        zeros = {name: np.zeros((1, *shape[1:]), np.float32) for name, shape in wanted.items()}
        try:
            found = self.infer(zeros, np.ones((1, len(zeros)), np.bool_), np.ones((1, 1), np.float32))
        except Exception as error:  # ONNX Runtime's own have no common class
            raise BundleError(f"it cannot be computed ({_line(error)})") from error
        if not (np.isfinite(found.logits).all() and np.isfinite(found.embeddings).all()):
            raise BundleError("its answer is not finite")


def _examined(name: str, part: bytes, opset: int) -> ModelShape:
    try:
        shape = examine(part)
    except ValueError as error:
        raise BundleError(f"its part '{name or 'head'}' is not one that is run: {error}") from error
    if shape.opset != opset:
        raise BundleError(f"its part '{name or 'head'}' is of opset {shape.opset}, not {opset} as it says")
    return shape


def _check(
    shapes: Mapping[str, ModelShape], wanted: Mapping[str, tuple[int, int, int]], classes: int
) -> None:
    """Raise BundleError where inputs and outputs are not those of the bundle's modalities and labels."""
    head = shapes[HEAD]
    for name, samples in wanted.items():
        encoder = shapes[name]
        features = encoder.outputs.get("features", ())
        if encoder.inputs != {"samples": samples} or len(features) != 2 or features[1] < 1:
            raise BundleError(f"the shapes of its part '{name}' are not those of the bundle's windows")
        if head.inputs.get(name) != features:
            raise BundleError(f"its head does not take what its part '{name}' gives")
    rest = {"presence": (-1, len(wanted)), "temperatures": (-1, 1)}
    inputs = {name: shape for name, shape in head.inputs.items() if name not in wanted}
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


def _session(
    part: bytes, names: Sequence[str], weights: Mapping[str, NDArray[np.float32]], threads: int
) -> "InferenceSession":
    """Raises BundleError where ONNX Runtime refuses the graph."""
    from onnxruntime import ExecutionMode, InferenceSession, OrtValue, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # what is wrong is raised, and said by us
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        if names:
            values = [OrtValue.ortvalue_from_numpy(weights[name]) for name in names]
            options.add_external_initializers(list(names), values)
        return InferenceSession(part, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own have no common class
        raise BundleError(f"ONNX Runtime refuses it ({_line(error)})") from error


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
