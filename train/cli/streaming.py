"""`hnhar-train evaluate --streaming`: whole sessions as they would run live. Options, tables and files."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hnhar.model.bundle import bundle as bundles
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import along, knob_of
from hnhar.model.bundle.subsets import subset_key
from hnhar.stream.cli.common import say, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.options.compute import threads_of
from hnhar.stream.cli.options.decision import add_hop_option, add_latency_option
from hnhar.stream.cli.options.values import at_least
from hnhar.stream.cli.parsing import Parser
from hnhar.stream.config.config import check_hop
from hnhar.stream.recordings.drawn import lacking_note

from ..output.documents import folder_of, publish, write_results
from ..output.looks import INSTEAD, NOT_CONSULTED, open_log, subject_numbers
from ..output.progress import Display, shown
from .adapting import AdaptedSubject
from .elsewhere import (
    ADAPTED,
    ADAPTED_TURNED,
    CLEAN,
    STREAMS,
    divided,
    groups_of,
    look_elsewhere,
    measure_elsewhere,
    print_elsewhere,
)
from .options import add_document_options
from .sessions import sessions_of

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer
    from hnhar.model.runtime import Runtime
    from hnhar.stream.recordings import Recording

    from ..evaluate.aims import Aims
    from ..evaluate.cases import Case
    from ..evaluate.elsewhere import ElsewhereRow
    from ..evaluate.evaluate import ClassifiedSession
    from ..evaluate.figures import EvaluatedSession

COLUMNS_FIRST = 6
"""Columns of the first of the two tables that are printed."""
PICTURES = 3
"""Failures that are drawn."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A bundle and the sessions that it is shown."""

    info: BundleInfo
    runtime: "Runtime"
    recognizer: "Recognizer"
    recordings: "tuple[Recording, ...]"
    """Empty where only rows elsewhere are asked for."""


def add_streaming_options(command: Parser) -> None:
    """The options of `hnhar-train evaluate` that this file reads."""
    group = command.add_argument_group("with --streaming")
    group.add_argument(
        "--streaming", action="store_true", help="events, delays, calibration, and streams that go wrong"
    )
    group.add_argument(
        "--out", metavar="DIR", help="folder of table, JSON and figures (default: none is written)"
    )
    group.add_argument(
        "--sessions", type=at_least(1), default=1, metavar="N", help="compositions a subject (default: 1)"
    )
    group.add_argument("--clean-only", action="store_true", help="leave out jitter, loss, gaps and skew")
    group.add_argument(
        "--rows",
        metavar="GROUP,GROUP",
        help="which rows: clean, streams (jitter, loss, gaps, skew), and of other people, rooms and sensors "
        "mount, auto (the same with --imu-axes auto), camera, vigor, tempo, amplitude, left, adapted, "
        "adapted-turned (the sensor turned while adapting and after); or all (default: clean,streams)",
    )
    group.add_argument(
        "--turns",
        metavar="TURN,TURN",
        help="of the rows adapted-turned: axis and degrees, such as x90,x180,y60 (default: 30, 60, 90 and "
        "180° about x, y and z)",
    )
    group.add_argument(
        "--performances",
        type=at_least(1),
        default=3,
        metavar="N",
        help="performances of each action that the rows of other people, rooms and sensors are read on, but "
        "for the first, which adapting learns from (default: 3)",
    )
    group.add_argument(
        "--aims", metavar="FILE", help="TOML of aims to hold the figures against (default: none)"
    )
    add_latency_option(group)
    add_hop_option(group)
    add_document_options(group)


def run_streaming(arguments: argparse.Namespace) -> int:
    """Evaluate, print, write; the exit code."""
    from ..bundles.runs import environment

    subjects = subject_numbers(arguments.subjects)
    tested = [s for s in subjects if s in NOT_CONSULTED] if not arguments.recording else []
    open_log(tested, arguments.looks, INSTEAD)
    check_hop(arguments.hop)
    from ..evaluate.aims import read_aims
    from ..evaluate.elsewhere_document import TITLE, TITLE_ADAPTED, elsewhere_section, row_content

    groups = groups_of(arguments)
    whole = bool({CLEAN, STREAMS} & set(groups))
    elsewhere = [name for name in groups if name not in (CLEAN, STREAMS)]
    aims = read_aims(arguments.aims)
    out = folder_of(arguments.out)
    cases = [_subject(weights, arguments, subjects, whole) for weights in arguments.weights]
    names = ", ".join(case.info.id for case in cases)
    who = arguments.recording or f"subjects {', '.join(map(str, subjects))}"
    about = {"bundles": [case.info.id for case in cases], "of": who}
    with shown(SafeConsole(stderr=True)) as display:
        found = _measure(cases, arguments, STREAMS in groups, display) if whole else None
        rows = _elsewhere(cases, arguments, subjects, elsewhere, display) if elsewhere else []
    if found is not None:
        _write(arguments, out, found, about, names, who, aims, subjects if tested else ())
    if rows:
        print_elsewhere(rows)
        adapted = set(elsewhere) <= {ADAPTED, ADAPTED_TURNED}
        section, title = ("elsewhere-adapted", TITLE_ADAPTED) if adapted else ("elsewhere", TITLE)
        text = elsewhere_section(names, who, rows, aims.elsewhere, title)
        if out is not None:
            content = {**about, **environment(), "rows": [row_content(row) for row in rows]}
            write_results(out, section, content, text)
        publish(arguments, section, text, look_elsewhere(names, subjects, rows) if tested else None)
    return 0


def _write(
    arguments: argparse.Namespace,
    out: Path | None,
    found: "tuple[dict[str, Any], list[EvaluatedSession]]",
    about: dict[str, Any],
    names: str,
    who: str,
    aims: "Aims",
    tested: Sequence[int],
) -> None:
    """Print and write what was measured of whole sessions; `tested`: subjects whose look is logged."""
    from ..bundles.runs import environment
    from ..evaluate.cases import cases as failures
    from ..evaluate.curves import drawable
    from ..evaluate.document import section

    measured, sessions = found
    _print(measured["conditions"])
    for line in measured.get("lacking", ()):
        say(line)
    failed = failures(sessions)
    draws = drawable()
    if not draws and (out is not None or arguments.doc):
        warn("no figure was drawn: pip install 'hnhar[figures]'")
    if out is not None:
        content = {**about, **environment(), **measured}
        content["failures"] = [_failure(case) for case in failed]
        write_results(
            out, "streaming", content, section(names, who, measured, failed, "." if draws else "", aims.aim)
        )
    beside = folder_of(str(Path(arguments.doc).with_suffix(""))) if arguments.doc and draws else None
    for folder in filter(None, (out, beside) if draws else ()):
        _draw(folder, measured["latency"], sessions, failed)
    text = section(names, who, measured, failed, beside.name if beside is not None else "", aims.aim)
    publish(arguments, "streaming", text, _look(names, tested, measured["conditions"]) if tested else None)


def _elsewhere(
    cases: Sequence[Subject],
    arguments: argparse.Namespace,
    subjects: Sequence[int],
    groups: Sequence[str],
    display: Display,
) -> "list[ElsewhereRow]":
    """Rows of other people, rooms and sensors: of the recording, or of sessions of a part of the trials."""
    made = []
    for case in cases:
        learned: Sequence[Recording] = ()
        if arguments.recording:
            read: Sequence[Recording] = sessions_of(arguments, case.info, subjects, [arguments.session_seed])
        else:
            learned, read = divided(arguments, case.info, subjects)
        made.append(AdaptedSubject(case.info, case.recognizer, case.runtime, tuple(learned), tuple(read)))
    return measure_elsewhere(made, groups, arguments.hop, display, arguments.turns)


def _subject(weights: str, arguments: argparse.Namespace, subjects: Sequence[int], whole: bool) -> Subject:
    """A bundle, with whole sessions of the subjects where these are asked for."""
    from hnhar.model.loading import load as load_bundle
    from hnhar.model.runtime import Runtime

    info, recognizer = load_bundle(bundles.find(weights))
    if arguments.latency:
        info = replace(info, decision=along(info.latency, knob_of(info.latency, arguments.latency)))
    seeds = range(arguments.session_seed, arguments.session_seed + arguments.sessions)
    recordings = sessions_of(arguments, info, subjects, seeds) if whole else []
    runtime = Runtime(info, recognizer, threads=threads_of(arguments))
    return Subject(info, runtime, recognizer, tuple(recordings))


def _measure(
    cases: Sequence[Subject], arguments: argparse.Namespace, streams: bool, display: Display
) -> tuple[dict[str, Any], "list[EvaluatedSession]"]:
    """Condition -> subset -> figures, with the latency curves and what sessions lack; and the clean sessions.

    A session is shown with the subsets of modalities that it has, and broken with all of them together.
    """
    from ..evaluate.corrupt import CONDITIONS
    from ..evaluate.evaluate import lacking, subsets_of, watch_together
    from ..evaluate.figures import decided, figures, knobs, latency_curve

    conditions = list(CONDITIONS) if streams else list(CONDITIONS)[:1]
    total = sum(
        len(subsets_of(case.info, r)) + len(conditions) - 1 for case in cases for r in case.recordings
    )
    done = 0
    out: dict[str, dict[str, Any]] = {}
    curves: dict[str, Any] = {}
    kept: list[EvaluatedSession] = []
    for condition in conditions:
        seen: dict[str, list[tuple[ClassifiedSession, BundleInfo]]] = {}
        for case in cases:
            display.advance(f"{condition}: {case.info.id}", done, total)
            together = []
            for recording in case.recordings:
                present = subsets_of(case.info, recording)
                changed = CONDITIONS[condition](recording, arguments.session_seed)
                if condition == "clean":
                    together += [(changed, subset) for subset in present]
                elif not _same(changed, recording):
                    together += [(changed, subset) for subset in present[:1]]
            for watched in watch_together(case.runtime, case.info, together, arguments.hop):
                seen.setdefault(subset_key(set(watched.subset)), []).append((watched, case.info))
            done += len(together)
        for key, pairs in seen.items():
            sessions = [decided(watched, info) for watched, info in pairs]
            out.setdefault(condition, {})[key] = figures(sessions)
            if condition == "clean":
                curves[key] = latency_curve(pairs, knobs(pairs[0][1].latency))
                kept += sessions
    display.advance("measured", total, total)
    lines = list(dict.fromkeys(line for case in cases for line in lacking(case.info, case.recordings)))
    return {"conditions": out, "latency": curves, **({"lacking": lines} if lines else {})}, kept


def _same(changed: "Recording", recording: "Recording") -> bool:
    """True where a condition had nothing to change, as skew has not where there is no skeleton."""
    return all(a is b for a, b in zip(changed.streams, recording.streams, strict=True))


def _print(conditions: dict[str, dict[str, Any]]) -> None:
    """Print the figures of each condition in two tables, so that each fits a terminal."""
    from ..evaluate.document import COLUMNS, rows

    half = COLUMNS_FIRST
    for part in (slice(0, half), slice(half, None)):
        table = Table(box=None, pad_edge=False)
        for heading in ("streams", *(name for name, _ in COLUMNS[part])):
            table.add_column(heading, justify="left" if heading == "streams" else "right")
        for name, row in rows(conditions):
            table.add_row(name, *row[part])
        SafeConsole().print(table)


def _failure(case: "Case") -> dict[str, Any]:
    watched = case.session.watched
    where = {"session": watched.recording.name, "streams": subset_key(set(watched.subset))}
    return {**where, "at": round(case.at, 3), "done": case.done, "recognized": case.recognized}


def _draw(
    folder: Path, latency: dict[str, Any], sessions: "Sequence[EvaluatedSession]", failed: "Sequence[Case]"
) -> None:
    """Draw the latency curve, a session, and some failures: those of all modalities first."""
    from ..evaluate.case_figure import save_case
    from ..evaluate.cases import picked
    from ..evaluate.curves import save_curve, save_session

    save_curve(latency, folder / "latency.png")
    lacking = set(save_session(sessions[0], folder / "session.png")) if sessions else set()
    widest = max((len(case.session.watched.subset) for case in failed), default=0)
    first = [case for case in failed if len(case.session.watched.subset) == widest]
    rest = [case for case in failed if len(case.session.watched.subset) < widest]
    chosen = [*picked(first, PICTURES), *picked(rest, PICTURES)][:PICTURES]
    for number, case in enumerate(chosen, 1):
        lacking |= set(save_case(case, folder / f"failure-{number}.png"))
    if lacking:
        warn(lacking_note(lacking))


def _look(names: str, subjects: Sequence[int], conditions: dict[str, dict[str, Any]]) -> str:
    """A line for the log of looks at test subjects."""
    short = "; ".join(
        f"{key} F1 {f['collar_1.5']['f1']}, delay p50 {f['onset_delay_p50_s']} s"
        for key, f in conditions["clean"].items()
    )
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now}: streaming of {names}, subjects {', '.join(map(str, subjects))}: {short}"
