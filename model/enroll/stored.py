"""The memory of a bundle's classes among the tensors of its file. Loads no torch."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..bundle import bundle
from ..bundle.bundle import MEMORY, BundleFile, BundleInfo
from ..errors import BundleError
from .prototypes import Exemplars, Memory

_NAMES: Final = frozenset(name for names in MEMORY.values() for name in names)


def is_memory(name: str) -> bool:
    """True for the name of a tensor that is no weight, but part of a bundle's memory."""
    return name in _NAMES


def stored_memory(file: BundleFile, path: Path) -> Memory | None:
    """The memory in a bundle; None where it has none.

    Raises BundleError where it is not finite, or does not fit what the bundle says of itself.
    """
    tensors = {name: file.tensor(name) for name in file.entries if is_memory(name)}
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise BundleError(f"'{path}' holds weights that are not finite ('{name}'). Train it again.")
    return check_memory(file.info, tensors, path)


def memory_tensors(memory: Memory) -> dict[str, NDArray[Any]]:
    """The tensors that hold a memory in a bundle."""
    tensors: dict[str, NDArray[Any]] = {}
    for part, (vectors, labels) in MEMORY.items():
        exemplars = getattr(memory, part)
        if len(exemplars.labels):
            tensors |= {vectors: exemplars.vectors, labels: exemplars.labels}
    return tensors


def save_memory(path: str | Path, file: BundleFile, info: BundleInfo, memory: Memory | None) -> BundleInfo:
    """Write a bundle with the weights and the graph of `file`, another description and another memory.

    Returns the description as written.
    """
    weights = {name: file.tensor(name) for name in file.entries if not is_memory(name)}
    kept = {} if memory is None else memory_tensors(memory)
    check_memory(info, kept, Path(path))
    made = replace(info, architecture=file.info.architecture)
    return bundle.write(path, made, weights | kept, file.graph)


def check_memory(info: BundleInfo, tensors: Mapping[str, NDArray[Any]], path: Path) -> Memory | None:
    """The memory in a bundle's tensors, checked against its description; None where it has none."""
    classes = {"learned": len(info.labels) - len(info.enrolled), "enrolled": len(info.enrolled)}
    if not tensors and not info.enrolled:
        return None
    parts: dict[str, Exemplars] = {}
    shape = tensors[MEMORY["learned"][0]].shape if MEMORY["learned"][0] in tensors else ()
    for part, (vectors, labels) in MEMORY.items():
        if vectors not in tensors and labels not in tensors and not classes[part]:
            parts[part] = Exemplars(np.zeros((0, *shape[1:]), np.float32), np.zeros(0, np.int64))
            continue
        if vectors not in tensors or labels not in tensors:
            raise BundleError(f"'{path}' lacks the examples of what it has {part}. Fetch or enroll it again.")
        made = Exemplars(tensors[vectors], tensors[labels])
        wrong = made.vectors.dtype != np.float32 or made.labels.dtype != np.int64
        wrong = wrong or len(shape) != 3 or shape[1] != len(info.modalities)
        wrong = wrong or made.vectors.shape != (len(made.labels), *shape[1:])
        if wrong or set(made.labels.tolist()) != set(range(classes[part])):
            raise BundleError(
                f"The examples of what '{path}' has {part} do not fit its {classes[part]} labels and "
                f"{len(info.modalities)} modalities. Train, enroll or fetch it again."
            )
        parts[part] = made
    return Memory(parts["learned"], parts["enrolled"])
