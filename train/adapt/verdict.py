"""Judgments on an adaptation: is the teacher sure, do the streams agree, and is the result any better.

Legend: N windows, K labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import counted, shortened

from .session import HOP

Answers = NDArray[np.float32]
"""(N, K) probabilities; NaN rows where a modality is absent."""

SURE: Final = 0.5
"""Probability from which the teacher is sure of an activity."""
FEWEST: Final = 40
"""Windows of sure activity that are enough to learn from: ten seconds."""
KINDS: Final = 2
"""Different activities, at least."""
LEARNED: Final = 8
"""Windows of an activity that a training must have learned from before it is judged by others of it."""
COMPARED: Final = 16
"""Windows of activity by which a training is judged, at least: of fewer, one bout decides."""
TOGETHER: Final = 0.2
"""Correlation over time of "something is done" between two modalities of one person, at least."""
LAGS: Final = 24
"""Windows by which one of two modalities may be late and be found so: 6 s."""
APART: Final = 4
"""Windows from which on it counts as late: 1 s."""
CLEARER: Final = 0.1
"""By how much the correlation must be higher then."""
AGREES: Final = 0.5
"""Share of windows of activity in which a modality that teaches says the same as all together, at least."""
TELLING: Final = 60
"""Windows from which a correlation says something."""
WORSE: Final = 0.02
"""Share of windows by which the held-out answers may be worse before it counts as harm, at least: with few
windows twice the standard error of the share, up to `MOST`. From here on it is told."""
FELL: Final = 0.01
"""Share of windows by which a modality alone may be worse before it stays as it was."""
MOST: Final = 0.1
"""Share of windows by which they may be worse at most, however few there are."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Share of right answers on windows that were not learned from; activities and idle weigh alike."""

    windows: int
    independent: float
    """Windows that there would be if they did not overlap."""
    before: Mapping[str, float]
    """Subset of modalities ("imu", "imu+skeleton") -> share before adapting, NaN without a window."""
    after: Mapping[str, float]

    @property
    def harms(self) -> list[str]:
        """Subsets that became worse than chance and few windows explain, in words."""
        return [
            self._fall(n) for n, fall in self._falls() if fall > max(WORSE, min(2 * self._error(n), MOST))
        ]

    @property
    def falls(self) -> list[str]:
        """Subsets that became worse by more than `WORSE`, in words."""
        return [self._fall(name) for name, fall in self._falls() if fall > WORSE]

    @property
    def fallen(self) -> list[str]:
        """Subsets that became worse by more than `FELL`."""
        return [name for name, fall in self._falls() if fall > FELL]

    def _falls(self) -> list[tuple[str, float]]:
        return [(name, self.before[name] - self.after[name]) for name in self.before]

    def _fall(self, name: str) -> str:
        return f"{name} from {self.before[name]:.0%} to {self.after[name]:.0%}"

    def _error(self, name: str) -> float:
        """Standard error of the share of right answers."""
        share = (self.before[name] + self.after[name]) / 2
        return float(np.sqrt(share * (1 - share) / max(self.independent, 1.0)))


def comparable(
    targets: NDArray[np.float32], learned: NDArray[np.intp], held: NDArray[np.intp], idle: int
) -> NDArray[np.intp]:
    """Those of the `held` rows by which a training on the `learned` ones can be judged; none where they are
    too few.

    Windows of idle, and surely of activities of which both parts have some: what was performed once lies
    wholly in one part, and that it was not learned says nothing of learning it.
    """
    best, sure = targets.argmax(axis=1), targets.max(axis=1) >= SURE
    enough = np.bincount(best[learned][sure[learned]], minlength=targets.shape[1]) >= LEARNED
    enough[idle] = True
    kept: NDArray[np.intp] = held[enough[best[held]] & sure[held]]
    doing = best[kept][best[kept] != idle]
    return kept if len(doing) >= COMPARED and len(set(doing.tolist())) >= KINDS else kept[:0]


def check_teacher(targets: NDArray[np.float32], labels: Sequence[str], idle: int) -> None:
    """Refuse targets (N, K) that teach nothing: RecordingError where hardly an activity is sure."""
    best = targets.argmax(axis=1)
    sure = (best != idle) & (targets.max(axis=1) >= SURE)
    seen = sorted({labels[k] for k in best[sure]})
    if sure.sum() >= FEWEST and len(seen) >= KINDS:
        return
    raise RecordingError(
        f"there is too little to learn from without labels: of {counted(len(targets), 'window')}, "
        f"{int(sure.sum()) or 'none'} {'is' if sure.sum() == 1 else 'are'} surely of an activity"
        f"{f' ({shortened(seen)})' if seen else ''}; at least {FEWEST} windows of {KINDS} activities "
        "are needed. Perform more of the activities before the camera, or say what was performed: --guided."
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
            together = _correlation(doing[0], doing[1], 0)
            lag = max(range(-LAGS, LAGS + 1), key=lambda k: _correlation(doing[0], doing[1], k))
            best = _correlation(doing[0], doing[1], lag)
            apart = abs(lag) >= APART and best >= AGREES and best - together >= CLEARER
            if together >= TOGETHER and not apart:
                continue
            late = f"; {best:.2f} were {second} {abs(lag) * HOP:.2g} s {'earlier' if lag > 0 else 'later'}"
            raise RecordingError(
                f"{first} and {second} do not move together (correlation {together:.2f}"
                f"{late if apart else ''}): are they of one person (--body, where several are in view), and "
                "are their clocks aligned (--clock)? Nothing was learned."
            )


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64], lag: int) -> float:
    """Correlation of two signals, the second taken `lag` windows later; 0 where one is constant."""
    a, b = first[max(-lag, 0) : len(first) - max(lag, 0)], second[max(lag, 0) : len(second) + min(lag, 0)]
    if min(a.std(), b.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def agreement(alone: Mapping[str, Answers], together: Answers, idle: int) -> dict[str, float]:
    """Modality -> share of the windows of activity in which it says the same as all modalities `together`;
    without those of too few windows."""
    shares = {}
    for name, answers in alone.items():
        there = np.isfinite(answers).all(axis=1) & (together.argmax(axis=1) != idle)
        if there.sum() >= TELLING:
            same = answers[there].argmax(axis=1) == together[there].argmax(axis=1)
            shares[name] = float(same.mean())
    return shares


def contradicting(shares: Mapping[str, float]) -> list[str]:
    """Modalities that mostly say another activity than all together do (`agreement`), while one does not.

    Such is a sensor that is turned, or a camera that stands elsewhere: it is to be taught, and has no say. On
    a training subject the sensor alone agreed in .77 of the windows, turned by 30° in .62, by 70° or more in
    .13 to .29; the skeleton in .91, turned by 90° in .33 to .46.
    """
    best = max(shares.values(), default=0.0)
    return [name for name, share in shares.items() if share < AGREES <= best]


def leading(shares: Mapping[str, float]) -> list[str]:
    """The modality that agrees best with all together (`agreement`); none where none was compared.

    It teaches and has nothing to learn: taught by what is mostly its own answers it became no better, and on
    one of three test subjects worse.
    """
    return [max(shares, key=lambda name: shares[name])] if shares else []


def right(answers: Answers, targets: NDArray[np.float32], idle: int) -> float:
    """Share of answers (N, K) that are their targets' likeliest label, the mean of that of activities and of
    idle; NaN where nothing is to be compared."""
    there = np.isfinite(answers).all(axis=1)
    wanted, got = targets[there].argmax(axis=1), answers[there].argmax(axis=1)
    shares = [
        float((got[part] == wanted[part]).mean()) for part in (wanted == idle, wanted != idle) if part.any()
    ]
    return float(np.mean(shares)) if shares else float("nan")
