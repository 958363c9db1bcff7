"""The sessions that a bundle learns from: real trials composed, and synthetic performers, by person.

Persons are kept apart by number. Real subjects 1, 3, 5 and 7 train, 2, 4, 6 (and 8) test. Synthetic persons 0
to 199 train and 200 to 299 test; the live demonstration performs with 1000 to 1099.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.stream.recordings import Recording

from ..corpora import registry
from ..corpora.utd_mhad.corpus import CORPUS
from ..corpora.utd_mhad.splits import CONSULTED, MEASURED
from ..corpora.utd_mhad.trials import (
    ACTIONS,
    IDLE,
    THIGH_ACTIONS,
    WRIST_ACTIONS,
    UtdTrial,
    load_corpus,
)
from ..learn.data import WindowSet, cut, joined
from ..synthesis.compose.compose import compose
from ..synthesis.elsewhere.monocular import filmed
from ..synthesis.elsewhere.vigor import VigorRange, livened
from ..synthesis.performer import perform
from .task import Task

TRAIN_SUBJECTS, TEST_SUBJECTS = CONSULTED, MEASURED
TEST_PERSONS = range(200, 300)
"""Synthetic persons that no training may use."""
WHERE = (
    f"{CORPUS.obtain} Name the folder that holds them with --data or HNHAR_DATA. Without a corpus, "
    "--synthetic-only trains on synthetic performers."
)
"""Sentences on how to get the corpus, and how to do without."""
Advance = Callable[[str, int, int], None]
"""Takes a description of the current step, the number of steps done, and the total."""


def utd_task(placement: str = "wrist") -> Task:
    """UTD-MHAD's actions with the IMU on the right "wrist" or "thigh", and idle; "camera": the actions of the
    wrist, and skeletons alone."""
    if placement == "camera":
        return Task(actions=WRIST_ACTIONS, idle=IDLE, modalities=(SKELETON.modality(),))
    actions = WRIST_ACTIONS if placement == "wrist" else THIGH_ACTIONS
    return Task(actions=actions, placement=f"right {placement}", idle=IDLE)


def task_measuring(info: BundleInfo) -> Task:
    """UTD-MHAD's task with the sensor where a bundle's is worn, with actions that it may not have learned.

    A bundle that does not say where is measured with the sensor on the wrist.
    """
    return utd_task((info.placement.split() or ["wrist"])[-1])


@dataclass(frozen=True, slots=True)
class Amount:
    """Numbers of sessions that are composed and performed for a training."""

    sessions: int = 6
    """Compositions of each real subject, each of all its trials."""
    vigorous: int = 0
    """Further compositions, in which each trial is performed with a vigor of its own (`vigor.VigorRange`)."""
    persons: int = 24
    """Synthetic performers, one session each; 0 where the placement has none."""
    filmed: int = 0
    """Further compositions of each real subject as a single camera gives their skeletons
    (`elsewhere.monocular`), every other one of trials with a vigor of their own; where there are any, each
    performer's session is there as a camera gives it, too."""
    repetitions: int = 2
    """Times that each performer does each action."""
    hop: float = 0.4
    """s between training windows; their phase is drawn for each session."""


def corpus_folder(data: str | Path | None) -> Path:
    """The UTD-MHAD folder in `data` (or $HNHAR_DATA), or `data` itself.

    Raises ConfigError where neither is named, RecordingError where the folder holds no UTD-MHAD.
    """
    named = registry.named_folder(data)
    if named is None:
        raise ConfigError(f"no corpus was named. {WHERE}")
    return registry.folder_of(CORPUS, named)


def corpus_digest(trials: Sequence[UtdTrial]) -> str:
    """SHA-256 over the trials, in hexadecimal: what a run was trained on."""
    digest = hashlib.sha256()
    for trial in trials:
        digest.update(f"a{trial.action}_s{trial.subject}_t{trial.trial}".encode())
        digest.update(np.ascontiguousarray(trial.imu).tobytes())
        digest.update(np.ascontiguousarray(trial.skeleton).tobytes())
    return digest.hexdigest()


def load(folder: Path, task: Task, subjects: Sequence[int]) -> tuple[UtdTrial, ...]:
    """Trials of these subjects with the sensor where the task wants it."""
    numbers = [ACTIONS.index(action) + 1 for action in task.actions]
    return load_corpus(folder, subjects=subjects, actions=numbers).trials


def real_session(trials: Sequence[UtdTrial], subject: int, seed: int) -> Recording:
    """One continuous session of all trials of a subject."""
    return compose([t for t in trials if t.subject == subject], seed=seed, wearer=f"s{subject}")


def vigorous_session(trials: Sequence[UtdTrial], subject: int, seed: int) -> Recording:
    """Likewise, of trials performed slower, quicker, gentler or livelier."""
    return real_session(livened(trials, VigorRange(), seed), subject, seed)


def filmed_session(trials: Sequence[UtdTrial], subject: int, seed: int) -> Recording:
    """Likewise, as a single camera gives the skeletons; `seed` odd: of trials with another vigor."""
    made = vigorous_session if seed % 2 else real_session
    return filmed(made(trials, subject, seed), seed)


def synthetic_session(task: Task, person: int, seed: int, repetitions: int) -> Recording:
    """One session of a synthetic performer; RecordingError where the placement has none."""
    if "thigh" in task.placement:
        raise RecordingError(
            "synthetic performers wear their sensor on the wrist: a thigh bundle needs a corpus"
        )
    return perform(seed=seed, person=person, actions=task.actions, repetitions=repetitions)


def training_windows(
    task: Task,
    trials: Sequence[UtdTrial],
    amount: Amount,
    *,
    seed: int,
    advance: Advance,
) -> dict[str, WindowSet]:
    """Windows of each person, real ("s1") and synthetic ("p0"); repeatable by the seed."""
    subjects = sorted({t.subject for t in trials})
    total = len(subjects) * (amount.sessions + amount.vigorous + amount.filmed) + amount.persons
    parts: dict[str, list[WindowSet]] = {}
    done = 0
    for subject, session in product(subjects, range(amount.sessions)):
        advance(f"composing subject {subject}", done, total)
        recording = real_session(trials, subject, 1000 * (seed + 1) + session)
        parts.setdefault(f"s{subject}", []).append(session_windows(task, recording, amount.hop, seed + done))
        done += 1
    for subject, session in product(subjects, range(amount.vigorous)):
        advance(f"composing subject {subject}, lively and calm", done, total)
        recording = vigorous_session(trials, subject, 1000 * (seed + 1) + 500 + session)
        parts.setdefault(f"s{subject}", []).append(session_windows(task, recording, amount.hop, seed + done))
        done += 1
    for subject, session in product(subjects, range(amount.filmed)):
        advance(f"composing subject {subject}, before one camera", done, total)
        recording = filmed_session(trials, subject, 1000 * (seed + 1) + 700 + session)
        parts.setdefault(f"s{subject}", []).append(session_windows(task, recording, amount.hop, seed + done))
        done += 1
    for person in range(amount.persons):
        advance(f"performing person {person}", done, total)
        recording = synthetic_session(task, person, 1000 * (seed + 1) + person, amount.repetitions)
        parts.setdefault(f"p{person}", []).append(session_windows(task, recording, amount.hop, seed + done))
        if amount.filmed:
            before = session_windows(task, filmed(recording, person), amount.hop, seed + done)
            parts[f"p{person}"].append(before)
        done += 1
    advance("windows cut", total, total)
    if not parts:
        raise RecordingError(f"nothing to train on: no corpus was named and no performer asked for. {WHERE}")
    return {person: joined(sets) for person, sets in parts.items()}


def session_windows(task: Task, recording: Recording, hop: float, seed: int) -> WindowSet:
    """Training windows of one session, at a phase drawn by `seed`."""
    phase = float(np.random.default_rng(seed).uniform(0.0, hop))
    return cut(recording, task.modalities, task.labels, task.idle, window=task.window, hop=hop, phase=phase)
