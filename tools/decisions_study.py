"""Decisions tuned on one left-out person or on several: what they reach on the next one.

Each training subject is left out of a training of its own, and watched by it. For each of them, temperatures
and decisions are set on another one alone, and on all others together; the figures are means over subjects.
No test subject is read.

    python -m tools.decisions_study --data ~/corpora --placement wrist
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import HnharError
from hnhar.model.runtime import Runtime
from hnhar.train.bundles.calibrate import Answers, answers, temperatures
from hnhar.train.bundles.recipe import Recipe, recipe
from hnhar.train.bundles.sessions import TRAIN_SUBJECTS, corpus_folder, load, training_windows
from hnhar.train.bundles.settle import LeftOutFold, folds, trained_without
from hnhar.train.bundles.tune import Reached, reached, tune
from hnhar.train.bundles.workflow import describe
from hnhar.train.evaluate.evaluate import ClassifiedSession, Subset, subsets, watch
from hnhar.train.output.progress import Display, shown


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """Somebody who was left out, as the training without them heard and saw them."""

    info: BundleInfo
    answers: Answers
    watched: tuple[ClassifiedSession, ...]

    def at(self, wanted: dict[str, float]) -> list[ClassifiedSession]:
        """The same sessions, as other temperatures would have classified them."""
        ratio = {key: self.info.temperatures[key] / wanted[key] for key in wanted}
        return [rescaled(one, ratio[subset_key(set(one.subset))]) for one in self.watched]


def rescaled(watched: ClassifiedSession, power: float) -> ClassifiedSession:
    """With each row of probabilities raised to a power, and made to add up to 1 again."""
    out = []
    for prediction in watched.predictions:
        raised = np.array(list(prediction.probabilities.values())) ** power
        row = dict(zip(prediction.probabilities, (raised / raised.sum()).tolist(), strict=True))
        best = max(row, key=row.__getitem__)
        out.append(replace(prediction, label=best, confidence=row[best], probabilities=row))
    return replace(watched, predictions=tuple(out))


def left(plan: Recipe, fold: LeftOutFold, display: Display) -> Left:
    """Train without somebody, and watch them."""
    recognizer = trained_without(plan, fold, display.step)
    told = answers(recognizer, fold.held)
    info = replace(describe(plan, {}), temperatures=temperatures([told]))
    runtime = Runtime(info, recognizer, threads=torch.get_num_threads())
    seen = [watch(runtime, info, session, s) for session in fold.sessions for s in subsets(info)]
    return Left(info, told, tuple(seen))


def on(person: Left, teachers: Sequence[Left]) -> dict[Subset, Reached]:
    """Figures that settings from other people reach on one person."""
    wanted = temperatures([t.answers for t in teachers])
    decision = tune([w for t in teachers for w in t.at(wanted)], person.info, Decision())
    seen = person.at(wanted)
    return {
        s: reached([w for w in seen if w.subset == s], person.info, decision.of(s))
        for s in subsets(person.info)
    }


def study(people: Sequence[Left]) -> dict[str, dict[str, dict[str, float]]]:
    """Teachers ("one", "all others") -> subset of modalities -> means over persons (and over teachers)."""
    one = [on(p, [q]) for p in people for q in people if q is not p]
    others = [on(p, [q for q in people if q is not p]) for p in people]
    return {
        name: {
            subset_key(set(subset)): {
                "f1": round(float(np.mean([r[subset].f1 for r in rows])), 4),
                "f1_overlap": round(float(np.mean([r[subset].f1_overlap for r in rows])), 4),
                "delay_p50": round(float(np.mean([r[subset].delay[0] for r in rows])), 3),
                "delay_p90": round(float(np.mean([r[subset].delay[1] for r in rows])), 3),
            }
            for subset in rows[0]
        }
        for name, rows in (("one", one), ("all others", others))
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", help="folder of UTD-MHAD, or one that holds utd_mhad/")
    parser.add_argument("--placement", choices=("wrist", "thigh"), default="wrist")
    parser.add_argument("--preset", choices=("full", "quick"), default="full", help="quick: a trial")
    parser.add_argument("--bfloat16", action="store_true", help="train faster where the processor has it")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: 1)")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    plan = recipe(options.preset, options.placement, bfloat16=options.bfloat16)
    plan = replace(plan, held_out=TRAIN_SUBJECTS)
    try:
        corpus = corpus_folder(options.data)
        trials = load(corpus, plan.task, plan.train_subjects)
        with shown(Console(stderr=True)) as display:
            windows = training_windows(
                plan.task, trials, plan.amount, seed=plan.seed, advance=display.advance
            )
            people = [left(plan, fold, display) for fold in folds(plan, windows, trials)]
    except HnharError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    figures = study(people)
    print(json.dumps(figures, indent=1))
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
