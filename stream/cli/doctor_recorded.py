"""The doctor's report on a recording: its streams, and what a run over it would take."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import RecordingError

from ..mapping.fitness import Surveyed
from ..recordings.recording import RecordedStream
from .console import SafeConsole
from .doctor_report import report, runs
from .options.reading import clock_of, columns_of
from .options.sources import mapping_options, selection


def recorded(
    arguments: argparse.Namespace, console: SafeConsole, bundles: Mapping[str, BundleInfo]
) -> tuple[dict[str, Any], bool]:
    """The report, and if some weights take anything of it. Raises RecordingError where it cannot be read."""
    from ..recordings import open_recording

    path, options = Path(arguments.recording), mapping_options(arguments, finds=True)
    with console.status("reading the recording …"):
        found, notes = _listed(path)
        try:
            recording = open_recording(
                path,
                select=selection(arguments) or None,
                columns=columns_of(arguments),
                clock=clock_of(arguments),
            )
        except RecordingError as error:
            if not found:
                raise
            answers = [{"weights": "", "fits": False, "modalities": [], "notes": [str(error)]}]
        else:
            # that a stream is left out its own line says
            more = [n for n in recording.notes if n not in notes and not n.endswith("left out")]
            notes = [*notes, *more]
            found = found or [_surveyed(n, stream) for n, stream in enumerate(recording.streams, 1)]
            answers = runs(recording, bundles, options)
    answer = report([replace(s, clock_offset=0.0) for s in found], bundles, None, options)
    answer |= {"recording": str(path), "notes": notes, "runs": answers}
    return answer, any(run["fits"] for run in answers)


def _listed(path: Path) -> tuple[list[Surveyed], list[str]]:
    """Streams of an XDF file, whether they are of use or not; of another recording none yet."""
    if path.suffix.lower() not in (".xdf", ".xdfz") or not path.is_file():
        return [], []
    from ..recordings.xdf.listing import listing

    return listing(path)


def _surveyed(number: int, stream: RecordedStream) -> Surveyed:
    times = stream.timestamps
    span = float(times[-1] - times[0]) if len(times) > 1 else 0.0
    rate = (len(times) - 1) / span if span > 0 else None
    return Surveyed(
        str(number), stream.description, samples=stream.samples[:500], measured_rate=rate, number=number
    )
