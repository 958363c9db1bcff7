"""Order of a composed session's trials, and lengths of the pauses between them.

Pauses follow the gaps between consecutive events in MMAct's official timelines of continuous recordings (Kong
et al., ICCV 2019; `untrimmed_val_gt.json`, one camera view of each of 80 recordings, 1,722 gaps): a lognormal
above a shortest pause, fitted to their quartiles, clipped at their 99th percentile. Only the fit is here,
none of the data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...corpora.utd_mhad.trials import UtdTrial


@dataclass(frozen=True, slots=True)
class Pauses:
    """A shifted, clipped lognormal distribution of pauses."""

    shortest: float = 1.9
    """s, added to every draw."""
    median: float = 5.75
    """s, of the whole pause."""
    spread: float = 0.8
    """Standard deviation of log(pause - shortest)."""
    longest: float = 28.0
    """s; longer draws are cut to it."""

    def draw(self, generator: np.random.Generator, count: int) -> NDArray[np.float64]:
        """(count,) s."""
        above = np.exp(generator.normal(np.log(self.median - self.shortest), self.spread, count))
        return np.minimum(self.shortest + above, self.longest)


def shuffled(trials: Sequence[UtdTrial], generator: np.random.Generator) -> list[UtdTrial]:
    """Trials in random order, but a stand_to_sit is followed by a sit_to_stand where both are there.

    In a free order the person would have to stand up in a pause: the very action, annotated as idle.
    """
    order = [trials[i] for i in generator.permutation(len(trials))]
    rises = [t for t in order if t.label == "sit_to_stand"]
    sits = [t for t in order if t.label == "stand_to_sit"]
    partner = dict(zip(map(id, sits), rises, strict=False))
    moved = {id(t) for t in partner.values()}
    result = []
    for trial in order:
        if id(trial) in moved:
            continue
        result.append(trial)
        if id(trial) in partner:
            result.append(partner[id(trial)])
    return result
