"""`hnhar-enroll`: a new activity from a few examples, without training; or one forgotten again."""

import argparse
import shlex
from collections.abc import Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleFile, BundleInfo
from hnhar.model.errors import BundleError, ConfigError, RecordingError
from hnhar.model.labels import shortened

from ..recordings import Recording, open_recording
from ..recordings.feeds import Feeds, recorded_feeds
from .common import guarded, say, warn
from .console import SafeConsole
from .enroll_files import check_recordings, target_of
from .enroll_list import listing
from .enroll_report import of_old, print_effect, print_validation
from .live_inputs import camera_notes
from .options.compute import (
    add_runtime_option,
    add_threads_option,
    add_weights_option,
    load_weights,
    threads_of,
)
from .options.network import add_lsl_options
from .options.prompts import add_prompts_option
from .options.reading import add_reading_options, clock_of, columns_of
from .options.sources import (
    add_mapping_options,
    add_marker_option,
    add_source_options,
    mapping_options,
    selection,
    sources_of,
)
from .parsing import Parser, as_typed, parser

if TYPE_CHECKING:
    from hnhar.model.enroll.enroll import Examples
    from hnhar.model.enroll.prototypes import Memory
    from hnhar.model.runtime import Runtime

_EPILOG = """examples:
  hnhar-enroll --label stir --recording kitchen.xdf --segments 12.0-14.5,20.1-22.8,31-34
  hnhar-enroll --label stir --recording kitchen.xdf --validate lunch.xdf
      where the recording's own markers say "stir"; its effect is measured on another recording
  hnhar-enroll --label stir --recording anna.xdf ben.xdf cleo.xdf
      performances of several people: it will know the next person better
  hnhar-enroll --label stir --imu-source MyWatch
      live: Enter, 3, 2, 1, perform, Enter when it ends, five times; r redoes the last, q cancels
  hnhar-enroll --weights utd-mhad-wrist-stir.safetensors --remove stir
  hnhar-enroll --weights utd-mhad-wrist-stir.safetensors --list

Everything else in a recording counts as not the activity: name each time that it was performed. Five
performances are good, two are the least. The result is a new bundle for hnhar-stream --weights; a file that
is there already is replaced with --overwrite only, and a recording that is read never. Of a recording that
lies in several CSV files any may be named, or all.
"""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-enroll") -> int:
    """Entry point; 0 when a bundle was written or listed, 2 for what cannot be done."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-enroll") -> Parser:
    """The options of hnhar-enroll."""
    made = parser(prog, "Teach a bundle a new activity from a few examples, without training.", _EPILOG)
    add_weights_option(made)
    made.add_argument("--label", metavar="L", help="name of the new activity")
    made.add_argument("--remove", metavar="L", help="forget an enrolled activity instead")
    made.add_argument(
        "--list",
        action="store_true",
        help="say what the bundle knows and whether more can be enrolled; writes nothing",
    )
    made.add_argument("--out", metavar="FILE", help="the new bundle (default: NAME-LABEL.safetensors, here)")
    made.add_argument("--overwrite", action="store_true", help="replace the file of --out where there is one")
    add_runtime_option(made)
    add_threads_option(made)
    recorded = made.add_argument_group("from a recording")
    recorded.add_argument(
        "--recording",
        nargs="+",
        action="extend",
        metavar="FILE",
        help=".xdf or .csv files; of several people is best (default: live)",
    )
    recorded.add_argument(
        "--segments", metavar="A-B,A-B", help="each performance, s from the start (default: the annotations)"
    )
    recorded.add_argument(
        "--validate",
        metavar="FILE",
        help="an annotated recording, none of --recording, on which the effect is measured (default: none)",
    )
    add_reading_options(recorded, table=False)
    live = made.add_argument_group("live")
    live.add_argument(
        "--performances", type=int, default=5, metavar="N", help="number of performances (default: 5)"
    )
    add_prompts_option(live)
    streams = made.add_argument_group("the streams, as for hnhar-stream")
    add_source_options(streams)
    add_mapping_options(streams)
    add_marker_option(streams, "streams of markers that hold labels, of a recording (default: all)")
    add_lsl_options(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    if (arguments.label is not None) + (arguments.remove is not None) + arguments.list != 1:
        raise ConfigError(
            "give --label for a new activity (--label stir --imu-source MyWatch), --remove for one that is "
            "to go, or --list."
        )
    weights = bundle.find(arguments.weights)
    if arguments.list:
        for line in listing(bundle.read(weights)):
            say(line)
        return 0
    return _remove(arguments, weights) if arguments.remove is not None else _enroll(arguments, weights)


def _remove(arguments: argparse.Namespace, weights: Path) -> int:
    from hnhar.model.enroll.enroll import remove
    from hnhar.model.enroll.stored import stored_memory

    file = bundle.read(weights)
    info, memory = remove(file.info, stored_memory(file, weights), arguments.remove)
    _save(target_of(arguments, info, f"without-{arguments.remove}"), file, info, memory)
    return 0


def _enroll(arguments: argparse.Namespace, weights: Path) -> int:
    console = SafeConsole()
    live = arguments.recording is None
    if live and not sources_of(arguments):
        raise ConfigError("give --recording, or live streams with --imu-source, --skeleton-source or both.")
    check_recordings(arguments)
    file = bundle.read(weights)
    if live:
        for note in camera_notes(sources_of(arguments), mapping_options(arguments), file.info):
            warn(note)
    target = _checked(arguments, file)
    with console.status("loading the weights …"):
        from hnhar.model.enroll.enroll import Examples, enroll

        threads = threads_of(arguments)
        loaded = load_weights(arguments, weights, threads)
        info, runtime = loaded.info, loaded.runtime
    later = None if arguments.validate is None else _to_validate(arguments, info)
    if live:
        from .enroll_live import capture

        try:
            given, source = capture(arguments, info, runtime, mapping_options(arguments)), "live"
        except KeyboardInterrupt:
            warn("cancelled: nothing was written")
            raise
    else:
        opened = {path: _open(arguments, path, info) for path in arguments.recording}
        parts = [_recorded(arguments, path, recording, info, runtime) for path, recording in opened.items()]
        given = reduce(Examples.joined, parts)
        source = ", ".join(Path(path).name for path in arguments.recording)
    made, memory, effect = enroll(
        info, loaded.memory, arguments.label, given, source, date.today().isoformat()
    )
    _save(target, loaded.file, made, memory)  # whatever fails from here on, what was performed is kept
    print_effect(made, effect)
    command = as_typed("hnhar-stream --weights")
    say(f"Recognize it: {command} {shlex.quote(str(target))}, and the sources as here.")
    if later is not None:
        print_validation(
            Path(arguments.validate).name,
            later,
            mapping_options(arguments),
            runtime,
            runtime.remembering(made, memory, threads=threads),
        )
    return 0


def _checked(arguments: argparse.Namespace, file: BundleFile) -> Path:
    """Path of the new bundle. Raises HnharError, before weights are loaded, where nothing can be enrolled."""
    from hnhar.model.enroll.enroll import NO_MEMORY, check_label

    if not file.remembers:
        raise BundleError(f"'{file.info.id}' {NO_MEMORY}")
    check_label(file.info, arguments.label)
    return target_of(arguments, file.info, arguments.label)


def _open(arguments: argparse.Namespace, path: str, info: BundleInfo) -> Recording:
    return open_recording(
        path,
        select=selection(arguments, info) or None,
        columns=columns_of(arguments),
        clock=clock_of(arguments),
        tier=arguments.tier,
    )


def _feeds(
    arguments: argparse.Namespace, path: str, recording: Recording, info: BundleInfo
) -> tuple[Feeds, Sequence[str]]:
    """Its streams as the weights take them, and notes on what was assumed. Raises RecordingError for none."""
    options = mapping_options(arguments)
    feeds, notes = recorded_feeds(recording, info.modalities, options, placement=info.placement)
    if not feeds:
        raise RecordingError(
            f"'{path}' has no stream that {info.id} takes ({', '.join(m.name for m in info.modalities)})."
        )
    return feeds, notes


def _to_validate(arguments: argparse.Namespace, info: BundleInfo) -> Recording:
    """The recording of --validate, refused before anybody performs where nothing can be measured on it."""
    recording = _open(arguments, arguments.validate, info)
    _feeds(arguments, arguments.validate, recording, info)
    if not of_old(recording, info):
        known = shortened([label for label in info.labels if label != info.idle])
        raise RecordingError(
            f"--validate {arguments.validate} has no annotation of a label that {info.id} knows ({known}). "
            "Name another recording, or leave it out."
        )
    return recording


def _recorded(
    arguments: argparse.Namespace, path: str, recording: Recording, info: BundleInfo, runtime: "Runtime"
) -> "Examples":
    from ..recordings.enrolling import annotated, examples, parse_segments

    feeds, notes = _feeds(arguments, path, recording, info)
    for note in (*recording.notes, *notes):
        warn(note if len(arguments.recording) == 1 else f"{path}: {note}")
    if arguments.segments is not None:
        spans = parse_segments(arguments.segments, recording)
    else:
        spans = annotated(arguments.label, recording)
    return examples(feeds, info, runtime, spans)


def _save(target: Path, file: BundleFile, info: BundleInfo, memory: "Memory") -> None:
    from hnhar.model.enroll.stored import save_memory

    written = save_memory(target, file, info, memory)
    labels = shortened([enrollment.label for enrollment in written.enrolled]) or "nothing"
    say(f"bundle {written.id} in {target}; enrolled: {labels}")
