"""Worth of an adaptation, on windows of the wearer that it did not learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.classifier import Classifier
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.messages import Window

from ..learn.data import WindowSet
from .session import HOP, held_out
from .teacher import WindowAnswers, answers_of
from .verdict import HeldOut, comparable, right


@dataclass(frozen=True, slots=True, eq=False)
class SplitSession:
    """Windows of a session, in order, and which of them are held out."""

    cut: Sequence[Window]
    windows: WindowSet
    """The same, with targets."""
    learned: NDArray[np.intp]
    """Rows that a trial learns from."""
    held: NDArray[np.intp]
    """Rows that it does not."""

    def rows(self, rows: NDArray[np.intp]) -> WindowSet:
        """Some windows, with targets."""
        return WindowSet(*self.windows.batch(torch.from_numpy(rows.astype(np.int64))))

    @property
    def names(self) -> list[str]:
        """Modalities that some held-out window has."""
        return [n for n in self.windows.samples if any(n in self.cut[row].samples for row in self.held)]

    def subsets(self) -> dict[str, list[str]]:
        """Key of each modality alone, and of all together -> its modalities; [] for all."""
        names = self.names
        alone = {name: [name] for name in names}
        return alone | {subset_key(set(names)): []} if len(names) > 1 else alone


def split(stretches: Sequence[Sequence[Window]], windows: WindowSet) -> SplitSession:
    """Windows of all stretches, split by blocks (`held_out`)."""
    learned, held, before = [], [], 0
    for stretch in stretches:
        of_stretch = held_out(stretch)
        learned.append(of_stretch[0] + before)
        held.append(of_stretch[1] + before)
        before += len(stretch)
    cut = [window for stretch in stretches for window in stretch]
    return SplitSession(cut, windows, np.concatenate(learned), np.concatenate(held))


class HeldOutWindows:
    """The held-out windows of a session, by the weights before; those after are measured against them."""

    def __init__(self, session: SplitSession, info: BundleInfo, before: Classifier) -> None:
        self._session, self._info = session, info
        self.before = self._answers(before)
        """Subset of modalities -> answers."""

    def after(self, student: Recognizer) -> dict[str, WindowAnswers]:
        """The same of a student."""
        return self._answers(Runtime(self._info, student, threads=torch.get_num_threads()))

    def worth(self, after: Mapping[str, WindowAnswers]) -> HeldOut:
        """Shares of right answers before and after."""
        session, idle = self._session, self._info.labels.index(self._info.idle)
        targets = session.windows.targets.numpy()
        kept = comparable(targets, session.learned, session.held, idle)
        places, wanted = np.flatnonzero(np.isin(session.held, kept)), targets[kept]
        before, now = (
            {
                key: round(right(answers.probabilities[places], wanted, idle), 3)
                for key, answers in answered.items()
            }
            for answered in (self.before, after)
        )
        return HeldOut(len(kept), len(kept) * HOP / self._info.window, before, now)

    def _answers(self, by: Classifier) -> dict[str, WindowAnswers]:
        held = [self._session.cut[row] for row in self._session.held]
        subsets = self._session.subsets()
        return {key: answers_of(held, by, self._info, names) for key, names in subsets.items()}
