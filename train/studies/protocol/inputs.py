"""Trials on a grid of steps: stretched to it, as the published tables have them, or in their own time.

Stretching hides how long something took, and smooths away what is fast in a long trial; on a corpus whose
trials last from one second to a minute that is most of it. Legend: n samples, C channels.
"""

from typing import Annotated, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...corpora.corpus import LabeledTrial

STEPS = 50
"""T of the published protocol."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of how trials become tensors."""

    steps: Annotated[int, msgspec.Meta(ge=8, le=1000)] = STEPS
    """T of every signal."""
    seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """Time that the steps cover, about a trial's middle: a longer one is cut, a shorter one held at its
    ends; None: every trial is stretched to them."""
    together: bool = False
    """Signals whose common clock is known are cut to the time that all of them cover; others, and those of
    other trials, count from their own begin to their own end."""

    def signals(self, trial: LabeledTrial, modalities: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
        """Modality -> (T, C) of a trial that has them all."""
        cut = shared(trial, modalities) if self.together else None
        out = {}
        for name in modalities:
            samples, times = trial.signals[name], trial.times.get(name)
            if cut is not None and times is not None:
                samples, times = within(samples, times, *cut)
            if self.seconds is not None and times is not None:
                out[name] = in_own_time(samples, times, self.steps, self.seconds)
            else:
                out[name] = stretch(samples, self.steps)
        return out


PUBLISHED: Final = Inputs()
"""Stretched to 50 steps."""


def shared(trial: LabeledTrial, modalities: tuple[str, ...]) -> tuple[float, float] | None:
    """First and last second that all these signals cover; None where all begin at 0, for then nobody knows,
    and where hardly anything is left."""
    times = [trial.times[name] for name in modalities if name in trial.times]
    if len(times) < len(modalities) or all(float(of[0]) == 0.0 for of in times):
        return None
    first, last = max(float(of[0]) for of in times), min(float(of[-1]) for of in times)
    shortest = min(float(of[-1] - of[0]) for of in times)
    return (first, last) if last - first >= shortest / 2 else None


def within(
    samples: NDArray[np.float32], times: NDArray[np.float64], first: float, last: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Samples from `first` to `last` s, at least two."""
    begin = min(int(np.searchsorted(times, first)), len(times) - 2)
    end = max(int(np.searchsorted(times, last, side="right")), begin + 2)
    return samples[begin:end], times[begin:end]


def in_own_time(
    samples: NDArray[np.float32], times: NDArray[np.float64], steps: int, seconds: float
) -> NDArray[np.float32]:
    """(n, C) at (n,) s -> (steps, C) over `seconds` about the middle, low-passed where it has fewer steps."""
    middle = (times[0] + times[-1]) / 2
    if times[-1] - times[0] > seconds:
        samples, times = within(samples, times, middle - seconds / 2, middle + seconds / 2)
    span = float(times[-1] - times[0])
    count = max(2, round(span / max(float(np.median(np.diff(times))), 1e-3)) + 1)
    even = np.linspace(times[0], times[-1], count)
    columns = np.stack([np.interp(even, times, samples[:, c]) for c in range(samples.shape[1])], axis=1)
    covered = min(steps, max(2, round(steps * span / seconds)))
    inside = stretch(columns.astype(np.float32), covered)
    before = (steps - covered) // 2
    return np.pad(inside, ((before, steps - covered - before), (0, 0)), mode="edge")


def stretch(samples: NDArray[np.float32], steps: int = STEPS) -> NDArray[np.float32]:
    """(n, C) -> (steps, C): linear interpolation, with a triangular low-pass where it has fewer steps.

    The filter is as wide as the distance of the new steps, so that nothing is aliased; at the edges it is
    cut and renormalized, so that a constant stays one (a resampling by FFT bends the edges of a ramp).
    """
    position = np.linspace(0, len(samples) - 1, steps)
    width = max(1.0, (len(samples) - 1) / max(steps - 1, 1))
    distance = np.abs(position[:, None] - np.arange(len(samples)))
    weights = np.clip(1 - distance / width, 0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    return (weights @ samples).astype(np.float32)
