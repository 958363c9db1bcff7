"""Cells of a table: computed once, kept whole, resumed, and blind to what they may not see."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch

from hnhar.model.errors import ConfigError
from hnhar.train.studies.protocol import cells as cells_module
from hnhar.train.studies.protocol.cells import Bench, Cell, cells, kept
from hnhar.train.studies.protocol.labels import DRAWS, draw
from hnhar.train.studies.protocol.method import Budget, Method
from hnhar.train.studies.protocol.preset import Entry, Preset
from hnhar.train.studies.protocol.supervise import Supervision
from hnhar.train.studies.protocol.trials import Trials

from .conftest import made_trials

SMALL = Budget(epochs=1, batch=12, bfloat16=False)
INFERRED = Method(negatives="inferred", positives="inferred", beta=1.0, warmup=0.0)
PRESET = Preset(
    title="a small one",
    seeds=(0, 1),
    budget=SMALL,
    supervision=Supervision(budget=SMALL),
    amounts=(1,),
    entry=(
        Entry(name="random", title="random"),
        Entry(name="cmc", title="CMC", method=Method(), finetune=True, head=True),
        Entry(name="few", title="few", method=INFERRED, labels="few", base="cmc"),
        Entry(name="scratch", title="scratch", finetune=True, as_long="cmc"),
        Entry(name="scratch-few", title="few", labels="few", finetune=True, as_long="few"),
        Entry(name="all", title="all", method=Method(negatives="labels", beta=1.0), labels="all"),
    ),
)


TWO_AMOUNTS = msgspec.structs.replace(PRESET, amounts=(1, 2))


@pytest.fixture
def bench(tmp_path: Path, trials: Trials) -> Bench:
    return Bench(PRESET, tmp_path, trials, made_trials(subjects=(2,), seed=5))


def test_a_cell_is_computed_once(bench: Bench) -> None:
    first = bench.compute(Cell("cmc", 0))
    written = (bench.folder / "cmc-s0.json").stat().st_mtime_ns
    assert bench.compute(Cell("cmc", 0)) == first
    assert (bench.folder / "cmc-s0.json").stat().st_mtime_ns == written
    assert set(first["linear"]) == {"imu+skeleton", "imu", "skeleton"}
    assert {"head", "finetuned", "few", "diagnostics", "pretraining_s"} <= set(first)


def test_a_cell_repeats_to_the_bit(bench: Bench, tmp_path: Path) -> None:
    again = Bench(PRESET, tmp_path / "again", bench.train, bench.test)
    again.folder.mkdir()
    one, other = bench.compute(Cell("cmc", 1)), again.compute(Cell("cmc", 1))
    for key in ("linear_predictions", "finetuned_predictions", "head_predictions", "few", "diagnostics"):
        assert one[key] == other[key]


def test_a_cell_that_stopped_while_writing_is_computed_again(bench: Bench) -> None:
    (bench.folder / "random-s0.partial").write_text('{"settings', encoding="utf-8")
    assert kept(PRESET, bench.folder, Cell("random", 0)) is None
    assert bench.compute(Cell("random", 0))["trials"] == [24, 12]


def test_results_of_other_settings_are_not_taken_for_these(bench: Bench) -> None:
    bench.compute(Cell("random", 0))
    with pytest.raises(ConfigError, match="other settings"):
        kept(TWO_AMOUNTS, bench.folder, Cell("random", 0))


def test_a_damaged_result_says_what_to_do(bench: Bench) -> None:
    (bench.folder / "random-s0.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="remove it"):
        bench.compute(Cell("random", 0))


def test_few_labels_have_a_cell_for_each_amount_and_draw_over_the_seeds() -> None:
    few = [cell for cell in cells(TWO_AMOUNTS) if cell.entry == "few"]
    assert len(few) == 2 * DRAWS
    assert {cell.seed for cell in few} == {0, 1}
    assert {cell.entry for cell in cells(TWO_AMOUNTS)[:2]} == {"cmc"}


def test_what_goes_on_from_another_gives_the_same_with_its_weights_at_hand_or_not(
    bench: Bench, tmp_path: Path
) -> None:
    bench.compute(Cell("cmc", 0))
    alone = Bench(PRESET, tmp_path / "alone", bench.train, bench.test)
    alone.folder.mkdir()
    cell = Cell("few", 0, 1, 0)
    assert bench.compute(cell)["few"] == alone.compute(cell)["few"]


def shown_to(monkeypatch: pytest.MonkeyPatch, bench: Bench, cell: Cell) -> list[Trials]:
    """The trials that each pre-training behind a cell was given."""
    seen: list[Trials] = []
    real: Callable[..., object] = cells_module.pretrain

    def watched(network: object, trials: Trials, *rest: object, **named: object) -> object:
        seen.append(trials)
        return real(network, trials, *rest, **named)

    monkeypatch.setattr(cells_module, "pretrain", watched)
    bench.compute(cell)
    return seen


def test_pre_training_without_labels_sees_training_subjects_only_and_no_label(
    monkeypatch: pytest.MonkeyPatch, bench: Bench
) -> None:
    (seen,) = shown_to(monkeypatch, bench, Cell("cmc", 0))
    assert set(seen.subjects.tolist()) == {1, 3}
    assert set(seen.labels.tolist()) == {-1}


def test_pre_training_with_few_labels_sees_those_of_its_draw(
    monkeypatch: pytest.MonkeyPatch, bench: Bench
) -> None:
    base, few = shown_to(monkeypatch, bench, Cell("few", 0, 2, 3))
    assert set(base.labels.tolist()) == {-1}
    known = torch.nonzero(few.labels >= 0)[:, 0]
    assert torch.equal(known, draw(bench.train.labels, 2, 3))
    assert torch.equal(few.labels[known], bench.train.labels[known])


def test_test_trials_change_no_training_and_no_probe(bench: Bench, tmp_path: Path) -> None:
    half = bench.test.rows(torch.arange(6))
    other = Bench(PRESET, tmp_path / "half", bench.train, half)
    other.folder.mkdir()
    one, two = bench.compute(Cell("cmc", 0)), other.compute(Cell("cmc", 0))
    for key in ("linear_predictions", "finetuned_predictions", "head_predictions"):
        for subset, predicted in two[key].items():
            assert one[key][subset][:6] == predicted


@pytest.mark.parametrize(
    ("cell", "epochs"),
    [
        # of the 24 trials, 1 epoch of pre-training and 1 of tuning
        (Cell("scratch", 0), 2),
        # of the 3 that are labeled: 2 batches of the 24 before, and 2 of the second stage
        (Cell("scratch-few", 0, 1, 0), 4),
    ],
)
def test_a_partner_from_scratch_trains_for_as_many_epochs_and_batches_as_the_other(
    monkeypatch: pytest.MonkeyPatch, bench: Bench, cell: Cell, epochs: int
) -> None:
    trained: list[int] = []
    real: Callable[..., object] = cells_module.supervise

    def watched(network: object, trials: object, settings: Supervision, **named: object) -> object:
        trained.append(settings.budget.epochs)
        return real(network, trials, settings, **named)

    monkeypatch.setattr(cells_module, "supervise", watched)
    bench.compute(cell)
    assert trained == [epochs]


def test_a_cell_of_an_earlier_version_counts_where_nothing_of_it_was_changed_since(bench: Bench) -> None:
    settings = cells_module.settings_of(PRESET, Cell("few", 0, 1, 0))
    for entry in settings["entries"]:
        assert "as_long" not in entry
        assert not {"reach", "equal", "sure"} & set(entry["method"])
    assert "inputs" not in settings
