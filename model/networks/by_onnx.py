"""The network as ONNX Runtime computes it, from the graphs and the weights of a bundle. Loads no torch."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleFile
from ..bundle.graph import HEAD
from ..bundle.onnx_wire import ModelShape, examine, joined
from ..classifier import NetworkOutput
from ..errors import BundleError
from .graphs import OUTPUTS, GraphNetwork, checked, line_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxNetwork(GraphNetwork):
    """Sessions of ONNX Runtime: one for all that windows with every modality need, and one a part for others.

    No batch is padded: a window's bits do not depend on how many others are in its batch
    (tests/model/networks).
    """

    def __init__(self, file: BundleFile, threads: int = 1) -> None:
        """Check the bundle's graphs and load them. `threads`: of each session.

        Raises:
            BundleError: In a few words what is wrong with the graphs, or that there are none.
            ImportError: ONNX Runtime is not installed, or broken.
        """
        import onnxruntime

        graphs = checked(file)
        super().__init__(graphs)
        self._runtime = f"ONNX Runtime {onnxruntime.__version__}"
        sessions = {
            name: _session(part, [*graphs.shapes[name].weights], graphs.weights, threads)
            for name, part in graphs.parts.items()
        }
        self._head = sessions.pop(HEAD)
        self._encoders = sessions
        whole = joined(graphs.parts, HEAD)
        self._whole = _session(whole, [*graphs.weights], graphs.weights, threads)
        self._alone = _AloneWindow(self._whole, examine(whole))
        self.try_out()

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
        count = len(temperatures)
        presence = presence[:count]
        if not presence.all():
            return super().infer(samples, presence, temperatures)
        inputs = {"presence": presence, "temperatures": temperatures}
        inputs |= {name: samples[name][:count] for name in self._samples}
        answer = self._alone(inputs) if count == 1 else None
        return answer or NetworkOutput(*self._whole.run(OUTPUTS, inputs))

    def encoded(self, name: str, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `GraphNetwork.encoded`."""
        features: NDArray[np.float32] = self._encoders[name].run(None, {"samples": samples})[0]
        return features

    def headed(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """See `GraphNetwork.headed`."""
        outputs: list[NDArray[np.float32]] = self._head.run(OUTPUTS, inputs)
        return outputs


class _AloneWindow:
    """Inputs and outputs of a window that is alone, in places that stay: four times a second, when nothing
    is in the processor's caches, to check and to allocate them costs as much as a fifth of the network."""

    def __init__(self, session: "InferenceSession", shape: ModelShape) -> None:
        self._session = session
        self._using = threading.Lock()
        self._binding = session.io_binding()
        kinds = {"presence": np.bool_}
        self._inputs = {
            name: np.zeros((1, *sizes[1:]), kinds.get(name, np.float32))
            for name, sizes in shape.inputs.items()
        }
        self._outputs = [np.zeros((1, *shape.outputs[name][1:]), np.float32) for name in OUTPUTS]
        for name, array in self._inputs.items():
            self._binding.bind_input(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        for name, array in zip(OUTPUTS, self._outputs, strict=True):
            self._binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> NetworkOutput | None:
        """The answer to one row of each input; None while another thread has the places."""
        if not self._using.acquire(blocking=False):
            return None
        try:
            for name, array in self._inputs.items():
                array[...] = inputs[name]
            self._session.run_with_iobinding(self._binding)
            return NetworkOutput(*(array.copy() for array in self._outputs))
        finally:
            self._using.release()


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
        raise BundleError(f"ONNX Runtime refuses it ({line_of(error)})") from error
