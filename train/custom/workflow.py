"""From your own recordings to a bundle, in the order in which it happens."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import kind_of, kinds
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording

from ..bundles.recipe import PRESETS, Recipe
from ..bundles.runs import Run
from ..bundles.sessions import Advance, Amount, session_windows
from ..bundles.settle import LeftOutFold, settle_on
from ..bundles.task import Task
from ..bundles.workflow import describe, learned, remember
from ..evaluate.evaluate import evaluate
from ..learn.data import WindowSet, joined
from ..learn.finetune import FinetuneConfig
from ..learn.pretrain import PretrainConfig
from ..learn.watch import Stage
from .files import OwnSession
from .split import SplitSides, labels_of, split

IMU_RATES = (10.0, 12.5, 20.0, 25.0, 50.0)
"""Hz of the grids to choose from: human motion has little above 20 Hz."""
SKELETON_RATES = (5.0, 10.0, 12.5, 20.0, 25.0)
SLACK = 1.1
"""A stream may be so much slower than its grid."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for."""

    name: str = "own"
    preset: str = "full"
    window: float = 3.0
    """s."""
    hop: float = 0.25
    """s."""
    idle: str = "idle"
    placement: str | None = None
    """Where the IMU was worn; None: as the streams say."""
    seed: int = 0


def recipe_for(sessions: Sequence[OwnSession], wanted: Wanted) -> Recipe:
    """Labels, modalities and rates that the recordings have, trained for minutes (quick: for seconds).

    Raises ConfigError where the recordings disagree, or a rate is too low.
    """
    if wanted.preset not in PRESETS:
        raise ConfigError(f"there is no preset '{wanted.preset}'; there are {', '.join(PRESETS)}")
    if not 0.5 <= wanted.window <= 30 or not 0.05 <= wanted.hop <= wanted.window:
        raise ConfigError(
            f"a window of {wanted.window:g} s each {wanted.hop:g} s does not fit; try 3 and 0.25"
        )
    labels = labels_of(sessions)
    if len(labels) < 1:
        raise RecordingError("there is no label in any recording")
    task = Task(
        actions=labels,
        placement=_placement(sessions, wanted.placement),
        idle=wanted.idle,
        window=wanted.window,
        hop=wanted.hop,
        imu_rate=grid_rate(sessions, IMU.name, IMU_RATES),
        skeleton_rate=grid_rate(sessions, SKELETON.name, SKELETON_RATES),
        further=_further(sessions),
    )
    quick = wanted.preset == "quick"
    both = len(task.modalities) > 1
    before = PretrainConfig(steps=(4 if quick else 60) if both else 0, batch=32 if quick else 64)
    return Recipe(
        name=wanted.name,
        task=task,
        amount=Amount(sessions=0, persons=0, hop=0.5 if quick else 0.3),
        pretrain=before,
        finetune=FinetuneConfig(steps=40 if quick else 300, batch=32 if quick else 64),
        train_subjects=(),
        test_subjects=(),
        held_out=(),
        held_out_persons=0,
        test_persons=0,
        seed=wanted.seed,
    )


def _further(sessions: Sequence[OwnSession]) -> tuple[tuple[str, float], ...]:
    """(Kind, Hz) of the modalities of other packages: the kind's own grid, or one a half or a quarter as
    fast."""
    found: list[tuple[str, float]] = []
    for name in kinds():
        if name not in (IMU.name, SKELETON.name) and any(s.recording.of(name) for s in sessions):
            fastest = kind_of(name).rate
            rate = grid_rate(sessions, name, (fastest / 4, fastest / 2, fastest))
            found += [(name, rate)] if rate is not None else []
    return tuple(found)


def grid_rate(sessions: Sequence[OwnSession], kind: str, rates: Sequence[float]) -> float | None:
    """The fastest grid that the slowest stream of a kind can fill, Hz; None where no recording has one."""
    found = [
        (stream.description.nominal_rate, session.recording.name)
        for session in sessions
        for stream in session.recording.of(kind)
    ]
    if not found:
        return None
    slowest, name = min(found)
    usable = [rate for rate in rates if rate <= SLACK * slowest]
    if not usable:
        raise ConfigError(
            f"the {kind} of {name} has {slowest:.1f} samples a second; {rates[0] / SLACK:.1f} are needed"
        )
    return max(usable)


def _placement(sessions: Sequence[OwnSession], asked: str | None) -> str:
    if asked is not None:
        return asked
    said = sorted({s.placement for s in sessions if s.placement})
    if len(said) > 1:
        raise ConfigError(
            f"the recordings say that the IMU was worn on {' and '.join(said)}: train a bundle for each, or "
            "say --placement if they mean the same"
        )
    return said[0] if said else ""


def digest(sessions: Sequence[OwnSession]) -> str:
    """SHA-256 over all samples and labels, in hexadecimal."""
    made = hashlib.sha256()
    for session in sessions:
        for stream in session.recording.streams:
            made.update(np.ascontiguousarray(stream.samples).tobytes())
            made.update(np.ascontiguousarray(stream.timestamps).tobytes())
        for a in session.recording.annotations:
            made.update(f"{session.subject} {a.onset:.6f} {a.duration:.6f} {a.label}".encode())
    return made.hexdigest()


def provenance(run: Run, recipe: Recipe, sessions: Sequence[OwnSession], parts: SplitSides) -> dict[str, Any]:
    """What the bundle says of where it comes from; also written to the run folder."""
    subjects = sorted({s.subject for s in sessions})
    performances = sum(len(s.recording.annotations) for s in sessions)
    minutes = sum(s.recording.end - s.recording.start for s in sessions) / 60
    corpus = {
        "name": "own recordings",
        "recordings": [s.recording.name for s in sessions],
        "subjects": subjects,
        "sha256": digest(sessions),
    }
    return {
        **run.describe(recipe, corpus),
        "data": f"{len(sessions)} own recordings of {len(subjects)} subjects: {minutes:.1f} minutes, "
        f"{performances} performances",
        "held_out": f"{parts.how}, in a training without them; the bundle itself learned from all of it",
    }


def windows_for(
    recipe: Recipe, recordings: Sequence[Recording], advance: Advance, what: str, side: str
) -> WindowSet:
    """Training windows of some recordings, of which `side` says what they are for; RecordingError where there
    is none.
    """
    sets = []
    for done, recording in enumerate(recordings):
        advance(what, done, len(recordings))
        sets.append(session_windows(recipe.task, recording, recipe.amount.hop, recipe.seed + done))
    advance(what, len(recordings), len(recordings))
    whole = joined(sets) if sets else None
    if whole is None or not len(whole):
        raise RecordingError(
            f"no window of {recipe.task.window:g} s is covered by samples in what {side}: record longer, or "
            "give a shorter --window"
        )
    return whole


def train_own(
    recipe: Recipe,
    sessions: Sequence[OwnSession],
    parts: SplitSides,
    said: dict[str, Any],
    stage: Stage,
    advance: Advance,
) -> tuple[BundleInfo, Recognizer]:
    """The bundle, learned from everything; calibrated and measured by a training without the left out."""
    train = windows_for(recipe, parts.train, advance, "cutting windows to train", "trains")
    held = windows_for(recipe, parts.calibrate, advance, "cutting windows to calibrate", "calibrates")
    plan = _affordable(recipe, train)
    info = describe(plan, said)
    info, first = settle_on(plan, [LeftOutFold("the held-out", train, held, parts.calibrate)], info, stage)
    advance("measuring", 0, 1)
    runtime = Runtime(info, first, threads=torch.get_num_threads())
    figures = evaluate(runtime, info, parts.measure)
    advance("measuring", 1, 1)
    info = replace(info, metrics={"own": {"held_out": parts.how, **figures}})
    whole = [s.recording for s in sessions]
    every = windows_for(recipe, whole, advance, "cutting all windows", "was recorded")
    recognizer = learned(plan, every, stage)
    remember(plan, recognizer, every)
    return info, recognizer


def _affordable(recipe: Recipe, train: WindowSet) -> Recipe:
    """Without pre-training where hardly a window has both modalities."""
    if train.presence.all(dim=1).sum() < recipe.pretrain.batch:
        return replace(recipe, pretrain=replace(recipe.pretrain, steps=0))
    return recipe


def card(info: BundleInfo) -> str:
    """What the bundle is, in Markdown."""
    own = info.metrics["own"]
    lines = [
        f"# {info.name}",
        "",
        "Written by `hnhar-train corpus`.",
        "",
        f"- **Bundle:** `{info.id}`, format {info.format}",
        f"- **Takes:** {', '.join(f'{m.name} ({m.rate:g} Hz grid)' for m in info.modalities)}"
        f"{f'; IMU worn on the {info.placement}' if info.placement else ''}",
        f"- **Windows:** {info.window:g} s, a prediction each {info.hop:g} s",
        f"- **Labels ({len(info.labels)}):** {', '.join(info.labels)}",
        f"- **Learned from:** {info.provenance['data']}",
        f"- **Held out:** {info.provenance['held_out']}",
        *([f"- **Decisions:** {said}"] if (said := info.provenance.get("decisions")) else []),
        "",
        "## Measured",
        "",
        "On what was left out, by a training that had not seen it. An activity counts as recognized by an "
        "event of its label that overlaps it, with a collar of 1.5 s.",
        "",
        "| streams | activities | recognized | events | recall | F1 |",
        "|---|---|---|---|---|---|",
    ]
    for subset, values in own.items():
        if isinstance(values, dict):
            cells = (values[c] for c in ("actions", "recognized", "events", "recall", "f1"))
            lines.append(f"| {subset} | {' | '.join(map(str, cells))} |")
    if told := own.get("lacking"):
        lines += ["", f"{'; '.join(told)}."]
    return "\n".join([*lines, ""])


def target_of(run: Run, name: str, out: str | None) -> Path:
    """Where the bundle goes."""
    return Path(out) if out else run.folder / f"{name}.safetensors"


__all__ = ["Wanted", "card", "provenance", "recipe_for", "split", "target_of", "train_own"]
