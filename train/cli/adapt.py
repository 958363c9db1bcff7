"""`hnhar adapt`: a bundle that knows one wearer, from minutes of that wearer, with labels or without."""

import argparse
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.labels import shortened
from hnhar.model.serving import need_torch
from hnhar.stream.cli.common import guarded, say, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.enroll_files import check_recordings, target_of
from hnhar.stream.cli.live_inputs import check_sources
from hnhar.stream.cli.options.compute import (
    add_seed_option,
    add_threads_option,
    add_weights_option,
    threads_of,
)
from hnhar.stream.cli.options.network import add_lsl_options
from hnhar.stream.cli.options.prompts import add_prompts_option
from hnhar.stream.cli.options.reading import add_reading_options, clock_of, columns_of
from hnhar.stream.cli.options.sources import (
    add_mapping_options,
    add_marker_option,
    add_source_options,
    mapping_options,
    selection,
    sources_of,
)
from hnhar.stream.cli.options.values import at_least
from hnhar.stream.cli.parsing import Parser, as_typed, parser
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.feeds import recorded_feeds

from ..output.progress import shown

if TYPE_CHECKING:
    from ..adapt.session import SessionPart
    from ..adapt.verdict import HeldOut
    from ..adapt.workflow import Adapted

_EPILOG: Final = """examples:
  hnhar adapt --imu-source MyWatch --skeleton-source Kinect --wearer anna
      live, two minutes of anything that the weights know: the camera teaches the watch; no labels
  hnhar adapt --imu-source MyWatch --skeleton-source Kinect --wearer anna --guided
      live, the terminal asks for each activity: Enter, 3, 2, 1, perform, Enter when it ends
  hnhar adapt --imu-source MyWatch --skeleton-source Kinect --wearer anna --guided --pace 4
      the same without a key: each lasts 4 s
  hnhar adapt --recording anna.xdf --wearer anna
      from a recording without labels
  hnhar adapt --recording anna.xdf --wearer anna --imu-axes auto
      the sensor is strapped on otherwise than the weights have it: found, and the bundle takes it so
  hnhar adapt --recording anna.xdf --wearer anna --guided
      with what its markers, or a table beside it, say was performed

It takes about a minute on one core. One block of seconds in four is held out first, to measure what adapting
is worth; where that is worse than before, nothing is written. The result is a bundle of its own, and the one
it was made of stays as it is. It knows its wearer better, and strangers less well.
"""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-adapt") -> int:
    """Entry point; 0 when a bundle was written, 2 for what cannot be learned from."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-adapt") -> Parser:
    """The options of `hnhar adapt`."""
    made = parser(prog, "Let weights learn one wearer: from some minutes, with labels or without.", _EPILOG)
    add_weights_option(made)
    made.add_argument(
        "--wearer", default="wearer", metavar="NAME", help="name of the wearer (default: wearer)"
    )
    made.add_argument("--out", metavar="FILE", help="the new bundle (default: WEARER.safetensors, here)")
    made.add_argument("--overwrite", action="store_true", help="replace the file of --out where there is one")
    made.add_argument(
        "--guided",
        action="store_true",
        help="learn from what was performed: live on a prompt, in a recording by its annotations (default: "
        "the streams teach each other)",
    )
    recorded = made.add_argument_group("from a recording")
    recorded.add_argument(
        "--recording", nargs="+", action="extend", metavar="FILE", help="of this wearer (default: live)"
    )
    add_reading_options(recorded)
    live = made.add_argument_group("live")
    live.add_argument(
        "--minutes", type=float, default=2.0, metavar="M", help="without --guided, 0.5 to 30 (default: 2)"
    )
    live.add_argument(
        "--performances",
        type=at_least(1),
        default=1,
        metavar="N",
        help="with --guided, of each activity (default: 1)",
    )
    live.add_argument(
        "--activities",
        metavar="L,L",
        default="",
        help="with --guided, those that are asked for (default: all)",
    )
    live.add_argument(
        "--pace",
        type=float,
        metavar="S",
        help="with --guided, go on without a key: each activity lasts S seconds, 1 to 60 (default: Enter "
        "begins and ends each)",
    )
    add_prompts_option(live)
    streams = made.add_argument_group("the streams, as for hnhar-stream")
    add_source_options(streams)
    add_mapping_options(streams, finds=True)
    add_marker_option(streams, "streams of markers that hold labels, of a recording (default: all)")
    add_lsl_options(made)
    add_seed_option(made, "all that is drawn")
    add_threads_option(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    need_torch(as_typed("hnhar-adapt"))
    live = not arguments.recording
    info = bundle.read_info(bundle.find(arguments.weights))
    _check(arguments, info, live)
    arguments.validate = arguments.segments = None
    check_recordings(arguments)
    arguments.out = arguments.out or f"{_slug(arguments.wearer)}.safetensors"
    target = target_of(arguments, info, arguments.wearer)
    if live:
        from .adapt_live import captured

        session = captured(arguments, info, _asked(arguments, info))
    else:
        session = _recorded(arguments, info)
    made = _learn(arguments, session, target)
    _tell(made.held, guided=arguments.guided)
    for modality, how in made.worn.items():
        say(f"{modality}: {how}; the bundle takes it as it is worn, without --imu-axes")
    for modality, why in made.kept.items():
        say(f"{modality} stays as it was: {why}")
    if made.absent:
        warn(
            f"not in the session: {shortened(made.absent)}. Adapted weights know these less well than "
            "before: perform them too."
        )
    command = as_typed("hnhar-stream --weights")
    say(f"Recognize {arguments.wearer}: {command} {shlex.quote(str(target))}, and the sources as here;")
    say(f'among several wearers: weights = "{target}" in the [[wearer]] of {arguments.wearer} (--config).')
    return 0


def _check(arguments: argparse.Namespace, info: BundleInfo, live: bool) -> None:
    """Refuse what contradicts itself before anything is loaded. Raises ConfigError."""
    from ..adapt.mounting import mountings
    from ..adapt.session import check_bundle

    mountings(info, mapping_options(arguments, finds=True))
    if live and not sources_of(arguments):
        raise ConfigError("give --recording, or live streams with --imu-source, --skeleton-source or both.")
    if live:
        check_sources(sources_of(arguments), info)
        if not arguments.guided and len(sources_of(arguments)) < 2:
            raise ConfigError(
                "without labels the streams teach each other, so there must be two: name another source, or "
                "say what is performed with --guided."
            )
    if not 0.5 <= arguments.minutes <= 30:
        raise ConfigError(f"--minutes {arguments.minutes:g} is not between 0.5 and 30.")
    if arguments.pace is not None and not 1 <= arguments.pace <= 60:
        raise ConfigError(f"--pace {arguments.pace:g} is not between 1 and 60 s.")
    if arguments.pace is not None and not (arguments.guided and live):
        raise ConfigError("--pace is for live streams with --guided.")
    check_bundle(info)


def _asked(arguments: argparse.Namespace, info: BundleInfo) -> list[str]:
    """The activities that are prompted for, [] without --guided. Raises ConfigError."""
    known = [label for label in info.labels if label != info.idle]
    given = [label.strip() for label in arguments.activities.split(",") if label.strip()]
    strange = [label for label in given if label not in known]
    if strange:
        raise ConfigError(f"{info.name} does not know {', '.join(strange)}; it knows {', '.join(known)}.")
    if given and not arguments.guided:
        raise ConfigError("--activities are asked for with --guided: add it.")
    return (given or known) if arguments.guided else []


def _recorded(arguments: argparse.Namespace, info: BundleInfo) -> "list[SessionPart]":
    from ..adapt.session import SessionPart

    parts = []
    for path in arguments.recording:
        recording = open_recording(
            path,
            select=selection(arguments, info) or None,
            columns=columns_of(arguments),
            clock=clock_of(arguments),
            labels=arguments.labels,
            tier=arguments.tier,
        )
        found, notes = recorded_feeds(
            recording, info.modalities, mapping_options(arguments, finds=True), placement=info.placement
        )
        for note in (*recording.notes, *notes):
            warn(note if len(arguments.recording) == 1 else f"{path}: {note}")
        if not found:
            raise RecordingError(
                f"'{path}' has no stream that {info.id} takes ({', '.join(m.name for m in info.modalities)})."
            )
        parts.append(SessionPart(found, recording.annotations))
    return parts


def _learn(arguments: argparse.Namespace, session: "Sequence[SessionPart]", target: Path) -> "Adapted":
    """Adapt and write the bundle."""
    console = SafeConsole(stderr=True)
    with console.status("loading the weights …"):
        import torch

        from hnhar.model.loading import load_file, save

        from ..adapt.mounting import mountings
        from ..adapt.student import AdaptConfig
        from ..adapt.workflow import adapted
        from ..bundles.graphs import graph_for

        path = bundle.find(arguments.weights)
        base = bundle.read(path)
        info, recognizer = base.info, load_file(base, path)
        torch.set_num_threads(threads_of(arguments))
    with shown(console) as display:
        made = adapted(
            info,
            recognizer,
            session,
            _slug(arguments.wearer),
            AdaptConfig(),
            guided=arguments.guided,
            seed=arguments.seed,
            stage=display.step,
            axes=mountings(info, mapping_options(arguments, finds=True)),
        )
    graph, lacking = graph_for(made.info, made.recognizer, base)
    written = save(target, made.info, made.recognizer, graph)
    if lacking:
        warn(lacking)
    say(f"bundle {written.id} in {target}")
    return made


def _tell(held: "HeldOut", *, guided: bool) -> None:
    """Shares of right answers before and after, on what was held out: by what was performed, or else by what
    all streams together said before."""
    if not held.windows:
        warn(
            "what adapting was worth could not be measured: that takes two performances of an activity or "
            "more, 12 s or more apart"
        )
        return
    what = "right answers" if guided else "answers as all streams together gave them before"
    say(f"{what} on {held.windows} windows that were held out, activities and idle weighing alike:")
    for name, before in held.before.items():
        say(f"  {name:<24} {before:4.0%} before, {held.after[name]:4.0%} now")
    if held.falls:
        warn(f"it may be worse than before: {'; '.join(held.falls)}. Perform each activity twice or more")


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "wearer"
