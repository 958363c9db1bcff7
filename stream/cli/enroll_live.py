"""The live part of `hnhar-enroll`: samples are kept while somebody marks the performances."""

import argparse
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError

from ..mapping.channel_map import MappingOptions
from ..recordings.enrolling import examples
from .live_capture import LiveCapture

if TYPE_CHECKING:
    from hnhar.model.enroll.enroll import Examples
    from hnhar.model.runtime import Runtime


def capture(
    arguments: argparse.Namespace, info: BundleInfo, runtime: "Runtime", options: MappingOptions
) -> "Examples":
    """Read the live streams while the performances are marked on standard input.

    Raises SourceError where no samples come, and KeyboardInterrupt where whoever performs cancels.
    """
    if arguments.performances < 2:
        raise ConfigError(f"--performances must be at least 2, not {arguments.performances}.")
    with LiveCapture(arguments, info, options) as live:
        live.find()
        spans = live.perform(arguments.label, arguments.performances)
        live.complete(spans, "enrolled")
        lengths = [span.end - span.start for span in spans]
        live.prompts.say(
            f"{len(spans)} performances of '{arguments.label}', {min(lengths):.1f} to {max(lengths):.1f} s. "
            "Learning them …"
        )
    return examples(live.feeds(), info, runtime, spans)
