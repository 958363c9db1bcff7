"""How long do pre-training and fine-tuning take, with the settings of the comparison?

Trains one entry of a preset as the table does, on its training subjects and on nothing else: contrastive
pre-training of both encoders, then the whole network. Loading the corpus is told apart. Nothing is evaluated.

    python -m tools.bench.training --data ~/corpora
    python -m tools.bench.training --data ~/corpora --threads 4 --json training.json
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.console import Console
from tools.processes import machine

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import guarded
from hnhar.train.bundles.runs import commit
from hnhar.train.bundles.sessions import corpus_folder
from hnhar.train.corpora.registry import load_corpus
from hnhar.train.studies.protocol import preset as presets
from hnhar.train.studies.protocol.contrast import pretrain
from hnhar.train.studies.protocol.encoders import build
from hnhar.train.studies.protocol.supervise import supervise
from hnhar.train.studies.protocol.trials import TRAIN_SUBJECTS, stack

LIMIT = 300.0
"""s that both may take on two cores."""


@dataclass(frozen=True, slots=True)
class Times:
    """Measured times, s of wall time."""

    entry: str
    trials: int
    epochs: tuple[int, int]
    """Of pre-training and of fine-tuning."""
    threads: int
    load_s: float
    pretrain_s: float
    finetune_s: float
    commit: str
    machine: dict[str, str | int]

    @property
    def together(self) -> float:
        """Pre-training and fine-tuning, s."""
        return self.pretrain_s + self.finetune_s


def main() -> int:
    """Measure, print, and write what was asked for."""
    return guarded(_main)


def _main() -> int:
    arguments = _arguments()
    if arguments.threads < 1:
        raise ConfigError(f"--threads must be at least 1, not {arguments.threads}")
    folder = corpus_folder(arguments.data)
    times = measure(arguments.preset, arguments.entry, folder, arguments.threads)
    Console(highlight=False, soft_wrap=True).print(
        f"{times.entry}, {times.trials} trials of subjects {', '.join(map(str, TRAIN_SUBJECTS))}, "
        f"{times.threads} threads: pre-training {times.pretrain_s:.0f} s ({times.epochs[0]} epochs), "
        f"fine-tuning {times.finetune_s:.0f} s ({times.epochs[1]} epochs), together {times.together:.0f} s; "
        f"loading {times.load_s:.1f} s\n"
        f"{', '.join(f'{name} {value}' for name, value in times.machine.items())}; commit {times.commit}",
        markup=False,
    )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(asdict(times), indent=1) + "\n", encoding="utf-8")
    return 0 if times.together <= LIMIT else 1


def measure(preset: str, name: str, folder: Path, threads: int) -> Times:
    """Train an entry of a preset once, seed 0; ConfigError where it has no pre-training or fine-tuning."""
    whole = presets.read(preset, presets.Preset)
    if name not in [entry.name for entry in whole.entry]:
        raise ConfigError(f"the preset {preset} has no entry '{name}'")
    entry = whole.named(name)
    if entry.method is None or not entry.finetune or entry.labels != "all" or entry.waits:
        raise ConfigError(f"the entry '{name}' is not pre-trained and fine-tuned on all labels by itself")
    budget, settings = entry.budget or whole.budget, entry.supervision or whole.supervision
    torch.set_num_threads(threads)
    began = time.perf_counter()
    trials = stack(load_corpus(whole.corpus, folder), TRAIN_SUBJECTS)
    loaded = time.perf_counter()
    network = build(entry.pair, entry.modalities, trials.classes, 0)
    pretrain(network, trials, entry.method, budget, seed=0)
    pretrained = time.perf_counter()
    supervise(network, trials, settings, seed=0)
    done = time.perf_counter()
    return Times(
        name,
        len(trials),
        (budget.epochs, settings.budget.epochs),
        threads,
        round(loaded - began, 2),
        round(pretrained - loaded, 1),
        round(done - pretrained, 1),
        commit(),
        machine(),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default=os.environ.get("HNHAR_DATA"), metavar="DIR")
    parser.add_argument("--preset", default="utd-mhad")
    parser.add_argument("--entry", default="hard-labels", help="of the preset (default: hard-labels)")
    parser.add_argument("--threads", type=int, default=2, help="of torch (default: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
