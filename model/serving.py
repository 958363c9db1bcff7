"""From a bundle's file to a runtime that serves it: ONNX Runtime where it can, torch where it must.

Torch is loaded only where it computes. What both are compared by stands in docs/operations.md.
"""

import importlib.util
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from .bundle import bundle
from .bundle.bundle import BundleFile, BundleInfo
from .classifier import ServedNetwork
from .enroll.prototypes import Memory
from .enroll.stored import stored_memory
from .errors import BundleError, ConfigError
from .networks.side_by_side import SideBySide
from .runtime import Runtime

if TYPE_CHECKING:
    from .networks.by_openvino import Precision

RuntimeName = Literal["auto", "onnx", "openvino", "openvino-bf16", "torch"]
RUNTIMES: Final[tuple[RuntimeName, ...]] = ("auto", "onnx", "openvino", "openvino-bf16", "torch")
"""What may be asked for; auto: ONNX Runtime where it is installed and the bundle has a graph, else torch.
OpenVINO computes the same graphs, in bfloat16 only where that is asked for: its answers differ."""
_NEITHER: Final = (
    "neither ONNX Runtime nor torch is installed, and a network is computed by one of them: "
    "pip install 'hnhar[serve]' to recognize, or 'hnhar[train]' to train as well."
)
_NO_TORCH: Final = "torch is not installed: pip install 'hnhar[train]'."
_NO_ONNX: Final = "ONNX Runtime is not installed: pip install 'hnhar[serve]'."
_NO_OPENVINO: Final = "OpenVINO is not installed: pip install 'hnhar[openvino]'."
_NO_BFLOAT: Final = (
    "this processor has no instructions for bfloat16, so OpenVINO computes in float32, as it does by "
    "--runtime openvino."
)


@dataclass(frozen=True, slots=True, eq=False)
class Serving:
    """A bundle that is served."""

    file: BundleFile
    runtime: Runtime
    memory: Memory | None
    """Examples of its classes, for activities enrolled without training."""
    note: str = ""
    """Why it is computed otherwise than it could be, or than was asked for, for the user; "" where nothing is
    to be said."""

    @property
    def info(self) -> BundleInfo:
        """The bundle's description."""
        return self.file.info


def serve(path: str | Path, *, runtime: RuntimeName = "auto", threads: int = 1) -> Serving:
    """Load the bundle at `path`.

    Args:
        path: Of a bundle.
        runtime: What computes the network.
        threads: Of torch and numpy for this process; or of ONNX Runtime, for batches of many windows.

    Raises:
        BundleError: As `loading.load`; or ONNX Runtime or OpenVINO was asked for, or the former is all there
            is, and the bundle has no graph that it takes.
        ConfigError: What was asked for is not installed.
    """
    path = Path(path)
    file = bundle.read(path)
    if runtime in ("openvino", "openvino-bf16"):
        return _by_openvino(path, file, runtime, threads)
    onnx, torch = installed("onnxruntime"), installed("torch")
    if not (onnx or torch):
        raise ConfigError(_NEITHER)
    if runtime == "torch" or (runtime == "auto" and not onnx):
        if not torch:
            raise ConfigError(f"--runtime torch: {_NO_TORCH}")
        return _by_torch(path, file, threads)
    if not onnx:
        raise ConfigError(f"--runtime onnx: {_NO_ONNX}")
    try:
        from .networks.by_onnx import OnnxNetwork

        network: ServedNetwork = OnnxNetwork(file)
        if threads > 1:
            network = SideBySide(network, threads)
    except (BundleError, ImportError, OSError) as error:  # an installation may be broken in many ways
        reason = str(error).splitlines()[0]
        if runtime == "onnx" or not torch:
            raise _unusable(path, file, "ONNX Runtime", reason, torch=torch) from error
        return _by_torch(path, file, threads, note=_fallback(path, file, reason))
    memory = stored_memory(file, path)
    return Serving(file, Runtime(file.info, network, memory=memory), memory)


def need_torch(what: str) -> None:
    """Raise ConfigError, which names `what` and the extra, where torch is not installed."""
    if not installed("torch"):
        raise ConfigError(f"{what} needs torch, which is not installed: pip install 'hnhar[train]'.")


def installed(package: str) -> bool:
    """True where a package can be found; it is not imported."""
    return importlib.util.find_spec(package) is not None


def runtimes() -> list[str]:
    """Libraries that are installed to compute networks, with their versions, the one that `auto` takes first;
    none is imported."""
    names = {"onnxruntime": "ONNX Runtime", "torch": "torch", "openvino": "OpenVINO"}
    return [
        f"{name} {version(package).partition('+')[0]}"
        for package, name in names.items()
        if installed(package)
    ]


def _by_openvino(path: Path, file: BundleFile, runtime: RuntimeName, threads: int) -> Serving:
    if not installed("openvino"):
        raise ConfigError(f"--runtime {runtime}: {_NO_OPENVINO}")
    asked: Precision = "bf16" if runtime == "openvino-bf16" else "f32"
    try:
        from .networks.by_openvino import OpenvinoNetwork

        network = OpenvinoNetwork(file, threads, asked)
    except (BundleError, ImportError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise _unusable(path, file, "OpenVINO", reason, torch=installed("torch")) from error
    note = "" if network.precision == asked else _NO_BFLOAT
    memory = stored_memory(file, path)
    return Serving(file, Runtime(file.info, network, memory=memory, threads=threads), memory, note)


def _by_torch(path: Path, file: BundleFile, threads: int, note: str = "") -> Serving:
    from .loading import load_file

    recognizer = load_file(file, path)
    return Serving(file, Runtime(file.info, recognizer, threads=threads), recognizer.memory, note)


def _fallback(path: Path, file: BundleFile, reason: str) -> str:
    if file.graph is None:
        return (
            f"torch computes {file.info.id}: its file has no graph for ONNX Runtime, which would cost less. "
            f"Add one: hnhar-train export {path}"
        )
    return f"torch computes {file.info.id}, since ONNX Runtime cannot use the graph in its file: {reason}."


def _unusable(path: Path, file: BundleFile, by: str, reason: str, *, torch: bool) -> BundleError:
    found = (
        f"'{path}' has no graph for {by}"
        if file.graph is None
        else f"{by} cannot use the graph in '{path}': {reason}"
    )
    remedy = (
        "leave out --runtime, and torch computes it"
        if torch
        else "have torch compute it: pip install 'hnhar[train]'"
    )
    return BundleError(f"{found}. Where torch is installed, `hnhar-train export` writes one; or {remedy}.")
