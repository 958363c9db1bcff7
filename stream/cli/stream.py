"""`hnhar-stream`: LSL streams in, predictions out. This file only translates options."""

import argparse
import logging
from collections.abc import Sequence
from contextlib import suppress

from hnhar.model.bundle.bundle import find, read_info
from hnhar.model.errors import BundleError, ConfigError

from ..config.config import ADDRESS, StreamConfig, Wearer, check_hop, check_modality, read_config
from ..config.sources import takes
from ..page.address import ADDRESS as ADDRESS_OF_PAGE
from .common import guarded, leave
from .default_weights import weights_of_sources
from .logs import FORMATS, logs_to
from .options.compute import add_runtime_option, add_threads_option, add_weights_option
from .options.decision import add_hop_option, add_latency_option
from .options.network import add_lsl_options
from .options.publishing import add_curve_option, add_topic_option
from .options.reading import add_reading_options
from .options.recorded import COMPOSED, add_composition_options
from .options.sources import add_mapping_options, add_marker_option, add_source_options, personal, sources_of
from .parsing import Parser, parser

_EPILOG = """examples:
  hnhar-stream --demo                                 a synthetic performer, recognized live for a minute
  hnhar-stream --demo --page                          the same, in a browser
  hnhar-stream --imu-source MyWatch                   the stream of that name; waits until it is there
  hnhar-stream --imu-source MyWatch --skeleton-source type=MoCap,hostname=kinect-pc
  hnhar-stream --weights own.safetensors --imu-source wrist=MyWatch --imu-source hip=Phone
  hnhar-stream --imu-source "name='Muse' and contains(type,'ACC')"
  hnhar-stream --config lab.toml                      several wearers, classified in one batch
  hnhar-stream --imu-source MyWatch --no-dashboard --record session.jsonl --lsl-out
  hnhar-stream --recording synthetic                  offline, as fast as it goes: events, predictions, figure
  hnhar-stream --recording session.xdf --out results  the same of a recording of yours

A SOURCE is a stream's name, key=value pairs (name, type, source_id, hostname), or, live, an XPath
predicate. Give one source or several (hnhar-docs sensors). hnhar-doctor shows which streams there are and
whether the weights can take them; hnhar-watch shows what is published. Ctrl-C ends with a summary.
"""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-stream") -> int:
    """Entry point; the exit codes are those of docs/operations.md."""

    def run() -> int:
        arguments = build_parser(prog).parse_args(argv)
        logs_to(logging.WARNING, arguments.log_format)
        _check_options(arguments)
        if arguments.recording is not None:
            from .stream_recording import run_recording

            return run_recording(arguments)
        from .stream_live import run_live

        return run_live(arguments, configuration(arguments))

    code = guarded(run)
    if argv is None:
        leave(code)
    return code


_ONLY_LIVE = (
    *("config", "demo", "publish", "insecure", "topic_prefix", "curve_keys", "metrics", "lsl_out", "sink"),
    *("page", "pick", "duration", "wearer", "lifespan", "deadline"),
)
_ONLY_RECORDED = (
    "out",
    "only",
    "speed",
    "subject",
    "placement",
    "columns",
    "labels",
    "tier",
    "export",
    "clock",
)


def _check_options(arguments: argparse.Namespace) -> None:
    """Refuse options that would be passed over without a word. Raises ConfigError."""
    recorded = arguments.recording is not None
    given = [n for n in (_ONLY_LIVE if recorded else _ONLY_RECORDED) if getattr(arguments, n)]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        if recorded:
            raise ConfigError(f"--recording reads a file and publishes nothing: leave out {option}.")
        raise ConfigError(f"{option} is for --recording FILE: leave it out for live streams.")


def build_parser(prog: str = "hnhar-stream") -> Parser:
    """The options of hnhar-stream."""
    made = parser(prog, "Recognize activities live from LSL streams, and publish them.", _EPILOG)
    whom = made.add_argument_group(
        "what is recognized", "Name one stream or more, or give one of --config, --demo and --recording."
    )
    add_source_options(whom)
    whom.add_argument(
        "--config",
        metavar="FILE.toml",
        help="a file of one or more wearers, each with its id and its sources",
    )
    whom.add_argument(
        "--demo", action="store_true", help="start a synthetic performer and recognize it, for a minute"
    )
    whom.add_argument("--recording", metavar="FILE", help=f"{COMPOSED}, instead of live streams")
    whom.add_argument(
        "--wearer", metavar="ID", help="name of the person, in topics and files (default: wearer)"
    )
    _add_decision_options(made)
    _add_output_options(made)
    _add_stream_options(made)
    _add_run_options(made)
    _add_recording_options(made)
    add_lsl_options(made)
    return made


def _add_decision_options(made: Parser) -> None:
    how = made.add_argument_group("how it is recognized")
    add_weights_option(how, default=None)
    add_hop_option(how)
    add_latency_option(how)
    add_runtime_option(how)
    add_threads_option(how, default=None)


def _add_output_options(made: Parser) -> None:
    out = made.add_argument_group("where it goes")
    out.add_argument(
        "--publish",
        metavar="ADDRESS",
        help=f"ZeroMQ address; port 0 picks a free one (default: {ADDRESS})",
    )
    out.add_argument(
        "--insecure",
        action="store_true",
        help="allow an address that other machines can read, without encryption (default: refuse)",
    )
    add_curve_option(out, "DIR", "encrypt, and let in only whom hnhar-keys added to this folder")
    add_topic_option(out, default=None)
    out.add_argument(
        "--no-dashboard", action="store_true", help="print one line a prediction instead of the dashboard"
    )
    out.add_argument(
        "--record",
        metavar="FILE.jsonl",
        help="append every prediction and event to this file (default: none is written; with --recording "
        "NAME.predictions.jsonl)",
    )
    out.add_argument("--lsl-out", action="store_true", help="send predictions and events as LSL streams too")
    out.add_argument(
        "--sink",
        action="append",
        metavar="SCHEME:ADDRESS",
        help="send predictions and events there too, such as jsonl:FILE, mqtt:HOST/PREFIX, "
        "osc:HOST:PORT, mcap:FILE or websocket:HOST:PORT (default: none); repeatable; "
        "what is none is answered with all schemes that are installed",
    )
    out.add_argument(
        "--metrics",
        metavar="HOST:PORT",
        help="serve Prometheus's metrics there, such as 127.0.0.1:9464 (default: nowhere)",
    )
    out.add_argument(
        "--page",
        nargs="?",
        const=ADDRESS_OF_PAGE,
        metavar="HOST:PORT",
        help=f"show the run in a browser, at this address; alone: {ADDRESS_OF_PAGE} (default: no page)",
    )
    out.add_argument(
        "--log-format", choices=FORMATS, default="text", help="of the log on stderr (default: text)"
    )


def _add_stream_options(made: Parser) -> None:
    group = made.add_argument_group("the streams, where they are silent or wrong")
    add_mapping_options(group, finds=True)
    group.add_argument(
        "--pick",
        choices=("newest",),
        help="if several streams match a source, take the one that was started last (default: take none of "
        "them, and list them)",
    )
    group.add_argument(
        "--lifespan",
        type=float,
        metavar="S",
        help="after an interruption, drop samples that arrive more than S seconds late (default: 2)",
    )
    group.add_argument(
        "--deadline",
        type=float,
        metavar="S",
        help="if a stream sends nothing for S seconds, recognize without it until it sends again (default: "
        "the time of 5 of its samples, 0.5 at least)",
    )


def _add_run_options(made: Parser) -> None:
    group = made.add_argument_group("how it ends")
    group.add_argument(
        "--duration", type=float, metavar="S", help="end after so many seconds (default: at Ctrl-C)"
    )
    add_marker_option(
        group,
        "the marker stream of what is performed, which is compared with what was recognized at the end "
        "(default: nothing is compared)",
    )


def _add_recording_options(made: Parser) -> None:
    group = made.add_argument_group("with --recording")
    group.add_argument("--out", metavar="DIR", help="folder for what is written (default: here)")
    group.add_argument(
        "--export",
        metavar="KIND=PATH",
        action="append",
        default=[],
        help="write what was read and recognized for other programs too: bids=FOLDER (a data set of BIDS for "
        "motion) or elan=FILE.eaf (tiers of ELAN); repeatable",
    )
    group.add_argument(
        "--only",
        metavar="NAME,…",
        help="recognize by this modality alone, such as imu, or by some of several, such as wrist,hip "
        "(default: by all that are there)",
    )
    group.add_argument(
        "--speed", metavar="N|max", help="how many times as fast as it was recorded (default: max)"
    )
    add_reading_options(group)
    add_composition_options(group)


def _takes(weights: str | None) -> str:
    """Sentence on what named weights take; "" where none are named, or they cannot be read."""
    with suppress(BundleError):
        info = read_info(find(weights)) if weights is not None else None
        return f" {info.id} takes {takes(info.modalities, info.placement)}." if info is not None else ""
    return ""


def configuration(arguments: argparse.Namespace) -> StreamConfig:
    """Configuration of a run from the options and the file; options win. Raises ConfigError."""
    asked = {
        key: value
        for key in (
            *("weights", "hop", "latency", "lifespan", "deadline"),
            *("publish", "topic_prefix", "curve_keys", "record"),
        )
        if (value := getattr(arguments, key)) is not None
    }
    if arguments.sink is not None:
        asked["sinks"] = tuple(arguments.sink)
    check_hop(arguments.hop)
    if arguments.lifespan is not None and not 0.2 <= arguments.lifespan <= 60:
        raise ConfigError(f"--lifespan {arguments.lifespan:g} is not between 0.2 and 60 s.")
    if arguments.deadline is not None and not 0.1 <= arguments.deadline <= 5:
        raise ConfigError(f"--deadline {arguments.deadline:g} is not between 0.1 and 5 s.")
    wearer = personal(arguments)
    if arguments.wearer is not None:
        wearer["id"] = arguments.wearer
    if arguments.config is None:
        if arguments.demo:
            from .demo import SOURCES

            wearer["sources"] = SOURCES | sources_of(arguments)
        if not arguments.demo and not sources_of(arguments):
            raise ConfigError(
                "no stream is named: give --imu-source, --skeleton-source or both, or --config, or try "
                f"--demo. hnhar-doctor lists the streams on the network.{_takes(arguments.weights)}"
            )
        for name in sources_of(arguments):
            try:
                check_modality(name, arguments.weights)
            except ConfigError as error:
                raise ConfigError(f"--source {name}=…: {error}") from error
        if not arguments.demo:
            asked.setdefault("weights", weights_of_sources(sources_of(arguments).values()))
        return StreamConfig(wearer=(Wearer(**wearer),), **asked)
    if wearer or arguments.demo:
        raise ConfigError(
            "--config says who wears what: leave out --demo and the options of a single wearer."
        )
    from msgspec.structs import replace

    made = replace(read_config(arguments.config, arguments.weights), **asked)
    if arguments.markers is not None and len(made.wearer) > 1:
        raise ConfigError(
            f"--markers says what one person did, and {arguments.config} has {len(made.wearer)} wearers: "
            f"{', '.join(w.id for w in made.wearer)}. Score each by a run of their own."
        )
    return made
