"""Does a training in bfloat16 recognize people whom it never saw as well, and in how much less time?

Each training subject of UTD-MHAD is left out of two trainings of the same seed, one in float32 and one in
bfloat16, one right after the other. Counted are the windows of the left-out subject in which an action has
more than half of the target, by the actions that are named, and the cross-entropy of all windows; processor
time is that of pre-training and fine-tuning. No test subject is read.

    python -m tools.precision --data ~/corpora
    python -m tools.precision --data ~/corpora --sessions 1 --steps 20 150 --batch 64 --seeds 2
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tools.processes import machine

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import guarded
from hnhar.train.bundles.calibrate import Answers, answers
from hnhar.train.bundles.recipe import Recipe, recipe
from hnhar.train.bundles.runs import commit
from hnhar.train.bundles.sessions import TRAIN_SUBJECTS, corpus_folder, load, training_windows
from hnhar.train.bundles.workflow import learned
from hnhar.train.learn.data import WindowSet, joined

PRECISIONS = {"float32": False, "bfloat16": True}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One training, measured on who was left out of it."""

    precision: str
    subject: int
    seed: int
    cpu_s: float
    accuracy: dict[str, float]
    """Subset of modalities -> share of the windows of actions that are recognized."""
    cross_entropy: dict[str, float]


def main() -> int:
    """Train, and print what each precision reaches and costs."""
    return guarded(_main)


def _main() -> int:
    options = _arguments()
    if min(options.seeds, options.threads, options.sessions, options.batch, *options.steps) < 1:
        raise ConfigError("numbers of seeds, threads, sessions, steps and windows are at least 1")
    torch.set_num_threads(options.threads)
    plan = recipe("full", "wrist")
    plan = replace(
        plan,
        amount=replace(plan.amount, sessions=options.sessions, vigorous=0, persons=options.persons),
        pretrain=replace(plan.pretrain, steps=options.steps[0], batch=options.batch),
        finetune=replace(plan.finetune, steps=options.steps[1], batch=options.batch),
    )
    trials = load(corpus_folder(options.data), plan.task, plan.train_subjects)
    people = training_windows(plan.task, trials, plan.amount, seed=0, advance=lambda *_: None)
    console = Console(highlight=False, soft_wrap=True)
    outcomes = []
    for seed in range(options.seeds):
        for subject in TRAIN_SUBJECTS:
            order = list(PRECISIONS) if (seed + subject // 2) % 2 else list(reversed(PRECISIONS))
            for precision in order:
                outcomes.append(measured(plan, people, subject, seed, precision))
                console.print(_line(outcomes[-1]), markup=False)
            if options.json is not None:
                made = {"options": vars(options), "machine": machine(), "commit": commit()}
                found = {**made, "outcomes": [asdict(outcome) for outcome in outcomes]}
                options.json.write_text(json.dumps(found, indent=1, default=str) + "\n", encoding="utf-8")
    console.print(table(outcomes))
    console.print(f"{', '.join(f'{k} {v}' for k, v in machine().items())}; commit {commit()}", markup=False)
    return 0


def measured(plan: Recipe, people: dict[str, WindowSet], subject: int, seed: int, precision: str) -> Outcome:
    """One training without a subject."""
    bfloat16 = PRECISIONS[precision]
    plan = replace(
        plan,
        seed=seed,
        pretrain=replace(plan.pretrain, bfloat16=bfloat16),
        finetune=replace(plan.finetune, bfloat16=bfloat16),
    )
    rest = joined(windows for person, windows in people.items() if person != f"s{subject}")
    began = time.process_time()
    recognizer = learned(plan, rest, lambda *_: None)
    cpu = time.process_time() - began
    accuracy, cross_entropy = reached(answers(recognizer, people[f"s{subject}"]), plan.task.idle_column)
    return Outcome(precision, subject, seed, round(cpu, 2), accuracy, cross_entropy)


def reached(found: Answers, idle: int) -> tuple[dict[str, float], dict[str, float]]:
    """Accuracy on windows of actions, and cross-entropy, of each subset of modalities."""
    accuracy, cross_entropy = {}, {}
    for subset, (logits, targets) in found.items():
        strongest = targets.max(dim=1)
        rows = (strongest.values > 0.5) & (strongest.indices != idle)
        right = logits[rows].argmax(dim=1) == strongest.indices[rows]
        accuracy[subset] = round(float(right.float().mean()), 4)
        loss = torch.nn.functional.cross_entropy(logits, targets)
        cross_entropy[subset] = round(float(loss), 4)
    return accuracy, cross_entropy


def table(outcomes: Sequence[Outcome]) -> Table:
    """Mean of each precision, and of bfloat16 less float32 of the same subject and seed with its spread."""
    pairs = [
        tuple(next(o for o in outcomes if (o.precision, o.subject, o.seed) == (p, s, n)) for p in PRECISIONS)
        for s, n in dict.fromkeys((o.subject, o.seed) for o in outcomes)
    ]
    out = Table("", *PRECISIONS, "difference", title=f"{len(pairs)} pairs of trainings")
    for name in ("accuracy", "cross_entropy"):
        for subset in getattr(outcomes[0], name):
            values = np.array([[getattr(outcome, name)[subset] for outcome in pair] for pair in pairs])
            apart = values[:, 1] - values[:, 0]
            spread = apart.std(ddof=1) if len(apart) > 1 else float("nan")
            means = (f"{mean:.4f}" for mean in values.mean(axis=0))
            out.add_row(f"{name.replace('_', '-')}, {subset}", *means, f"{apart.mean():+.4f} ± {spread:.4f}")
    seconds = np.array([[outcome.cpu_s for outcome in pair] for pair in pairs])
    ratios = seconds[:, 1] / seconds[:, 0]
    out.add_row("processor time, s", *(f"{s:.1f}" for s in seconds.mean(axis=0)), f"x{np.median(ratios):.2f}")
    return out


def _line(outcome: Outcome) -> str:
    accuracy = ", ".join(f"{subset} {share:.3f}" for subset, share in outcome.accuracy.items())
    who = f"without subject {outcome.subject}, seed {outcome.seed}"
    return f"{outcome.precision} {who}: {accuracy}; {outcome.cpu_s:.0f} s"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default=os.environ.get("HNHAR_DATA"), metavar="DIR")
    parser.add_argument("--sessions", type=int, default=6, help="compositions of a subject (default: 6)")
    parser.add_argument("--persons", type=int, default=0, help="synthetic performers (default: 0)")
    parser.add_argument(
        "--steps", type=int, nargs=2, default=(150, 1000), help="of both stages (default: 150 1000)"
    )
    parser.add_argument("--batch", type=int, default=128, help="windows (default: 128)")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of a fold (default: 3)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes there as they come")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
