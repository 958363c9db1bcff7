"""`hnhar-stream`: LSL streams in, predictions out. This file only translates options."""

import argparse
import logging
from collections.abc import Sequence

from hnhar.model.errors import ConfigError

from ..config import StreamConfig, Wearer, check_hop, read_config
from .common import add_lsl_options, guarded, leave, parser
from .logs import FORMATS, logs_to

_EPILOG = """examples:
  hnhar-stream --demo                                 a synthetic performer, recognized live for a minute
  hnhar-stream --imu-source MyWatch                   the stream of that name; waits until it is there
  hnhar-stream --imu-source MyWatch --skeleton-source type=MoCap,hostname=kinect-pc
  hnhar-stream --imu-source "name='Muse' and contains(type,'ACC')"
  hnhar-stream --config lab.toml                      several wearers, classified in one batch
  hnhar-stream --imu-source MyWatch --no-dashboard --record session.jsonl --lsl-out
  hnhar-stream --recording session.xdf                offline, as fast as it goes: events, predictions, figure

A source is a stream's name, key=value pairs (name, type, source_id, hostname), or, live, an XPath
predicate. Either source may be left out: what is there is recognized. hnhar-doctor shows which streams there
are and whether the weights can take them; hnhar-watch shows what is published. Ctrl-C ends with a summary.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; the exit codes are those of docs/operations.md."""
    arguments = build_parser().parse_args(argv)

    def run() -> int:
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
    *("config", "demo", "publish", "insecure", "topic_prefix", "curve_keys", "metrics", "lsl_out", "pick"),
    *("duration", "wearer", "lifespan", "deadline"),
)
_ONLY_RECORDED = ("out", "only", "speed", "subject", "placement")


def _check_options(arguments: argparse.Namespace) -> None:
    """Refuse options that would be passed over without a word. Raises ConfigError."""
    recorded = arguments.recording is not None
    given = [n for n in (_ONLY_LIVE if recorded else _ONLY_RECORDED) if getattr(arguments, n)]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        if recorded:
            raise ConfigError(f"--recording reads a file and publishes nothing: leave out {option}.")
        raise ConfigError(f"{option} is for --recording FILE: leave it out for live streams.")


def build_parser() -> argparse.ArgumentParser:
    """The options of hnhar-stream."""
    made = parser("hnhar-stream", "Recognize activities live from LSL streams, and publish them.", _EPILOG)
    what = made.add_argument_group("what is recognized")
    what.add_argument("--imu-source", metavar="SOURCE", help="the IMU (acceleration and angular velocity)")
    what.add_argument("--skeleton-source", metavar="SOURCE", help="the skeleton of a depth camera")
    what.add_argument(
        "--wearer", metavar="ID", help="name of the person, in topics and files (default: wearer)"
    )
    what.add_argument(
        "--config", metavar="FILE.toml", help="one or more wearers, each with its id, imu, skeleton"
    )
    what.add_argument("--demo", action="store_true", help="start a synthetic performer and recognize it")
    what.add_argument("--recording", metavar="FILE", help="a recording instead of live streams (see below)")
    what.add_argument(
        "--weights", metavar="BUNDLE", help="a bundle file, or a shipped one (default: utd-mhad-wrist)"
    )
    what.add_argument(
        "--hop", type=float, metavar="S", help="seconds between predictions (default: the bundle's)"
    )
    what.add_argument(
        "--latency",
        metavar="KNOB",
        help="fast, balanced, sure, 0 to 1, or the median delay that you can afford (1.2s)",
    )
    out = made.add_argument_group("where it goes")
    out.add_argument(
        "--publish",
        metavar="ADDRESS",
        help="ZeroMQ address (default: tcp://127.0.0.1:5557; port 0 picks one)",
    )
    out.add_argument(
        "--insecure", action="store_true", help="publish where other machines can read, unprotected"
    )
    out.add_argument(
        "--curve-keys", metavar="DIR", help="encrypt, and let in only whom hnhar-keys added to this folder"
    )
    out.add_argument("--topic-prefix", metavar="PREFIX", help="of all topics (default: hnhar/v1)")
    out.add_argument(
        "--no-dashboard", action="store_true", help="one line a prediction instead of the dashboard"
    )
    out.add_argument(
        "--metrics", metavar="HOST:PORT", help="serve Prometheus's metrics there, such as 127.0.0.1:9464"
    )
    out.add_argument(
        "--log-format", choices=FORMATS, default="text", help="of the log on stderr (default: text)"
    )
    out.add_argument("--record", metavar="FILE.jsonl", help="append every prediction and event, flushed")
    out.add_argument("--lsl-out", action="store_true", help="predictions and events as LSL streams too")
    _add_stream_options(made)
    _add_recording_options(made)
    add_lsl_options(made)
    return made


def _add_stream_options(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("the streams, where they are silent or wrong")
    group.add_argument("--pick", choices=("newest",), help="of several streams that match (default: refuse)")
    group.add_argument("--imu-unit", metavar="ACC[,GYRO]", help="units, such as m/s²,rad/s")
    group.add_argument(
        "--imu-axes", metavar="AXES", help="sensor axes as the weights' x, y, z, such as x,-z,y"
    )
    group.add_argument("--imu-placement", metavar="PLACE", help="where the IMU is worn, such as right wrist")
    group.add_argument("--body", type=int, metavar="N", help="which body of a skeleton stream (default: 1)")
    group.add_argument(
        "--mirror", action="store_true", help="the camera's image is mirrored: swap left and right"
    )
    group.add_argument("--joints", metavar="LAYOUT", help="joint order of a skeleton without labels")
    group.add_argument(
        "--markers", metavar="SOURCE", help="marker stream of what is performed: scored at the end"
    )
    group.add_argument(
        "--lifespan",
        type=float,
        metavar="S",
        help="drop samples that come later than this after an interruption (default: 2)",
    )
    group.add_argument(
        "--deadline",
        type=float,
        metavar="S",
        help="silence after which a stream is stalled (default: 5 of its periods, 0.5 at least)",
    )
    group.add_argument("--duration", type=float, metavar="S", help="end by itself after so many seconds")
    group.add_argument(
        "--threads", type=int, default=1, metavar="N", help="of torch (default: 1, fastest for few)"
    )


def _add_recording_options(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group(
        "with --recording",
        "an .xdf or .csv file, a folder of UTD-MHAD trials (composed into a session), or 'synthetic'",
    )
    group.add_argument("--out", metavar="DIR", help="folder for what is written (default: here)")
    group.add_argument("--only", metavar="MODALITY", choices=("imu", "skeleton"), help="leave the other out")
    group.add_argument("--speed", metavar="N|max", help="times as fast as it was (default: max)")
    group.add_argument("--subject", type=int, metavar="N", help="of a folder, or synthetic person")
    group.add_argument(
        "--placement", choices=("wrist", "thigh"), help="actions of a folder (default: as the weights)"
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="of a composed or synthetic session")


def configuration(arguments: argparse.Namespace) -> StreamConfig:
    """What was asked for, from the options and the file; options win. Raises ConfigError."""
    asked = {
        key: value
        for key in (
            *("weights", "hop", "latency", "lifespan", "deadline"),
            *("publish", "topic_prefix", "curve_keys", "record"),
        )
        if (value := getattr(arguments, key)) is not None
    }
    check_hop(arguments.hop)
    if arguments.lifespan is not None and not 0.2 <= arguments.lifespan <= 60:
        raise ConfigError(f"--lifespan {arguments.lifespan:g} is not between 0.2 and 60 s.")
    if arguments.deadline is not None and not 0.1 <= arguments.deadline <= 5:
        raise ConfigError(f"--deadline {arguments.deadline:g} is not between 0.1 and 5 s.")
    personal = {
        "id": arguments.wearer,
        "imu": arguments.imu_source,
        "skeleton": arguments.skeleton_source,
        "imu_unit": arguments.imu_unit,
        "imu_axes": arguments.imu_axes,
        "imu_placement": arguments.imu_placement,
        "body": arguments.body,
        "mirror": arguments.mirror or None,
        "joints": arguments.joints,
    }
    said = {key: value for key, value in personal.items() if value is not None}
    if arguments.config is None:
        if arguments.demo:
            from .demo import IMU, SKELETON

            said |= {"imu": said.get("imu", IMU), "skeleton": said.get("skeleton", SKELETON)}
        if not {"imu", "skeleton"} & said.keys():
            raise ConfigError(
                "no stream is named: give --imu-source, --skeleton-source or both, or --config, or try "
                "--demo. hnhar-doctor lists the streams on the network."
            )
        return StreamConfig(wearer=(Wearer(**said),), **asked)
    if said or arguments.demo:
        raise ConfigError(
            "--config says who wears what: leave out --demo and the options of a single wearer."
        )
    from msgspec.structs import replace

    made = replace(read_config(arguments.config), **asked)
    if arguments.markers is not None and len(made.wearer) > 1:
        raise ConfigError(
            f"--markers says what one person did, and {arguments.config} has {len(made.wearer)} wearers: "
            f"{', '.join(w.id for w in made.wearer)}. Score each by a run of their own."
        )
    return made
