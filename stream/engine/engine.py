"""Samples of many wearers in, predictions and events out.

The engine knows no thread, socket, LSL or clock, so it can be run anywhere: the pipeline feeds it live, the
offline path feeds it recordings, and wearers can be spread over processes by giving each engine some of them.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.classifier import Classified, Classifier
from hnhar.model.errors import ConfigError
from hnhar.model.runtime import Runtime

from ..decide.decider import Decider
from ..mapping.mounts import Mounts
from ..mapping.single_camera import is_single_camera, single_camera_note
from ..messages import Chunk, Event, Feed, Latency, Prediction, StreamStatus, Window
from ..repetitions.counter import RepetitionCounter
from ..windows.windower import Windower
from .begun import Begun, Computing
from .served import ServedWeights, check_alike
from .turns import BATCH, batch_of

_log = logging.getLogger(__name__)

_SAID_BEFORE = ("camera:", "recording")
"""Begins of sources of which it is known before they are opened that they are a single camera's."""


class Engine:
    """Recognizes the windows of all wearers, those that are due together in one batch."""

    def __init__(
        self,
        runtime: Classifier,
        info: BundleInfo,
        wearers: Sequence[str],
        *,
        hop: float | None = None,
        decision: Decision | None = None,
        personal: Mapping[str, ServedWeights] | None = None,
        mounts: Mounts | None = None,
        phases: Mapping[str, float] | None = None,
    ) -> None:
        """`hop` (s) and `decision` override the bundle's.

        Args:
            runtime: Of the weights that recognize whoever has none of their own.
            info: Of these weights.
            wearers: In the order of their windows.
            hop: s.
            decision: Of whoever has no weights of their own.
            personal: Wearer -> weights of their own.
            mounts: Worn sensors, watched or corrected; None: taken as they are.
            phases: Wearer -> shift of the ends of their windows (`phases.spread`), s; 0 for the others.

        Raises:
            ConfigError: The hop is longer than the bundle's window, or weights have other windows or hops.
        """
        self.info = info
        self.hop = info.hop if hop is None else hop
        if self.hop > info.window:
            raise ConfigError(
                f"a hop of {self.hop:g} s is longer than the {info.window:g} s of a window of {info.name}: "
                "what happens between two windows would be seen by none. Give a hop of at most "
                f"{info.window:g} s; these weights were made for {info.hop:g} s."
            )
        self._runtime = runtime
        shared = ServedWeights(info, runtime, decision or info.decision)
        self._weights = {wearer: (personal or {}).get(wearer, shared) for wearer in wearers}
        check_alike(info, {w: s.info for w, s in self._weights.items()}, any_hop=hop is not None)
        self._computing = Computing(list(self._weights.values()))
        self.mounts = mounts or Mounts({})
        """How worn sensors are turned, and what is undone of it."""
        self.phases = {wearer: (phases or {}).get(wearer, 0.0) for wearer in wearers}
        """Wearer -> phase: their windows end at multiples of the hop and so many s."""
        self.unix_offset_ns: int | None = None
        """Unix time minus the streams' clock, ns; None where it is not known, as of a recording. Set anew
        during a run: the wall clock is corrected now and then, the streams' clock is not."""
        self._windowers = {
            wearer: Windower(
                wearer, w.info.modalities, window=w.info.window, hop=self.hop, phase=self.phases[wearer]
            )
            for wearer, w in self._weights.items()
        }
        self._deciders = {
            wearer: Decider(wearer, w.info.labels, w.info.idle, w.decision, w.info.window, w.info.unknown_of)
            for wearer, w in self._weights.items()
        }
        self._counters = {
            wearer: RepetitionCounter(w.info.modalities, w.info.window) for wearer, w in self._weights.items()
        }
        self._so_far: dict[str, int] = {}
        self._counted_at: dict[str, int] = {}
        """Wearer -> which of all counts so far was theirs last."""
        self._unlike: dict[tuple[str, str, str], str] = {}
        """(wearer, feed, stream) -> what is said of a single camera's skeleton; "" for nothing."""
        self._seq = dict.fromkeys(wearers, 0)
        self.skipped = dict.fromkeys(wearers, 0)
        """Wearer -> windows left out because newer ones were due as well."""
        self._skipped_before = 0
        self._places = {wearer: place for place, wearer in enumerate(wearers)}
        self._touched: set[str] = set()
        """Wearers whose windows may be due: of the others nothing has changed since they were asked."""

    def push(self, wearer: str, feed: Feed, chunk: Chunk) -> None:
        """Take a chunk of one feed of one wearer."""
        self._touched.add(wearer)
        self._windowers[wearer].push(feed, chunk)

    def set_live(self, wearer: str, feed_name: str, live: bool) -> None:
        """Say that a feed is down, so that windows do not wait for it, or up again."""
        self._touched.add(wearer)
        self._windowers[wearer].set_live(feed_name, live)

    def restart(self, wearer: str, feed_name: str) -> None:
        """Say that what a feed sends next does not continue what came before."""
        self._touched.add(wearer)
        self._windowers[wearer].restart(feed_name)

    def windower(self, wearer: str) -> Windower:
        """The wearer's windower, for its counters."""
        return self._windowers[wearer]

    def told(self, status: StreamStatus) -> StreamStatus:
        """The status of a stream with what is known of its mounting, and with a fault where the weights know
        no skeletons such as its."""
        mounted = self.mounts.told(status)
        if status.description is None or not is_single_camera(status.description):
            return mounted
        key = (status.wearer, status.feed, status.description.name)
        if key not in self._unlike:
            note = single_camera_note(self._weights[status.wearer].info, status.description.name)
            self._unlike[key] = note
            if note and not status.source.startswith(_SAID_BEFORE):
                _log.warning("%s", note)
        note = self._unlike[key]
        return replace(mounted, faults=(*mounted.faults, note)) if note else mounted

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label of all weights, those of `info` first."""
        theirs = (label for weights in self._weights.values() for label in weights.info.labels)
        return tuple(dict.fromkeys((*self.info.labels, *theirs)))

    @property
    def personal(self) -> dict[str, str]:
        """Wearer -> identifier of the weights that recognize them, where those are others than `info`'s."""
        return {w: s.info.id for w, s in self._weights.items() if s.info.id != self.info.id}

    @property
    def network(self) -> str:
        """Library that computes the network of `info`, and its version; "" of what stands in for one."""
        return self._runtime.network if isinstance(self._runtime, Runtime) else ""

    def newly_skipped(self) -> int:
        """Windows left out since this was asked last."""
        total = sum(self.skipped.values())
        new, self._skipped_before = total - self._skipped_before, total
        return new

    def due(self, now: float | None = None, *, newest_only: bool = False) -> list[Window]:
        """The windows that are due, oldest first, each wearer's in the order in which they closed.

        `newest_only` is for a live engine that fell behind: of each wearer only the newest window is kept,
        and the others are counted in `skipped`.
        """
        windows: list[tuple[float, Window]] = []
        for wearer in (
            self._windowers if now is not None else sorted(self._touched, key=self._places.__getitem__)
        ):
            closed = self._windowers[wearer].due(now)
            if not closed:
                continue
            if newest_only and len(closed) > 1:
                self.skipped[wearer] += len(closed) - 1
                closed = closed[-1:]
            # where a wearer's time stepped back, what closed before that still comes first
            order = accumulate((window.end for window in closed), max)
            windows += zip(order, closed, strict=True)
        self._touched.clear()
        windows.sort(key=lambda ordered: ordered[0])
        return [window for _, window in windows]

    def skip(self, windows: Sequence[Window]) -> None:
        """Count windows that are left out because recognition was late."""
        for window in windows:
            self.skipped[window.wearer] += 1

    def classify(self, windows: Sequence[Window]) -> list[Prediction]:
        """Predictions for windows in the order of `due`; those that end within one hop, of different wearers
        with the same weights, form batches, of 32 at most.

        Batching by the index, not by arrival: the windows of a lone wearer are alone in their batch, so live
        feeding and offline evaluation agree to the bit. Several wearers do where the same windows are due
        together; where one wearer's window closes in a later call, the batches differ in size, and the
        probabilities in their last digits.
        """
        predictions: list[Prediction] = []
        while len(predictions) < len(windows):
            ahead = windows[len(predictions) : len(predictions) + BATCH]
            predictions += self.finish_batch(self.begin_batch(ahead[: batch_of(ahead)]))
        return predictions

    @property
    def at_once(self) -> int:
        """Batches that may be begun before the first of them is finished."""
        return self._computing.at_once

    def begin_batch(self, batch: Sequence[Window], done: Callable[[], None] | None = None) -> Begun:
        """Begin to classify windows of different wearers, batches in the order of `due`: in other threads,
        where `at_once` is more than 1 and `done` is given, which one of them calls when answers are there."""
        windows = [self.mounts.corrected(window) for window in batch]
        return self._computing.begin(batch, windows, [self._weights[w.wearer] for w in batch], done)

    def finish_batch(self, begun: Begun) -> list[Prediction]:
        """The predictions of a batch, waited for if need be; in the order in which they were begun."""
        answers: dict[int, Prediction] = {}
        for part in begun.parts:
            theirs = self._answered(
                [begun.windows[row] for row in part.rows], part.weights, part.answer.result()
            )
            answers.update(zip(part.rows, theirs, strict=True))
        predictions = [answers[row] for row in range(len(begun.windows))]
        for window, made in zip(begun.taken, predictions, strict=True):
            # as it came: how a sensor is turned does not matter to what repeats, but a change of it does
            self._counters[window.wearer].classified(made.seq, window)
        return predictions

    def decide(self, predictions: Sequence[Prediction]) -> list[Event]:
        """Events that these predictions decide."""
        return [
            event
            for p in predictions
            for event in self._counters[p.wearer].follow(self._deciders[p.wearer].update(p), p.seq)
        ]

    def lapse(self, wearer: str, silence: float) -> list[Event]:
        """End what is on in a wearer of whom no sample came for `silence` s, longer than a window.

        Without samples there are no windows, and `decide` has nothing to end it by.
        """
        return self._counters[wearer].ended(self._deciders[wearer].lapse(silence))

    def finish(self) -> list[Event]:
        """End what is still going on: no more samples will come."""
        deciders = self._deciders.items()
        return [e for wearer, decider in deciders for e in self._counters[wearer].ended(decider.finish())]

    def repetitions(self) -> dict[str, int]:
        """Wearer -> repetitions so far of the activity that is on, where something repeats.

        One wearer is counted anew each time, in turn, so that windows do not wait for it; of the others this
        is what it was then.
        """
        on = [wearer for wearer, counter in self._counters.items() if counter.counting]
        self._so_far = {wearer: count for wearer, count in self._so_far.items() if wearer in on}
        if on:
            wearer = min(on, key=lambda w: self._counted_at.get(w, 0))
            self._counted_at[wearer] = 1 + max(self._counted_at.values(), default=0)
            self._so_far[wearer] = self._counters[wearer].so_far()
        return {wearer: count for wearer, count in self._so_far.items() if count}

    def _answered(
        self, windows: Sequence[Window], weights: ServedWeights, classified: Classified
    ) -> list[Prediction]:
        """The predictions of windows, all of the same weights."""
        strange = classified.strangeness
        return [
            self._prediction(weights.info, window, row, best, novelty, strangeness)
            for window, row, best, novelty, strangeness in zip(
                windows,
                classified.probabilities.tolist(),
                classified.probabilities.argmax(axis=1).tolist(),
                classified.novelty.tolist(),
                [None] * len(windows) if strange is None else strange.tolist(),
                strict=True,
            )
        ]

    def _prediction(
        self,
        info: BundleInfo,
        window: Window,
        row: list[float],
        best: int,
        novelty: float,
        strangeness: float | None,
    ) -> Prediction:
        known, labels = info.unknown_of(set(window.samples)), info.labels
        offset = self.unix_offset_ns
        seq = self._seq[window.wearer]
        self._seq[window.wearer] = seq + 1
        return Prediction(
            seq=seq,
            wearer=window.wearer,
            start=window.start,
            end=window.end,
            end_unix_ns=None if offset is None else round(window.end * 1e9) + offset,
            label=labels[best],
            confidence=row[best],
            probabilities=dict(zip(labels, row, strict=True)),
            modalities=tuple(window.samples),
            coverage=window.coverage,
            closed_by=window.closed_by,
            model=info.id,
            unknown=window.doubtful or (known is not None and novelty > known.threshold),
            strangeness=strangeness,
        )


def timed(
    prediction: Prediction, newest: float, arrived: float, closed: float, classified: float, handed: float
) -> Prediction:
    """The prediction with its latency: five instants on one clock, s, from the newest sample's stamp on.

    It is the same object, which nobody but the engine's caller has seen: a copy of so many fields costs as
    much as the decisions.
    """
    latency = Latency(
        arrived - newest, closed - arrived, classified - closed, handed - classified, handed - newest
    )
    object.__setattr__(prediction, "latency", latency)
    return prediction
