"""From a wearer's session to a bundle of that wearer."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.messages import Window

from ..learn.data import WindowSet, joined
from ..learn.watch import Stage, report_of
from .session import HOP, SessionPart, check_bundle, held_out
from .student import AdaptConfig, adapt, met
from .teacher import performed, probabilities, taught
from .verdict import HeldOut, check_streams, check_teacher, comparable, contradicting, right

GUIDED, FREE = "guided", "free"
FEWEST: Final = 80
"""Windows to learn from, at least: 20 s."""


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """A bundle of one wearer."""

    info: BundleInfo
    recognizer: Recognizer
    held: HeldOut
    absent: tuple[str, ...]
    """Activities that the session has none of."""


def adapted(
    info: BundleInfo,
    recognizer: Recognizer,
    session: Sequence[SessionPart],
    name: str,
    config: AdaptConfig,
    *,
    guided: bool,
    seed: int,
    stage: Stage,
) -> Adapted:
    """A bundle called `name` for the wearer of a session; the one given is left as it is.

    It is trained twice: without the blocks that are held out, to measure what it is worth, and with them.

    Raises:
        RecordingError: Nothing can be learned from the session, or it would harm.
        ConfigError: The bundle has enrolled activities.
    """
    check_bundle(info)
    stretches = [part.windows(info) for part in session]
    cut = [window for stretch in stretches for window in stretch]
    runtime = Runtime(info, recognizer, threads=torch.get_num_threads())
    stage("looking at the session", 0, 1, {})
    windows = targets_of(stretches, session, info, runtime, guided)
    stage("looking at the session", 1, 1, {})
    idle = info.labels.index(info.idle)
    learned, held = _split(stretches)
    if len(learned) < FEWEST:
        raise RecordingError(
            f"there is too little to learn from: {len(cut)} windows; perform for a minute at least"
        )
    rates = {m.name: m.rate for m in info.modalities}

    def student(rows: WindowSet, of: str) -> Recognizer:
        made = copy.deepcopy(recognizer)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            adapt(made, rows, rates, config, idle=idle, seed=seed, report=report_of(stage, f"adapting{of}"))
        return made

    trial = student(_rows(windows, learned), ", a part held out")
    held = comparable(windows.targets.numpy(), learned, held, idle)
    measured = _measured(cut, held, windows, info, runtime, trial)
    if measured.harms:
        raise RecordingError(
            f"it would harm: of {measured.windows} windows that were held out, right answers fell: "
            f"{'; '.join(measured.harms)}. Nothing was written; perform more, or say what was performed."
        )
    final = student(windows, "")
    how = "labels of what was performed" if guided else "its own answers from all streams together"
    there = _activities(windows, info)
    story: dict[str, Any] = {
        "from": info.id,
        "teacher": how,
        "windows": len(cut),
        "activities": sorted(there),
        "held_out": {"windows": measured.windows, "before": measured.before, "after": measured.after},
        "settings": f"{config.steps} batches of {config.batch}, AdamW to {config.learning_rate:g}",
        "date": date.today().isoformat(),
    }
    made = replace(info, name=name, metrics={}, provenance={**info.provenance, "adapted": story})
    absent = tuple(x for x in info.labels if x not in there and x != info.idle)
    return Adapted(made, final, measured, absent)


def targets_of(
    stretches: Sequence[Sequence[Window]],
    session: Sequence[SessionPart],
    info: BundleInfo,
    runtime: Runtime,
    guided: bool,
) -> WindowSet:
    """Windows of all stretches in order, with targets; RecordingError where those cannot be right."""
    idle = info.labels.index(info.idle)
    cut = [window for stretch in stretches for window in stretch]
    names = [m.name for m in info.modalities if any(m.name in window.samples for window in cut)]
    if not guided and len(names) < 2:
        raise RecordingError(
            f"without labels the streams teach each other, and there is only {' '.join(names)}: add the "
            "others, or say what was performed (--guided)."
        )
    alone = {name: probabilities(cut, runtime, info, [name]) for name in names}
    check_streams(alone, idle)
    if not guided:
        misled = contradicting(alone, probabilities(cut, runtime, info), idle)
        by = [name for name in names if name not in misled] if misled else []
        windows = joined(taught(stretch, runtime, info, by) for stretch in stretches)
        check_teacher(windows.targets.numpy(), info.labels, idle)
        return windows
    known = set(info.labels) - {info.idle}
    labels = {annotation.label for part in session for annotation in part.annotations}
    if not labels & known:
        meant = " Say what these numbers mean: --marker-map 1=LABEL/start,2=LABEL/stop."
        numbers = bool(labels) and all(label.isdigit() for label in labels)
        raise RecordingError(
            f"nothing was performed that {info.name} knows: it was {shortened(sorted(labels)) or 'nothing'}, "
            f"and it knows {shortened(sorted(known))}.{meant if numbers else ''}"
        )
    parts = zip(stretches, session, strict=True)
    return joined(performed(stretch, part.annotations, info) for stretch, part in parts)


def _split(stretches: Sequence[Sequence[Window]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of windows, of all stretches in order, that are learned from, and of those held out."""
    learned, held, before = [], [], 0
    for stretch in stretches:
        of_stretch = held_out(stretch)
        learned.append(of_stretch[0] + before)
        held.append(of_stretch[1] + before)
        before += len(stretch)
    return np.concatenate(learned), np.concatenate(held)


def _rows(windows: WindowSet, rows: NDArray[np.intp]) -> WindowSet:
    samples, presence, targets = windows.batch(torch.from_numpy(rows.astype(np.int64)))
    return WindowSet(samples, presence, targets)


def _measured(
    cut: Sequence[Window],
    held: NDArray[np.intp],
    windows: WindowSet,
    info: BundleInfo,
    before: Runtime,
    student: Recognizer,
) -> HeldOut:
    idle = info.labels.index(info.idle)
    after = Runtime(info, student, threads=torch.get_num_threads())
    kept, targets = [cut[row] for row in held], windows.targets.numpy()[held]
    names = [m.name for m in info.modalities if any(m.name in window.samples for window in kept)]
    subsets = [*names, ""] if len(names) > 1 else names
    shares = [
        {
            only or subset_key(set(names)): round(
                right(probabilities(kept, by, info, [only] if only else []), targets, idle), 3
            )
            for only in subsets
        }
        for by in (before, after)
    ]
    return HeldOut(len(kept), len(kept) * HOP / info.window, *shares)


def _activities(windows: WindowSet, info: BundleInfo) -> set[str]:
    idle = info.labels.index(info.idle)
    return {info.labels[k] for k in met(windows.targets, idle).tolist()} - {info.idle}
