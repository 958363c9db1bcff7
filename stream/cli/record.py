"""`hnhar record`: streams and labels into one XDF file."""

import argparse
import re
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from hnhar.model.errors import ConfigError

from .common import guarded, stopping, warn
from .handles import ensure_handles
from .options.network import add_lsl_options, configure_lsl
from .options.sources import add_source_options
from .options.values import split
from .parsing import Parser, parser
from .record_labels import checked

_EPILOG = """examples:
  hnhar-record --all --labels stir,pour                  everything on the network, and labels by keys
  hnhar-record --imu-source MyWatch --wearer anna --labels stir,pour,cut
  hnhar-record --imu-source MyWatch --skeleton-source type=MoCap --markers MyTriggers session.xdf
  hnhar-record --all --minutes 10 --quiet                ten minutes, by a script

A key begins its activity and ends it, Space ends it, x takes it back. The labels are a stream of markers too,
hnhar-labels: hnhar-stream --markers hnhar-labels scores itself by them. Streams that come later, or go and
come back, are recorded as they come. What is recorded is in the file within a second, also where this process
is killed. Whatever reads the files of LabRecorder reads it.
"""
_STREAMS: Final = 64
"""Streams for which open files are provided."""
_LEAST: Final = 10_000_000
"""bytes that have to be free at the beginning."""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-record") -> int:
    """Entry point; 0 when stopped or complete, 1 where the disk failed, 2 for what cannot be done."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-record") -> Parser:
    """The options of hnhar-record."""
    made = parser(prog, "Record LSL streams and labels into an XDF file.", _EPILOG)
    made.add_argument(
        "file",
        metavar="FILE.xdf",
        nargs="?",
        help="file or folder; one that is there is kept, and _2 added to the name "
        "(default: sub-WEARER_ses-TIME.xdf in this folder)",
    )
    which = made.add_argument_group("streams", "Name one or more, or take all.")
    add_source_options(which)
    which.add_argument(
        "--markers",
        metavar="SOURCE",
        action="append",
        default=[],
        help="a stream of markers; may be repeated",
    )
    which.add_argument(
        "--stream", metavar="SOURCE", action="append", default=[], help="any other stream; may be repeated"
    )
    which.add_argument(
        "--all", action="store_true", help="every stream on the network, also what comes later"
    )
    how = made.add_argument_group("labels and file")
    how.add_argument(
        "--labels",
        metavar="LABEL,…",
        help="activities that are labeled by keys while they are done (default: those of --weights)",
    )
    how.add_argument(
        "--weights", metavar="BUNDLE", help="a bundle whose activities are labeled (default: none)"
    )
    how.add_argument("--wearer", metavar="ID", help="the person, in the file's name (default: not named)")
    how.add_argument("--minutes", metavar="M", type=float, help="end after M minutes (default: when stopped)")
    how.add_argument("--quiet", action="store_true", help="print only what is wrong, and no picture")
    add_lsl_options(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    if arguments.minutes is not None and not 0 < arguments.minutes < 1e6:
        raise ConfigError(
            f"--minutes {arguments.minutes:g} would end at once, or never: give minutes above 0."
        )
    labels = _labels(arguments)
    path = _path(arguments, datetime.now())
    configure_lsl(arguments)
    from .record_live import LiveRecording, wanted

    streams = wanted(arguments)
    ensure_handles(_STREAMS)
    seconds = None if arguments.minutes is None else 60 * arguments.minutes
    with stopping() as stop:
        return LiveRecording(path, streams, labels, wearer=arguments.wearer or "").run(
            stop, seconds=seconds, quiet=arguments.quiet
        )


def _labels(arguments: argparse.Namespace) -> list[str]:
    """Activities that have keys. Raises HnharError."""
    if arguments.labels is not None:
        labels = checked(split(arguments.labels))
        if not labels:
            raise ConfigError("--labels names no activity: write --labels stir,pour.")
        return labels
    if arguments.weights is None:
        return []
    from hnhar.model.bundle import bundle

    info = bundle.read_info(bundle.find(arguments.weights))
    return checked([label for label in info.labels if label != info.idle])


def _path(arguments: argparse.Namespace, begun: datetime) -> Path:
    """Path of the file, which is not there yet. Raises ConfigError."""
    asked = Path(arguments.file or ".")
    try:
        if arguments.file is None or arguments.file.endswith(("/", "\\")) or asked.is_dir():
            path = asked / default_name(arguments.wearer, begun)
        else:
            path = asked if asked.suffix else asked.with_suffix(".xdf")
        if path.suffix.lower() != ".xdf":
            raise ConfigError(f"'{path}' is no .xdf file: name one, or a folder.")
        path.parent.mkdir(parents=True, exist_ok=True)
        room = shutil.disk_usage(path.parent).free
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(f"nothing can be recorded to '{asked}': {reason}.") from error
    if room < _LEAST:
        raise ConfigError(
            f"nothing can be recorded to '{path.parent}': its disk has {room / 1e6:.1f} MB left."
        )
    try:
        free = free_name(path)
    except OSError as error:
        raise ConfigError(
            f"nothing can be recorded to '{path.name[:40]}…': {error.strerror or error}."
        ) from error
    if free != path:
        warn(f"'{path}' is there already and is kept: this recording is '{free.name}'")
    return free


def default_name(wearer: str | None, begun: datetime) -> str:
    """`sub-anna_ses-20261130T140502.xdf`: as BIDS has it, subjects are told from each other by it.

    Nobody is named where nobody is said: two people may not become one. Raises ConfigError.
    """
    session = f"ses-{begun:%Y%m%dT%H%M%S}.xdf"
    if wearer is None:
        return session
    subject = re.sub(r"[^A-Za-z0-9]", "", wearer)
    if not subject:
        raise ConfigError(
            f"--wearer '{wearer[:40]}' has no letter of A to Z and no digit, to name a file by."
        )
    return f"sub-{subject}_{session}"


def free_name(path: Path) -> Path:
    """The path, or one with _2, _3 … at the end of its name where there is something already."""
    found, number = path, 2
    while found.exists() or found.is_symlink():
        found = path.with_name(f"{path.stem}_{number}{path.suffix}")
        number += 1
    return found
