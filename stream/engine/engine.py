"""Samples of many wearers in, predictions and events out.

The engine knows no thread, socket, LSL or clock, so it can be run anywhere: the pipeline feeds it live, the
offline path feeds it recordings, and wearers can be spread over processes by giving each engine some of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.classifier import Classifier
from hnhar.model.errors import ConfigError

from ..decide.decider import Decider
from ..messages import Chunk, Event, Feed, Latency, Prediction, Window
from ..windows.windower import Windower
from .turns import BATCH, batch_of


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
    ) -> None:
        """`hop` (s) and `decision` override the bundle's.

        Raises ConfigError where the hop is longer than the bundle's window.
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
        self.unix_offset_ns: int | None = None
        """Unix time minus the streams' clock, ns; None where it is not known, as of a recording. Set anew
        during a run: the wall clock is corrected now and then, the streams' clock is not."""
        settings = decision or info.decision
        self._windowers = {
            wearer: Windower(wearer, info.modalities, window=info.window, hop=self.hop) for wearer in wearers
        }
        self._deciders = {
            wearer: Decider(wearer, info.labels, info.idle, settings, info.window) for wearer in wearers
        }
        self._seq = dict.fromkeys(wearers, 0)
        self.skipped = dict.fromkeys(wearers, 0)
        """Wearer -> windows left out because newer ones were due as well."""
        self._skipped_before = 0
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
        windows: list[tuple[int, Window]] = []
        for wearer, windower in self._windowers.items():
            if now is None and wearer not in self._touched:
                continue
            closed = windower.due(now)
            if newest_only and len(closed) > 1:
                self.skipped[wearer] += len(closed) - 1
                closed = closed[-1:]
            # where a wearer's time stepped back, what closed before that still comes first
            order = accumulate((window.index for window in closed), max)
            windows += zip(order, closed, strict=True)
        self._touched.clear()
        windows.sort(key=lambda ordered: ordered[0])
        return [window for _, window in windows]

    def skip(self, windows: Sequence[Window]) -> None:
        """Count windows that are left out because recognition was late."""
        for window in windows:
            self.skipped[window.wearer] += 1

    def classify(self, windows: Sequence[Window]) -> list[Prediction]:
        """Predictions for windows in the order of `due`; those of one end form batches, of 16 at most.

        Batching by the end, not by arrival: the windows of a lone wearer are alone in their batch, so live
        feeding and offline evaluation agree to the bit. Several wearers do where the same windows are due
        together; where one wearer's window closes in a later call, the batches differ in size, and the
        probabilities in their last digits.
        """
        predictions: list[Prediction] = []
        begin = 0
        while begin < len(windows):
            batch = windows[begin : begin + batch_of(windows[begin : begin + BATCH])]
            begin += len(batch)
            classified = self._runtime.classify([window.samples for window in batch])
            rows = zip(batch, classified.probabilities.tolist(), classified.novelty.tolist(), strict=True)
            predictions += [self._prediction(window, row, novelty) for window, row, novelty in rows]
        return predictions

    def decide(self, predictions: Sequence[Prediction]) -> list[Event]:
        """Events that these predictions decide."""
        return [event for p in predictions for event in self._deciders[p.wearer].update(p)]

    def lapse(self, wearer: str, silence: float) -> list[Event]:
        """End what is on in a wearer of whom no sample came for `silence` s, longer than a window.

        Without samples there are no windows, and `decide` has nothing to end it by.
        """
        return self._deciders[wearer].lapse(silence)

    def finish(self) -> list[Event]:
        """End what is still going on: no more samples will come."""
        return [event for decider in self._deciders.values() for event in decider.finish()]

    def _prediction(self, window: Window, row: list[float], novelty: float) -> Prediction:
        known = self.info.unknown_of(set(window.samples))
        labels = self.info.labels
        best = max(range(len(labels)), key=row.__getitem__)
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
            model=self.info.id,
            unknown=known is not None and novelty > known.threshold,
        )


def timed(
    prediction: Prediction, newest: float, arrived: float, closed: float, classified: float, handed: float
) -> Prediction:
    """The prediction with its latency: five instants on one clock, s, from the newest sample's stamp on."""
    latency = Latency(
        lsl=arrived - newest,
        windowing=closed - arrived,
        encoder=classified - closed,
        publishing=handed - classified,
        total=handed - newest,
    )
    return replace(prediction, latency=latency)
