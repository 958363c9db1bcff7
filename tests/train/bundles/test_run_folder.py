"""The run folder: all that made a result is in it, and a command that was killed goes on in it."""

import argparse
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from hnhar.model.errors import ConfigError
from hnhar.train.bundles import runs
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.runs import Run, environment
from hnhar.train.bundles.workflow import fresh, run_finetuning, run_pretraining
from hnhar.train.cli.main import main
from hnhar.train.cli.run import FINETUNED, PRETRAINED, watched
from hnhar.train.learn.data import WindowSet

COMMAND = ["--synthetic-only", "--preset", "quick", "--checkpoint-every", "2"]
KILLED = """
import os, signal, sys
from hnhar.train.output import progress
step = progress.Display.step
def deadly(self, stage, done, total, measured):
    step(self, stage, done, total, measured)
    if (stage, done) == (sys.argv[1], int(sys.argv[2])):
        os.kill(os.getpid(), signal.SIGKILL)
progress.Display.step = deadly
from hnhar.train.cli.main import main
sys.exit(main(sys.argv[3:]))
"""
"""`hnhar-train` that dies, as by `kill -9`, after a step of a stage."""


def killed(stage: str, step: int, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, stage, str(step), *command],
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def same_weights(one: Path, other: Path) -> bool:
    a, b = load_file(one), load_file(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "stage", "step", "file"),
    [
        ("pretrain", "pre-training", 3, "pretrained.safetensors"),
        ("finetune", "fine-tuning", 25, "finetuned.safetensors"),
    ],
)
def test_a_command_killed_in_its_middle_is_given_again_and_ends_as_one_that_was_not(
    command: str, stage: str, step: int, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = [command, *COMMAND, "--run", str(tmp_path / "stopped")]
    killed(stage, step, *stopped)
    folder = tmp_path / "stopped"
    assert (folder / "checkpoints").is_dir()
    assert not (folder / file).exists()
    if command == "pretrain":
        assert main([*stopped, "--seed", "1"]) == 2
        assert "another" in capsys.readouterr().err
    assert main(stopped) == 0
    assert not (folder / "checkpoints").exists()
    whole = tmp_path / "whole"
    assert main([command, *COMMAND, "--run", str(whole)]) == 0
    assert same_weights(folder / file, whole / file)
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    begun = [line["stage"] for line in lines if line["step"] == 1]
    assert len(begun) == len(set(begun)), "no training began anew"
    trained = read(folder, "metrics.json")["training"]
    assert trained["last"][stage]["loss"] == read(whole, "metrics.json")["training"]["last"][stage]["loss"]


@pytest.mark.slow
def test_a_run_folder_says_everything_that_made_it(tmp_path: Path) -> None:
    options = [*COMMAND, "--run", str(tmp_path), "--seed", "3", "--without", "wave, clap,wave"]
    assert main(["pretrain", *options]) == 0
    config, metrics = read(tmp_path, "config.json"), read(tmp_path, "metrics.json")
    assert config["command"]["command"] == "pretrain"
    assert config["command"]["seed"] == config["recipe"]["seed"] == 3
    assert config["recipe"]["pretrain"]["steps"] == 4
    assert config["recipe"]["task"]["without"] == ["wave", "clap"]
    assert not {"wave", "clap"} & set(config["recipe"]["task"]["actions"])
    assert config["seen"]["windows"] > 0
    assert len(config["seen"]["windows_sha256"]) == 64
    assert {"torch", "numpy", "tensorboard", "python"} <= config["versions"].keys()
    assert {"commit", "machine", "vectors", "threads", "date"} <= config.keys()
    assert metrics["bundle"].startswith("synthetic-wrist@")
    last = metrics["training"]["last"]["pre-training"]
    assert {"step", "loss", "learning_rate"} <= last.keys()
    first = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    assert {"clamped", "effective", "beta", "kappa", "temperature"} <= first.keys()
    assert list((tmp_path / "tensorboard" / "pre-training").iterdir())
    assert main(["finetune", *options, "--from", str(tmp_path / "pretrained.safetensors")]) == 0
    assert "fine-tuning" in read(tmp_path, "metrics.json")["training"]["last"]
    assert read(tmp_path, "config.json")["command"]["weights"].endswith("pretrained.safetensors")


def test_training_repeats_wherever_the_global_generator_stands() -> None:
    made = recipe("quick", "wrist")
    made = replace(
        made,
        pretrain=replace(made.pretrain, steps=1, batch=4),
        finetune=replace(made.finetune, steps=1, batch=4),
    )
    samples = {m.name: torch.ones(6, m.steps(3.0), len(m.channels)) for m in made.task.modalities}
    targets = torch.eye(len(made.task.labels))[:6]
    windows = WindowSet(samples, torch.ones(6, 2, dtype=torch.bool), targets)
    trained = []
    for seed in (1, 2):
        recognizer = fresh(made)
        torch.manual_seed(seed)
        run_pretraining(made, recognizer, windows, lambda *_: None, "a")
        run_finetuning(made, recognizer, windows, lambda *_: None, "b")
        assert torch.initial_seed() == seed
        trained.append(recognizer.state_dict())
    assert all(torch.equal(tensor, trained[1][name]) for name, tensor in trained[0].items())


def test_commands_stay_in_the_run_folder_and_out_of_what_bundles_say(tmp_path: Path) -> None:
    said = Run(tmp_path, {"data": "corpora of mine"}).describe(recipe("quick", "wrist"), {"name": "c"})
    assert "command" not in said
    assert read(tmp_path, "config.json")["command"] == {"data": "corpora of mine"}


def test_packages_that_are_not_installed_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PACKAGES", ("torch", "a-package-that-is-nowhere"))
    assert environment()["versions"].keys() == {"python", "torch"}


def test_what_a_stage_measured_before_it_was_stopped_is_found_in_the_log(tmp_path: Path) -> None:
    Run(tmp_path).log("pre-training", 7, {"loss": 1.5})
    with (tmp_path / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"stage": "pre-tr')
    assert Run(tmp_path).trained()["last"] == {"pre-training": {"step": 7, "loss": 1.5}}


def test_a_log_that_cannot_be_written_is_an_error_for_the_user(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").mkdir()
    with pytest.raises(ConfigError, match="cannot be written"):
        Run(tmp_path).log("a", 1, {"loss": 1.0})


def test_checkpoints_cannot_be_written_every_minus_one_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--synthetic-only", "--run", str(tmp_path), "--checkpoint-every", "-1"]
    assert main(["pretrain", *options]) == 2
    assert "--checkpoint-every must be" in capsys.readouterr().err


def asked(folder: Path, *, restart: bool = False) -> argparse.Namespace:
    return argparse.Namespace(run=str(folder), checkpoint_every=2, restart=restart)


def test_what_a_training_ended_with_is_not_replaced_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / PRETRAINED).write_bytes(b"encoders")
    with watched(asked(tmp_path)), watched(asked(tmp_path), FINETUNED):
        pass
    (tmp_path / "own.safetensors").write_bytes(b"weights")
    assert main(["bundle", *COMMAND, "--run", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "holds what another training ended with: own.safetensors. Give another --run, or --restart" in said
    with pytest.raises(ConfigError, match=PRETRAINED), watched(asked(tmp_path), PRETRAINED):
        pass
    with watched(asked(tmp_path, restart=True)):
        pass
    (tmp_path / "checkpoints").mkdir()  # a training that was begun anew and stopped
    with watched(asked(tmp_path)):
        pass
    assert (tmp_path / "own.safetensors").read_bytes() == b"weights"


def test_who_interrupts_a_training_hears_how_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt), watched(asked(tmp_path)):
        raise KeyboardInterrupt
    assert "goes on from here" not in capsys.readouterr().err
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(KeyboardInterrupt), watched(asked(tmp_path)):
        raise KeyboardInterrupt
    assert "The same command goes on from here" in " ".join(capsys.readouterr().err.split())


def test_how_a_stopped_training_goes_on_is_the_last_line_below_its_progress(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checkpoints").mkdir()

    def interrupted() -> None:
        with watched(asked(tmp_path)) as watching:
            watching.display.step("pre-training", 1, 10, {})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    *progress, last = capsys.readouterr().err.splitlines()
    assert any("pre-training" in line for line in progress)
    assert last.startswith("note: stopped. The same command goes on from here")


def test_after_a_restart_that_was_stopped_it_is_said_whether_restart_is_to_be_given_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.safetensors").write_bytes(b"weights")
    with pytest.raises(KeyboardInterrupt), watched(asked(tmp_path, restart=True)):
        raise KeyboardInterrupt
    assert "the same command, with the same options, begins anew" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="again, where that was stopped before its first checkpoint"):
        watched(asked(tmp_path)).__enter__()

    def interrupted() -> None:
        with watched(asked(tmp_path, restart=True)):
            (tmp_path / "checkpoints").mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "The same command without --restart goes on from here" in capsys.readouterr().err
