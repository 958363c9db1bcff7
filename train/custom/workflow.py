"""From your own recordings to a bundle, in the order in which it happens."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.accelerometer import ACCELEROMETER
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import Modality, kind_of, kinds
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.mapping.kind import mapping_of
from hnhar.stream.recordings import Recording

from ..bundles.mounts import references
from ..bundles.recipe import PRESETS, Recipe
from ..bundles.runs import Run
from ..bundles.sessions import Advance, Amount, session_windows
from ..bundles.settle import LeftOutFold, settle_on
from ..bundles.task import Task
from ..bundles.workflow import describe, learned, remember
from ..evaluate.evaluate import evaluate
from ..learn.data import WindowSet, joined
from ..learn.finetune import FinetuneConfig
from ..learn.pretrain import PretrainConfig, contrasted
from ..learn.watch import Stage
from .files import OwnSession
from .split import SplitSides, labels_of

RATES: Mapping[str, Sequence[float]] = {
    IMU.name: (10.0, 12.5, 20.0, 25.0, 50.0),
    SKELETON.name: (5.0, 10.0, 12.5, 20.0, 25.0),
    ACCELEROMETER.name: (10.0, 12.5, 20.0, 25.0, 50.0),
}
"""Kind of modality -> Hz of the grids to choose from, ascending: human motion has little above 20 Hz.

A kind that is not here has its own rate, and a half and a quarter of it."""
SLACK = 1.1
"""Greatest ratio of a grid's rate to that of a stream that fills it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Settings of a bundle as the user gave them."""

    name: str = "own"
    preset: str = "full"
    window: float = 3.0
    """s."""
    hop: float = 0.25
    """s."""
    idle: str = "idle"
    placement: str | None = None
    """Placement of the IMU; None: by the streams' descriptions."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ConfigError for a preset, a window or a hop that no recording could be trained with."""
        if self.preset not in PRESETS:
            raise ConfigError(f"there is no preset '{self.preset}'; there are {', '.join(PRESETS)}")
        if not 0.5 <= self.window <= 30 or not 0.05 <= self.hop <= self.window:
            raise ConfigError(
                f"--window {self.window:g} --hop {self.hop:g}: a window has 0.5 to 30 s, and a hop 0.05 s up "
                "to the window; --window 3 --hop 0.25 are the defaults"
            )


def recipe_for(sessions: Sequence[OwnSession], wanted: Wanted) -> Recipe:
    """Labels, modalities and rates that the recordings have, trained for minutes (quick: for seconds).

    Raises ConfigError where the recordings disagree, or a rate is too low.
    """
    labels = labels_of(sessions)
    if not labels:
        raise RecordingError("there is no label in any recording")
    modalities = modalities_of(sessions)
    worn = [modality.name for modality in modalities if mapping_of(modality.kind).worn]
    if wanted.placement is not None and len(worn) > 1:
        raise ConfigError(
            f"--placement is of one worn sensor, and there are {', '.join(worn)}: leave it out, as their "
            "names say it"
        )
    task = Task(
        actions=labels,
        placement=_placement(sessions, worn[0], wanted.placement) if len(worn) == 1 else "",
        idle=wanted.idle,
        window=wanted.window,
        hop=wanted.hop,
        modalities=tuple(
            replace(modality, placement=_placement(sessions, modality.name, None))
            if len(worn) > 1 and modality.name in worn
            else modality
            for modality in modalities
        ),
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


def modalities_of(sessions: Sequence[OwnSession]) -> tuple[Modality, ...]:
    """The modalities that any recording has, each on the fastest grid that its slowest stream fills.

    Kinds are in the order of `RATES`, those of one kind by name. Raises ConfigError as `grid_rate`.
    """
    names = {s.modality: s.kind for session in sessions for s in session.recording.streams}
    order = [*RATES, *kinds()]
    return tuple(
        kind_of(kind).modality(grid_rate(sessions, name), name)
        for name, kind in sorted(names.items(), key=lambda named: (order.index(named[1]), named[0]))
    )


def grid_rate(sessions: Sequence[OwnSession], name: str) -> float | None:
    """The fastest grid that the slowest stream of a modality can fill, Hz; None where no recording has one.

    Raises ConfigError where that stream is too slow for any.
    """
    found = [
        (stream.description.nominal_rate, session.recording.name, stream.kind)
        for session in sessions
        for stream in session.recording.of(name)
    ]
    if not found:
        return None
    slowest, recording, kind = min(found)
    rates = RATES.get(kind) or [kind_of(kind).rate / part for part in (4, 2, 1)]
    usable = [rate for rate in rates if rate <= SLACK * slowest]
    if not usable:
        raise ConfigError(
            f"the {name} of {recording} has {slowest:.1f} samples a second; {rates[0] / SLACK:.1f} are needed"
        )
    return max(usable)


def _placement(sessions: Sequence[OwnSession], name: str, asked: str | None) -> str:
    if asked is not None:
        return asked
    kind = name.partition(".")[0]
    found = sorted({s.placements[name] for s in sessions if name in s.placements})
    if len(found) > 1:
        raise ConfigError(
            f"the recordings say that the {mapping_of(kind).title} was worn on {' and '.join(found)}: train "
            "a bundle for each, or say --placement if they mean the same"
        )
    place = name.partition(".")[2].replace("_", " ")
    return found[0] if found else place


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
    """Provenance of the bundle: recordings, subjects, split; also written to the run folder."""
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
    """Training windows of some recordings; RecordingError where there is none.

    Args:
        recipe: Task, hop and seed.
        recordings: Of one side of the split.
        advance: Told of each recording.
        what: Stage that is shown meanwhile.
        side: Purpose of the recordings, for the error: "trains".
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
    provenance: dict[str, Any],
    stage: Stage,
    advance: Advance,
) -> tuple[BundleInfo, Recognizer]:
    """A bundle learned from everything; calibrated and measured by a training without the held-out sides."""
    train = windows_for(recipe, parts.train, advance, "cutting windows to train", "trains")
    held = windows_for(recipe, parts.calibrate, advance, "cutting windows to calibrate", "calibrates")
    plan = _affordable(recipe, train)
    info = describe(plan, provenance)
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
    return replace(info, mounts=references(every, info.modalities, plan.seed)), recognizer


def _affordable(recipe: Recipe, train: WindowSet) -> Recipe:
    """The recipe, without pre-training where hardly a window has two modalities to contrast."""
    if contrasted(train).sum() < recipe.pretrain.batch:
        return replace(recipe, pretrain=replace(recipe.pretrain, steps=0))
    return recipe


def _taken(modality: Modality) -> str:
    worn = f", worn: {modality.placement}" if modality.placement else ""
    return f"{modality.name} ({modality.rate:g} Hz grid{worn})"


def card(info: BundleInfo) -> str:
    """The model card of a bundle from own recordings, in Markdown."""
    figures = info.metrics["own"]
    settled = info.provenance.get("decisions")
    lines = [
        f"# {info.name}",
        "",
        "Written by `hnhar-train corpus`.",
        "",
        f"- **Bundle:** `{info.id}`, format {info.format}",
        f"- **Takes:** {', '.join(map(_taken, info.modalities))}"
        f"{f'; worn on the {info.placement}' if info.placement else ''}; any subset of them",
        f"- **Windows:** {info.window:g} s, a prediction each {info.hop:g} s",
        f"- **Labels ({len(info.labels)}):** {', '.join(info.labels)}",
        f"- **Learned from:** {info.provenance['data']}",
        f"- **Held out:** {info.provenance['held_out']}",
        *([f"- **Decisions:** {settled}"] if settled else []),
        "",
        "## Measured",
        "",
        "On what was left out, by a training that had not seen it. An activity counts as recognized by an "
        "event of its label that overlaps it, with a collar of 1.5 s.",
        "",
        "| streams | activities | recognized | events | recall | F1 |",
        "|---|---|---|---|---|---|",
    ]
    for subset, values in figures.items():
        if isinstance(values, dict):
            cells = (values[c] for c in ("actions", "recognized", "events", "recall", "f1"))
            lines.append(f"| {subset} | {' | '.join(map(str, cells))} |")
    if lacking := figures.get("lacking"):
        lines += ["", f"{'; '.join(lacking)}."]
    return "\n".join([*lines, ""])
