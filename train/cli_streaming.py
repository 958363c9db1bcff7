"""`hnhar-train evaluate --streaming`: whole sessions as they would run live. Options, tables and files."""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from hnhar.model import bundle as bundles
from hnhar.model.bundle import BundleInfo, subset_key
from hnhar.model.decision import along, knob_of
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import warn

from .progress import Display, shown
from .runs import environment

if TYPE_CHECKING:
    from hnhar.model.runtime import Runtime
    from hnhar.stream.recordings import Recording

    from .evaluate import Watched
    from .streaming import Session

NOT_CONSULTED = (2, 4, 6, 8)
"""Subjects whose every evaluation is logged."""
Take = Callable[[dict[str, Any]], float | None]
COLUMNS: tuple[tuple[str, Take], ...] = (
    ("F1 1.5 s", lambda f: f["collar_1.5"]["f1"]),
    ("F1 1 s", lambda f: f["collar_1.0"]["f1"]),
    ("F1 IoU .3", lambda f: f["iou_0.3"]["f1"]),
    ("F1 IoU .5", lambda f: f["iou_0.5"]["f1"]),
    ("precision", lambda f: f["collar_1.5"]["precision"]),
    ("recall", lambda f: f["collar_1.5"]["recall"]),
    ("delay p50 s", lambda f: f["onset_delay_p50_s"]),
    ("delay p90 s", lambda f: f["onset_delay_p90_s"]),
    ("false /idle min", lambda f: f["false_events_per_idle_minute"]),
    ("flips /min", lambda f: f["flips_per_minute"]),
    ("sample F1", lambda f: f["sample_macro_f1"]),
    ("ECE", lambda f: f["ece"]),
    ("unknown AUROC", lambda f: f.get("unknown", {}).get("auroc")),
)
"""Heading -> which of the figures."""
COLUMNS_FIRST = 6
"""Those of the first table that is printed."""
PICTURES = 3
"""Failures that are drawn."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A bundle and the sessions that it is shown."""

    info: BundleInfo
    runtime: "Runtime"
    recordings: "tuple[Recording, ...]"


def add_streaming_options(command: Any) -> None:
    """The options of `hnhar-train evaluate` that this file reads."""
    command.add_argument(
        "--streaming", action="store_true", help="events, delays, calibration, and streams that go wrong"
    )
    command.add_argument("--out", metavar="DIR", help="with --streaming: folder of table, JSON and figures")
    command.add_argument(
        "--sessions", type=int, default=1, metavar="N", help="with --streaming: compositions a subject"
    )
    command.add_argument(
        "--clean-only", action="store_true", help="with --streaming: leave out jitter, loss, gaps and skew"
    )
    command.add_argument(
        "--latency", metavar="KNOB", help="with --streaming: fast, balanced, sure, 0 to 1, or 1.2s"
    )
    command.add_argument("--hop", type=float, metavar="S", help="with --streaming: seconds between windows")
    command.add_argument(
        "--looks",
        metavar="FILE",
        help="with --streaming: log the look at test subjects in this file",
    )
    command.add_argument("--doc", metavar="FILE", help="with --streaming: put the table into this file")


def run_streaming(arguments: argparse.Namespace) -> int:
    """Evaluate, print, write; the exit code."""
    subjects = subject_numbers(arguments.subjects)
    tested = [s for s in subjects if s in NOT_CONSULTED] if not arguments.recording else []
    if tested and not arguments.looks:
        raise ConfigError(
            f"subjects {', '.join(map(str, tested))} are test subjects: every look at them is logged. Name "
            "the log with --looks docs/results.md, or take training subjects (--subjects 7)."
        )
    if arguments.sessions < 1:
        raise ConfigError(f"--sessions must be at least 1, not {arguments.sessions}")
    if arguments.hop is not None and not 0.02 <= arguments.hop <= 60:
        raise ConfigError(f"--hop {arguments.hop:g} is not between 0.02 and 60 s")
    out = folder_of(arguments.out)
    cases = [_subject(weights, arguments, subjects) for weights in arguments.weights]
    with shown() as display:
        measured, sessions = _measure(cases, arguments, display)
    names = ", ".join(case.info.id for case in cases)
    who = arguments.recording or f"subjects {', '.join(map(str, subjects))}"
    said = {"bundles": [case.info.id for case in cases], "of": who, **environment()}
    _print(measured["conditions"])
    section = _section(names, who, measured["conditions"])
    if out is not None:
        _write(out, {**said, **measured}, section, sessions)
    look = _look(names, subjects, measured["conditions"]) if tested else None
    publish(arguments, "streaming", section, look)
    return 0


def _subject(weights: str, arguments: argparse.Namespace, subjects: Sequence[int]) -> Subject:
    from hnhar.model.loading import load as load_bundle
    from hnhar.model.runtime import Runtime
    from hnhar.stream.recordings import open_recording

    from .sessions import WHERE, corpus_folder, load, real_session, utd_task

    info, recognizer = load_bundle(bundles.find(weights))
    if arguments.latency:
        info = replace(info, decision=along(info.latency, knob_of(info.latency, arguments.latency)))
    seeds = range(arguments.session_seed, arguments.session_seed + arguments.sessions)
    if arguments.recording:
        recordings = [open_recording(arguments.recording, seed=seed) for seed in seeds]
    else:
        corpus = corpus_folder(arguments.data)
        if corpus is None:
            raise ConfigError(f"neither a recording nor a corpus was named. {WHERE}")
        # with the actions that the bundle may not have learned: they are the unknown
        trials = load(corpus, utd_task((info.placement.split() or ["wrist"])[-1]), subjects)
        recordings = [real_session(trials, subject, seed) for subject in subjects for seed in seeds]
    return Subject(info, Runtime(info, recognizer, threads=max(arguments.threads, 1)), tuple(recordings))


def _measure(
    cases: Sequence[Subject], arguments: argparse.Namespace, display: Display
) -> tuple[dict[str, Any], "list[Session]"]:
    """Condition -> subset -> figures, with the latency curves; and the clean sessions of all modalities."""
    from .evaluate import subsets, watch
    from .streaming import decided, figures, knobs, latency_curve
    from .streaming_corrupt import CONDITIONS

    conditions = list(CONDITIONS)[:1] if arguments.clean_only else list(CONDITIONS)
    widest = [subsets(case.info)[0] for case in cases]
    total = sum(len(case.recordings) * (len(subsets(case.info)) + len(conditions) - 1) for case in cases)
    done = 0
    out: dict[str, dict[str, Any]] = {}
    curves: dict[str, Any] = {}
    kept: list[Session] = []
    for condition in conditions:
        seen: dict[str, list[tuple[Watched, BundleInfo]]] = {}
        for case, every in zip(cases, widest, strict=True):
            chosen = subsets(case.info) if condition == "clean" else (every,)
            for recording, subset in _pairs(case.recordings, chosen):
                display.advance(f"{condition}: {recording.name}", done, total)
                changed = CONDITIONS[condition](recording, arguments.session_seed)
                watched = watch(case.runtime, case.info, changed, subset, arguments.hop)
                seen.setdefault(subset_key(set(subset)), []).append((watched, case.info))
                done += 1
        out[condition] = {}
        for key, pairs in seen.items():
            sessions = [decided(watched, info) for watched, info in pairs]
            out[condition][key] = figures(sessions)
            if condition == "clean":
                curves[key] = latency_curve(pairs, knobs(pairs[0][1].latency))
                kept += [s for s in sessions if s.watched.subset in widest]
    display.advance("measured", total, total)
    return {"conditions": out, "latency": curves}, kept


def _pairs(
    recordings: "Sequence[Recording]", subsets: Sequence[tuple[str, ...]]
) -> "Iterator[tuple[Recording, tuple[str, ...]]]":
    return ((recording, subset) for recording in recordings for subset in subsets)


def _print(conditions: dict[str, dict[str, Any]]) -> None:
    """In two tables, so that each fits a terminal."""
    half = COLUMNS_FIRST
    for part in (slice(0, half), slice(half, None)):
        table = Table(box=None, pad_edge=False)
        for heading in ("streams", *(name for name, _ in COLUMNS[part])):
            table.add_column(heading, justify="left" if heading == "streams" else "right")
        for name, row in _rows(conditions):
            table.add_row(name, *row[part])
        Console().print(table)


def _section(bundle_names: str, who: str, conditions: dict[str, dict[str, Any]]) -> str:
    """The table as a section of Markdown."""
    columns = [name for name, _ in COLUMNS]
    lines = [
        "## Continuous sessions",
        "",
        f"`hnhar-train evaluate --streaming` with {bundle_names}, on {who}. What the columns are: "
        "`train/streaming.py`.",
        "",
        f"| streams | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(row)} |" for name, row in _rows(conditions))]) + "\n"


def _rows(conditions: dict[str, dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    for condition, by_subset in conditions.items():
        for subset, figures in by_subset.items():
            values = [take(figures) for _, take in COLUMNS]
            name = subset if condition == "clean" else condition
            yield name, ["–" if value is None else f"{value:.3f}" for value in values]


def _write(out: Path, content: dict[str, Any], section: str, sessions: "Sequence[Session]") -> None:
    """Table, JSON, pictures of the sessions and of some failures."""
    from .streaming_figure import drawable, failures, save_curve, save_failure, save_session

    failed = [(session, one) for session in sessions for one in failures(session)]
    counted = Counter((one["done"], one["recognized"]) for _, one in failed)
    confusions = [{"done": d, "recognized": r, "times": n} for (d, r), n in counted.most_common()]
    cases = [{"session": s.watched.recording.name, **one} for s, one in failed]
    text = json.dumps({**content, "confusions": confusions, "failures": cases}, indent=1)
    try:
        (out / "streaming.json").write_text(text + "\n", encoding="utf-8")
        (out / "streaming.md").write_text(section, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be written to: {error.strerror or error}") from error
    if not drawable():
        warn("no figure was drawn: pip install 'hnhar[figures]'")
        return
    save_curve(content["latency"], out / "latency.png")
    if sessions:
        save_session(sessions[0], out / "session.png")
    for number, (session, one) in enumerate(failed[:PICTURES], 1):
        title = f"{one['done'] or 'idle'} recognized as {one['recognized'] or 'idle'}"
        save_failure(session, one["at"], out / f"failure-{number}.png", title)


def _look(names: str, subjects: Sequence[int], conditions: dict[str, dict[str, Any]]) -> str:
    """A line for the log of looks at test subjects."""
    short = "; ".join(
        f"{key} F1 {f['collar_1.5']['f1']}, delay p50 {f['onset_delay_p50_s']} s"
        for key, f in conditions["clean"].items()
    )
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now}: streaming of {names}, subjects {', '.join(map(str, subjects))}: {short}"


def publish(arguments: argparse.Namespace, name: str, section: str, look: str | None) -> None:
    """Put a section into the file of `--doc`, and a look, where there was one, into that of `--looks`."""
    from .protocol.document import add_look, put_section

    if arguments.doc:
        _change(Path(arguments.doc), lambda text: put_section(text, name, section))
    if arguments.looks and look is not None:
        _change(Path(arguments.looks), lambda text: add_look(text, look))


def _change(path: Path, change: Callable[[str], str]) -> None:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change(text), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error


def folder_of(text: str | None) -> Path | None:
    """The folder of `--out`, made; None where none was named. ConfigError where it cannot be made."""
    if text is None:
        return None
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {folder} cannot be made: {error.strerror or error}") from error
    return folder


def subject_numbers(text: str) -> list[int]:
    """Numbers between commas; ConfigError where they are none."""
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(f"subjects are given as numbers and commas (5,7), not '{text}'") from error
