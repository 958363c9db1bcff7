"""TensorBoard logs: readable by TensorBoard, without what a resumed training repeats; off with a word."""

import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from hnhar.model.errors import ConfigError
from hnhar.train.output.board import Board


def logged(folder: Path, name: str) -> list[tuple[int, float]]:
    """Steps and values as TensorBoard reads them."""
    found = EventAccumulator(str(folder))
    found.Reload()
    return [(event.step, event.value) for event in found.Scalars(name)]


def test_each_training_is_a_run_of_its_own_with_what_it_measured(tmp_path: Path) -> None:
    with Board(tmp_path) as board:
        for step in (1, 2):
            board.scalars("pre-training", step, {"loss": step / 2, "learning_rate": 0.25})
            board.scalars("fine-tuning without the held-out", step, {"loss": 3.0})
        board.scalars("watching", 1, {})
    assert logged(tmp_path / "pre-training", "loss") == [(1, 0.5), (2, 1.0)]
    assert logged(tmp_path / "pre-training", "learning_rate") == [(1, 0.25), (2, 0.25)]
    assert logged(tmp_path / "fine-tuning-without-the-held-out", "loss") == [(1, 3.0), (2, 3.0)]
    assert not (tmp_path / "watching").exists()


def test_a_training_that_goes_on_replaces_the_steps_that_it_repeats(tmp_path: Path) -> None:
    for steps, value in (((1, 2, 3, 4), 1.0), ((3, 4, 5), 2.0)):
        with Board(tmp_path) as board:
            for step in steps:
                board.scalars("a", step, {"loss": value})
    assert logged(tmp_path / "a", "loss") == [(1, 1.0), (2, 1.0), (3, 2.0), (4, 2.0), (5, 2.0)]


def test_without_tensorboard_nothing_is_written_and_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with Board(tmp_path / "logs") as board:
        board.scalars("a", 1, {"loss": 1.0})
        assert not board.available()
    assert "hnhar[train]" in board.missing
    assert not (tmp_path / "logs").exists()


def test_a_folder_that_cannot_be_written_is_an_error_for_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with Board(tmp_path / "file") as board, pytest.raises(ConfigError, match="cannot be written"):
        board.scalars("a", 1, {"loss": 1.0})
