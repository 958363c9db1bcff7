"""Processor time of a carried trunk beside that of whole windows, by torch and by ONNX Runtime.

Trunks of the shipped weights, over the same noise; all forms take turns, least of the rounds. States stay
where they are: what it costs to bring them together, when other wearers are due, is not in it.
"""

import gc
import logging
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import torch
from torch import Tensor, nn

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.encoders.folding import fold
from hnhar.model.encoders.skeleton import CompactSkeleton, CompactSkeletonConfig
from hnhar.model.encoders.temporal import TemporalConfig, TemporalEncoder
from hnhar.model.loading import load

from .carried import CarriedSkeleton
from .steps import Layout
from .trunk import CarriedTrunk, Form, bytes_of

HOP = 0.24
"""s: whole steps of both grids; of 0.25 s they are not (`steps.repeats_after`)."""
BATCHES = (1, 16, 64)
FORMS: tuple[Form, ...] = ("exact", "open", "late")
PARTS = ("imu", "skeleton")

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk of the shipped weights."""

    name: str
    encoder: nn.Module
    """Normalization and trunk."""
    network: TemporalEncoder
    config: TemporalConfig
    points: int
    channels: int
    """Of the trunk."""
    new: int
    """Steps a hop."""


class Normalization(nn.Module):
    """What an encoder does to samples before its trunk; as it is exported, beside a second window."""

    def __init__(self, encoder: CompactSkeleton) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 60) m -> (B, T, 180)."""
        return self.encoder.channels(torch.cat([samples_BTC, samples_BTC[:1]]))[:-1]


class Blocks(nn.Module):
    """A trunk without its stem: what is left to compute where the stem costs nothing."""

    def __init__(self, trunk: TemporalEncoder) -> None:
        super().__init__()
        self.blocks, self.pooling = trunk.blocks, trunk.pooling

    def forward(self, x_BTW: Tensor) -> Tensor:
        """(B, S, W) -> (B, F)."""
        features: Tensor = self.pooling(self.blocks(x_BTW))
        return features


def trunks() -> list[Trunk]:
    """Those of the default weights."""
    info, recognizer = load(find(DEFAULT))
    out = []
    for modality in info.modalities:
        config = cast(TemporalConfig, recognizer.config.encoders[modality.name])
        encoder = fold(recognizer.encoders[modality.key])
        channels = len(modality.channels) * (3 if isinstance(encoder, CompactSkeleton) else 1)
        new = round(HOP * modality.rate / config.stride)
        network = cast(TemporalEncoder, encoder.encoder)
        points = modality.steps(info.window)
        out.append(Trunk(modality.name, encoder, network, config, points, channels, new))
    return out


def arithmetic(trunk: Trunk, new: int) -> dict[str, Any]:
    """MFLOP of each form for `new` steps, and the steps of stem and blocks that it computes."""
    layout, channels = Layout(trunk.points, trunk.config), trunk.channels
    right, left = layout.right(new), layout.left()
    exact = [min(a + b, layout.steps) for a, b in zip(right, left, strict=True)]
    late = (new,) * len(right)
    whole = (layout.steps,) * len(right)
    rows = {"whole": whole, "exact": exact, "open": right, "late": late}
    return {
        form: {"steps": [*of], "mflop": round(layout.flop(channels, of) / 1e6, 2)}
        for form, of in rows.items()
    }


def forms(trunk: Trunk, batch: int) -> dict[str, tuple[nn.Module, tuple[Tensor, ...]]]:
    """Form -> what computes it, and a batch of its inputs."""
    torch.manual_seed(0)
    layout = Layout(trunk.points, trunk.config)
    out: dict[str, tuple[nn.Module, tuple[Tensor, ...]]] = {
        "whole": (trunk.network, (torch.randn(batch, trunk.points, trunk.channels),)),
        "blocks": (Blocks(trunk.network), (torch.randn(batch, layout.steps, trunk.config.width),)),
    }
    if isinstance(trunk.encoder, CompactSkeleton):
        config = cast(CompactSkeletonConfig, trunk.config)
        by_frame = CarriedSkeleton(config)
        out["normalization"] = (Normalization(trunk.encoder), (torch.randn(batch, trunk.points, 60),))
        frames = by_frame.memory + trunk.new * config.stride
        out["normalization by frame"] = (Normalization(by_frame), (torch.randn(batch, frames, 60),))
    for form in FORMS:
        carried = CarriedTrunk(trunk.network, trunk.config, trunk.points, trunk.new, form)
        state = [torch.randn_like(part) for part in carried.begin(batch, trunk.channels)]
        points = torch.randn(batch, trunk.new * trunk.config.stride, trunk.channels)
        out[form] = (carried, (points, *state))
    return out


def by_torch(module: nn.Module, inputs: tuple[Tensor, ...]) -> Run:
    """One batch; what is carried goes on from its own state."""
    given = [*inputs]

    def run() -> None:
        with torch.inference_mode():
            found = module(*given)
        if len(given) > 1:
            given[1:] = found[1:]

    return run


def by_onnx(module: nn.Module, inputs: tuple[Tensor, ...], session: Any) -> Run:
    """The same by a session of ONNX Runtime."""
    names = [one.name for one in session.get_inputs()]
    given = {name: part.numpy() for name, part in zip(names, inputs, strict=True)}

    def run() -> None:
        found = session.run(None, given)
        given.update(zip(names[1:], found[1:], strict=True))

    return run


def exported(module: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
    """A session of one thread for any batch."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    dynamic = {0: torch.export.Dim.DYNAMIC}
    shapes: Any = ({0: dynamic[0]},) if len(inputs) == 1 else (dynamic, (dynamic,) * (len(inputs) - 1))
    logger = logging.getLogger("torch.onnx")
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(), inputs, dynamo=True, opset_version=20, dynamic_shapes=shapes, verbose=False
        )
    if program is None:
        raise RuntimeError("torch wrote no graph")
    written = BytesIO(program.model_proto.SerializeToString())
    return InferenceSession(written.getvalue(), options, providers=["CPUExecutionProvider"])


def measured(rounds: int) -> dict[str, dict[str, dict[str, dict[int, float]]]]:
    """Library -> modality -> form -> batch -> ms of processor time a window."""
    torch.set_num_threads(1)
    out: dict[str, dict[str, dict[str, dict[int, float]]]] = {"torch": {}, "ONNX Runtime": {}}
    runs: list[tuple[str, str, str, int, Run]] = []
    for trunk in trunks():
        sessions = {form: exported(module, inputs) for form, (module, inputs) in forms(trunk, 3).items()}
        for batch in BATCHES:
            for form, (module, inputs) in forms(trunk, batch).items():
                runs.append(("torch", trunk.name, form, batch, by_torch(module, inputs)))
                run = by_onnx(module, inputs, sessions[form])
                runs.append(("ONNX Runtime", trunk.name, form, batch, run))
    for _, _, _, _, run in runs:
        run()
    gc.disable()
    for _ in range(rounds):
        for library, name, form, batch, run in runs:
            repeats = max(1, 32 // batch)
            begun = time.process_time()
            for _ in range(repeats):
                run()
            spent = (time.process_time() - begun) * 1e3 / repeats / batch
            known = out[library].setdefault(name, {}).setdefault(form, {})
            known[batch] = min(known.get(batch, spent), spent)
    gc.enable()
    return out


def together(of: Mapping[str, Mapping[str, Mapping[int, float]]], batch: int) -> dict[str, float]:
    """Way -> ms of both encoders a window, with the normalization of skeletons.

    exact: a skeleton's blocks are computed whole, and its stem, which could be put together from sums, costs
    nothing. open, late: frames are normalized once.
    """
    imu, skeleton = ({form: row[batch] for form, row in of[name].items()} for name in PARTS)
    window, frames = skeleton["normalization"], skeleton["normalization by frame"]
    return {
        "whole": imu["whole"] + window + skeleton["whole"],
        "exact": imu["exact"] + window + skeleton["blocks"],
        "open": imu["open"] + frames + skeleton["open"],
        "late": imu["late"] + frames + skeleton["late"],
    }


def gathered(wearers: int, batch: int, rounds: int) -> float:
    """ms of processor time a window to bring the open form's states of a batch together, and back."""
    shapes = [
        part.shape[1:]
        for t in trunks()
        for part in CarriedTrunk(t.network, t.config, t.points, t.new, "open").begin(1, t.channels)
    ]
    every = [torch.zeros(wearers, *shape) for shape in shapes]
    order = torch.randperm(wearers)[: wearers // batch * batch].reshape(-1, batch)
    least = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        for rows in order:
            for part in every:
                part[rows] = part[rows]
        least = min(least, (time.process_time() - begun) * 1e3 / order.numel())
    return least


def states() -> dict[str, dict[str, int]]:
    """Modality -> form -> bytes of a wearer's state."""
    out: dict[str, dict[str, int]] = {}
    for t in trunks():
        made = {form: CarriedTrunk(t.network, t.config, t.points, t.new, form) for form in FORMS}
        out[t.name] = {form: bytes_of(carried.begin(1, t.channels)) for form, carried in made.items()}
    return out
