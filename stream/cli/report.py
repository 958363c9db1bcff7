"""`hnhar-report`: the phases of each Timed Up and Go, as a table, CSV and a page. This file only translates
options."""

import argparse
import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.files import write_whole

from ..recordings import open_recording
from ..recordings.drawn import lacking_note
from ..report.files import read_record, read_table
from ..report.report import Report, check_sensors, check_trials, report_on
from ..report.session import Session, check_labels
from ..report.table import csv_text
from .common import guarded, leave, stopping, warn
from .console import SafeConsole
from .options.compute import add_runtime_option, add_threads_option, load_weights, threads_of
from .options.reading import add_reading_options, clock_of, columns_of
from .options.sources import (
    add_mapping_options,
    add_marker_option,
    add_source_options,
    mapping_options,
    selection,
)
from .out_folder import out_folder
from .parsing import Parser, parser
from .report_table import print_report

if TYPE_CHECKING:
    from hnhar.model.classifier import Classifier

WEIGHTS: Final = "tug"
"""The bundle taken where none is named."""
RECORDS: Final = (".jsonl", ".json")
"""Endings of files with the JSON lines of `hnhar-stream --record`."""
TABLES: Final = (".tsv",)
"""Endings of tables of events."""
_HOP: Final = 0.1
_EPILOG = """examples:
  hnhar-report walk.xdf               a recording of a phone, a watch or both
  hnhar-report monday.xdf tuesday.xdf --name "Patient 12" --out reports
  hnhar-report session.jsonl          what hnhar-stream --weights tug --record session.jsonl wrote
  hnhar-report walk.events.tsv        what hnhar-stream --weights tug --recording walk.xdf wrote

A trial is standing up, walking, turning, walking back, turning to the chair (if that is seen), sitting down.
One that is cut short or lacks a part is listed as incomplete and never counted. NAME.tug.csv and
NAME.tug.pdf hold what the terminal shows. What it measures, and how well: hnhar-docs tug

It is not a medical device, and it makes no diagnosis.
"""


def build_parser(prog: str = "hnhar-report") -> Parser:
    """The options of hnhar-report."""
    made = parser(prog, "Measure the phases of each Timed Up and Go, and report on them.", _EPILOG)
    made.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="recordings of one person (.xdf, .csv), records of live sessions (.jsonl) or tables of events "
        "(.tsv); several make one report",
    )
    made.add_argument(
        "--name", metavar="NAME", help="title of the report, and of its files (default: that of the file)"
    )
    made.add_argument(
        "--out", metavar="DIR", help="folder of NAME.tug.csv and NAME.tug.pdf (default: the current one)"
    )
    made.add_argument(
        "--weights",
        metavar="BUNDLE",
        default=WEIGHTS,
        help=f"for recordings: a bundle that tells the phases, by file or name (default: {WEIGHTS})",
    )
    made.add_argument(
        "--wearer",
        metavar="ID",
        help="for records of several people: the one who is meant (default: the only)",
    )
    made.add_argument("--no-pdf", action="store_true", help="write no page")
    add_runtime_option(made)
    add_threads_option(made)
    streams = made.add_argument_group("the streams of recordings, where they are silent or several")
    add_source_options(streams)
    add_marker_option(streams, "streams of markers (XDF; default: all)")
    add_mapping_options(streams, finds=True)
    add_reading_options(streams)
    return made


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-report") -> int:
    """Entry point; 0, or 2 where there is no Timed Up and Go, or a file cannot be used."""
    code = guarded(lambda: _run(build_parser(prog).parse_args(argv)))
    if argv is None:
        leave(code)
    return code


def _run(arguments: argparse.Namespace) -> int:
    paths = [Path(file) for file in arguments.files]
    _check(paths)
    out = out_folder(arguments.out)
    console = SafeConsole()
    with stopping() as stop, stop.interrupting():
        sessions = _sessions(console, paths, arguments)
        check_sensors(sessions)
        report = report_on(arguments.name or _stem(paths[0]), sessions)
        check_trials(report)
        print_report(console, report)
        stem = out / f"{_file_name(report.name)}.tug"
        _written(console, stem.with_name(f"{stem.name}.csv"), csv_text(report), "table")
        if not arguments.no_pdf:
            _draw(console, report, stem.with_name(f"{stem.name}.pdf"))
    return 0


def _check(paths: Sequence[Path]) -> None:
    """Raise ConfigError for a file that is named twice: its trials would count twice."""
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise ConfigError(f"{path} is named twice: its trials would count twice")
        seen.add(path.resolve())


def _sessions(console: SafeConsole, paths: Sequence[Path], arguments: argparse.Namespace) -> list[Session]:
    reader = _Reader(console, arguments)
    return [reader.read(path) for path in paths]


class _Reader:
    """Files as sessions; the weights are loaded for the first recording, and once."""

    def __init__(self, console: SafeConsole, arguments: argparse.Namespace) -> None:
        self._console = console
        self._arguments = arguments
        self._loaded: tuple[BundleInfo, Classifier] | None = None

    def read(self, path: Path) -> Session:
        """The session of a file. Raises HnharError where it cannot be used."""
        if path.suffix.lower() in RECORDS:
            return read_record(path, self._arguments.wearer)
        if path.suffix.lower() in TABLES:
            return read_table(path)
        from ..report.recognition import recognized_session

        info, runtime = self._weights()
        with self._console.status(f"reading {path.name} …"):
            recording = open_recording(
                path,
                select=selection(self._arguments, info) or None,
                columns=columns_of(self._arguments),
                clock=clock_of(self._arguments),
                tables=False,
            )
        with self._console.status(f"recognizing {path.name} …"):
            return recognized_session(
                recording,
                runtime,
                info,
                name=_stem(path),
                hop=_HOP,
                options=mapping_options(self._arguments, finds=True),
            )

    def _weights(self) -> "tuple[BundleInfo, Classifier]":
        if self._loaded is None:
            path = bundle.find(self._arguments.weights)
            info = bundle.read_info(path)
            check_labels(info.labels, info.id)
            with self._console.status("loading the weights …"):
                loaded = load_weights(self._arguments, path, threads_of(self._arguments))
            self._loaded = loaded.info, loaded.runtime
        return self._loaded


def _written(console: SafeConsole, path: Path, text: str, what: str) -> None:
    try:
        write_whole(path, text)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
    console.say(f"{what}: {path}")


def _draw(console: SafeConsole, report: Report, path: Path) -> None:
    """The page, where matplotlib is there."""
    if importlib.util.find_spec("matplotlib") is None:
        warn("no page was made: pip install 'hnhar[figures]'")
        return
    from ..report.page import save_page

    with console.status("drawing …"):
        lacking = save_page(report, path, made=time.strftime("%Y-%m-%d"))
    if lacking:
        warn(lacking_note(lacking))
    console.say(f"page: {path}")


def _stem(path: Path) -> str:
    """Name of a session: that of its file without its endings."""
    return path.stem.removesuffix(".events").removesuffix("_events").removesuffix(".predictions")


def _file_name(name: str) -> str:
    """A name as part of a file's: what leads elsewhere, or is not printable, becomes "-"."""
    kept = "".join(letter if letter.isalnum() or letter in " ._-()+," else "-" for letter in name).strip(" .")
    return kept[:80] or "report"
