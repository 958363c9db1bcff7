"""Bundles and recognizers: weights in, weights out, each tensor checked against its architecture."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .bundle import bundle
from .bundle.bundle import MEMORY, BundleFile, BundleInfo
from .enroll.prototypes import Exemplars, Memory
from .errors import BundleError
from .recognizer import Recognizer, RecognizerConfig


def load(path: str | Path) -> tuple[BundleInfo, Recognizer]:
    """The bundle at `path` and its recognizer in eval mode, on the CPU.

    Raises:
        BundleError: Not ours, truncated, newer, of another architecture, or with weights that are not finite.
    """
    path = Path(path)
    file = bundle.read(path)
    try:
        config = RecognizerConfig.parse(file.info.architecture)
    except BundleError as error:
        raise BundleError(f"'{path}': {error}") from error
    _check_consistent(file.info, config, path)
    _check_shapes(file, config, path)
    tensors = {}
    for name in file.entries:
        tensor = file.tensor(name)
        if not np.isfinite(tensor).all():
            raise BundleError(f"'{path}' holds weights that are not finite ('{name}'). Train it again.")
        tensors[name] = torch.from_numpy(tensor)
    with torch.random.fork_rng(
        devices=[]
    ):  # building draws random weights, which must not move the caller's stream
        recognizer = Recognizer(config)
    memory = _memory(file.info, {n: tensors.pop(n).numpy() for n in _memory_names() if n in tensors}, path)
    recognizer.load_state_dict(tensors)
    recognizer.memory = memory
    return file.info, recognizer.eval()


def save(path: str | Path, info: BundleInfo, recognizer: Recognizer) -> BundleInfo:
    """Write a bundle, its architecture taken from the recognizer; returns the info as written."""
    info = replace(info, architecture=recognizer.config.architecture())
    _check_consistent(info, recognizer.config, Path(path))
    tensors = {name: tensor.detach().cpu().numpy() for name, tensor in recognizer.state_dict().items()}
    if recognizer.memory is not None:
        for part, (vectors, labels) in MEMORY.items():
            exemplars = getattr(recognizer.memory, part)
            if len(exemplars.labels):
                tensors |= {vectors: exemplars.vectors, labels: exemplars.labels}
    _memory(info, {name: tensors[name] for name in _memory_names() if name in tensors}, Path(path))
    return bundle.write(path, info, tensors)


def _memory_names() -> list[str]:
    return [name for names in MEMORY.values() for name in names]


def _memory(info: BundleInfo, tensors: dict[str, NDArray[Any]], path: Path) -> Memory | None:
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


def _check_consistent(info: BundleInfo, config: RecognizerConfig, path: Path) -> None:
    """Raise BundleError where the description and the architecture contradict each other."""
    names = [modality.name for modality in info.modalities]
    if list(config.encoders) != names:
        raise BundleError(
            f"'{path}' names the modalities {names}, but has encoders for {list(config.encoders)}."
        )
    learned = len(info.labels) - len(info.enrolled)
    if config.classes != learned:
        raise BundleError(f"'{path}' has {learned} labels, but a head for {config.classes}.")
    for modality in info.modalities:
        encoder = config.encoders[modality.name]
        if encoder.kind != modality.kind:
            name = type(encoder).__name__.removesuffix("Config")
            raise BundleError(
                f"'{path}' has the encoder {name} for the {modality.kind} modality '{modality.name}'."
            )
        steps, rate = getattr(encoder, "steps", None), getattr(encoder, "rate", None)
        wanted = modality.steps(info.window)
        if steps not in (None, wanted) or rate not in (None, modality.rate):
            raise BundleError(
                f"'{path}' has windows of {wanted} steps at {modality.rate} Hz for '{modality.name}', "
                f"but an encoder for {steps or wanted} steps at {rate or modality.rate} Hz."
            )


def _check_shapes(file: BundleFile, config: RecognizerConfig, path: Path) -> None:
    """Names, shapes and types of the tensors against the architecture, before anything is allocated."""
    with torch.device("meta"):
        wanted = Recognizer(config).state_dict()
    missing, surplus = (
        sorted(wanted.keys() - file.entries.keys()),
        sorted(file.entries.keys() - wanted.keys() - set(_memory_names())),
    )
    if missing or surplus:
        raise BundleError(
            f"The tensors of '{path}' are not those of its architecture: {len(missing)} missing "
            f"({', '.join(missing[:3])}), {len(surplus)} unknown ({', '.join(surplus[:3])[:200]}). "
            "Train or fetch it again."
        )
    for name, tensor in wanted.items():
        entry = file.entries[name]
        if entry.shape != tuple(tensor.shape) or (entry.dtype == "F32") != tensor.is_floating_point():
            raise BundleError(
                f"Tensor '{name}' of '{path}' is {entry.dtype} of shape {entry.shape}, where its "
                f"architecture has {tensor.dtype} of shape {tuple(tensor.shape)}. Train or fetch it again."
            )
