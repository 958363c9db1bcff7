"""Several real processes get the loss and the gradients of one process with the whole batch."""

import json
import math
import os
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from .forms import cross_modal, multimodal, two_views

PROGRAM = Path(__file__).with_name("losses_process.py")
SETTING = {"temperature": 0.2, "beta": 1.5, "tau_plus": 0.02}
TRUE_NEGATIVES = SETTING | {"tau_plus": 0.0}


@dataclass(frozen=True)
class Case:
    """One call in all processes."""

    form: str
    sizes: tuple[int, ...]
    """Samples of each process."""
    options: dict[str, float] = field(default_factory=lambda: dict(SETTING))
    labels: bool = False
    presence: bool = False
    model: bool = False
    """Whether a model under DistributedDataParallel makes the embeddings."""


def cases(processes: int) -> dict[str, Case]:
    even, uneven = (6,) * processes, (7, 2, 4)[:processes]
    found = {
        "even": Case("cross-modal", even),
        "uneven": Case("cross-modal", uneven),
        "nt_xent": Case("cross-modal", uneven, {"temperature": 0.2, "beta": 0, "tau_plus": 0}),
        "one_has_none": Case("cross-modal", (9, 0, 3)[:processes]),
        "labels": Case("cross-modal", uneven, TRUE_NEGATIVES, labels=True),
        "unimodal": Case("unimodal", uneven),
        "unimodal_labels": Case("unimodal", uneven, TRUE_NEGATIVES, labels=True),
        "multimodal": Case("multimodal", uneven),
        "presence": Case("multimodal", uneven, presence=True),
        "tiled": Case("multimodal", uneven, SETTING | {"tile": 3}, presence=True),
    }
    if processes == 3:  # with the slow run: DistributedDataParallel takes seconds to import
        found["averaged"] = Case("cross-modal", even, SETTING | {"averaged": True}, model=True)
        found["summed"] = Case("cross-modal", even, model=True)
    return found


def batch(case: Case, seed: int) -> dict[str, Tensor]:
    """The whole batch: of three classes and an unknown one; the last process has no last modality."""
    generator = torch.Generator().manual_seed(seed)
    size, count = sum(case.sizes), 3 if case.form == "multimodal" else 2
    shared = torch.randn(size, 5, generator=generator, dtype=torch.float64)
    own = torch.randn(count, size, 5, generator=generator, dtype=torch.float64)
    presence = torch.rand(size, count, generator=generator) > 0.2
    presence[-case.sizes[-1] :, -1] = False
    labels = torch.arange(size) % 4 - 1
    weight = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    z = torch.nn.functional.normalize(shared + 0.8 * own, dim=2)
    return {"z": z, "labels": labels, "presence": presence, "weight": weight}


def alone(case: Case, given: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Loss and gradient, of the embeddings or of the model, in this process with the whole batch."""
    options = {key: value for key, value in case.options.items() if key != "averaged"}
    options |= {key: given[key] for key in ("labels", "presence") if getattr(case, key)}
    leaf = (given["weight"] if case.model else given["z"]).clone().requires_grad_()
    z = torch.nn.functional.normalize(given["z"] @ leaf.T, dim=2) if case.model else leaf
    if case.form == "unimodal":
        loss = two_views(*z, **options)
    elif case.form == "multimodal":
        loss = multimodal(list(z), **options)
    else:
        loss = cross_modal(*z, **options)
    loss.backward()
    assert leaf.grad is not None
    return loss.detach(), leaf.grad


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Run:
    """What so many processes got."""

    processes: int
    given: dict[str, dict[str, Tensor]]
    got: list[dict[str, Tensor]]
    refused: list[str]


def prepare(folder: Path, processes: int) -> dict[str, dict[str, Tensor]]:
    given = {name: batch(case, seed) for seed, (name, case) in enumerate(cases(processes).items())}
    flat = {f"{name}.{key}": value for name, values in given.items() for key, value in values.items()}
    save_file(flat, folder / "given.safetensors")
    described = {name: asdict(case) for name, case in cases(processes).items()}
    (folder / "cases.json").write_text(json.dumps(described), "utf-8")
    return given


def collect(folder: Path, processes: int, given: dict[str, dict[str, Tensor]]) -> Run:
    ranks = range(processes)
    got = [load_file(folder / f"got-{rank}.safetensors") for rank in ranks]
    refused = [(folder / f"refused-{rank}.txt").read_text("utf-8") for rank in ranks]
    return Run(processes, given, got, refused)


@pytest.fixture(
    scope="module",
    params=[pytest.param(2, id="2 processes"), pytest.param(3, id="3 processes", marks=pytest.mark.slow)],
)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All cases, in so many processes that are started with what torchrun would set."""
    processes: int = request.param
    folder = tmp_path_factory.mktemp("processes")
    given = prepare(folder, processes)
    common = {"WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    started = [
        subprocess.Popen(
            [sys.executable, PROGRAM, folder],
            env=os.environ | common | {"RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(processes)
    ]
    try:
        outputs = [process.communicate(timeout=100)[0] for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0] * processes, "\n".join(outputs)
    return collect(folder, processes, given)


def test_every_process_gets_the_loss_of_the_whole_batch(run: Run) -> None:
    for name, case in cases(run.processes).items():
        expected, _ = alone(case, run.given[name])
        for got in run.got:
            assert got[f"{name}.loss"].item() == pytest.approx(expected.item(), rel=1e-12), name


def test_embeddings_get_the_gradients_of_the_whole_batch(run: Run) -> None:
    for name, case in cases(run.processes).items():
        if not case.model:
            _, expected = alone(case, run.given[name])
            ours = torch.cat([got[f"{name}.gradient"] for got in run.got], dim=1)
            torch.testing.assert_close(
                ours, expected, rtol=1e-11, atol=1e-14, msg=lambda m, n=name: f"{n}: {m}"
            )


@pytest.mark.parametrize("run", [pytest.param(3, marks=pytest.mark.slow)], indirect=True)
def test_averaging_by_ddp_gives_the_whole_gradient_when_told_and_a_share_when_not(run: Run) -> None:
    for name, factor in (("averaged", 1), ("summed", 1 / run.processes)):
        _, expected = alone(cases(run.processes)[name], run.given[name])
        for got in run.got:
            torch.testing.assert_close(got[f"{name}.gradient"], factor * expected, rtol=1e-11, atol=1e-14)


def test_all_processes_refuse_what_only_one_gives(run: Run) -> None:
    for words in run.refused:
        assert "the processes gave different things" in words
        assert "(3, 5, 2, 0, 1)" in words
        assert "(3, 5, 2, 0, 0)" in words


@pytest.mark.slow
def test_torchrun_starts_it(tmp_path: Path) -> None:
    given = prepare(tmp_path, 2)
    command = ["-m", "torch.distributed.run", "--nproc-per-node=2", "--master-addr=127.0.0.1"]
    done = subprocess.run(
        [sys.executable, *command, f"--master-port={free_port()}", PROGRAM, tmp_path],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    run = collect(tmp_path, 2, given)
    expected, _ = alone(cases(2)["uneven"], given["uneven"])
    assert math.isclose(run.got[1]["uneven.loss"].item(), expected.item(), rel_tol=1e-12)
