"""Where does the processor time of a training's step go, and how much less is it than in another checkout?

Pre-trains and fine-tunes the network of the bundle for UTD-MHAD's wrist for some steps on windows that are
drawn, not recorded: what a step costs does not depend on them. Every checkout and precision in turn, each
time in a process of its own, for some rounds; told is the median step of the fastest round, since what else a
machine does only adds to it, and ratios to the first row of the same stage.

    python -m tools.bench.steps
    python -m tools.bench.steps --before ../other-checkout --rounds 5 --threads 2 --json steps.json
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tools.processes import machine

from hnhar.train.bundles.recipe import Recipe, recipe
from hnhar.train.bundles.workflow import fresh, run_finetuning, run_pretraining
from hnhar.train.learn import finetune, pretrain
from hnhar.train.learn.data import WindowSet

ROOT = Path(__file__).parents[2]
CHILD = "--child"
WINDOWS = 1024
PARTS = ("drawing", "augmentation", "forward", "loss", "backward", "optimizer", "rest")
"""Of a step; the projections of pre-training are in the rest."""
Costs = dict[str, dict[str, float]]
"""Stage -> part -> ms of processor time; "step" is all of it."""


def main() -> int:
    """Measure and print."""
    arguments = _arguments()
    if arguments.child:
        print(json.dumps(measure(arguments.bfloat16, arguments.steps, arguments.threads)))
        return 0
    trees = ({"before": arguments.before.resolve()} if arguments.before else {}) | {"here": ROOT}
    rows = [(name, half) for name in trees for half in (False, True)]
    rounds: dict[tuple[str, bool], list[Costs]] = {row: [] for row in rows}
    for number in range(arguments.rounds):
        for name, half in rows if number % 2 == 0 else reversed(rows):
            rounds[name, half].append(_child(trees[name], half, arguments))
    console = Console(highlight=False, width=120)
    found: dict[str, dict[str, dict[str, float]]] = {}
    for stage in ("pre-training", "fine-tuning"):
        found[stage] = {
            f"{name}, {'bfloat16' if half else 'float32'}": min(
                (costs[stage] for costs in rounds[name, half]), key=lambda parts: parts["step"]
            )
            for name, half in rows
        }
        console.print(_table(stage, found[stage]))
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()), markup=False)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"machine": machine(), **found}, indent=1) + "\n", "utf-8")
    return 0


def measure(bfloat16: bool, steps: int, threads: int) -> Costs:
    """Median step of each stage in this process, ms."""
    torch.set_num_threads(threads)
    plan = recipe("full", "wrist", bfloat16=bfloat16)
    plan = replace(
        plan,
        pretrain=replace(plan.pretrain, steps=steps),
        finetune=replace(plan.finetune, steps=steps),
    )
    windows, recognizer = drawn(plan), fresh(plan)
    costs = {}
    for stage, run, module in (
        ("pre-training", run_pretraining, pretrain),
        ("fine-tuning", run_finetuning, finetune),
    ):
        spent: dict[str, float] = defaultdict(float)
        taken: list[dict[str, float]] = []
        began = [time.process_time()]

        def told(*_: Any, spent: dict[str, float] = spent, taken: Any = taken, began: Any = began) -> None:
            now = time.process_time()
            whole = now - began[0]
            taken.append({**spent, "rest": whole - sum(spent.values()), "step": whole})
            spent.clear()
            began[0] = time.process_time()

        with timed(module, type(recognizer), spent):
            run(plan, recognizer, windows, told, stage)
        later = taken[2:]  # the first ones allocate
        costs[stage] = {
            part: round(float(np.median([step.get(part, 0.0) for step in later])) * 1e3, 2)
            for part in (*PARTS, "step")
        }
    return costs


def drawn(plan: Recipe) -> WindowSet:
    """Windows of noise, of which a third are idle."""
    generator = torch.Generator().manual_seed(0)
    task = plan.task
    samples = {
        m.name: 0.3 * torch.randn((WINDOWS, m.steps(task.window), len(m.channels)), generator=generator)
        for m in task.modalities
    }
    labels = torch.randint(len(task.labels), (WINDOWS,), generator=generator)
    labels[::3] = task.idle_column
    targets = torch.nn.functional.one_hot(labels, len(task.labels)).float()
    return WindowSet(samples, torch.ones((WINDOWS, len(samples)), dtype=torch.bool), targets)


@contextmanager
def timed(module: Any, network: type, spent: dict[str, float]) -> Iterator[None]:
    """Adds up the processor time of the parts of a step that `module` calls."""
    wanted = [(module, "draw", "drawing"), (module, "standing_in", "drawing")]
    wanted += [(module, "augment", "augmentation"), (torch.autograd, "backward", "backward")]
    wanted += [(torch.nn.utils, "clip_grad_norm_", "optimizer"), (torch.optim.AdamW, "step", "optimizer")]
    if module is finetune:
        wanted += [(network, "forward", "forward"), (module, "recognition_loss", "loss")]
    else:
        wanted += [(network, "encode", "forward"), (module, "named_loss", "")]
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in wanted]
    for owner, name, part in wanted:
        function = getattr(owner, name)
        made = _timed(function, part, spent) if part else _loss_timed(function, spent)
        setattr(owner, name, made)
    try:
        yield
    finally:
        for owner, name, function in originals:
            setattr(owner, name, function)


def _timed(function: Callable[..., Any], part: str, spent: dict[str, float]) -> Callable[..., Any]:
    def measured(*args: Any, **options: Any) -> Any:
        began = time.process_time()
        found = function(*args, **options)
        spent[part] += time.process_time() - began
        return found

    return measured


def _loss_timed(named: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    return lambda name: _timed(named(name), "loss", spent)


def _child(tree: Path, bfloat16: bool, arguments: argparse.Namespace) -> Costs:
    """`measure` in a process that imports hnhar from a checkout."""
    command = [sys.executable, "-m", "tools.bench.steps", CHILD, "--steps", str(arguments.steps)]
    command += ["--threads", str(arguments.threads), *(["--bfloat16"] if bfloat16 else [])]
    path = f"{tree / 'tools' / 'typecheck'}:{ROOT}"
    ended = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(f"a training from {tree} ended with {ended.returncode}:\n{ended.stderr}")
    costs: Costs = json.loads(ended.stdout.splitlines()[-1])
    return costs


def _table(stage: str, rows: dict[str, dict[str, float]]) -> Table:
    first = next(iter(rows.values()))["step"]
    table = Table("ms", *PARTS, "step", "faster", title=f"a step of {stage}")
    for name, parts in rows.items():
        cells = (f"{parts[part]:.1f}" for part in (*PARTS, "step"))
        table.add_row(name, *cells, f"{first / parts['step']:.2f}x")
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", type=Path, metavar="TREE", help="another checkout, measured in turn")
    parser.add_argument("--steps", type=int, default=12, help="of each stage in a round (default: 12)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--bfloat16", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(CHILD, dest="child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
