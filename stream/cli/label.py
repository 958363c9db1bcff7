"""`hnhar label`: labels of a recording corrected line by line, into a table beside it."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.files import read_regular, write_whole
from hnhar.model.labels import counted, reserved

from ..printable import printable
from ..recordings import Recording, open_recording
from ..recordings.beside import table_for
from ..recordings.events_tsv import MAX_FILE, read_events, write_labels
from ..recordings.export_elan import write_elan
from ..recordings.exported import ExportedRun
from ..recordings.label_sheet import HELP, LabelSheet, rows_of
from ..recordings.recording import Annotation
from .common import complain, guarded, warn
from .console import SafeConsole
from .label_lines import listed, strip
from .options.reading import add_reading_options, clock_of, columns_of
from .options.sources import add_marker_option, add_source_options, selection
from .parsing import Parser, as_typed, parser

_EPILOG = """examples:
  hnhar-label sub-01_kitchen.xdf                                 correct its labels line by line
  hnhar-label sub-01_kitchen.xdf --recognized results/sub-01_kitchen.events.tsv
  hnhar-label sub-01_kitchen.xdf --elan sub-01_kitchen.eaf       write them for ELAN, and end
  hnhar-label sub-01_kitchen.xdf --labels sub-01_kitchen.eaf     take them back from there

Each change is saved at once, in sub-01_kitchen_events.tsv, which every command reads; a table that was there
is kept as sub-01_kitchen_events.tsv~. The recording itself is never changed. Lines may also come from a
program. What can be written:

""" + "\n".join(f"  {line}" for line in HELP.splitlines())


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-label") -> int:
    """Entry point; 0 at the end, 2 for what cannot be done, also a line of a program's that cannot."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-label") -> Parser:
    """The options of hnhar-label."""
    made = parser(prog, "Correct the labels of a recording.", _EPILOG)
    made.add_argument(
        "recording", metavar="FILE", help="a recording: .xdf, .csv and others (hnhar-docs formats)"
    )
    made.add_argument(
        "--recognized",
        metavar="TABLE",
        help="begin with what was recognized, NAME.events.tsv of hnhar-stream",
    )
    made.add_argument("--elan", metavar="FILE.eaf", help="write the labels as they are for ELAN, and end")
    made.add_argument(
        "--out", metavar="TABLE", help="table that is written (default: NAME_events.tsv beside it)"
    )
    reading = made.add_argument_group("reading")
    add_source_options(reading)
    add_marker_option(reading, "the stream of markers in it (default: all)")
    add_reading_options(reading)
    return made


def _run(arguments: argparse.Namespace) -> int:
    path = Path(arguments.recording)
    if not path.exists():
        raise ConfigError(f"there is no recording '{path}'.")
    recording = open_recording(
        path,
        select=selection(arguments),
        columns=columns_of(arguments),
        clock=clock_of(arguments),
        labels=arguments.labels,
        tier=arguments.tier,
    )
    for note in recording.notes:
        warn(note)
    rows = rows_of(recording)
    if arguments.recognized is not None:
        rows = [(e.onset, e.offset, e.label) for e in read_events(arguments.recognized)]
        if unknown := sum(reserved(label) for _, _, label in rows):
            warn(
                f"{counted(unknown, 'event')} called unknown: give each a label, or delete it, to learn anew"
            )
    sheet = LabelSheet(rows, recording.end - recording.zero)
    if arguments.elan is not None:
        return _to_elan(Path(arguments.elan), recording, sheet)
    table = LabelTableFile(Path(arguments.out) if arguments.out else table_for(path))
    given = arguments.recognized is not None or arguments.labels is not None
    if given:
        table.save(sheet)
    return Correction(recording, sheet, table, path, saved=given).run()


def _to_elan(path: Path, recording: Recording, sheet: LabelSheet) -> int:
    if path.suffix.lower() != ".eaf":
        raise ConfigError(f"--elan {path}: ELAN's files end in .eaf")
    done = tuple(Annotation(r.onset, r.offset - r.onset, r.label) for r in sheet.rows)
    write_elan(path, ExportedRun(recording.name, recording.wearer, 0.0, (), done, (), ""))
    again = as_typed(f"hnhar-label … --labels {path} takes them back")
    SafeConsole().say(f"{counted(len(done), 'label')} in {path}; {again}")
    return 0


class LabelTableFile:
    """The table that is written; what was there before is kept."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError where it is no table that may be replaced."""
        if path.suffix.lower() != ".tsv":
            raise ConfigError(f"'{path}' is no .tsv file: name another with --out.")
        self.path = path
        self._before: bytes | None = None
        try:
            if path.exists():
                self._before = read_regular(path, MAX_FILE)
        except OSError as error:
            raise ConfigError(f"'{path}' cannot be replaced: {error.strerror or error}.") from error
        self._kept = False

    def save(self, sheet: LabelSheet) -> None:
        """Replace the table by these labels, in one step. Raises RecordingError."""
        try:
            if self._before is not None and not self._kept:
                write_whole(self.path.with_name(f"{self.path.name}~"), self._before)
            self._kept = True
        except OSError as error:
            raise RecordingError(f"{self.path}~ cannot be written: {error.strerror or error}") from error
        write_labels(self.path, [(row.onset, row.offset - row.onset, row.label) for row in sheet.rows])

    def restore(self) -> None:
        """Put back what was there. Raises RecordingError."""
        try:
            if self._before is None:
                self.path.unlink(missing_ok=True)
            else:
                write_whole(self.path, self._before)
        except OSError as error:
            raise RecordingError(f"{self.path} cannot be written: {error.strerror or error}") from error


class Correction:
    """The lines of somebody who corrects labels, and their answers."""

    def __init__(
        self, recording: Recording, sheet: LabelSheet, table: LabelTableFile, path: Path, *, saved: bool
    ) -> None:
        """`saved`: the labels at the beginning are in the table already, and stay there."""
        self._recording, self._sheet, self._table, self._path = recording, sheet, table, path
        self._saved = saved
        self._console = SafeConsole()
        self._failed = False

    def run(self) -> int:
        """Until the lines end; the exit code."""
        interactive = sys.stdin.isatty()
        self._list()
        self._console.say("label, onset, offset, add, delete, split, undo, show, list, help, quit", "dim")
        for line in self._lines(interactive):
            if line.strip().lower() in ("quit", "q", "exit"):
                break
            try:
                self._do(line)
            except ConfigError as error:
                self._failed = True
                complain(str(error))
        count = self._sheet.changed
        if count or self._saved:
            self._console.say(
                f"{counted(len(self._sheet.rows), 'label')} in {self._table.path}; the recording is as it was"
            )
            others = f"sub-*{self._path.suffix}" if self._path.name.startswith("sub-") else self._path.name
            where = self._path.parent / others
            again = f"to learn anew: hnhar-train corpus {where} --run runs/mine --restart"
            self._console.say(as_typed(again), "dim")
        else:
            self._console.say("nothing was changed")
        return 2 if self._failed and not interactive else 0

    def _lines(self, interactive: bool) -> Iterator[str]:
        if not interactive:
            yield from (line for line in sys.stdin if line.strip())
            return
        with suppress(ImportError):  # Windows has none
            import readline  # noqa: F401 - lines can be edited, and those before are found again
        while True:
            try:
                line = input("> ")
            except EOFError:
                return
            if line.strip():
                yield line

    def _do(self, line: str) -> None:
        """Do what a line says. Raises ConfigError, and RecordingError where the table cannot be written."""
        verb, *words = line.split()
        match verb.lower():
            case "list" | "ls":
                self._list()
            case "help" | "?":
                self._console.say(HELP)
            case "show":
                self._show(words)
            case "undo":
                self._console.say(self._sheet.undo())
                self._save()
                self._list()
            case _:
                answer = self._sheet.apply(line)
                self._save()
                self._console.say(printable(answer))

    def _save(self) -> None:
        if self._sheet.changed or self._saved:
            self._table.save(self._sheet)
        else:
            self._table.restore()

    def _list(self) -> None:
        self._console.print(listed(self._sheet, self._recording.end - self._recording.zero))

    def _show(self, words: Sequence[str]) -> None:
        if len(words) != 1:
            raise ConfigError("write it as: show N")
        self._console.print(
            strip(self._recording, self._sheet, self._sheet.row(words[0]), self._console.width)
        )
