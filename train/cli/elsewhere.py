"""`hnhar-train evaluate --streaming --rows`: other people, rooms and sensors, and adapted weights."""

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError

from ..output.progress import Display
from .adapting import AdaptedSubject

if TYPE_CHECKING:
    from hnhar.stream.recordings import Recording

    from ..evaluate.elsewhere import ElsewhereRow

CLEAN, STREAMS, ADAPTED, ADAPTED_TURNED = "clean", "streams", "adapted", "adapted-turned"
"""Groups of rows beside those of `evaluate.elsewhere`."""
LEARNED_SEED, READ_SEED = 11, 12
"""Added to --session-seed: of the sessions that adapting learns from, and of those that are read."""


def groups_of(arguments: argparse.Namespace) -> list[str]:
    """Groups of rows that were asked for. Raises ConfigError."""
    from ..evaluate.elsewhere import asked_rows

    if arguments.turns and ADAPTED_TURNED not in (arguments.rows or ""):
        raise ConfigError(f"--turns is for --rows {ADAPTED_TURNED}: add that, or leave it out")
    if arguments.clean_only and arguments.rows:
        raise ConfigError("--clean-only is --rows clean: leave one out")
    default = CLEAN if arguments.clean_only else f"{CLEAN},{STREAMS}"
    groups = asked_rows(arguments.rows or default, (CLEAN, STREAMS, ADAPTED, ADAPTED_TURNED))
    learning = [name for name in groups if name in (ADAPTED, ADAPTED_TURNED)]
    if arguments.recording and learning:
        if arguments.rows != "all":
            raise ConfigError(
                f"--rows {learning[0]} learns from one performance of each action and is read on the others: "
                "it needs --subjects of --data, not --recording."
            )
        groups = [name for name in groups if name not in learning]
    return groups


def divided(
    arguments: argparse.Namespace, info: BundleInfo, subjects: Sequence[int]
) -> "tuple[list[Recording], list[Recording]]":
    """Of each subject the session of the first performance of each action, and that of others."""
    from ..bundles.sessions import corpus_folder, load, task_measuring
    from ..synthesis.compose.compose import compose

    trials = load(corpus_folder(arguments.data), task_measuring(info), subjects)
    learned, read = [], []
    for subject in subjects:
        mine = [t for t in trials if t.subject == subject]
        first = [t for t in mine if t.trial == 1]
        others = [t for t in mine if 1 < t.trial <= 1 + arguments.performances]
        seed = arguments.session_seed
        learned.append(compose(first, seed=seed + LEARNED_SEED, wearer=f"s{subject}"))
        read.append(compose(others, seed=seed + READ_SEED, wearer=f"s{subject}"))
    return learned, read


def measure_elsewhere(
    cases: Sequence[AdaptedSubject],
    groups: Sequence[str],
    hop: float | None,
    display: Display,
    turns: str | None = None,
) -> "list[ElsewhereRow]":
    """The rows of these groups, the sessions as they are first; `turns`: as `--turns` says it."""
    from ..evaluate.elsewhere import WatchedPeople, measured_elsewhere, variants_of

    people = [WatchedPeople(case.info, case.runtime, case.read) for case in cases]
    rows = measured_elsewhere(people, variants_of(groups), hop, display.advance)
    if {ADAPTED, ADAPTED_TURNED} & set(groups):
        from .elsewhere_adapted import adapted_rows, asked_turns, turned_rows

        asked = asked_turns(turns)
        rows += adapted_rows(cases, rows[0], hop, display) if ADAPTED in groups else []
        rows += turned_rows(cases, rows[0], hop, display, asked) if ADAPTED_TURNED in groups else []
    return rows


def print_elsewhere(rows: "Sequence[ElsewhereRow]") -> None:
    """Print the table."""
    from rich.table import Table

    from hnhar.stream.cli.console import SafeConsole

    from ..evaluate.elsewhere_document import cells_of, subsets_in

    printed = Table(box=None, pad_edge=False)
    for heading in ("event F1", *subsets_in(rows)):
        printed.add_column(heading, justify="left" if heading == "event F1" else "right")
    for cells in cells_of(rows):
        printed.add_row(*cells)
    SafeConsole().print(printed)


def _lowest(row: "ElsewhereRow") -> float:
    """Lowest event F1 of a row; 1 where nothing was there to be recognized."""
    return min((f["f1"] for f in row.by.values() if f["f1"] is not None), default=1.0)


def look_elsewhere(names: str, subjects: Sequence[int], rows: "Sequence[ElsewhereRow]") -> str:
    """A line for the log of looks at test subjects: as it is, and the worst row of each group."""
    worst: dict[str, ElsewhereRow] = {}
    for row in rows:
        kept = worst.get(row.group)
        if kept is None or _lowest(row) < _lowest(kept):
            worst[row.group] = row
    figures = "; ".join(
        f"{row.name} " + ", ".join(f"{key} {f['f1']}" for key, f in row.by.items()) for row in worst.values()
    )
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return (
        f"{now}: other people, rooms and sensors, {len(rows)} rows of {names}, subjects "
        f"{', '.join(map(str, subjects))}, event F1, the worst of each group: {figures}"
    )
