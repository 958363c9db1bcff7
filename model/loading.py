"""Bundles and recognizers: weights in, weights out, each tensor checked against its architecture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from .bundle import bundle
from .bundle.bundle import BundleFile, BundleInfo
from .enroll.stored import check_memory, is_memory, memory_tensors, stored_memory
from .errors import BundleError
from .recognizer import Recognizer, RecognizerConfig


def load(path: str | Path) -> tuple[BundleInfo, Recognizer]:
    """The bundle at `path` and its recognizer in eval mode, on the CPU.

    Raises:
        BundleError: Not ours, truncated, newer, of another architecture, or with weights that are not finite.
    """
    path = Path(path)
    file = bundle.read(path)
    return file.info, load_file(file, path)


def load_file(file: BundleFile, path: Path) -> Recognizer:
    """`load` of a file that was read from `path`."""
    try:
        config = RecognizerConfig.parse(file.info.architecture)
    except BundleError as error:
        raise BundleError(f"'{path}': {error}") from error
    _check_consistent(file.info, config, path)
    _check_shapes(file, config, path)
    tensors = {}
    for name in filter(lambda name: not is_memory(name), file.entries):
        tensor = file.tensor(name)
        if not np.isfinite(tensor).all():
            raise BundleError(f"'{path}' holds weights that are not finite ('{name}'). Train it again.")
        tensors[name] = torch.from_numpy(tensor)
    with torch.random.fork_rng(
        devices=[]
    ):  # building draws random weights, which must not move the caller's stream
        recognizer = Recognizer(config)
    recognizer.memory = stored_memory(file, path)
    recognizer.load_state_dict(tensors)
    return recognizer.eval()


def save(path: str | Path, info: BundleInfo, recognizer: Recognizer, graph: str | None = None) -> BundleInfo:
    """Write a bundle, its architecture taken from the recognizer; returns the info as written.

    `graph`: of this architecture, as `bundle.write` takes it; None: the bundle is without.
    """
    info = replace(info, architecture=recognizer.config.architecture())
    _check_consistent(info, recognizer.config, Path(path))
    tensors = {name: tensor.detach().cpu().numpy() for name, tensor in recognizer.state_dict().items()}
    memory = {} if recognizer.memory is None else memory_tensors(recognizer.memory)
    check_memory(info, memory, Path(path))
    return bundle.write(path, info, tensors | memory, graph)


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
        sorted(name for name in file.entries.keys() - wanted.keys() if not is_memory(name)),
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
