"""A bundle keeps what was enrolled, byte for byte, and refuses what contradicts it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.bundle.enrollment import Enrollment, Gate
from hnhar.model.enroll.enroll import Examples, enroll, remembered, remove
from hnhar.model.enroll.prototypes import (
    Exemplars,
    Memory,
    no_exemplars,
    sections,
)
from hnhar.model.errors import BundleError
from hnhar.model.labels import reserved
from hnhar.model.loading import load, save
from hnhar.model.runtime import Runtime

from ..conftest import describe, random_recognizer
from .clouds import WIDTH, memory


def bundle_with_memory(path: Path, count: int = 4) -> Path:
    """The example bundle, with random exemplars of the width of its embedding."""
    recognizer = random_recognizer()
    rng = np.random.default_rng(0)
    vectors = sections(rng.normal(size=(5 * count, 256)).astype(np.float32), 2)
    recognizer.memory = remembered(vectors, np.repeat(np.arange(count), 5))
    save(path, describe(), recognizer)
    return path


def enrolled_bundle(source: Path, target: Path) -> Path:
    """With "dance" enrolled from embeddings of nothing in particular."""
    info, recognizer = load(source)
    rng = np.random.default_rng(2)
    vectors = sections(rng.normal(1.0, 0.3, (20, 256)).astype(np.float32), 2)
    given = Examples(vectors, np.repeat(np.arange(5), 4), vectors[:0])
    info, recognizer.memory, _ = enroll(info, recognizer.memory, "dance", given)
    save(target, info, recognizer)
    return target


def test_a_memory_is_written_and_read_and_changes_no_answer(tmp_path: Path, example_path: Path) -> None:
    info, recognizer = load(bundle_with_memory(tmp_path / "a.safetensors"))
    assert recognizer.memory is not None
    assert len(recognizer.memory.learned.labels) == 20
    assert len(recognizer.memory.enrolled.labels) == 0
    window = {"imu": np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32)}
    plain = Runtime(*load(example_path)).classify([window])
    assert np.array_equal(Runtime(info, recognizer).classify([window]).probabilities, plain.probabilities)
    assert load(example_path)[1].memory is None
    assert plain.strangeness is None


def test_a_window_is_as_strange_as_it_is_far_from_the_nearest_example_of_an_activity(tmp_path: Path) -> None:
    info, recognizer = load(bundle_with_memory(tmp_path / "a.safetensors"))
    window = {"imu": np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32)}
    found = Runtime(info, recognizer).classify([window])
    assert found.strangeness is not None
    assert 0.0 < found.strangeness[0] <= 1.0
    assert recognizer.memory is not None
    learned = recognizer.memory.learned
    itself = sections(found.embeddings, len(info.modalities))

    def strange(label: int) -> float:
        """With the window itself among the examples of a label."""
        recognizer.memory = replace(
            recognizer.memory,
            learned=Exemplars(
                np.concatenate([learned.vectors, itself]), np.append(learned.labels, np.int64(label))
            ),
        )
        made = Runtime(info, recognizer).classify([window]).strangeness
        return float(made[0]) if made is not None else -1.0

    idle = info.labels.index(info.idle)
    assert strange(idle) == found.strangeness[0]
    assert strange((idle + 1) % len(info.labels)) < 1e-6


def test_removing_restores_the_file_to_the_byte(tmp_path: Path) -> None:
    before = bundle_with_memory(tmp_path / "a.safetensors")
    info, recognizer = load(enrolled_bundle(before, tmp_path / "b.safetensors"))
    assert info.labels[-1] == "dance"
    info, recognizer.memory = remove(info, recognizer.memory, "dance")
    save(tmp_path / "c.safetensors", info, recognizer)
    assert (tmp_path / "c.safetensors").read_bytes() == before.read_bytes()


def test_the_runtime_serves_enrolled_activities(tmp_path: Path) -> None:
    info, recognizer = load(
        enrolled_bundle(bundle_with_memory(tmp_path / "a.safetensors"), tmp_path / "b.safetensors")
    )
    runtime = Runtime(info, recognizer)
    rng = np.random.default_rng(0)
    windows = [{"imu": rng.normal(size=(150, 6)).astype(np.float32)} for _ in range(3)]
    found = runtime.classify(windows)
    assert found.probabilities.shape == (3, 5)
    assert found.probabilities.dtype == np.float32
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert runtime.classify([]).probabilities.shape == (0, 5)
    recognizer.memory = None
    with pytest.raises(ValueError, match="no memory"):
        Runtime(info, recognizer)


def test_a_memory_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    recognizer = random_recognizer()
    vectors = sections(np.ones((6, 256), np.float32), 2)
    for labels in (np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 2, 3, 4, 4])):
        recognizer.memory = remembered(vectors, labels)
        with pytest.raises(BundleError, match="do not fit"):
            save(tmp_path / "a", describe(), recognizer)
    recognizer.memory = remembered(vectors[:, :1], np.array([0, 1, 2, 3, 3, 3]))
    with pytest.raises(BundleError, match="do not fit"):
        save(tmp_path / "a", describe(), recognizer)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"labels": ("wave", "dance", "idle")}, "not its last labels"),
        ({"labels": ("idle", "dance")}, "fewer than two labels"),
        ({"enrolled": (Enrollment("dance", {}, 5),)}, "no gate"),
        ({"enrolled": (Enrollment("dance", {"imu": Gate(0.0, 0.1)}, 5),)}, "without finite numbers"),
        ({"enrolled": (Enrollment("dance", {"imu": Gate(9.0, 0.1)}, 0),)}, "never performed"),
    ],
)
def test_enrollments_that_contradict_their_bundle_are_refused(
    tmp_path: Path, changes: dict[str, object], text: str
) -> None:
    sound = {"labels": ("wave", "clap", "throw", "idle", "dance"), "enrolled": examples_enrolled()}
    recognizer = random_recognizer()
    learned = Exemplars(np.ones((4, 2, 128), np.float32), np.arange(4))
    recognizer.memory = Memory(learned, Exemplars(learned.vectors[:1], np.zeros(1, np.int64)))
    save(tmp_path / "sound", describe(**sound), recognizer)
    from hnhar.model.bundle import bundle

    with pytest.raises(BundleError, match=text):
        bundle.write(tmp_path / "a", replace(describe(**sound), **changes), {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("label", "said"), [("unknown", True), (" Unknown", True), ("unknown_2", False)])
def test_the_word_for_what_was_never_learned_is_reserved(label: str, said: bool) -> None:
    assert reserved(label) == said


def test_a_bundle_that_has_the_reserved_word_as_a_label_is_still_read(tmp_path: Path) -> None:
    labels = ("wave", "clap", "unknown", "idle")
    save(tmp_path / "a", describe(labels=labels), random_recognizer())
    assert read_info(tmp_path / "a").labels == labels


def test_an_enrollment_of_a_day_that_nobody_noted_is_read(tmp_path: Path) -> None:
    recognizer = random_recognizer()
    learned = Exemplars(np.ones((4, 2, 128), np.float32), np.arange(4))
    recognizer.memory = Memory(learned, Exemplars(learned.vectors[:1], np.zeros(1, np.int64)))
    labels = ("wave", "clap", "throw", "idle", "dance")
    save(tmp_path / "a", describe(labels=labels, enrolled=examples_enrolled()), recognizer)
    raw = (tmp_path / "a").read_bytes()
    day = rb",\"day\":\"\""
    assert day in raw
    size = int.from_bytes(raw[:8], "little")
    older = raw[8 : 8 + size].replace(day, b"") + b" " * len(day)
    (tmp_path / "older").write_bytes(raw[:8] + older + raw[8 + size :])
    assert read_info(tmp_path / "older").enrolled == examples_enrolled()


def examples_enrolled() -> tuple[Enrollment, ...]:
    """A sound description of one enrolled activity."""
    return (Enrollment("dance", {"imu": Gate(9.0, 0.1)}, 5),)


def test_no_exemplars_have_the_width_of_others() -> None:
    assert no_exemplars(memory().learned).vectors.shape == (0, 2, WIDTH)
