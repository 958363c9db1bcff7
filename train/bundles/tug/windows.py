"""Executions of spsw_har as windows of phone and watch, cut by the code that cuts live ones.

A window is asked what was done at its middle: it sees as much after that as before, so on a stream its answer
comes half a window late. Its target is soft: the shares of the labels in the seconds about the middle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality
from hnhar.stream.messages import Feed, Window
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.feeds import Feeds, RecordedFeed, interleave
from hnhar.stream.windows.windower import Windower

from ...corpora.spsw_har.executions import CLASSES, device_of
from ...learn.data import WindowSet, joined, stacked
from .recipe import TugRecipe

_STEP = 0.01
"""s between samples that are held."""


@dataclass(frozen=True, slots=True, eq=False)
class MiddleWindows:
    """The windows of one execution."""

    windows: WindowSet
    middles: NDArray[np.float64]
    """(N,) s on the recording's clock."""


def training_windows(recipe: TugRecipe, recordings: Sequence[Recording]) -> WindowSet:
    """Windows of all executions, each at a phase of its own; those that lack a device are left out."""
    draw = np.random.default_rng(recipe.seed)
    whole = joined(
        cut(r, recipe, recipe.training_hop, float(draw.uniform(0.0, recipe.training_hop))).windows
        for r in recordings
    )
    return WindowSet(*whole.batch(whole.presence.all(dim=1)))


def cut(recording: Recording, recipe: TugRecipe, hop: float, phase: float) -> MiddleWindows:
    """Windows whose middle lies within the annotations; a device that is not there is zeros, not present."""
    half = recipe.window / 2
    first, last = recording.annotations[0].onset, recording.annotations[-1].offset
    feeds = held_feeds(recording, [m.name for m in recipe.modalities], before=half, after=half)
    found = _windows(recording.wearer, feeds, recipe.modalities, recipe.window, hop, phase)
    windows = [w for w in found if first <= w.end - half < last]

    def target(window: Window) -> NDArray[np.float32]:
        middle = window.end - half
        return shares(recording.annotations, middle - recipe.core / 2, middle + recipe.core / 2)

    stack = stacked(windows, recipe.modalities, recipe.window, len(CLASSES), target)
    return MiddleWindows(stack, np.array([window.end - half for window in windows]))


def shares(annotations: Sequence[Annotation], start: float, end: float) -> NDArray[np.float32]:
    """(K,) share of each label in what is annotated of [start, end] s."""
    out = np.zeros(len(CLASSES), np.float32)
    for annotation in annotations:
        overlap = min(end, annotation.offset) - max(start, annotation.onset)
        if overlap > 0:
            out[CLASSES.index(annotation.label)] += overlap
    total = float(out.sum())
    return out / total if total > 0 else out


def held_feeds(recording: Recording, devices: Sequence[str], *, before: float = 0.0, after: float) -> Feeds:
    """The feeds of these devices, their first and last samples held for so many seconds.

    Subjects sit for about a second at either end: unheld, no window would have these moments in its middle,
    and a live run would end before the last phase is decided.
    """
    columns = tuple(range(6))
    return [
        RecordedFeed(
            Feed(device_of(s), device_of(s), columns),
            *_held(s.timestamps, s.samples, before, after),
        )
        for s in recording.streams
        if device_of(s) in devices and len(s.timestamps)
    ]


def _windows(
    wearer: str, feeds: Feeds, modalities: Sequence[Modality], window: float, hop: float, phase: float
) -> Iterator[Window]:
    windower = Windower(wearer, modalities, window=window, hop=hop, phase=phase)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()


def _held(
    times: NDArray[np.float64], samples: NDArray[np.float32], before: float, after: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    earlier = times[0] - np.arange(round(before / _STEP), 0, -1) * _STEP
    later = times[-1] + np.arange(1, round(after / _STEP) + 2) * _STEP
    whole = np.concatenate([earlier, times, later])
    ends = np.repeat(samples[:1], len(earlier), axis=0), np.repeat(samples[-1:], len(later), axis=0)
    return whole, np.concatenate([ends[0], samples, ends[1]])
