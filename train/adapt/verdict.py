"""Judgments on an adaptation: is the teacher sure, do the streams agree, and is the result any better.

Legend: N windows, K labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

Answers = NDArray[np.float32]
"""(N, K) probabilities; NaN rows where a modality is absent."""

SURE: Final = 0.5
"""Probability from which the teacher is sure of an activity."""
FEWEST: Final = 40
"""Windows of sure activity that are enough to learn from: ten seconds."""
KINDS: Final = 2
"""Different activities, at least."""
TOGETHER: Final = 0.2
"""Correlation over time of "something is done" between two modalities of one person, at least."""
TELLING: Final = 60
"""Windows from which a correlation says something."""
WORSE: Final = 0.02
"""Share of windows by which the held-out answers may be worse before it counts as harm."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Share of right answers on windows that were not learned from; activities and idle weigh alike."""

    windows: int
    before: Mapping[str, float]
    """Subset of modalities ("imu", "imu+skeleton") -> share before adapting, NaN without a window."""
    after: Mapping[str, float]

    @property
    def harms(self) -> list[str]:
        """Subsets that became worse, in words."""
        return [
            f"{name} from {self.before[name]:.0%} to {self.after[name]:.0%}"
            for name in self.before
            if self.after[name] < self.before[name] - WORSE
        ]


def check_teacher(targets: NDArray[np.float32], labels: Sequence[str], idle: int) -> None:
    """Refuse targets (N, K) that teach nothing: RecordingError where hardly an activity is sure."""
    best = targets.argmax(axis=1)
    sure = (best != idle) & (targets.max(axis=1) >= SURE)
    seen = sorted({labels[k] for k in best[sure]})
    if sure.sum() >= FEWEST and len(seen) >= KINDS:
        return
    raise RecordingError(
        f"there is too little to learn from without labels: of {len(targets)} windows {int(sure.sum())} are "
        f"surely of an activity ({', '.join(seen) or 'none'}), and {FEWEST} of {KINDS} activities are the "
        "least. Perform more of the activities before the camera, or say what was performed: --guided."
    )


def check_streams(alone: Mapping[str, Answers], idle: int) -> None:
    """Refuse modalities whose activity does not coincide in time: RecordingError that names both.

    What is done may be told wrongly by a sensor that is worn otherwise; when something is done may not.
    """
    names = sorted(alone)
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            there = np.isfinite(alone[first]).all(axis=1) & np.isfinite(alone[second]).all(axis=1)
            doing = [1 - alone[name][there, idle].astype(np.float64) for name in (first, second)]
            if there.sum() < TELLING or min(d.std() for d in doing) < 0.05:
                continue
            together = float(np.corrcoef(doing[0], doing[1])[0, 1])
            if together < TOGETHER:
                raise RecordingError(
                    f"{first} and {second} do not move together (correlation {together:.2f}): are they of "
                    "one person, and are their clocks aligned (--clock)? Nothing was learned."
                )


def right(answers: Answers, targets: NDArray[np.float32], idle: int) -> float:
    """Share of answers (N, K) that are their targets' likeliest label, the mean of that of activities and of
    idle; NaN where nothing is to be compared."""
    there = np.isfinite(answers).all(axis=1)
    wanted, got = targets[there].argmax(axis=1), answers[there].argmax(axis=1)
    shares = [
        float((got[part] == wanted[part]).mean()) for part in (wanted == idle, wanted != idle) if part.any()
    ]
    return float(np.mean(shares)) if shares else float("nan")
