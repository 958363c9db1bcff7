"""A training that is killed goes on where it was, to the bit; what is no checkpoint of it is refused."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hnhar.model.errors import ConfigError
from hnhar.train.learn.checkpoint import (
    METADATA_KEY,
    MOMENTS,
    Checkpoints,
    ResumableTraining,
    TrainingState,
    resume,
)

PROGRAM = Path(__file__).with_name("checkpoint_process.py")
STEPS = 6


def run(kind: str, folder: Path, last: int, out: Path) -> int:
    """Exit code of a training in a process of its own."""
    command = [sys.executable, str(PROGRAM), kind, str(folder), str(last), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pretrain", "finetune", "contrast", "supervise"])
def test_a_training_killed_in_its_middle_ends_with_the_weights_of_one_that_was_not(
    kind: str, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    assert run(kind, tmp_path / "a", 0, whole) == 0
    for last in (1, 3, 4):  # before the first checkpoint; after it; in the step of the second
        assert run(kind, tmp_path / "b", last, parts) == -signal.SIGKILL
    assert not parts.exists()
    assert run(kind, tmp_path / "b", 0, parts) == 0
    one, other = load_file(whole), load_file(parts)
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


class Small:
    """A training of one layer with dropout that takes no time."""

    def __init__(self, start: int = 0) -> None:
        torch.manual_seed(start)
        self.layer = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
        self.unused = nn.Linear(2, 2)
        optimizer = torch.optim.AdamW([*self.layer.parameters(), *self.unused.parameters()], lr=0.1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=STEPS)
        generator = torch.Generator().manual_seed(1)
        self.parts = TrainingState(
            {"layer": self.layer, "unused": self.unused}, optimizer, schedule, generator
        )

    def train(
        self, folder: Path, until: int = STEPS, every: int = 2, seed: int = 0, apart: bool = False
    ) -> ResumableTraining:
        kept = resume(
            Checkpoints(folder, every),
            "a training",
            self.parts,
            {"seed": seed, "rates": {"imu": 50.0}},
            series=("loss",),
            apart=apart,
        )
        for step in range(kept.step, until):
            loss = self.layer(torch.randn(5, 3, generator=self.parts.generator)).square().mean()
            self.parts.optimizer.zero_grad()
            torch.autograd.backward(loss)
            self.parts.optimizer.step()
            self.parts.schedule.step()
            kept.series["loss"].append(loss.item())
            kept.at(step + 1, STEPS)
        return kept

    def state(self) -> list[Tensor]:
        moved = self.parts.optimizer.state_dict()["state"].items()
        moments = [state[key] for _, state in sorted(moved) for key in MOMENTS]
        return [*self.layer.state_dict().values(), *moments, torch.get_rng_state()]


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return len(one) == len(other) and all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A checkpoint at step 4 of 6."""
    Small().train(tmp_path, until=5)
    return tmp_path / "a-training.safetensors"


def test_weights_moments_schedule_generators_and_what_was_measured_go_on(file: Path, tmp_path: Path) -> None:
    whole, rest = Small(), Small()
    measured = whole.train(tmp_path / "other").series
    after = whole.state()
    torch.rand(7)  # where the global generator stands does not matter
    assert rest.train(file.parent).series == measured
    assert same(after, rest.state())


def test_a_training_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    first = Small()
    first.train(tmp_path)
    after = first.state()
    again = Small()
    assert again.train(tmp_path).step == STEPS
    assert same(after, again.state())


def test_a_process_killed_while_writing_leaves_the_checkpoint_before(file: Path) -> None:
    half = file.with_name(f".{file.name}.k1.partial")
    half.write_bytes(b"half of one")
    assert Small().train(file.parent).step == 4
    Checkpoints(file.parent, 1).forget(file.stem)
    assert not half.exists()


def test_a_checkpoint_of_other_settings_says_which(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"another seed \(0, here 1\).*--restart"):
        Small().train(file.parent, seed=1)


def test_a_checkpoint_from_other_weights_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match="another start"):
        Small(start=1).train(file.parent)


def test_trainings_apart_have_a_file_each(tmp_path: Path) -> None:
    Small().train(tmp_path, apart=True)
    assert Small().train(tmp_path, seed=1, apart=True).step == 0
    assert len(list(tmp_path.glob("a-training-*.safetensors"))) == 2
    Checkpoints(tmp_path, 1).forget("another training")
    assert len(list(tmp_path.iterdir())) == 2
    Checkpoints(tmp_path, 1).forget("a training")
    assert list(tmp_path.iterdir()) == []


def test_no_checkpoint_is_written_where_none_is_wanted(tmp_path: Path) -> None:
    Small().train(tmp_path, every=0)
    assert list(tmp_path.iterdir()) == []


def rewritten(
    file: Path, tensors: Callable[[dict[str, Tensor]], object] = id, told: Callable[[dict], object] = id
) -> None:
    """Change a checkpoint's tensors, or what it says."""
    held = load_file(file)
    raw = file.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    said = json.loads(header["__metadata__"][METADATA_KEY])
    tensors(held)
    told(said)
    save_file(held, file, {METADATA_KEY: json.dumps(said)})


def put(name: str, value: Tensor) -> Callable[[dict[str, Tensor]], object]:
    return lambda held: held.update({name: value})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (put("layer.0.bias", torch.full((4,), torch.nan)), "holds what it cannot"),
        (put("layer.0.bias", torch.zeros(5)), "another type or shape"),
        (put("layer.0.bias", torch.zeros(4, dtype=torch.float64)), "another type or shape"),
        (put("adamw.0.exp_avg_sq", torch.full((4, 3), -1.0)), "holds what it cannot"),
        (put("adamw.99.exp_avg", torch.zeros(1)), "unknown"),
        (put("more", torch.zeros(1)), "unknown"),
        (lambda held: held.pop("adamw.0.step"), "missing"),
        (lambda held: held.pop("random.own"), "missing"),
        (put("random.own", torch.full((5056,), 255, dtype=torch.uint8)), "random generator"),
    ],
)
def test_tensors_that_cannot_be_are_refused(
    file: Path, change: Callable[[dict[str, Tensor]], object], why: str
) -> None:
    rewritten(file, tensors=change)
    small = Small()
    before = [tensor.clone() for tensor in small.state()]
    with pytest.raises(ConfigError, match=why):
        small.train(file.parent)
    assert same(before, small.state())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": 2}, "format 2"),
        ({"step": 0}, "its step"),
        ({"step": "4"}, "damaged"),
        ({"scheduled": 3}, "of the schedule 3"),
        ({"groups": []}, "other groups"),
        ({"groups": [{"lr": -1, "betas": [0.9, 0.99]}]}, "learning rate"),
        ({"groups": [{"lr": 1, "betas": [0.9, 2]}]}, "learning rate"),
        ({"series": {}}, "measured at each step"),
        ({"series": {"loss": [1.0]}}, "measured at each step"),
        ({"settings": {}}, "another"),
    ],
)
def test_words_that_cannot_be_are_refused(file: Path, change: dict[str, object], why: str) -> None:
    rewritten(file, told=lambda said: said.update(change))
    with pytest.raises(ConfigError, match=why):
        Small().train(file.parent)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"\xff" * 8, b"\x02" + b"\0" * 7 + b"{}", bytes(8) + b"{}"],
    ids=["empty", "short", "a header of 2**64", "no tensors", "no header"],
)
def test_a_file_that_is_none_is_refused(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    with pytest.raises(ConfigError, match=r"damaged|unknown|missing"):
        Small().train(file.parent)


def test_a_truncated_checkpoint_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ConfigError, match="damaged"):
        Small().train(file.parent)


def test_a_file_much_larger_than_the_training_is_not_read(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(1 << 33)
    with pytest.raises(ConfigError, match="larger than"):
        Small().train(file.parent)


def test_a_folder_that_cannot_be_written_is_an_error_for_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be written"):
        Small().train(tmp_path / "file" / "checkpoints")
