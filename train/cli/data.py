"""`hnhar-train data check DIR`: corpora in a folder, complete, incomplete or broken. Options and a table."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from hnhar.model.plugins import names
from hnhar.stream.cli.common import complain, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.parsing import Parser, parser, spelled
from hnhar.stream.printable import printable
from hnhar.stream.progress import progress_bars

from .program import TrainProgram

if TYPE_CHECKING:
    from ..corpora.finding import Finding

COMPLETE, INCOMPLETE, NOTHING = 0, 1, 2
"""Exit codes of `data check`."""
SHOWN = 20
"""Lines of one kind shown of a corpus, unless all are asked for."""
_CHECK = """examples:
  hnhar-train data check ~/corpora          each corpus in the folder or directly under it
  hnhar-train data check UTD-MHAD --all     every missing and broken file by name

Known are {corpora} and XDF files; other packages may add more (hnhar-docs extending).
Exit code: 0 all complete, 1 something is missing or broken, 2 nothing found."""


def data_parser(prog: str) -> Parser:
    """The options of `hnhar-train data`, which has one command below it."""
    data = parser(prog, "Look at corpora.")
    actions = data.add_subparsers(dest="action", required=True, metavar="ACTION")
    command = actions.add_parser(
        "check",
        help="what is there, complete, missing or broken",
        epilog=spelled(_CHECK.replace("{corpora}", ", ".join(names("hnhar.corpora"))), prog),
    )
    command.add_argument("folder", metavar="DIR", help="a corpus, or a folder of several")
    command.add_argument(
        "--all", action="store_true", dest="everything", help=f"no limit of {SHOWN} lines a kind"
    )
    return data


def _check(arguments: argparse.Namespace) -> int:
    from ..corpora import registry
    from ..corpora.check import check

    corpora, broken = registry.corpora()
    for line in broken:
        warn(line)

    with progress_bars(SafeConsole(stderr=True), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total, note="")
            progress.update(tasks[what], completed=done, total=total)

        findings = check(arguments.folder, corpora, advance)
    if not findings:
        complain(
            f"{arguments.folder} holds no corpus that is known: looked in it and directly under it for "
            f"{', '.join(f'{corpus.title} ({corpus.layout})' for corpus in corpora)} and .xdf files"
        )
        return NOTHING
    console = SafeConsole()
    console.print(table(findings))
    for line in details(findings, None if arguments.everything else SHOWN):
        console.print(line, soft_wrap=True)
    return COMPLETE if all(f.complete for f in findings) else INCOMPLETE


def table(findings: "Sequence[Finding]") -> Table:
    """One row a corpus: its folder, its state, and the part of it that is there."""
    made = Table("corpus", "state", "found", show_lines=True)
    for finding in findings:
        state = "[green]complete[/]" if finding.complete else "[yellow]incomplete[/]"
        made.add_row(
            f"{escape(printable(finding.corpus))}\n[dim]{escape(printable(str(finding.folder)))}[/]",
            "[red]broken[/]" if finding.broken else state,
            escape(printable(finding.found)),
        )
    return made


def details(findings: "Sequence[Finding]", shown: int | None = SHOWN) -> Iterator[str]:
    """Lines on broken and missing parts, and notes, as markup: at most `shown` of each (None: all)."""
    for finding in findings:
        title = escape(printable(finding.corpus))
        for style, word, texts in (
            ("red", "broken", finding.broken),
            ("yellow", "missing", finding.missing),
            ("dim", "note", finding.notes),
        ):
            for text in texts if shown is None else texts[:shown]:
                yield f"{title}: [{style}]{word}[/] {escape(printable(text))}"
            if shown is not None and len(texts) > shown:
                yield f"{title}: [{style}]{word}[/] … {len(texts) - shown} more (--all shows them)"


DATA = TrainProgram("data", data_parser, _check, learns=False)
