"""Options of the weights, what computes them and in how many threads, and the seed of random numbers."""

import argparse
from pathlib import Path
from typing import Final

from hnhar.model.bundle.bundle import CAMERA, DEFAULT
from hnhar.model.serving import RUNTIMES, Serving, serve

from ...engine.phases import TOGETHER
from ..common import warn
from .cores import usable_cores
from .values import Group, at_least

MANY: Final = 2 * TOGETHER
"""Wearers from which on their windows end in groups, of which one is computed while another is handed on."""
SEVERAL: Final = 2
"""Threads that compute for so many, unless --threads says otherwise."""


def add_weights_option(group: Group, default: str | None = DEFAULT) -> None:
    """--weights; `default` is None where a file may name them too, and a camera alone has its own."""
    of_cameras = f"; of a camera alone {CAMERA}" if default is None else ""
    group.add_argument(
        "--weights",
        metavar="BUNDLE",
        default=default,
        help=f"a bundle file, or a shipped bundle by its name (default: {DEFAULT}{of_cameras})",
    )


def add_runtime_option(group: Group) -> None:
    """--runtime."""
    group.add_argument(
        "--runtime",
        choices=RUNTIMES,
        default="auto",
        help="the library that computes the network: onnx (ONNX Runtime, which starts soonest and costs "
        "least), openvino (OpenVINO, the same answers), openvino-bf16 (in bfloat16, for many wearers: less "
        "time, and answers that differ now and then), torch, or auto: onnx where it is installed and the "
        "bundle has a graph for it, else torch (default: auto)",
    )


def load_weights(arguments: argparse.Namespace, path: Path, threads: int) -> Serving:
    """The bundle at `path` as `add_runtime_option` says, warned of where that is another than it could be."""
    loaded = serve(path, runtime=arguments.runtime, threads=threads)
    if loaded.note:
        warn(loaded.note)
    return loaded


def add_threads_option(group: Group, default: int | None = 1) -> None:
    """--threads; `threads_of` reads it. `default`: None where it depends on how many wearers there are."""
    preset = f"1; {SEVERAL} of {MANY} wearers or more" if default is None else f"{default}"
    group.add_argument(
        "--threads",
        type=at_least(1),
        default=default,
        metavar="N",
        help=f"threads that compute, at most one a core (default: {preset})",
    )


def threads_of(arguments: argparse.Namespace, *, wearers: int = 1) -> int:
    """--threads, and no more than the cores that this process may use; a note says where it was more."""
    cores = usable_cores()
    if arguments.threads is None:
        return min(SEVERAL if wearers >= MANY else 1, cores)
    asked = int(arguments.threads)
    if asked > cores:
        usable = "1 core" if cores == 1 else f"{cores} cores"
        warn(f"--threads {asked}: this process may use {usable}, so {cores} it is.")
    return min(asked, cores)


def add_seed_option(group: Group, of: str, default: int = 0) -> None:
    """--seed; `of`: the thing that is drawn at random with it."""
    group.add_argument(
        "--seed", type=at_least(0), default=default, metavar="N", help=f"seed of {of} (default: {default})"
    )
