"""Checkpoints: a training that was killed goes on where it was, and ends with the same weights to the bit.

One safetensors file a training, replaced in one step: its tensors are the modules, AdamW's moments and the
states of the random generators; its metadata, a JSON text, has the settings of the training, its step and
what it measured. A checkpoint of another training is refused, never gone on from. No pickle; and since a
run folder may come from anywhere, nothing is believed before its name, shape, type and range are checked.
"""

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError, deserialize
from safetensors.torch import save
from torch import Generator, Tensor, nn
from torch.optim.lr_scheduler import LRScheduler

from hnhar.model.errors import ConfigError
from hnhar.model.files import read_regular, write_whole

from .earlier import renewed

FORMAT: Final = 1
METADATA_KEY: Final = "hnhar-checkpoint"
MAX_HEADER: Final = 4 << 20
"""bytes that a checkpoint may have beyond its tensors."""
MOMENTS: Final = ("step", "exp_avg", "exp_avg_sq")
"""Tensors that AdamW keeps of each parameter that it has moved."""
_DIGITS: Final = 8
"""Hexadecimal digits of the digest of settings in a file's name."""
_DTYPES: Final[dict[str, type[np.generic]]] = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}
_CODES: Final = {torch.float32: "F32", torch.int64: "I64", torch.uint8: "U8"}
_parts: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = deserialize


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """The state of a training: everything that changes while it goes on."""

    modules: Mapping[str, nn.Module]
    optimizer: torch.optim.AdamW
    schedule: LRScheduler
    generator: Generator
    """Random generator of order and augmentation. torch's global one, for dropout, is kept beside it."""


class _Group(msgspec.Struct, frozen=True):
    """Learning rate and β of one of the optimizer's groups, as the schedule has set them."""

    lr: float
    betas: tuple[float, float]


class _Metadata(msgspec.Struct, frozen=True):
    """The metadata of a checkpoint."""

    format: int
    settings: dict[str, Any]
    step: int
    """Steps or epochs that are done."""
    scheduled: int
    """Steps of the schedule that are."""
    groups: list[_Group]
    series: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints of one run."""

    folder: Path
    every: int
    """Steps, or epochs, between two; 0: none is written."""

    def path(self, name: str) -> Path:
        """The file of the training `name`."""
        return self.folder / f"{slug(name)}.safetensors"

    def forget(self, name: str | None = None) -> None:
        """Remove them, or those of the training `name`, and the folder with the last.

        Raises ConfigError where that cannot be done.
        """
        of = ".+" if name is None else rf"{re.escape(slug(name))}(-[0-9a-f]{{{_DIGITS}}})?"
        try:
            if self.folder.is_dir():
                for path in self.folder.iterdir():
                    # a process that was killed while writing left what `write_whole` calls a partial
                    if re.fullmatch(rf"{of}\.safetensors|\.{of}\.safetensors\..*partial", path.name):
                        path.unlink()
                if name is None and not any(self.folder.iterdir()):
                    self.folder.rmdir()
        except OSError as error:
            raise ConfigError(f"'{self.folder}' cannot be emptied: {error.strerror or error}") from error


def slug(name: str) -> str:
    """A training's name as that of a file."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@dataclass(slots=True, eq=False)
class ResumableTraining:
    """A training whose state is kept: `step` is where it goes on."""

    parts: TrainingState
    every: int
    path: Path | None = None
    """None: nothing is kept."""
    settings: dict[str, Any] = field(default_factory=dict)
    step: int = 0
    series: dict[str, list[float]] = field(default_factory=dict)
    """Name -> value at each step so far; the training appends to them."""

    def at(self, step: int, last: int) -> None:
        """Write a checkpoint after `step` of `last` if one is due.

        The last step has one too, so that a command of several trainings skips those that are done.
        """
        if self.path is not None and (step == last or step % self.every == 0):
            _write(self.path, self.parts, self.settings, step, self.series)


def resume(
    checkpoints: Checkpoints,
    name: str,
    parts: TrainingState,
    settings: Mapping[str, object],
    *,
    series: Sequence[str] = (),
    apart: bool = False,
) -> ResumableTraining:
    """Bring `parts` to where a checkpoint of this training says, if there is one.

    Args:
        checkpoints: Of the run.
        name: Of the training.
        parts: As they are when it begins; what they start from is part of what the training is.
        settings: Everything else that decides its result; tensors count by their values.
        series: Names of the values that are measured at each step and returned at the end.
        apart: True where trainings of this name may differ in settings, and then have a file each.

    Raises:
        ConfigError: The checkpoint is of another training, or damaged.
    """
    empty: dict[str, list[float]] = {key: [] for key in series}
    if checkpoints.every < 1:
        return ResumableTraining(parts, 0, series=empty)
    deciding = {key: _as_json(value) for key, value in settings.items()}
    deciding["start"] = fingerprint(_module_tensors(parts))
    deciding["threads"], deciding["torch"] = torch.get_num_threads(), torch.__version__
    if apart:
        digest = hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()
        name = f"{name} {digest[:_DIGITS]}"
    path = checkpoints.path(name)
    training = ResumableTraining(parts, checkpoints.every, path, deciding, series=empty)
    if path.exists():
        found = _load(path, parts, deciding, series)
        training.step, training.series = found.step, found.series
    return training


def fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values of tensors, in hexadecimal."""
    made = hashlib.sha256()
    for name, tensor in tensors.items():
        made.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        made.update(np.ascontiguousarray(tensor.detach().numpy()).data)
    return made.hexdigest()


def _as_json(value: object) -> Any:
    """A setting as JSON gives it back; tensors by their fingerprint."""
    if isinstance(value, Mapping) and any(isinstance(v, Tensor) for v in value.values()):
        return fingerprint(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    return json.loads(json.dumps(msgspec.to_builtins(value)))


def _module_tensors(parts: TrainingState) -> dict[str, Tensor]:
    return {f"{of}.{name}": t for of, m in parts.modules.items() for name, t in m.state_dict().items()}


def _tensors(parts: TrainingState) -> dict[str, Tensor]:
    """Tensors of a checkpoint as they are now; the moments of parameters that never moved are missing."""
    out = _module_tensors(parts)
    for number, state in parts.optimizer.state_dict()["state"].items():
        out |= {f"adamw.{number}.{key}": state[key] for key in MOMENTS}
    out["random.own"], out["random.global"] = parts.generator.get_state(), torch.get_rng_state()
    return out


def _write(
    path: Path, parts: TrainingState, settings: dict[str, Any], step: int, series: dict[str, list[float]]
) -> None:
    """Write a checkpoint whole: a process that is killed while writing leaves the one before."""
    groups = [{"lr": g["lr"], "betas": g["betas"]} for g in parts.optimizer.param_groups]
    metadata = {
        "format": FORMAT,
        "settings": settings,
        "step": step,
        "scheduled": parts.schedule.last_epoch,
        "groups": groups,
        "series": series,
    }
    tensors = {name: tensor.detach().contiguous() for name, tensor in _tensors(parts).items()}
    raw = save(tensors, {METADATA_KEY: json.dumps(metadata)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, raw)
    except OSError as error:
        raise ConfigError(f"the checkpoint '{path}' cannot be written: {error.strerror or error}") from error


def _load(path: Path, parts: TrainingState, settings: dict[str, Any], series: Sequence[str]) -> _Metadata:
    """Copy a checkpoint into `parts`, which stay as they are where it does not fit; its metadata."""
    wanted = _wanted(parts)
    size = sum(math.prod(shape) * np.dtype(_DTYPES[code]).itemsize for code, shape in wanted.values())
    try:
        raw = read_regular(path, size + MAX_HEADER)
        found = dict(_parts(raw))
        metadata = _metadata(raw)
    except OSError as error:
        raise _refuse(path, f"it cannot be read ({error.strerror or error})") from error
    except (SafetensorError, ValueError, RecursionError) as error:
        raise _refuse(path, f"it is damaged ({str(error)[:200]})") from error
    if metadata.format != FORMAT:
        raise _refuse(path, f"it has format {metadata.format}, not {FORMAT}")
    if differing := _differing(metadata.settings, settings):
        raise _refuse(path, f"it is of a training with another {differing}")
    tensors = _checked(path, found, wanted, parts)
    step, scheduled, measured = metadata.step, metadata.scheduled, metadata.series
    if not 0 < step <= scheduled < 1 << 31:
        raise _refuse(path, f"its step {step}, of the schedule {scheduled}, cannot be")
    if len(metadata.groups) != len(parts.optimizer.param_groups):
        raise _refuse(path, "it is of an optimizer with other groups")
    if measured.keys() != set(series) or any(len(values) != step for values in measured.values()):
        raise _refuse(path, "it does not hold what was measured at each step")
    for group in metadata.groups:
        if not (math.isfinite(group.lr) and group.lr >= 0 and all(0 <= b < 1 for b in group.betas)):
            raise _refuse(path, "a learning rate in it cannot be")
    _take(path, metadata, tensors, parts)
    return metadata


def _metadata(raw: bytes) -> _Metadata:
    """The metadata in a file whose header's size was checked when the tensors were found; or ValueError."""
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    text = header.get("__metadata__", {}).get(METADATA_KEY)
    if text is None:
        raise ValueError(f"it has no metadata '{METADATA_KEY}'")
    return msgspec.convert(renewed(json.loads(text)), _Metadata)


def _wanted(parts: TrainingState) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name -> type and shape of every tensor that a checkpoint of `parts` can hold."""
    out = {name: (_CODES[t.dtype], tuple(t.shape)) for name, t in _tensors(parts).items()}
    parameters = [p for group in parts.optimizer.param_groups for p in group["params"]]
    for number, parameter in enumerate(parameters):
        for key in MOMENTS:
            out[f"adamw.{number}.{key}"] = ("F32", () if key == "step" else tuple(parameter.shape))
    return out


def _checked(
    path: Path,
    found: Mapping[str, dict[str, Any]],
    wanted: Mapping[str, tuple[str, tuple[int, ...]]],
    parts: TrainingState,
) -> dict[str, Tensor]:
    """The tensors, each of the name, type, shape and range that it must have."""
    surplus, missing = found.keys() - wanted.keys(), wanted.keys() - found.keys()
    whole = {name.rsplit(".", 1)[0] for name in found if name.startswith("adamw.")}
    missing = {name for name in missing if not name.startswith("adamw.") or name.rsplit(".", 1)[0] in whole}
    for name in sorted(surplus | missing):
        raise _refuse(path, f"the tensor '{name[:80]}' is {'missing' if name in missing else 'unknown'}")
    tensors = {}
    for name, entry in found.items():
        if (entry["dtype"], tuple(entry["shape"])) != wanted[name]:
            raise _refuse(path, f"the tensor '{name}' is of another type or shape")
        values = np.frombuffer(entry["data"], _DTYPES[entry["dtype"]]).reshape(tuple(entry["shape"]))
        squares = name.startswith("adamw.") and not name.endswith(".exp_avg")
        if not np.isfinite(values).all() or (squares and (values < 0).any()):
            raise _refuse(path, f"the tensor '{name}' holds what it cannot")
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def _take(path: Path, metadata: _Metadata, tensors: Mapping[str, Tensor], parts: TrainingState) -> None:
    """Copy checked tensors and metadata into `parts`."""
    try:
        before = torch.get_rng_state()
        torch.set_rng_state(tensors["random.global"])
        torch.set_rng_state(before)
        parts.generator.set_state(tensors["random.own"])
    except RuntimeError as error:
        raise _refuse(path, "the state of a random generator cannot be") from error
    for of, module in parts.modules.items():
        module.load_state_dict({n[len(of) + 1 :]: t for n, t in tensors.items() if n.startswith(f"{of}.")})
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adamw."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = tensor
    groups = parts.optimizer.state_dict()["param_groups"]
    for group, was in zip(groups, metadata.groups, strict=True):
        group["lr"], group["betas"] = was.lr, was.betas
    parts.optimizer.load_state_dict({"state": state, "param_groups": groups})
    rates, steps = [group.lr for group in metadata.groups], metadata.scheduled
    done = {"last_epoch": steps, "_step_count": steps + 1, "_last_lr": rates}
    parts.schedule.load_state_dict(parts.schedule.state_dict() | done)
    torch.set_rng_state(tensors["random.global"])


def _differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The first difference of two settings, in words; "" where they are the same."""
    for key in sorted(found.keys() | wanted.keys()):
        there, here = found.get(key), wanted.get(key)
        if there == here:
            continue
        if isinstance(there, dict) and isinstance(here, dict):
            return f"{key}: {_differing(there, here)}"
        return f"{key} ({there}, here {here})"[:200]
    return ""


def _refuse(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the checkpoint '{path}' cannot be gone on from: {why}. Give --restart to begin anew, or another "
        "--run"
    )
