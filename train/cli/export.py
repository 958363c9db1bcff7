"""`hnhar-train export`: gives bundles the graph by which ONNX Runtime computes them."""

import argparse
from pathlib import Path
from typing import Final

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import BundleError
from hnhar.stream.cli.common import say
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.parsing import Parser, parser

from .program import TrainProgram

_EPILOG = """examples:
  hnhar-train export wrist.safetensors

What hnhar-train and hnhar-adapt write has a graph already, where the extra is there (pip install
'hnhar[export]'). Weights, settings and the identifier stay as they are; the file grows by some kilobytes."""
MOST: Final = 1e-4
"""By how much a probability may differ between the two runtimes."""


def export_parser(prog: str) -> Parser:
    """The options of `hnhar-train export`."""
    command = parser(
        prog, "Add to bundles the graph by which ONNX Runtime computes them, without torch.", _EPILOG
    )
    command.add_argument("weights", nargs="+", metavar="BUNDLE", help="bundle files, written in place")
    return command


def _export(arguments: argparse.Namespace) -> int:
    for named in arguments.weights:
        _add(bundles.find(named))
    return 0


def _add(path: Path) -> None:
    """Write the graph of one bundle, checked first. Raises HnharError, with the file as it was."""
    with SafeConsole(stderr=True).status(f"writing the graph of {path.name} …"):
        from hnhar.model.loading import load_file

        from ..bundles.graphs import difference, exported

        file = bundles.read(path)
        recognizer = load_file(file, path)
        graph = exported(file.info, recognizer)
        try:
            differs = difference(file, recognizer, graph)
        except BundleError as error:
            raise BundleError(f"the graph of '{path}' cannot be used, so none is written: {error}") from error
    if differs is not None and differs > MOST:
        raise BundleError(
            f"ONNX Runtime differs from torch by {differs:.1g} in a probability of '{path}', more than "
            f"{MOST:g}, so no graph is written. Please report this."
        )
    bundles.add_graph(path, graph)
    checked = (
        "not compared: pip install 'hnhar[serve]' has ONNX Runtime"
        if differs is None
        else f"no probability differs from torch's by more than {differs:.1g}"
    )
    say(f"bundle {file.info.id} in {path}: a graph of {len(graph) / 1000:.1f} kB; {checked}")


EXPORT = TrainProgram("export", export_parser, _export)
