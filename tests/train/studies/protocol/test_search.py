"""The search of a study: repeats, goes on, stops what is behind, and consults nobody whom it may not."""

import json
import math
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from hnhar.model.errors import ConfigError, MissingExtraError
from hnhar.train.cli.main import main
from hnhar.train.studies.protocol import publish
from hnhar.train.studies.protocol.method import Budget, Method
from hnhar.train.studies.protocol.preset import read
from hnhar.train.studies.protocol.search import Limits, StudyTrial, best_of, search
from hnhar.train.studies.protocol.study import (
    Base,
    Fold,
    Params,
    Range,
    SearchSpace,
    Studies,
    Study,
    chosen,
    value,
)
from hnhar.train.studies.protocol.study_run import summary, text, write

from .conftest import made_trials

BEST = 0.3
"""Temperature at which the made-up accuracy is greatest."""
STUDY = Study(
    name="small",
    title="a small one",
    space=SearchSpace(
        temperature=Range(low=0.05, high=2.0, log=True),
        kappa=Range(low=0.0, high=8.0),
        epochs=Range(low=1, high=4),
    ),
)
STUDIES = Studies(title="small ones", study=(STUDY,), left_out=(7, 5), seed=3)


def accuracy(params: Params, fold: int) -> float:
    """Percent, made up: less the further from the best; a little more on the second fold."""
    return 90 - 20 * abs(math.log(params["temperature"] / BEST)) - params["kappa"] + fold


@dataclass(slots=True)
class Answers:
    """Answers at once, and notes what was asked."""

    asked: list[tuple[float, int]] = field(default_factory=list)

    def __call__(self, asked: Sequence[tuple[Study, Params, int]]) -> list[float]:
        self.asked += [(params["temperature"], fold) for _, params, fold in asked]
        return [accuracy(params, fold) for _, params, fold in asked]


def run(
    folder: Path,
    trials: int,
    workers: int = 1,
    evaluate: Answers | None = None,
    studies: Studies = STUDIES,
    timeout: float | None = None,
) -> list[StudyTrial]:
    ticks = iter(range(1000))
    return search(
        studies,
        studies.study[0],
        folder / "studies.db",
        evaluate or Answers(),
        Limits(trials, timeout, lambda: next(ticks)),
        workers=workers,
        advance=lambda *_: None,
    )


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> list[StudyTrial]:
    return run(tmp_path_factory.mktemp("twenty"), 20)


def test_a_search_comes_near_to_the_best(twenty: list[StudyTrial]) -> None:
    best = best_of(twenty)
    assert best is not None
    assert best.value > 83
    assert 0.15 < best.params["temperature"] < 0.6
    assert all(trial.params["epochs"] in (1, 2, 3, 4) for trial in twenty)


def test_it_repeats_and_another_seed_does_not(twenty: list[StudyTrial], tmp_path: Path) -> None:
    assert run(tmp_path, 12) == twenty[:12]
    other = msgspec.structs.replace(STUDIES, seed=4)
    assert run(tmp_path, 1, studies=msgspec.structs.replace(other, study=(renamed("b"),))) != twenty[:1]


def renamed(name: str) -> Study:
    return msgspec.structs.replace(STUDY, name=name)


@pytest.mark.slow
def test_a_search_that_was_stopped_goes_on_as_one_that_was_not(
    twenty: list[StudyTrial], tmp_path: Path
) -> None:
    class StoppedError(Exception):
        """As by Ctrl-C."""

    class Stopping(Answers):
        def __call__(self, asked: Sequence[tuple[Study, Params, int]]) -> list[float]:
            if len(self.asked) > 8:
                raise StoppedError
            return super().__call__(asked)

    with pytest.raises(StoppedError):
        run(tmp_path, 20, evaluate=Stopping())
    rest = Answers()
    assert run(tmp_path, 20, evaluate=rest) == twenty
    assert len(rest.asked) < sum(len(trial.folds) for trial in twenty)


def test_what_is_behind_the_median_after_one_subject_is_not_read_on_the_next(
    twenty: list[StudyTrial],
) -> None:
    pruned = [trial for trial in twenty if trial.pruned]
    assert pruned
    assert {len(trial.folds) for trial in pruned} == {1}
    assert {len(trial.folds) for trial in twenty if not trial.pruned} == {2}
    assert not any(trial.pruned for trial in twenty[:5])


def test_workers_answer_rounds_together_and_repeat(tmp_path: Path) -> None:
    answers = Answers()
    first = run(tmp_path, 5, workers=2, evaluate=answers)
    assert [fold for _, fold in answers.asked[:4]] == [0, 0, 1, 1]
    assert len(first) == 5
    (tmp_path / "again").mkdir()
    assert run(tmp_path / "again", 5, workers=2) == first


def test_no_round_begins_after_the_time_is_over(tmp_path: Path) -> None:
    assert len(run(tmp_path, 50, timeout=3)) == 2


def test_results_of_other_settings_are_not_gone_on_with(tmp_path: Path) -> None:
    run(tmp_path, 1)
    changed = msgspec.structs.replace(STUDY, budget=Budget(epochs=3))
    with pytest.raises(ConfigError, match="other settings"):
        run(tmp_path, 2, studies=msgspec.structs.replace(STUDIES, study=(changed,)))
    with pytest.raises(ConfigError, match="number of workers"):
        run(tmp_path, 2, workers=2)


def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "studies.db").write_bytes(b"no database" * 100)
    with pytest.raises(ConfigError, match="cannot be used"):
        run(tmp_path, 1)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE trial_params SET distribution_json = '{'",
        "UPDATE trial_user_attributes SET value_json = '[]'",
        "UPDATE trial_params SET param_name = 'other' WHERE param_name = 'kappa'",
    ],
)
def test_a_file_with_damaged_trials_is_refused(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with 100% of ?#"
    folder.mkdir()
    run(folder, 1)
    with closing(sqlite3.connect(folder / "studies.db")) as opened, opened:
        opened.execute(damage)
    with pytest.raises(ConfigError, match="cannot be used"):
        run(folder, 2)


def test_what_goes_wrong_in_a_training_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    def broken(asked: Sequence[tuple[Study, Params, int]]) -> list[float]:
        raise RuntimeError("a worker died")

    with pytest.raises(RuntimeError, match="a worker died"):
        search(
            STUDIES,
            STUDY,
            tmp_path / "studies.db",
            broken,
            Limits(1, None, lambda: 0.0),
            workers=1,
            advance=lambda *_: None,
        )


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"hnhar\[train\]"):
        run(tmp_path, 1)


def test_settings_of_a_trial_are_those_of_the_method_but_for_what_is_searched() -> None:
    method, budget = chosen(STUDY, {"temperature": 0.2, "kappa": 4.0, "epochs": 3.0})
    assert (method.temperature, method.beta, method.pairs) == (0.2, pytest.approx(0.8), "all")
    assert (budget.epochs, budget.learning_rate) == (3, STUDY.budget.learning_rate)


@pytest.mark.parametrize(
    ("method", "base"),
    [
        (Method(pairs="all", views=2), None),
        (Method(negatives="inferred", positives="inferred", warmup=0.0), Base(budget=Budget(epochs=1))),
    ],
)
def test_a_value_repeats_and_a_base_is_trained_once(
    method: Method, base: Base | None, tmp_path: Path
) -> None:
    small = Budget(epochs=1, batch=12, bfloat16=False)
    study = msgspec.structs.replace(STUDY, method=method, budget=small, base=base, draws=2)
    fold = Fold(7, made_trials(), made_trials(subjects=(7,), seed=5))
    first = value(STUDIES, study, {"temperature": 0.5}, fold, tmp_path)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(made) == (base is not None)
    assert value(STUDIES, study, {"temperature": 0.5}, fold, tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == made
    assert 0 <= first <= 100


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("left_out = [2]\nsubjects = [1, 2]", "may be consulted"),
        ("left_out = [7]\nsubjects = [7]", "some of the subjects"),
        ("left_out = [4]", "some of the subjects"),
        ('[[study]]\nname = "a"\ntitle = "a"\n[study.space]', "searches nothing"),
        ('[[study]]\nname = "a"\ntitle = "a"\nspace = { kappa = { low = 2, high = 1 } }', "from 2"),
        ('[[study]]\nname = "a"\ntitle = "a"\nspace = { kappa = { low = 0, high = 1, log = true } }', "from"),
        ('[[study]]\nname = "a"\ntitle = "a"\nspace = { tau_plus = { low = 0, high = 2 } }', "< 1"),
        ('[[study]]\nname = "a"\ntitle = "a"\nspace = { beta = { low = 0, high = 1 } }', "beta"),
    ],
)
def test_studies_that_cannot_be_are_refused_with_their_reason(tmp_path: Path, change: str, why: str) -> None:
    whole = '[[study]]\nname = "a"\ntitle = "a"\nspace = { kappa = { low = 0, high = 1 } }'
    text = f'title = "t"\n{change}\n' + ("" if "study" in change else whole)
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why):
        read(str(tmp_path / "a.toml"), Studies)


def test_studies_are_written_as_table_json_and_picture(twenty: list[StudyTrial], tmp_path: Path) -> None:
    found = [(STUDY, twenty)]
    write(tmp_path / "study-small.json", STUDIES, STUDY, twenty)
    publish.write_studies(STUDIES, found, tmp_path, "mine", tmp_path / "docs")
    kept = json.loads((tmp_path / "docs" / "results" / "mine-small.json").read_text())
    assert len(kept["trials"]) == 20
    assert kept["best"]["value"] == max(t["value"] for t in kept["trials"] if not t["pruned"])
    section = (tmp_path / "docs" / "results.md").read_text()
    assert text(STUDIES, found) in section
    assert "Looks" not in section
    assert (tmp_path / "docs" / "results" / "mine-small.svg").stat().st_size > 1000
    assert summary(found).startswith("small: 8")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["kappa", "--study", "study-utd-mhad"], "either a grid or"),
        ([], "either a grid or"),
        (["--study", "study-utd-mhad", "--trials", "0"], "--trials"),
        (["--study", "study-utd-mhad", "--timeout", "-1"], "--timeout"),
        (["--study", "kappa"], "cannot be used"),
        (["--study", "study-utd-mhad", "--only", "nobody"], "there are cmc"),
    ],
)
def test_the_command_says_what_it_lacks(
    options: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", *options, "--run", str(tmp_path), "--data", str(tmp_path)]) == 2
    assert why in " ".join(capsys.readouterr().err.split())


@pytest.mark.slow
def test_studies_of_a_corpus_are_searched_by_processes(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(
        'title = "tiny"\nsubjects = [1, 7]\nleft_out = [7]\n[[study]]\nname = "a"\ntitle = "a"\n'
        "budget = { epochs = 1, batch = 54 }\nbase = { budget = { epochs = 1, batch = 54 } }\ndraws = 1\n"
        "space = { temperature = { low = 0.1, high = 1.0, log = true } }\n",
        encoding="utf-8",
    )
    run_folder = tmp_path / "run"
    options = ["--study", str(file), "--data", str(data_dir), "--run", str(run_folder), "--no-docs"]
    assert main(["sweep", *options, "--trials", "2", "--workers", "1"]) == 0
    assert "(2 trials)" in capsys.readouterr().out
    config = json.loads((run_folder / "config.json").read_text())
    assert config["corpus"]["trials"] == 215
    assert {"commit", "versions", "studies"} <= config.keys()
    assert list((run_folder / "tensorboard" / "a-without-7").iterdir())
    assert (run_folder / "results.md").exists()
    assert len(list((run_folder / "bases").iterdir())) == 1
