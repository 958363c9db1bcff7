"""The live part of `hnhar adapt`: some minutes of a wearer's streams, with prompts or without."""

import argparse
import time
from collections.abc import Sequence
from typing import Final

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import RecordingError
from hnhar.model.labels import counted, shortened
from hnhar.stream.cli.enroll_performances import marked
from hnhar.stream.cli.live_capture import LiveCapture
from hnhar.stream.cli.options.sources import mapping_options
from hnhar.stream.recordings import Annotation

from ..adapt.session import SessionPart

_LOOK: Final = 0.25
"""s between two looks at the streams."""
_TELL: Final = 30.0
"""s between two lines where no picture is drawn."""


def captured(arguments: argparse.Namespace, info: BundleInfo, labels: Sequence[str]) -> list[SessionPart]:
    """A session of the wearer: `labels` are asked for one after the other; without any, `--minutes` pass.

    Raises SourceError where no samples come, KeyboardInterrupt where the person cancels.
    """
    with LiveCapture(arguments, info, mapping_options(arguments, finds=True)) as live:
        live.find()
        if labels:
            return _guided(live, labels, arguments.performances, arguments.pace)
        return _free(live, arguments.wearer, 60 * arguments.minutes)


def _guided(live: LiveCapture, labels: Sequence[str], count: int, pace: float | None) -> list[SessionPart]:
    run = live.guided(labels, count, pace)
    if not run.performances:
        raise RecordingError("nothing was performed, so there is nothing to learn from. Nothing was written.")
    live.complete([performance.span for performance in run.performances], "learned from")
    if run.skipped:
        live.prompts.say(f"left out: {shortened(run.skipped)}")
    live.prompts.say(f"{counted(len(run.performances), 'performance')}. Learning …")
    annotations = tuple(
        Annotation(p.span.start, p.span.end - p.span.start, p.label) for p in run.performances
    )
    return [SessionPart(live.feeds(), annotations, tuple(live.forgotten))]


def _free(live: LiveCapture, wearer: str, seconds: float) -> list[SessionPart]:
    live.prompts.say(
        f"{wearer}: do what the weights know, in any order, with the sensor on and before the camera, for "
        f"{seconds / 60:g} min."
    )
    end, last = time.monotonic() + seconds, float("inf")
    while (left := end - time.monotonic()) > 0:
        if live.prompts.interactive:
            marked(live.prompts.look(f"  learning from what you do, {left:.0f} s more"), 0, 0)
        elif last - left >= _TELL:
            last = left
            live.prompts.say(f"  {left:.0f} s more")
        for trouble in live.silent():
            live.prompts.warn(trouble)
        time.sleep(_LOOK)
    live.prompts.say("Learning …")
    return [SessionPart(live.feeds())]
