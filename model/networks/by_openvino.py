"""The network as OpenVINO computes it, from the same graphs as ONNX Runtime. Loads neither that nor torch."""

import sys
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleFile
from ..bundle.graph import HEAD
from ..bundle.onnx_wire import filled
from ..errors import BundleError
from .graphs import OUTPUTS, GraphNetwork, checked, line_of

Precision = Literal["f32", "bf16"]
_NAMES: Final = {"f32": "", "bf16": ", bfloat16"}
_SHORT: Final = 32
"""Steps below which a lone window is computed beside one of zeros: of a fixed size of one, version 2026.4
crashes on windows of 10 steps, and on none of 20."""


class OpenvinoNetwork(GraphNetwork):
    """Models of OpenVINO: an encoder is compiled once for every size of a batch, the powers of two.

    For a fixed size it computes a quarter faster than for any, with the same bits in float32
    (tests/model/networks). A size takes some tenths of a second to compile, when it is met first.
    """

    def __init__(self, file: BundleFile, threads: int = 1, precision: Precision = "f32") -> None:
        """Check the bundle's graphs and load them.

        Args:
            file: The bundle.
            threads: Of each model.
            precision: bf16 rounds weights and most sums to 8 bits, and is computed in float32 where the
                processor has no instructions for it; `precision` then says so.

        Raises:
            BundleError: In a few words what is wrong with the graphs, or that there are none.
            ImportError: OpenVINO is not installed, or broken.
        """
        # importing it would start a thread that reports its use to its makers
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        import openvino

        graphs = checked(file)
        super().__init__(graphs)
        self._core: Any = openvino.Core()
        if precision == "bf16" and "BF16" not in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            precision = "f32"
        self.precision: Precision = precision
        """In which it computes."""
        version = openvino.__version__.partition("-")[0]
        self._runtime = f"OpenVINO {version}{_NAMES[precision]}"
        self._options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # it would bind the thread that calls
        }
        self._filled = {name: filled(part, graphs.weights) for name, part in graphs.parts.items()}
        """Kept: what is read may look into it."""
        try:
            self._models = {name: self._core.read_model(part) for name, part in self._filled.items()}
            # of a fixed size version 2026.4 crashes on it
            head = self._models.pop(HEAD)
            self._head: Any = self._core.compile_model(head, "CPU", self._options).create_infer_request()
        except RuntimeError as error:
            raise BundleError(f"OpenVINO refuses it ({line_of(error)})") from error
        self._requests: dict[tuple[str, int], Any] = {}
        """Modality and size of a batch -> the request of its encoder."""
        self.try_out()

    @property
    def runtime(self) -> str:
        """OpenVINO, its version, and its precision where that is not float32."""
        return self._runtime

    def padded(self, count: int) -> int:
        """As many as there are: each encoder pads for itself."""
        return count

    def encoded(self, name: str, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `GraphNetwork.encoded`."""
        count = len(samples)
        least = 2 if self._samples[name][0] < _SHORT else 1
        size = max(least, 1 << (count - 1).bit_length())
        request = self._requests.get((name, size))
        if request is None:
            request = self._requests[name, size] = self._compiled(name, size)
        given = request.get_input_tensor().data
        given[:count] = samples
        given[count:] = 0.0
        request.infer()
        features: NDArray[np.float32] = request.get_output_tensor().data[:count].copy()
        return features

    def headed(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """See `GraphNetwork.headed`."""
        found = self._head.infer(dict(inputs))
        return [found[name].copy() for name in OUTPUTS]

    def _compiled(self, part: str, size: int) -> Any:
        model = self._models[part].clone()
        model.reshape([size, *self._samples[part]])
        return self._core.compile_model(model, "CPU", self._options).create_infer_request()
