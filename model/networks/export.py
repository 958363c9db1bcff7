"""A recognizer's network as ONNX graphs: what a bundle holds for those who serve it without torch.

Wants the extra `export`. The weights become inputs while torch traces the network, so that none is written
into the graph, and then tensors of the bundle by name. Batch normalization in time is folded into the layer
before it by arithmetic on weights, which ONNX Runtime does once, when it loads the graph. The compact
encoders and their head are written in their `lean` form.
Legend: B windows, M modalities, F features of a modality, K labels.
"""

import copy
import importlib.util
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..bundle.graph import HEAD, OPSET, NetworkGraphs, digest_of
from ..encoders.temporal import Convolution, DepthwiseConvolution, TimeNorm
from ..errors import ConfigError
from ..heads import FusionHead
from ..modality import Modality
from ..recognizer import Recognizer
from .lean import LeanHead, lean

_WEIGHT = "weight:"


def exportable() -> bool:
    """True where the extra `export` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("onnx", "onnxscript"))


def export(recognizer: Recognizer, modalities: tuple[Modality, ...], window: float) -> NetworkGraphs:
    """The graphs of a recognizer; it takes some seconds.

    Raises:
        ConfigError: The extra is not installed, or the network has what ONNX does not.
    """
    if not exportable():
        raise ConfigError("a network is written for ONNX Runtime by the extra: pip install 'hnhar[export]'")
    names = {id(tensor): name for name, tensor in recognizer.state_dict(keep_vars=True).items()}
    parts: dict[str, bytes] = {}
    for modality in modalities:
        samples = torch.zeros(3, modality.steps(window), len(modality.channels))
        encoder = recognizer.encoders[modality.key]
        encoder = lean(encoder, modality.steps(window)) or encoder
        parts[modality.name] = _part(encoder, (samples,), ["samples"], ["features"], names)
    features = [torch.zeros(3, recognizer.features[m.name]) for m in modalities]
    rest = (torch.ones(3, len(modalities), dtype=torch.bool), torch.ones(3, 1))
    head: nn.Module = _Head(recognizer.head, recognizer.modalities)
    if type(recognizer.head) is FusionHead:
        head = LeanHead(recognizer.head, recognizer.modalities)
    inputs = [*(m.name for m in modalities), "presence", "temperatures"]
    parts[HEAD] = _part(head, (*features, *rest), inputs, ["logits", "probabilities", "embedding"], names)
    made_of = digest_of(recognizer.config.architecture(), modalities, window)
    return NetworkGraphs(parts, made_of, made_by=f"torch {torch.__version__}")


class _Folded(nn.Module):
    """A layer and the normalization behind it as one layer, whose weights are computed from both."""

    def __init__(self, layer: Convolution | DepthwiseConvolution, norm: TimeNorm) -> None:
        super().__init__()
        self.layer, self.norm = layer, norm

    def forward(self, x_BTC: Tensor) -> Tensor:
        """As `absorb` makes it."""
        scale, shift = self.norm.scale_and_shift()
        rows = scale[:, None] if isinstance(self.layer, Convolution) else scale
        weights = {"weight": self.layer.weight * rows, "bias": self.layer.bias * scale + shift}
        out: Tensor = functional_call(self.layer, weights, (x_BTC,))
        return out


class _Head(nn.Module):
    """Features of each modality, presence and temperatures -> logits, probabilities, embedding."""

    def __init__(self, head: nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self.head, self.names = head, tuple(names)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The same bits at every B: ONNX Runtime multiplies a lone row otherwise than two."""
        *features, presence, temperatures = inputs
        given = {name: _beside(array) for name, array in zip(self.names, features, strict=True)}
        found = self.head(given, _beside(presence))
        logits = found.logits[:-1]
        return logits, (logits / temperatures).softmax(dim=1), found.embedding[:-1]


class _Weighted(nn.Module):
    """A module whose weights are inputs."""

    def __init__(self, module: nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self._module = [module]  # in a list, so that its weights are none of this one's
        self._names = tuple(names)

    def forward(self, weights: Sequence[Tensor], *inputs: Tensor) -> Any:
        """The module's output with these weights."""
        return functional_call(self._module[0], dict(zip(self._names, weights, strict=True)), inputs)


def _beside(array: Tensor) -> Tensor:
    """With its first row once more at the end."""
    return torch.cat([array, array[:1]])


def _part(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    input_names: Sequence[str],
    output_names: Sequence[str],
    names: Mapping[int, str],
) -> bytes:
    """The ONNX model of a module; `names`: identity of a tensor -> its name in the bundle."""
    folded = _folded(module)
    weights = {n: t for n, t in folded.state_dict(keep_vars=True).items() if t.is_floating_point()}
    called = [_WEIGHT + names[id(tensor)] for tensor in weights.values()]
    dynamic = {0: torch.export.Dim.DYNAMIC}
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)  # it tells of packages that it would like
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # of torch's own use of itself
            program = torch.onnx.export(
                _Weighted(folded, list(weights)).eval(),
                ([tensor.detach() for tensor in weights.values()], *inputs),
                dynamo=True,
                opset_version=OPSET,
                input_names=[*called, *input_names],
                output_names=list(output_names),
                dynamic_shapes={"weights": [None] * len(weights), "inputs": (dynamic,) * len(inputs)},
                verbose=False,
            )
    except Exception as error:  # the exporter's own have no common class
        raise ConfigError(
            f"torch cannot write this network for ONNX Runtime ({type(error).__name__}: {_line(error)})"
        ) from error
    finally:
        logger.setLevel(before)
    if program is None:
        raise ConfigError("torch cannot write this network for ONNX Runtime")
    return _cleaned(program.model_proto)


def _folded(module: nn.Module) -> nn.Module:
    """A copy that shares its tensors, with normalization in time folded."""
    tensors = module.state_dict(keep_vars=True).values()
    shared = copy.deepcopy(module, {id(tensor): tensor for tensor in tensors}).eval()
    for part in list(shared.modules()):
        for index in range(len(part) - 1 if isinstance(part, nn.Sequential) else 0):
            layer, norm = part[index], part[index + 1]  # type: ignore[index]
            if isinstance(layer, Convolution | DepthwiseConvolution) and isinstance(norm, TimeNorm):
                part[index], part[index + 1] = _Folded(layer, norm), nn.Identity()  # type: ignore[operator]
    return shared


def _cleaned(model: Any) -> bytes:
    """The model with its weights outside, and without what tells of the machine that made it."""
    from onnx import TensorProto

    graph = model.graph
    weights = [value for value in graph.input if value.name.startswith(_WEIGHT)]
    used = {name for node in graph.node for name in node.input}
    for value in weights:
        graph.input.remove(value)
        if value.name in used:
            sizes = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            name = value.name.removeprefix(_WEIGHT)
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=sizes)
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value="bundle")
            graph.initializer.append(tensor)
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
        node.input[:] = [name.removeprefix(_WEIGHT) for name in node.input]
    for value in (*graph.input, *graph.output, *graph.initializer):
        del value.metadata_props[:]
    del graph.value_info[:], graph.metadata_props[:], model.metadata_props[:]
    written: bytes = model.SerializeToString(deterministic=True)
    return written


def _line(error: Exception) -> str:
    return (str(error.__cause__ or error).splitlines() or [""])[0][:160]
