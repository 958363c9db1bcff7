"""An activity is enrolled by its likeness to a few examples, and forgotten without a trace."""

from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.enroll.enroll import MOST, Examples, enroll, remembered, remove
from hnhar.model.enroll.prototypes import (
    ACCEPTED,
    Competition,
    Exemplars,
    Memory,
    WhitenedSpace,
    gate_against,
    sections,
)
from hnhar.model.errors import BundleError, ConfigError

from ..conftest import describe
from .clouds import BOTH, WIDTH, classify, cloud, examples, memory


def test_unseen_performances_are_recognized_and_the_others_stay() -> None:
    info, kept, effect = enroll(describe(), memory(), "dance", examples(), "a.xdf")
    assert info.labels == (*describe().labels, "dance")
    assert (classify(info, kept, cloud(6, 40, 99))[:, -1] > 0.5).mean() > 0.95
    assert (classify(info, kept, cloud(1, 40, 99))[:, -1] < 0.5).all()
    assert effect.kept == 80
    assert sum(effect.taken.values()) <= 0.02 * effect.kept
    assert set(info.enrolled[0].gates) == {"imu", "skeleton", "imu+skeleton"}
    assert info.enrolled[0].measured["imu+skeleton"]["recognized"] > 0.9


def test_learned_classes_keep_their_proportions() -> None:
    info, kept, _ = enroll(describe(), memory(), "dance", examples())
    rows = classify(info, kept, np.concatenate([cloud(6, 5, 3), cloud(2, 5, 3)]))
    np.testing.assert_allclose(rows.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(rows[:, 1] / rows[:, 0], 8.0, rtol=1e-4)


def test_what_an_enrolled_activity_takes_is_not_new_however_far_from_the_learned() -> None:
    info, kept, _ = enroll(describe(), memory(), "dance", examples())
    vectors = np.concatenate([cloud(6, 3, 5), cloud(1, 3, 5)])
    _, novelty = Competition(info, kept).join(
        np.full((6, 4), 0.25, np.float32), np.full(6, 50.0), vectors.reshape(6, -1), [BOTH] * 6
    )
    assert (novelty[:3] < -1000).all()
    assert (novelty[3:] == 50.0).all()


def test_a_modality_that_the_examples_lacked_cannot_show_it() -> None:
    info, kept, _ = enroll(describe(), memory(), "dance", examples(columns=(0,)))
    assert set(info.enrolled[0].gates) == {"imu"}
    assert (classify(info, kept, cloud(6, 10, 4, (1,)), ("skeleton",))[:, -1] == 0).all()
    assert (classify(info, kept, cloud(6, 10, 4))[:, -1] > 0.5).all()


def test_enrolling_two_and_removing_one_leaves_what_enrolling_the_other_gives() -> None:
    one = enroll(describe(), memory(), "dance", examples(6))
    two = enroll(one[0], one[1], "jump", examples(8))
    assert two[0].labels[-2:] == ("dance", "jump")
    back, left = remove(two[0], two[1], "jump")
    assert back == one[0]
    assert np.array_equal(left.enrolled.vectors, one[1].enrolled.vectors)
    back, left = remove(two[0], two[1], "dance")
    assert back.labels == (*describe().labels, "jump")
    assert (classify(back, left, cloud(8, 20, 77))[:, -1] > 0.5).mean() > 0.9


def test_activities_enrolled_before_count_as_others() -> None:
    info, kept, _ = enroll(describe(), memory(), "dance", examples(6))
    again, after, effect = enroll(info, kept, "dance again", examples(6))
    assert effect.kept == 80 + 25
    assert (
        again.enrolled[1].gates["imu+skeleton"].threshold > info.enrolled[0].gates["imu+skeleton"].threshold
    )
    assert len(after.enrolled.labels) == 50


def test_of_a_long_enrollment_only_so_many_examples_are_kept() -> None:
    _, kept, _ = enroll(describe(), memory(), "dance", examples(performances=40))
    assert len(kept.enrolled.labels) == MOST


@pytest.mark.parametrize("count", [1, 20, 300, 1002, 5000])
def test_the_threshold_lets_few_of_the_others_through(count: int) -> None:
    others = np.random.default_rng(count).normal(0.2, 0.2, count)
    gate = gate_against(others)
    assert gate.threshold >= 0
    assert (others > gate.threshold).mean() <= ACCEPTED
    assert gate_against(others - 5.0).threshold == 0
    assert gate_against(others[:0]).threshold == 0


def test_windows_taken_for_an_activity_are_counted_where_the_gate_was_not_set_on_them() -> None:
    alike = replace(examples(), others=np.concatenate([cloud(0, 300, 9), cloud(6, 60, 9)]))
    info, _, _ = enroll(describe(), memory(), "dance", alike)
    for key, measured in info.enrolled[0].measured.items():
        assert measured["others"] == 80 + 360
        # the half of the recording with what is alike, by the gate that was set on the half without
        assert measured["false"] == pytest.approx(60 / 440, abs=0.02), key
    apart, _, _ = enroll(describe(), memory(), "dance", replace(alike, others=cloud(0, 360, 9)))
    assert all(m["false"] == 0 for m in apart.enrolled[0].measured.values())


def test_the_gate_that_serves_is_set_on_all_windows() -> None:
    given = replace(examples(), others=np.concatenate([cloud(0, 300, 9), cloud(6, 60, 9)]))
    info, kept, _ = enroll(describe(), memory(), "dance", given)
    space = WhitenedSpace(kept.learned)
    prototype = space.prototypes_of(kept.enrolled)[0]
    placed = np.concatenate([space(kept.learned.vectors), space(given.others)])
    expected = gate_against(space.margins(placed, prototype, [0, 1]))
    assert info.enrolled[0].gates["imu+skeleton"] == expected
    assert expected.threshold > 0


def test_which_classes_are_taken_is_told_by_windows_that_the_gate_was_not_set_on() -> None:
    learned = memory().learned
    vectors = learned.vectors.copy()
    vectors[50:60] = cloud(6, 10, 3)
    _, _, effect = enroll(describe(), remembered(vectors, learned.labels), "dance", examples())
    assert effect.kept == 80
    assert effect.taken.keys() == {"throw"}
    assert 5 <= effect.taken["throw"] <= 10


@pytest.mark.parametrize(("count", "measured"), [(19, False), (20, True)])
def test_where_the_other_windows_are_too_few_none_are_said_to_be_taken(count: int, measured: bool) -> None:
    info, _, effect = enroll(describe(), memory(), "dance", replace(examples(), others=cloud(0, count, 9)))
    for one in info.enrolled[0].measured.values():
        assert one["others"] == 80 + count
        assert ("false" in one) == measured
    assert effect.kept == (80 if measured else 0)
    assert not effect.taken


def test_modalities_of_which_no_performance_had_both_serve_one_at_a_time() -> None:
    first, second = examples(performances=3), examples(performances=3)
    first.vectors[:, 1] = 0.0
    second.vectors[:, 0] = 0.0
    info, kept, _ = enroll(describe(), memory(), "dance", first.joined(second))
    assert set(info.enrolled[0].gates) == {"imu", "skeleton"}
    both = examples(performances=1).vectors
    rows, _ = Competition(info, kept).join(
        np.full((len(both), 3), 1 / 3, np.float32),
        np.zeros(len(both)),
        both.reshape(len(both), -1),
        [("imu", "skeleton")] * len(both),
    )
    assert (rows.argmax(axis=1) == rows.shape[1] - 1).mean() > 0.5


def test_performances_of_several_people_teach_together() -> None:
    one, two = examples(performances=3), examples(performances=4)
    both = one.joined(two)
    assert len(np.unique(both.performance)) == 7
    assert len(both.vectors) == len(both.performance)
    assert len(both.others) == len(one.others) + len(two.others)
    info, _, _ = enroll(describe(), memory(), "dance", both)
    assert info.enrolled[0].performances == 7


def test_directions_in_which_classes_scatter_count_less() -> None:
    rng = np.random.default_rng(1)
    vectors = np.zeros((200, 1, WIDTH), np.float32)
    labels = np.repeat([0, 1], 100)
    vectors[:, 0, 0] = np.where(labels, 1.0, -1.0)
    vectors[:, 0, 1] = rng.normal(0, 3.0, 200)
    vectors[:, 0, 2:] = rng.normal(0, 0.05, (200, WIDTH - 2))
    space = WhitenedSpace(Exemplars(sections(vectors.reshape(200, -1), 1), labels))
    found = space.similarities(space(sections(vectors.reshape(200, -1), 1)), space.prototypes, [0])
    assert (found.argmax(axis=1) == labels).mean() > 0.95


def lacking(*without: int) -> Memory:
    """As `memory`, some classes without the second modality."""
    vectors = [cloud(k, 20, 0, (0,) if k in without else (0, 1)) for k in range(4)]
    return remembered(np.concatenate(vectors), np.repeat(np.arange(4), 20))


def test_a_class_that_lacks_a_modality_does_not_change_how_the_others_are_told_by_it() -> None:
    with_it, others = WhitenedSpace(lacking(1).learned), WhitenedSpace(memory().learned.without(1))
    assert with_it.prototypes[[0, 2, 3], 1] == pytest.approx(others.prototypes[:, 1], abs=1e-12)
    assert not with_it.prototypes[1, 1].any()


def test_a_class_is_compared_by_the_modalities_that_it_has_and_is_never_the_nearest_without_any() -> None:
    space = WhitenedSpace(lacking(1).learned)
    placed = space(cloud(1, 30, 99))
    first, second, both = (space.similarities(placed, space.prototypes, c) for c in ([0], [1], [0, 1]))
    assert (both[:, 1] == first[:, 1]).all()
    assert (second[:, 1] == -1).all()
    assert both[:, 0] == pytest.approx((first[:, 0] + second[:, 0]) / 2)


def test_beside_classes_that_all_lack_a_modality_its_gates_are_finite() -> None:
    info, kept, _ = enroll(describe(), lacking(0, 1, 2, 3), "dance", examples())
    assert all(np.isfinite(gate.threshold) for gate in info.enrolled[0].gates.values())
    assert (classify(info, kept, cloud(6, 40, 99))[:, -1] > 0.5).mean() > 0.9


@pytest.mark.parametrize(
    ("label", "given", "text"),
    [
        ("wave", examples(), "knows 'wave' already"),
        ("unknown", examples(), "choose another"),
        ("", examples(), "cannot be a label"),
        ("a\nb", examples(), "cannot be a label"),
        ("x" * 65, examples(), "cannot be a label"),
        ("dance", examples(performances=1), "1 performance of 'dance'.*at least 2"),
    ],
)
def test_what_cannot_be_enrolled_is_refused(label: str, given: Examples, text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        enroll(describe(), memory(), label, given)


def test_a_bundle_without_memory_says_how_to_get_one() -> None:
    with pytest.raises(BundleError, match=r"keeps no examples.*hnhar-train"):
        enroll(describe(), None, "dance", examples())


@pytest.mark.parametrize(("label", "text"), [("wave", "learned in the training"), ("jump", "is not there")])
def test_only_what_was_enrolled_can_be_removed(label: str, text: str) -> None:
    info, kept, _ = enroll(describe(), memory(), "dance", examples())
    with pytest.raises(ConfigError, match=f"{text}.*dance"):
        remove(info, kept, label)
