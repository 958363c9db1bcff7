"""Files of a run folder that are read again: JSON objects, and the weights of a network.

A run folder may come from elsewhere, or from a disk that was full: files are bounded, and each tensor must be
the one that the network has, before it is copied. No pickle.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError, deserialize
from safetensors.torch import save
from torch import Tensor, nn

from hnhar.model.errors import ConfigError
from hnhar.model.files import read_regular, write_whole

from ..learn.earlier import renewed
from .document import write_text

Json = dict[str, Any]
MAX_JSON: Final = 64 << 20
"""bytes; a cell with the predictions of 1,000 trials has some 100 KiB."""
HEADER: Final = 1 << 20
"""bytes that a file of weights may have beyond the weights."""
_DTYPES: Final[dict[torch.dtype, tuple[str, type[np.generic]]]] = {
    torch.float32: ("F32", np.float32),
    torch.int64: ("I64", np.int64),
}
_parts: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = deserialize
_REMEDY: Final = "remove it, and it is made again"


def read_json(path: Path, check: Callable[[Json], str] = lambda found: "") -> Json:
    """The JSON object in a file; `check` returns the reason why it is no result, "" where it is one.

    Raises ConfigError with the file's name and the reason.
    """
    try:
        found = renewed(json.loads(read_regular(path, MAX_JSON)))
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"'{path}' is no result ({error}): {_REMEDY}") from error
    wrong = check(found) if isinstance(found, dict) else "it holds no JSON object"
    if wrong:
        raise ConfigError(f"'{path}' is no result ({wrong}): {_REMEDY}")
    return dict(found)


def write_json(path: Path, content: Any) -> None:
    """Whole or not at all, its folder made; msgspec's structs too. ConfigError where it cannot be written."""
    write_text(path, json.dumps(msgspec.to_builtins(content), indent=1) + "\n")


def save_weights(network: nn.Module, path: Path) -> None:
    """Every parameter and buffer as safetensors, whole or not at all; ConfigError where that fails."""
    tensors: dict[str, Tensor] = {name: value.contiguous() for name, value in network.state_dict().items()}
    try:
        write_whole(path, save(tensors))
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error


def load_weights(network: nn.Module, path: Path) -> None:
    """Take the weights that `save_weights` kept of such a network; unchanged where they do not fit.

    Raises ConfigError with the file's name and the reason.
    """
    expected = network.state_dict()
    size = sum(tensor.numel() * tensor.element_size() for tensor in expected.values())
    try:
        found = dict(_parts(read_regular(path, size + HEADER)))
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except (SafetensorError, ValueError) as error:
        raise ConfigError(f"'{path}' holds no weights ({error}): {_REMEDY}") from error
    if found.keys() != expected.keys():
        odd = sorted(found.keys() ^ expected.keys())[0]
        raise ConfigError(f"'{path}' holds the weights of another network ('{odd[:80]}'): {_REMEDY}")
    tensors = {}
    for name, tensor in expected.items():
        code, kind = _DTYPES[tensor.dtype]
        entry = found[name]
        if (entry["dtype"], tuple(entry["shape"])) != (code, tuple(tensor.shape)):
            raise ConfigError(f"'{path}' holds another '{name}' than the network has: {_REMEDY}")
        values = np.frombuffer(entry["data"], kind).reshape(tuple(tensor.shape))
        if not np.isfinite(values).all():
            raise ConfigError(f"'{path}' holds weights that are not finite ('{name}'): {_REMEDY}")
        tensors[name] = torch.from_numpy(values.copy())
    network.load_state_dict(tensors)
