"""What an enrollment gives is measured as it is served, and nobody is called anything that was not taught."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.novelty import Novelty
from hnhar.model.enroll.enroll import enroll
from hnhar.model.enroll.prototypes import Memory
from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.score import Recognized
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.remember import memory_of
from hnhar.train.cli.main import main
from hnhar.train.corpora.utd_mhad.trials import UtdTrial
from hnhar.train.evaluate.evaluate import watch
from hnhar.train.learn.data import cut
from hnhar.train.studies.enrollment import (
    Seen,
    again,
    effect,
    f1,
    lesson,
    old_score,
    see,
    taught,
    taught_in_turn,
)
from hnhar.train.studies.left_out import without
from hnhar.train.synthesis.performer import perform

LABELS = ("wave", "clap", "throw", "idle")
BOTH = ("imu", "skeleton")
FIVE = ("jog", "walk", "sit_to_stand", "stand_to_sit", "lunge")
"""Of the six actions with the sensor on the thigh."""


@pytest.fixture(scope="module")
def bundle() -> tuple[BundleInfo, Recognizer, Memory]:
    """Random encoders that remember three activities."""
    modalities = (imu(), skeleton())
    torch.manual_seed(0)
    recognizer = Recognizer(preset("compact", modalities, window=3.0, classes=len(LABELS))).eval()
    known = perform(seed=1, person=40, actions=LABELS[:3], repetitions=3)
    windows = cut(known, modalities, LABELS, "idle", window=3.0, hop=0.5, phase=0.0)
    memory = memory_of(recognizer, windows, {"imu": 50.0, "skeleton": 25.0}, idle=3, seed=0)
    assert memory is not None
    recognizer.memory = memory
    info = BundleInfo("small", modalities, 3.0, 0.25, LABELS, "idle", "right wrist", {})
    return replace(info, novelty={"imu+skeleton": Novelty(-1.0, 0.02)}), recognizer, memory


@pytest.fixture(scope="module")
def teaching() -> Recording:
    return perform(seed=5, person=40, actions=["boxing"], repetitions=4)


@pytest.fixture(scope="module")
def later() -> Recording:
    return perform(seed=77, person=40, actions=["boxing", "wave"], repetitions=1)


@pytest.fixture(scope="module")
def seen(bundle: tuple[BundleInfo, Recognizer, Memory], later: Recording) -> Seen:
    info, recognizer, _ = bundle
    return see(Runtime(info, recognizer), info, later, BOTH)


def test_what_is_joined_afterwards_is_what_is_served_to_the_bit(
    bundle: tuple[BundleInfo, Recognizer, Memory], teaching: Recording, later: Recording, seen: Seen
) -> None:
    info, recognizer, memory = bundle
    given = taught(Runtime(info, recognizer), info, teaching, "boxing")
    made, recognizer.memory, _ = enroll(info, memory, "boxing", given)
    try:
        served = watch(Runtime(made, recognizer), made, later, BOTH)
    finally:
        recognizer.memory = memory
    joined = again(seen, made, enroll(info, memory, "boxing", given)[1])
    assert joined.predictions == served.predictions
    assert joined.novelty == served.novelty
    assert any(p.label == "boxing" for p in joined.predictions)
    assert len({p.unknown for p in seen.watched.predictions}) == 2


def test_the_new_label_and_the_old_ones_are_figured_apart(
    bundle: tuple[BundleInfo, Recognizer, Memory], teaching: Recording, seen: Seen
) -> None:
    info, recognizer, memory = bundle
    given = taught(Runtime(info, recognizer), info, teaching, "boxing")
    found = effect([seen, seen], info, memory, "boxing", given, "here").figures()
    assert found["performed"] == 2
    assert found["recognized"] == 2
    assert found["f1"] == pytest.approx(2 * 2 / (2 + found["events"]), abs=1e-4)
    assert found["loss"] == pytest.approx(found["old_f1_before"] - found["old_f1_after"])


def test_what_is_said_of_an_unlearned_activity_is_no_fault_of_the_old_ones(
    bundle: tuple[BundleInfo, Recognizer, Memory], later: Recording
) -> None:
    info = bundle[0]
    done = (Annotation(5.0, 3.0, "wave"), Annotation(12.0, 3.0, "boxing"), Annotation(13.0, 2.5, "clap"))
    recording = replace(later, annotations=done)
    right = Recognized(5.0, 3.0, "wave", 1.0)
    confused = Recognized(12.0, 1.2, "throw", 1.0)
    false = Recognized(20.0, 2.0, "throw", 1.0)
    assert f1([old_score(recording, [right], info)]) == pytest.approx(2 / 3, abs=1e-4)
    assert old_score(recording, [right, confused], info).events == 1
    assert old_score(recording, [right, confused, false], info).events == 2
    assert f1([]) == 0.0


def trial(number: int, label: str = "catch", subject: int = 3) -> UtdTrial:
    """A synthetic wave with a second before and after it, another one for each number."""
    made = perform(seed=number, person=1, actions=["wave"])
    (done,) = made.annotations
    rows = [
        (s.timestamps >= done.onset - 1.0) & (s.timestamps < done.offset + 1.0)
        for s in (made.of("imu")[0], made.of("skeleton")[0])
    ]
    motion = made.of("imu")[0].samples[rows[0]].astype(np.float32)
    pose = made.of("skeleton")[0].samples[rows[1]].astype(np.float32)
    return UtdTrial(subject, 20, number, label, motion, pose, 50.0 * len(pose) / len(motion))


def test_a_lesson_is_that_many_performances_of_the_label_alone() -> None:
    trials = [trial(k) for k in (1, 2, 3, 4)] + [trial(1, "push"), trial(1, subject=5)]
    made = lesson(trials, "catch", 3, 5, 0)
    assert [a.label for a in made.annotations] == ["catch"] * 5
    assert sorted(made.provenance["trials"].split()) == [
        "a20_s3_t1", "a20_s3_t1", "a20_s3_t2", "a20_s3_t3", "a20_s3_t4",
    ]  # fmt: skip
    with pytest.raises(RecordingError, match="subject 7 has no trial of 'catch'"):
        lesson(trials, "catch", 7, 5, 0)


def test_teachers_take_turns(bundle: tuple[BundleInfo, Recognizer, Memory]) -> None:
    info, recognizer, _ = bundle
    trials = [trial(k, subject=s) for k in (1, 2) for s in (3, 5)]
    given = taught_in_turn(Runtime(info, recognizer), info, trials, "catch", [3, 5], 5, 0)
    assert len(np.unique(given.performance)) == 5
    alone = taught(Runtime(info, recognizer), info, lesson(trials, "catch", 3, 3, 0), "catch")
    assert np.array_equal(given.vectors[: len(alone.vectors)], alone.vectors)
    with pytest.raises(RecordingError, match="subject 7"):
        taught_in_turn(Runtime(info, recognizer), info, trials, "catch", [3, 7], 5, 0)


def test_a_left_out_label_is_in_no_list_of_what_is_learned() -> None:
    made = without(recipe("quick", "wrist"), ["catch", "wave"])
    assert not {"catch", "wave"} & set(made.task.labels)
    assert made.task.without == ("catch", "wave")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["utd-mhad-wrist", "--subjects", "2"], "--looks"),
        (["utd-mhad-wrist", "--subjects", "7", "--teachers", "7"], "share somebody"),
        (["utd-mhad-wrist", "--teachers", "1", "--shots", "1"], "--shots must be"),
        (["--teachers", "1"], "--run and --without"),
        (["--teachers", "1", "--run", "RUN", "--without", "dance"], "names some"),
        (["--teachers", "1", "--run", "RUN", "--without", "wave", "--without", ","], "names some of"),
        (
            [*("--teachers", "1", "--run", "RUN"), *("--placement", "thigh", "--without"), ",".join(FIVE)],
            "leaves at least two",
        ),
        (["utd-mhad-wrist", "--teachers", "1"], "has learned every label"),
    ],
)
def test_what_cannot_be_measured_is_said(
    options: list[str], said: str, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(tmp_path) if option == "RUN" else option for option in options]
    assert main(["enrollment", *given]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
