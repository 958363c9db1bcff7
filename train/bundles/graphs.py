"""The graph that a bundle is written with, so that who serves it needs no torch."""

from dataclasses import replace

import numpy as np

from hnhar.model.bundle import graph as graphs
from hnhar.model.bundle.bundle import BundleFile, BundleInfo
from hnhar.model.errors import BundleError, ConfigError
from hnhar.model.recognizer import Recognizer

_WITHOUT = "the bundle was written without a graph for ONNX Runtime, so torch will compute it"


def graph_for(
    info: BundleInfo, recognizer: Recognizer, base: BundleFile | None = None
) -> tuple[str | None, str]:
    """The graph of a recognizer for `loading.save`, and why there is none; "" where there is one.

    `base`: the bundle that it comes from. A graph holds no weights, so that of the base serves as long as
    nothing but weights has changed.
    """
    made_of = graphs.digest_of(recognizer.config.architecture(), info.modalities, info.window)
    if base is not None and base.graph is not None:
        try:
            kept = graphs.unpack(base.graph)
        except BundleError:
            kept = None  # it is written anew
        if kept is not None and kept.made_of == made_of:
            return base.graph, ""
    try:
        return exported(info, recognizer), ""
    except ConfigError as error:
        return None, f"{_WITHOUT}: {error}"


def exported(info: BundleInfo, recognizer: Recognizer) -> str:
    """The graph, written now. Raises ConfigError as `export.export`, BundleError where it is too large."""
    from hnhar.model.networks.export import export

    return graphs.pack(export(recognizer, info.modalities, info.window))


def difference(file: BundleFile, recognizer: Recognizer, graph: str) -> float | None:
    """Greatest difference of a probability between torch and ONNX Runtime, over windows of noise.

    None where ONNX Runtime is not installed. Raises BundleError where it does not take the graph.
    """
    from hnhar.model.networks.by_torch import TorchNetwork

    try:
        from hnhar.model.networks.by_onnx import OnnxNetwork

        onnx = OnnxNetwork(replace(file, graph=graph))
    except ImportError:
        return None
    torch = TorchNetwork(recognizer)
    generator = np.random.default_rng(0)
    count, modalities = 8, file.info.modalities
    samples = {
        m.name: generator.normal(size=(count, m.steps(file.info.window), len(m.channels))).astype(np.float32)
        for m in modalities
    }
    greatest = 0.0
    for column in range(-1, len(modalities)):  # all of them, then each alone
        presence = np.ones((count, len(modalities)), np.bool_)
        if column >= 0:
            presence[:] = np.arange(len(modalities)) == column
        found = [n.infer(samples, presence, np.ones((count, 1), np.float32)) for n in (torch, onnx)]
        greatest = max(greatest, float(np.abs(found[0].probabilities - found[1].probabilities).max()))
    return greatest
