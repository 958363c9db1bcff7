"""Batches that are being classified, by other threads where the runtime allows it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from hnhar.model.classifier import Classified
from hnhar.model.runtime import Runtime

from ..messages import Window
from .served import ServedWeights, groups


@dataclass(frozen=True, slots=True, eq=False)
class BegunPart:
    """The windows of a batch that are recognized by the same weights."""

    weights: ServedWeights
    rows: Sequence[int]
    """Their places in the batch."""
    answer: "Future[Classified]"


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A batch whose answers are there, or will be."""

    taken: Sequence[Window]
    """As they came."""
    windows: Sequence[Window]
    """As they are recognized."""
    parts: Sequence[BegunPart]

    @property
    def done(self) -> bool:
        """True if its answers are there."""
        return all(part.answer.done() for part in self.parts)


class Computing:
    """Has runtimes classify: at once in the caller's thread, or in as many others as they all allow."""

    def __init__(self, weights: Sequence[ServedWeights]) -> None:
        """`weights`: that are classified by."""
        runtimes = [each.runtime for each in weights]
        self.at_once = min((r.at_once if isinstance(r, Runtime) else 1 for r in runtimes), default=1)
        """Batches that may be begun before the first of them is finished."""
        self._threads = (
            ThreadPoolExecutor(self.at_once, thread_name_prefix="classifier") if self.at_once > 1 else None
        )

    def begin(
        self,
        taken: Sequence[Window],
        windows: Sequence[Window],
        weights: Sequence[ServedWeights],
        done: Callable[[], None] | None = None,
    ) -> Begun:
        """Begin a batch of windows, each with its weights; `done` is called when an answer is there, by the
        thread that made it; None: it is made before this returns."""
        parts = []
        for theirs, rows in groups(weights):
            samples = [windows[row].samples for row in rows]
            answer: Future[Classified]
            if self._threads is None or done is None:
                answer = Future()
                answer.set_result(theirs.runtime.classify(samples))
            else:
                answer = self._threads.submit(theirs.runtime.classify, samples)
                answer.add_done_callback(lambda _: done())
            parts.append(BegunPart(theirs, rows, answer))
        return Begun(taken, windows, parts)
