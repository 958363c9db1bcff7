"""Persons are kept apart, data repeat by their seed, and what is missing is said."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.train.bundles.sessions import (
    TEST_PERSONS,
    TEST_SUBJECTS,
    TRAIN_SUBJECTS,
    Amount,
    corpus_folder,
    load,
    real_session,
    synthetic_session,
    task_measuring,
    training_windows,
    utd_task,
    vigorous_session,
)


def quiet(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def test_nobody_both_trains_and_tests() -> None:
    assert not set(TRAIN_SUBJECTS) & set(TEST_SUBJECTS)
    assert Amount().persons <= min(TEST_PERSONS)
    assert max(TEST_PERSONS) < 1000


def test_the_tasks_have_their_actions_and_idle() -> None:
    assert len(utd_task().labels) == 22
    assert utd_task("thigh").labels == (
        "jog",
        "walk",
        "sit_to_stand",
        "stand_to_sit",
        "lunge",
        "squat",
        "idle",
    )
    assert utd_task("thigh").placement == "right thigh"


@pytest.mark.parametrize(
    ("placement", "actions"), [("right thigh", 6), ("right wrist", 21), ("wrist", 21), ("", 21)]
)
def test_a_bundle_is_measured_on_the_actions_of_where_its_sensor_is_worn_if_it_says(
    placement: str, actions: int
) -> None:
    info = BundleInfo(
        name="own",
        modalities=utd_task().modalities,
        window=3.0,
        hop=0.25,
        labels=("wave", "idle"),
        idle="idle",
        placement=placement,
        architecture={},
        provenance={},
    )
    assert len(task_measuring(info).actions) == actions


def test_a_task_has_modalities_with_a_rate_each() -> None:
    assert utd_task().modalities == (IMU.modality(), SKELETON.modality())
    slow = replace(utd_task(), modalities=(SKELETON.modality(12.5), IMU.at("wrist")))
    assert slow.rates == {"skeleton": 12.5, "imu.wrist": 50.0}
    assert slow.labels[slow.idle_column] == slow.idle


def test_the_same_seed_gives_the_same_windows() -> None:
    amount = Amount(sessions=0, persons=1, repetitions=1, hop=2.0)
    first, again, other = (
        training_windows(utd_task(), [], amount, seed=seed, advance=quiet)["p0"] for seed in (1, 1, 2)
    )
    assert torch.equal(first.samples["imu"], again.samples["imu"])
    assert torch.equal(first.targets, again.targets)
    assert first.samples["imu"].shape != other.samples["imu"].shape or not torch.equal(
        first.samples["imu"], other.samples["imu"]
    )


def test_nothing_to_train_on_says_where_to_get_something() -> None:
    with pytest.raises(RecordingError, match="utdallas"):
        training_windows(utd_task(), [], Amount(sessions=0, persons=0), seed=0, advance=quiet)


def test_no_performer_wears_its_sensor_on_the_thigh() -> None:
    with pytest.raises(RecordingError, match="needs a corpus"):
        synthetic_session(utd_task("thigh"), 0, 0, 1)


def test_a_folder_without_the_corpus_is_refused_with_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="utdallas"):
        corpus_folder(tmp_path)


def test_the_corpus_is_found_in_its_folder_or_beside_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("Inertial", "Skeleton"):
        (tmp_path / "utd_mhad" / part).mkdir(parents=True)
    assert corpus_folder(tmp_path) == tmp_path / "utd_mhad"
    assert corpus_folder(tmp_path / "utd_mhad") == tmp_path / "utd_mhad"
    monkeypatch.setenv("HNHAR_DATA", str(tmp_path))
    assert corpus_folder(None) == tmp_path / "utd_mhad"
    monkeypatch.delenv("HNHAR_DATA")
    with pytest.raises(ConfigError, match=r"no corpus was named.*--data or HNHAR_DATA"):
        corpus_folder(None)


@pytest.mark.slow
def test_real_sessions_become_windows_of_every_action(data_dir: Path) -> None:
    task = utd_task("thigh")
    trials = load(data_dir / "utd_mhad", task, [1])
    people = training_windows(task, trials, Amount(sessions=1, persons=0, hop=0.5), seed=0, advance=quiet)
    assert set(people) == {"s1"}
    assert people["s1"].presence.all()
    assert (people["s1"].targets.sum(dim=0) > 2).all()


@pytest.mark.slow
def test_some_sessions_are_of_slower_and_of_livelier_people(data_dir: Path) -> None:
    trials = load(data_dir / "utd_mhad", utd_task("thigh"), [1])
    plain, other = real_session(trials, 1, 4), vigorous_session(trials, 1, 4)
    assert sorted(a.label for a in other.annotations) == sorted(a.label for a in plain.annotations)
    durations = [sorted(a.duration for a in s.annotations) for s in (plain, other)]
    assert durations[1][0] < durations[0][0]
    assert durations[1][-1] > durations[0][-1]


def test_a_bundle_for_a_camera_sees_each_performer_twice() -> None:
    task = utd_task("camera")
    seen = Amount(persons=1, repetitions=1)
    plain = training_windows(task, (), seen, seed=0, advance=quiet)["p0"]
    both = training_windows(task, (), replace(seen, filmed=1), seed=0, advance=quiet)["p0"]
    assert list(both.samples) == ["skeleton"]
    assert torch.equal(both.samples["skeleton"][: len(plain)], plain.samples["skeleton"])
    assert len(both) > 1.8 * len(plain)
    assert torch.isfinite(both.samples["skeleton"]).all()
