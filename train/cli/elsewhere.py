"""`hnhar-train evaluate --streaming --rows`: other people, rooms and sensors, and adapted weights."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError

from ..output.progress import Display
from .adapting import taught

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer
    from hnhar.model.runtime import Runtime
    from hnhar.stream.recordings import Recording

    from ..evaluate.elsewhere import ElsewhereRow

CLEAN, STREAMS, ADAPTED = "clean", "streams", "adapted"
"""Groups of rows beside those of `evaluate.elsewhere`."""
LEARNED_SEED, READ_SEED = 11, 12
"""Added to --session-seed: of the sessions that adapting learns from, and of those that are read."""


@dataclass(frozen=True, slots=True)
class AdaptedSubject:
    """A bundle, with the sessions that it adapts to and those that it is read on, one of each a person."""

    info: BundleInfo
    recognizer: "Recognizer"
    runtime: "Runtime"
    learned: "tuple[Recording, ...]"
    """Empty where there is nothing to learn from."""
    read: "tuple[Recording, ...]"


def groups_of(arguments: argparse.Namespace) -> list[str]:
    """Groups of rows that were asked for. Raises ConfigError."""
    from ..evaluate.elsewhere import asked_rows

    if arguments.clean_only and arguments.rows:
        raise ConfigError("--clean-only is --rows clean: leave one out")
    default = CLEAN if arguments.clean_only else f"{CLEAN},{STREAMS}"
    groups = asked_rows(arguments.rows or default, (CLEAN, STREAMS, ADAPTED))
    if arguments.recording and ADAPTED in groups:
        if arguments.rows != "all":
            raise ConfigError(
                "--rows adapted learns from one performance of each action and is read on the others: it "
                "needs --subjects of --data, not --recording."
            )
        groups.remove(ADAPTED)
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
    cases: Sequence[AdaptedSubject], groups: Sequence[str], hop: float | None, display: Display
) -> "list[ElsewhereRow]":
    """The rows of these groups, the sessions as they are first."""
    from ..evaluate.elsewhere import WatchedPeople, measured_elsewhere, variants_of

    people = [WatchedPeople(case.info, case.runtime, case.read) for case in cases]
    rows = measured_elsewhere(people, variants_of(groups), hop, display.advance)
    if ADAPTED in groups:
        from ..adapt.workflow import FREE, GUIDED

        rows += [_adapted(cases, way, rows[0], hop, display) for way in (FREE, GUIDED)]
    return rows


def _adapted(
    cases: Sequence[AdaptedSubject],
    way: str,
    before: "ElsewhereRow",
    hop: float | None,
    display: Display,
) -> "ElsewhereRow":
    """The row of weights that each person has adapted for, read on that person."""
    from hnhar.model.bundle.subsets import subset_key
    from hnhar.model.runtime import Runtime

    from ..adapt.workflow import GUIDED
    from ..evaluate.elsewhere import row_of, worse
    from ..evaluate.evaluate import subsets_of, watch_together
    from ..evaluate.figures import EvaluatedSession, decided

    seen: dict[str, list[EvaluatedSession]] = {}
    refused, spent = [], []
    steps, done = sum(len(case.read) for case in cases), 0
    for case in cases:
        for learned, read in zip(case.learned, case.read, strict=True):
            display.advance(f"adapting to {read.wearer}, {way}", done, steps)
            done += 1
            began = time.process_time()
            try:
                info, recognizer = taught(case.info, case.recognizer, learned, guided=way == GUIDED)
            except RecordingError as error:
                refused.append(f"{case.info.name} of {read.wearer} ({error})")
                info, recognizer = case.info, case.recognizer
            spent.append(time.process_time() - began)
            runtime = Runtime(info, recognizer, threads=1)
            asked = [(read, subset) for subset in subsets_of(info, read)]
            for watched in watch_together(runtime, info, asked, hop):
                seen.setdefault(subset_key(set(watched.subset)), []).append(decided(watched, info))
    display.advance(f"adapted {way}", steps, steps)
    notes = [f"{sum(spent) / max(len(spent), 1):.0f} s of one core a bundle"]
    notes += [f"refused, and so read as it is: {line}" for line in refused]
    row = row_of(f"{ADAPTED} {way}", f"{ADAPTED}, {way}", seen)
    fallen = worse(row, before)
    notes.append(f"worse than before: {'; '.join(fallen)}" if fallen else "nobody is worse than before")
    return replace(row, note="; ".join(notes))


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
