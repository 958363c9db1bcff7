"""People left out: every fold is read by what never saw its people, and any set of signals gets an answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.errors import ConfigError
from hnhar.train.cli.main import main
from hnhar.train.corpora.smartfallmm.corpus import load
from hnhar.train.studies.people import report, study
from hnhar.train.studies.people.fold import fit, recognized, subsets
from hnhar.train.studies.people.recipe import PeopleRecipe
from hnhar.train.studies.people.trials import LENGTH, modalities_of, on_grid, part

from ..corpora.smartfallmm_tree import WRIST, acceleration, place, write_tree

HIP_, WRIST_ = "accelerometer.hip", "accelerometer.wrist"


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """So small a network is faster without threads, and much so on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def recipe() -> PeopleRecipe:
    return study.quick(replace(PeopleRecipe(), steps=50))


@pytest.fixture
def young(tmp_path: Path) -> study.Population:
    place(write_tree(tmp_path), "young", WRIST, "S28A03T01", acceleration())  # a trial of the wrist alone
    return study.population(load(tmp_path), "young", 1)


def test_a_signal_keeps_its_time_and_is_held_where_it_is_shorter_than_the_grid() -> None:
    times = np.delete(np.arange(0.0, 6.01, 0.1), [20, 21, 22])  # 6 s with a gap
    ramp = on_grid(times[:, None].astype(np.float32), times, 120)[:, 0]
    assert (ramp[:31] == ramp[30]).all()
    assert (ramp[89:] == ramp[89]).all()
    np.testing.assert_allclose(np.diff(ramp[32:88]), LENGTH / 120, rtol=0.03)


def test_a_signal_longer_than_the_grid_is_played_faster() -> None:
    times = np.arange(0.0, 2 * LENGTH + 0.01, 0.1)
    ramp = on_grid(times[:, None].astype(np.float32), times, 121)[:, 0]
    np.testing.assert_allclose(np.diff(ramp[1:-1]), 2 * LENGTH / 120, rtol=1e-3)


def test_a_signal_that_a_trial_lacks_is_absent_not_zero(young: study.Population) -> None:
    made = part(young.tested, young.classes, modalities_of(young.modalities, 50))
    lone = young.classes.index("jacket_on_off")
    (row,) = np.flatnonzero(made.labels == lone)
    assert dict(zip(young.modalities, made.windows.presence[row].tolist(), strict=True)) == {
        HIP_: False,
        WRIST_: True,
        "skeleton": False,
    }


def test_sets_of_signals_are_each_alone_those_of_a_kind_and_all() -> None:
    names = (HIP_, WRIST_, "skeleton")
    assert subsets(modalities_of(names, 50)) == (*((n,) for n in names), (HIP_, WRIST_), names)
    assert subsets(modalities_of(("imu.wrist", "imu.hip"), 50))[-1] == ("imu.wrist", "imu.hip")


def test_one_training_answers_by_any_set_of_signals_and_by_none_that_is_absent(
    young: study.Population, recipe: PeopleRecipe
) -> None:
    modalities = modalities_of(young.modalities, recipe.steps)
    windows = part(young.tested, young.classes, modalities).windows
    network, _ = fit(modalities, windows, recipe, 0, lambda *told: None)
    again, _ = fit(modalities, windows, recipe, 0, lambda *told: None)
    for name, value in network.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    for names in subsets(modalities):
        found = recognized(network, windows, names)
        columns = [young.modalities.index(name) for name in names]
        assert ((found >= 0) == windows.presence[:, columns].all(dim=1).numpy()).all()
        # logits are summed: the answer of several is that of their sum
        rows = torch.from_numpy(np.flatnonzero(found >= 0))
        with torch.inference_mode():
            alone = network({n: windows.samples[n][rows] for n in names}).modality_logits
        summed = torch.stack(list(alone.values())).sum(dim=0).argmax(dim=1)
        assert (summed.numpy() == found[rows.numpy()]).all()


def test_a_fold_is_read_by_others_and_is_not_trained_again(
    young: study.Population, recipe: PeopleRecipe, tmp_path: Path
) -> None:
    fold = study.folds(young.people)[0]
    assert fold == study.PeopleFold("0", (28,))
    told: list[str] = []

    def stage(what: str, *measured: object) -> None:
        told.append(what)

    first = study.run(young, fold, "hard", recipe, 0, tmp_path / "run", stage)
    assert set(first.subjects) == {28}
    assert first.trained == len(young.tested) - len(first.labels) + len(young.others)
    assert set(told) == {"pre-training", "fine-tuning"}
    told.clear()
    assert study.run(young, fold, "hard", recipe, 0, tmp_path / "run", stage) == first
    assert not told
    with pytest.raises(ConfigError, match="other settings"):
        study.run(young, fold, "hard", replace(recipe, stride=2), 0, tmp_path / "run", stage)
    study.run(young, fold, "scratch", recipe, 0, tmp_path / "run", stage)
    assert set(told) == {"fine-tuning"}
    (tmp_path / "run" / "hard-young-0-s0.json").write_text("{}")
    with pytest.raises(ConfigError, match="is no result"):
        study.run(young, fold, "hard", recipe, 0, tmp_path / "run", stage)


def test_people_of_the_other_group_train_and_are_never_read(young: study.Population) -> None:
    assert young.people == (28, 29, 30, 31)
    assert {t.subject for t in young.others} == {1, 2}
    with pytest.raises(ConfigError, match="some, not all, of the people of young here, 28, 29, 30, 31"):
        study.fold_of(young, [1])
    with pytest.raises(ConfigError, match="not 28, 29, 30, 31"):
        study.fold_of(young, [28, 29, 30, 31])


def test_figures_count_only_trials_that_have_the_signals() -> None:
    result = study.Result(
        "hard",
        study.PeopleFold("0", (28,)),
        0,
        1,
        1,
        1.0,
        (0, 0, 1, 1),
        (28,) * 4,
        (True, True, True, False),
        {"a": (0, 1, 1, -1)},
    )
    found = report.figures(result, "a")
    assert (found.trials, found.accuracy) == (3, pytest.approx(2 / 3))
    assert found.macro_f1 == pytest.approx(2 / 3)
    assert report.pooled([result, result], "a").trials == 6


@pytest.mark.slow
def test_the_command_writes_its_table_its_document_and_its_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_tree(tmp_path / "corpora" / "smartfallmm").parent
    document, run = tmp_path / "corpora.md", tmp_path / "run"
    words = ["people", "--data", str(data), "--run", str(run), "--preset", "quick", "--threads", "1"]
    words += ["--folds", "0,1"]
    assert main([*words, "--methods", "hard"]) == 2  # a look that nobody would know of
    assert "--looks" in capsys.readouterr().err
    assert main([*words, "--doc", str(document), "--looks", str(document)]) == 0
    text = document.read_text()
    assert "## SmartFallMM, young: people left out" in text
    assert "| hip + wrist | 88 |" in text
    assert "SmartFallMM, young, people 28, 29 left out: accuracy hard hip" in text
    assert (run / "people.json").exists()
    inner = ["--without", "28", "--test-subjects", "30"]
    assert main([*words[:-2], *inner, "--methods", "scratch"]) == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--methods", "magic"], "--methods takes some of hard, scratch, not 'magic'"),
        (["--folds", "7"], "--folds takes some of 0, 1, 2, 3, not '7'"),
        (["--test-subjects", "99"], "--test-subjects are some"),
        (["--without", "28,29,30"], "1 people of 'young' here"),
        (["--group", "old", "--without", "1,2"], "0 people of 'old' here"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    words: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_tree(tmp_path / "smartfallmm", activities=(1,))
    command = [
        "people",
        "--data",
        str(data),
        "--run",
        str(tmp_path / "run"),
        "--looks",
        str(tmp_path / "l.md"),
    ]
    assert main([*command, *words]) == 2
    error = capsys.readouterr().err
    assert reason in " ".join(error.split())
    assert "Traceback" not in error
