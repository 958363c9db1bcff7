"""Bundles and recognizers: weights in, weights out, each tensor checked against its architecture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from . import bundle
from .bundle import BundleFile, BundleInfo
from .errors import BundleError
from .recognizer import Recognizer, RecognizerConfig


def load(path: str | Path) -> tuple[BundleInfo, Recognizer]:
    """The bundle at `path` and its recognizer in eval mode, on the CPU.

    Raises:
        BundleError: Not ours, truncated, newer, of another architecture, or with weights that are not finite.
    """
    path = Path(path)
    file = bundle.read(path)
    config = RecognizerConfig.parse(file.info.architecture)
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
    recognizer.load_state_dict(tensors)
    return file.info, recognizer.eval()


def save(path: str | Path, info: BundleInfo, recognizer: Recognizer) -> BundleInfo:
    """Write a bundle, its architecture taken from the recognizer; returns the info as written."""
    info = replace(info, architecture=recognizer.config.architecture())
    _check_consistent(info, recognizer.config, Path(path))
    tensors = {name: tensor.detach().cpu().numpy() for name, tensor in recognizer.state_dict().items()}
    return bundle.write(path, info, tensors)


def _check_consistent(info: BundleInfo, config: RecognizerConfig, path: Path) -> None:
    """The parts of the description that are said twice must say the same."""
    names = [modality.name for modality in info.modalities]
    if list(config.encoders) != names:
        raise BundleError(
            f"'{path}' names the modalities {names}, but has encoders for {list(config.encoders)}."
        )
    if config.classes != len(info.labels):
        raise BundleError(f"'{path}' has {len(info.labels)} labels, but a head for {config.classes}.")
    for modality in info.modalities:
        encoder = config.encoders[modality.name]
        kind = type(encoder).__name__.removesuffix("Config")
        if ("Inertial" in kind) != (modality.kind == "imu"):
            raise BundleError(
                f"'{path}' has the encoder {kind} for the {modality.kind} modality '{modality.name}'."
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
        sorted(file.entries.keys() - wanted.keys()),
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
