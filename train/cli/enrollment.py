"""`hnhar-train enrollment`: activities that bundles never learned: unknown at first, then enrolled from five
performances. Options, table, files."""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hnhar.model.bundle import bundle as bundles
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.options.compute import add_threads_option, threads_of
from hnhar.stream.cli.options.values import at_least
from hnhar.stream.cli.parsing import Parser, parser

from ..bundles.learned import acquainted
from ..output.document import table
from ..output.documents import folder_of, publish, write_results
from ..output.looks import INSTEAD, NOT_CONSULTED, WHO, open_log, subject_numbers
from ..output.progress import Display, shown
from .options import (
    add_bfloat16_option,
    add_data_option,
    add_document_options,
    add_placement_option,
    add_preset_option,
    add_session_seed_option,
)
from .program import TrainProgram
from .run import warn_if_not_tuned

if TYPE_CHECKING:
    from ..studies.enrollment import Seen

TRIALS = 4
"""Times that a subject of UTD-MHAD performed each action, at most."""
_EPILOG = """examples:
  hnhar-train enrollment --data ~/corpora --run runs/left-out --without wave,push,catch --without clap,knock
      train two bundles without some labels; then each of these labels, taught by each teacher alone,
      looked for in sessions of subject 7, who taught these bundles their other labels
  hnhar-train enrollment runs/a/utd-mhad-wrist.safetensors --data ~/corpora --teachers 1,3 --subjects 7
      a bundle that was trained --without labels before
  hnhar-train enrollment runs/a/utd-mhad-wrist.safetensors --data ~/corpora --teachers 1,3,5 --together
      five performances of three people teach each label together
"""


def enrollment_parser(prog: str) -> Parser:
    """The options of `hnhar-train enrollment`."""
    command = parser(
        prog, "Left-out activities: unknown at first, then enrolled from a few performances.", _EPILOG
    )
    command.add_argument("weights", metavar="WEIGHTS", nargs="*", help="bundles trained --without labels")
    command.add_argument(
        "--without",
        metavar="L,L",
        action="append",
        default=[],
        help="train a bundle without these labels; may be repeated, one bundle each",
    )
    command.add_argument("--run", metavar="DIR", help="folder for bundles that are trained; they are kept")
    add_placement_option(command)
    add_preset_option(command, "a trial")
    add_bfloat16_option(command)
    add_data_option(command)
    command.add_argument("--teachers", metavar="N,N", default="1,3,5", help="who performs (default: 1,3,5)")
    command.add_argument(
        "--together", action="store_true", help="the performances of a label are of all teachers in turn"
    )
    command.add_argument("--subjects", metavar="N,N", default="7", help=f"who is watched (default: 7; {WHO})")
    command.add_argument(
        "--shots", type=at_least(2), default=5, metavar="N", help="performances (default: 5)"
    )
    add_session_seed_option(command)
    add_threads_option(command)
    command.add_argument(
        "--out", metavar="DIR", help="folder for enrollment.json and enrollment.md (default: none is written)"
    )
    add_document_options(command)
    return command


def _enrollment(arguments: argparse.Namespace) -> int:
    from ..bundles.runs import environment

    teachers, subjects = subject_numbers(arguments.teachers), subject_numbers(arguments.subjects)
    tested = [s for s in subjects if s in NOT_CONSULTED]
    open_log(tested, arguments.looks, INSTEAD)
    if set(teachers) & set(subjects):
        raise ConfigError("--teachers and --subjects share somebody: who teaches is not who is looked at")
    if arguments.together and arguments.shots < len(teachers):
        raise ConfigError(f"--together: {len(teachers)} teachers need at least as many --shots")
    if bool(arguments.without) != bool(arguments.run) or not (arguments.weights or arguments.run):
        raise ConfigError("name bundles, or --run and --without to train some")
    out = folder_of(arguments.out)
    rows: list[dict[str, Any]] = []
    unknown: list[dict[str, Any]] = []
    names = []
    with shown(SafeConsole(stderr=True)) as display:
        for weights in [*arguments.weights, *_trained(arguments, display)]:
            name, more, score = _of_bundle(weights, arguments, teachers, subjects, display)
            names.append(name)
            rows += more
            unknown += score
    section = _section(rows, unknown, names, arguments)
    say(section)
    kind = "enrollment-together" if arguments.together else "enrollment"
    if out is not None:
        content = {"bundles": names, "together": arguments.together, "rows": rows, "unknown": unknown}
        write_results(out, kind, {**content, **environment()}, section)
    publish(arguments, kind, section, _look(rows, names, arguments) if tested else None)
    return 0


def _trained(arguments: argparse.Namespace, display: Display) -> Iterator[str]:
    """The file of a bundle without each group of labels; one that is there already is not trained again."""
    import torch

    from hnhar.model.loading import save

    from ..bundles.recipe import recipe
    from ..bundles.runs import Run
    from ..bundles.sessions import corpus_folder
    from ..bundles.task import left_out_in
    from ..studies.left_out import train, without

    torch.set_num_threads(threads_of(arguments))
    plain = recipe(arguments.preset, arguments.placement, bfloat16=arguments.bfloat16)
    groups = [left_out_in(text, plain.task.actions) for text in arguments.without]
    if not all(groups):
        raise ConfigError(f"--without names some of these: {', '.join(plain.task.actions)}")
    for labels in groups:
        run = Run(Path(arguments.run) / "-".join(labels))
        target = run.folder / f"{plain.name}-without.safetensors"
        if not target.exists():
            corpus = corpus_folder(arguments.data)
            made = without(plain, labels)
            display.log = run.log
            info, recognizer = train(made, corpus, run.describe(made, {}), display.step, display.advance)
            save(target, info, recognizer)
            warn_if_not_tuned(info)
        yield str(target)


def _of_bundle(
    weights: str,
    arguments: argparse.Namespace,
    teachers: Sequence[int],
    subjects: Sequence[int],
    display: Display,
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """Id; a row for each label, teacher and subset of modalities; and novelty figures before enrollment."""
    from hnhar.model.loading import load as load_bundle
    from hnhar.model.runtime import Runtime

    from ..bundles.sessions import corpus_folder, load, real_session, task_measuring
    from ..evaluate.evaluate import subsets
    from ..evaluate.figures import decided, unknown_figures
    from ..studies.enrollment import effect, see, taught_in_turn

    info, recognizer = load_bundle(bundles.find(weights))
    memory = recognizer.memory
    task = task_measuring(info)
    missing = [label for label in task.actions if label not in info.labels]
    if not missing or memory is None:
        raise ConfigError(f"'{weights}' ({info.id}) has learned every label: train one with --without")
    corpus = corpus_folder(arguments.data)
    if line := acquainted(info, subjects):
        warn(line)
    runtime = Runtime(info, recognizer, threads=threads_of(arguments))
    trials = load(corpus, task, subjects)
    every = [(s, subset) for s in subjects for subset in subsets(info)]
    seen: dict[str, list[Seen]] = {}
    for done, (subject, subset) in enumerate(every):
        display.advance(f"{info.id}: watching subject {subject}", done, len(every))
        session = real_session(trials, subject, arguments.session_seed)
        seen.setdefault(subset_key(set(subset)), []).append(see(runtime, info, session, subset))
    display.advance(f"{info.id}: watched", len(every), len(every))
    unknown = [
        {"bundle": info.id, "streams": key, **unknown_figures([decided(s.watched, info) for s in sessions])}
        for key, sessions in seen.items()
    ]
    lessons = load(corpus, task, teachers)
    rows = []
    groups = [tuple(teachers)] if arguments.together else [(teacher,) for teacher in teachers]
    pairs = [(label, group) for label in missing for group in groups]
    for done, (label, group) in enumerate(pairs):
        display.advance(f"{info.id}: enrolling {label}", done, len(pairs))
        given = taught_in_turn(runtime, info, lessons, label, group, arguments.shots, arguments.session_seed)
        who = ",".join(map(str, group))
        for key, sessions in seen.items():
            found = effect(sessions, info, memory, label, given, f"subjects {who}").figures()
            rows.append({"bundle": info.id, "label": label, "teachers": who, "streams": key, **found})
    return info.id, rows, unknown


def _look(rows: Sequence[dict[str, Any]], names: Sequence[str], arguments: argparse.Namespace) -> str:
    """A line for the log of looks at test subjects."""
    count = len({(r["bundle"], r["label"], r["teachers"]) for r in rows})
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return (
        f"{now}: `{_command(arguments)}` of {', '.join(names)}, "
        f"subjects {arguments.subjects}: mean F1 {_mean(rows, 'f1'):.3f}, "
        f"loss {_mean(rows, 'loss'):.4f} over {count} enrollments"
    )


def _command(arguments: argparse.Namespace) -> str:
    return f"hnhar-train enrollment{' --together' if arguments.together else ''}"


def _section(
    rows: Sequence[dict[str, Any]],
    unknown: Sequence[dict[str, Any]],
    names: Sequence[str],
    arguments: argparse.Namespace,
) -> str:
    """Tables of the enrollments and, where each teaches alone, of the novelty before them, in Markdown."""
    keys = list(dict.fromkeys(r["streams"] for r in rows))
    widest = keys[0]
    whose = (
        f"subjects {arguments.teachers} in turn (in brackets the worst activity)"
        if arguments.together
        else f"one of subjects {arguments.teachers} (mean over them; in brackets the worst)"
    )
    again = (
        f" A subject performed each {TRIALS} times: what is more is some of them again, between other pauses."
        if arguments.shots > TRIALS * (len(arguments.teachers.split(",")) if arguments.together else 1)
        else ""
    )
    aim = "" if arguments.together else ", and AUROC of 0.95 (before)"
    lines = [
        f"## Activities that were not learned{', taught by several people' if arguments.together else ''}",
        "",
        f"`{_command(arguments)}` with {', '.join(names)}, trained without the labels below. Each label is "
        f"enrolled from {arguments.shots} performances of {whose}, and looked for in sessions of "
        f"{arguments.subjects}. Aims: F1 0.85, 0.01 lost of the others{aim}. Events of the new label while "
        f"one of the other unlearned activities is performed are false in the strict F1 alone.{again}",
        "",
    ]
    heading = ["enrolled", *(f"F1, {key}" for key in keys), f"strict F1, {widest}"]
    body = [
        [label, *_cells([r for r in rows if r["label"] == label], keys, widest)]
        for label in dict.fromkeys(r["label"] for r in rows)
    ]
    body.append(["mean", *_cells(rows, keys, widest)])
    lines.append(table([*heading, f"other labels before → after, {widest}"], body))
    if arguments.together:  # the rest does not depend on who teaches
        return "\n".join(lines) + "\n"
    lines += [
        "",
        "Before anything is enrolled, by the novelty score of their windows. Taken as known: windows of "
        "left-out actions below the bundle's threshold.",
        "",
    ]
    heading = ["bundle", "streams", "AUROC against actions", "against everything"]
    heading += ["learned above the threshold", "left-out taken as known"]
    figures = ("auroc_against_actions", "auroc", "rejected", "accepted")
    body = [
        [row["bundle"], row["streams"], *("–" if row[n] is None else f"{row[n]:.3f}" for n in figures)]
        for row in unknown
    ]
    lines.append(table(heading, body))
    return "\n".join(lines) + "\n"


def _cells(rows: Sequence[dict[str, Any]], keys: Sequence[str], widest: str) -> list[str]:
    parts = []
    for key in keys:
        values = [r["f1"] for r in rows if r["streams"] == key]
        worst = f" ({min(values):.3f})" if len(values) > 1 else ""
        parts.append(f"{statistics.fmean(values):.3f}{worst}")
    both = [r for r in rows if r["streams"] == widest]
    before, after = (statistics.fmean(r[f"old_f1_{when}"] for r in both) for when in ("before", "after"))
    strict = statistics.fmean(r["f1_strict"] for r in both)
    return [*parts, f"{strict:.3f}", f"{before:.3f} → {after:.3f}"]


def _mean(rows: Sequence[dict[str, Any]], name: str) -> float:
    widest = rows[0]["streams"]
    return statistics.fmean(r[name] for r in rows if r["streams"] == widest)


ENROLLMENT = TrainProgram("enrollment", enrollment_parser, _enrollment)
