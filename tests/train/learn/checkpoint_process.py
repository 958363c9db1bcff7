"""A training in a process of its own, which may be killed; run by test_checkpoint.py.

Arguments: what is trained, the folder of its checkpoints, the step after which the process kills itself as
`kill -9` does (0: none), and the file that the weights go to.
"""

import os
import signal
import sys
from pathlib import Path

import torch

from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.recognizer import Recognizer, preset
from hnhar.train.learn.checkpoint import Checkpoints
from hnhar.train.learn.data import WindowSet
from hnhar.train.learn.finetune import FinetuneConfig, finetune
from hnhar.train.learn.pretrain import PretrainConfig, pretrain
from hnhar.train.learn.watch import TrainingReport
from hnhar.train.studies.protocol.contrast import pretrain as contrast
from hnhar.train.studies.protocol.encoders import build
from hnhar.train.studies.protocol.method import Budget, Method
from hnhar.train.studies.protocol.supervise import Supervision, supervise
from hnhar.train.studies.protocol.trials import STEPS, Trials

STEPS_OF = {"pretrain": 7, "finetune": 7, "contrast": 5, "supervise": 5}
"""Kind -> its steps or epochs. A checkpoint is written after each second, and the last."""
MODALITIES = (imu(), skeleton())
RATES = {m.name: m.rate for m in MODALITIES}


def windows(count: int = 18) -> WindowSet:
    """Noise, of three labels."""
    generator = torch.Generator().manual_seed(0)
    samples = {
        m.name: torch.randn(count, m.steps(1.0), len(m.channels), generator=generator) for m in MODALITIES
    }
    targets = torch.nn.functional.one_hot(torch.arange(count) % 3, 3).float()
    return WindowSet(samples, torch.ones(count, 2, dtype=torch.bool), targets)


def trials(count: int = 12) -> Trials:
    """Noise, of three classes."""
    generator = torch.Generator().manual_seed(0)
    samples = {
        "imu": torch.randn(count, STEPS, 6, generator=generator),
        "skeleton": torch.randn(count, STEPS, 60, generator=generator),
    }
    return Trials(samples, torch.arange(count) % 3, torch.ones(count, dtype=torch.int64), 3)


def train(kind: str, report: TrainingReport) -> torch.nn.Module:
    """A small training of that kind; the trained network."""
    steps, budget = STEPS_OF[kind], Budget(epochs=STEPS_OF[kind], batch=6, bfloat16=False)
    if kind in ("contrast", "supervise"):
        network = build("compact", ("imu", "skeleton"), 3, seed=0)
        if kind == "contrast":
            method = Method(pairs="all", views=2, beta=1.0, schedule="fall", negatives="far", excluded=4)
            said = contrast(network, trials(), method, budget, seed=3, report=report)
            network.register_buffer("losses", torch.tensor(said.loss + said.clamped + said.effective))
        else:
            losses = supervise(network, trials(), Supervision(budget=budget), seed=3, report=report)
            network.register_buffer("losses", torch.tensor(losses))
        return network
    torch.manual_seed(5)
    recognizer = Recognizer(preset("compact", MODALITIES, window=1.0, classes=3))
    if kind == "pretrain":
        pretrain(
            recognizer,
            windows(),
            RATES,
            PretrainConfig(steps=steps, batch=6),
            idle=2,
            seed=0,
            report=report,
        )
    else:
        finetune(
            recognizer,
            windows(),
            RATES,
            FinetuneConfig(steps=steps, batch=6),
            idle=2,
            seed=0,
            report=report,
        )
    return recognizer


def main(kind: str, folder: Path, last: int, out: Path) -> None:
    """Train, and die after step `last`."""

    def report(_: str, step: int, steps: int, measured: dict[str, float]) -> None:
        if step == last:
            os.kill(os.getpid(), signal.SIGKILL)

    torch.set_num_threads(1)
    network = train(kind, TrainingReport(report, Checkpoints(folder, every=2), kind))
    from safetensors.torch import save_file

    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
