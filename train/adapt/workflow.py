"""From a wearer's session to a bundle of that wearer."""

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.enroll.prototypes import Vectors, sections
from hnhar.model.errors import RecordingError
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime

from ..learn.data import WindowSet
from ..learn.watch import Stage, report_of
from .carry import carried, moved_thresholds
from .lesson import lesson_of
from .mounting import Mounting, mounted
from .parts import put_back
from .session import SessionPart, check_bundle
from .student import AdaptConfig, adapt, met
from .teacher import WindowAnswers, answers_of
from .verdict import HeldOut
from .worth import HeldOutWindows, SplitSession, split

GUIDED, FREE = "guided", "free"
FEWEST: Final = 80
"""Windows to learn from, at least: 20 s."""
TAUGHT: Final = "it taught the others"
WORSE: Final = "adapted, it was worse on what was held out"


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """A bundle of one wearer."""

    info: BundleInfo
    recognizer: Recognizer
    held: HeldOut
    absent: tuple[str, ...]
    """Activities that the session has none of."""
    kept: Mapping[str, str]
    """Modality whose encoder stayed as it was -> why."""
    worn: Mapping[str, str]
    """Modality whose sensor is taken as it is worn -> how that is."""


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
    axes: Mapping[str, Mounting] | None = None,
) -> Adapted:
    """A bundle called `name` for the wearer of a session; the one given is left as it is.

    A sensor that is turned is taken as it is worn, first (`axes`: what is said of each modality's; default:
    nothing). It is trained twice: without the blocks that are held out, to measure what it is worth, and with
    them. A modality that was worse on them stays as it was. Where they cannot be compared, it is trained
    once.

    Raises:
        RecordingError: Nothing can be learned from the session, or it would harm.
        ConfigError: The bundle has enrolled activities.
    """
    check_bundle(info)
    stretches = [part.windows(info) for part in session]
    worn = mounted(info, recognizer, stretches, axes or {})
    info, recognizer = worn.info, worn.recognizer
    runtime = Runtime(info, recognizer, threads=torch.get_num_threads())
    stage("looking at the session", 0, 1, {})
    lesson = lesson_of(stretches, session, info, runtime, guided)
    there = split(stretches, lesson.windows)
    if len(there.learned) < FEWEST:
        raise RecordingError(
            f"there is too little to learn from: {len(there.cut)} windows; perform for a minute at least"
        )
    training = _Training(info, recognizer, runtime, there, config, seed, stage)
    stage("looking at the session", 1, 1, {})
    kept = dict.fromkeys(lesson.leading, TAUGHT)
    held, after = HeldOutWindows(there, info, runtime), dict[str, WindowAnswers]()
    worth = held.worth(held.before)
    if worth.windows:
        trial = training.student(kept, ", a part held out", there.learned)
        after = held.after(trial)
        worth = held.worth(after)
        if worse := [name for name in there.names if name in worth.fallen and name not in kept]:
            put_back(trial, recognizer, worse)
            training.remember(trial, there.learned)
            kept |= dict.fromkeys(worse, WORSE)
            after = held.after(trial)
            worth = held.worth(after)
        _check(worth, kept, lesson.windows)
    final = training.student(kept, "", np.arange(len(there.cut)))
    made = replace(
        info,
        name=name,
        metrics={},
        novelty=moved_thresholds(info, novelty_of(held.before), novelty_of(after)),
        provenance={
            **info.provenance,
            "adapted": _story(info, lesson.windows, worth, kept, config, guided=guided)
            | ({"worn": dict(worn.worn)} if worn.worn else {}),
        },
    )
    performed = _activities(info, lesson.windows)
    absent = tuple(label for label in info.labels if label not in performed and label != info.idle)
    return Adapted(made, final, worth, absent, kept, worn.worn)


class _Training:
    """Trainings of one session, all from the same weights and seed."""

    def __init__(
        self,
        info: BundleInfo,
        recognizer: Recognizer,
        runtime: Runtime,
        session: SplitSession,
        config: AdaptConfig,
        seed: int,
        stage: Stage,
    ) -> None:
        """`runtime`: of `recognizer`, which is left as it is."""
        self._info, self._recognizer, self._session = info, recognizer, session
        self._config, self._seed, self._stage = config, seed, stage
        self._before = self._placed(answers_of(session.cut, runtime, info))

    def student(self, kept: Collection[str], of: str, rows: NDArray[np.intp]) -> Recognizer:
        """A recognizer that learned some rows of the session, but for the modalities that are `kept`."""
        made = copy.deepcopy(self._recognizer)
        info = self._info
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            adapt(
                made,
                self._session.rows(rows),
                {modality.name: modality.rate for modality in info.modalities},
                self._config,
                idle=info.labels.index(info.idle),
                seed=self._seed,
                report=report_of(self._stage, f"adapting{of}"),
                kept=kept,
            )
        self.remember(made, rows)
        return made

    def remember(self, student: Recognizer, rows: NDArray[np.intp]) -> None:
        """Let a student keep the bundle's examples, carried over by some rows of the session."""
        memory = self._recognizer.memory
        if memory is None:
            return
        cut = [self._session.cut[row] for row in rows]
        runtime = Runtime(self._info, student, threads=torch.get_num_threads())
        after = self._placed(answers_of(cut, runtime, self._info))
        targets = self._session.windows.targets.numpy()[rows]
        student.memory = carried(memory, self._before[rows], after, targets)

    def _placed(self, answers: WindowAnswers) -> Vectors:
        return sections(answers.embeddings, len(self._info.modalities))


def novelty_of(answered: Mapping[str, WindowAnswers]) -> dict[str, NDArray[np.float64]]:
    """Subset of modalities -> scores of the unknown, of the windows that have it."""
    return {key: answers.novelty[np.isfinite(answers.novelty)] for key, answers in answered.items()}


def _check(worth: HeldOut, kept: Collection[str], windows: WindowSet) -> None:
    """Refuse what would harm, or change nothing: RecordingError."""
    nothing = "Nothing was written; perform more, or say what was performed."
    if worth.harms:
        raise RecordingError(
            f"it would harm: of {worth.windows} windows that were held out, right answers fell: "
            f"{'; '.join(worth.harms)}. {nothing}"
        )
    columns = enumerate(windows.samples)
    if all(name in kept for column, name in columns if windows.presence[:, column].any()):
        raise RecordingError(
            f"it would help nobody: on {worth.windows} windows that were held out every modality alone was "
            f"worse than before. {nothing}"
        )


def _story(
    info: BundleInfo,
    windows: WindowSet,
    worth: HeldOut,
    kept: Mapping[str, str],
    config: AdaptConfig,
    *,
    guided: bool,
) -> dict[str, Any]:
    """Everything that the bundle learned from, for its provenance."""
    return {
        "from": info.id,
        "teacher": "labels of what was performed" if guided else "its own answers from all streams together",
        "windows": len(windows),
        "activities": sorted(_activities(info, windows)),
        "kept": dict(kept),
        "held_out": {"windows": worth.windows, "before": worth.before, "after": worth.after},
        "settings": f"{config.steps} batches of {config.batch}, AdamW to {config.learning_rate:g}",
        "date": date.today().isoformat(),
    }


def _activities(info: BundleInfo, windows: WindowSet) -> set[str]:
    idle = info.labels.index(info.idle)
    return {info.labels[k] for k in met(windows.targets, idle).tolist()} - {info.idle}
