"""One of several bodies, followed when it changes the slot."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.mapping.channel_map import ChannelMap
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.messages import StreamDescription

from ..person import moving

Points = NDArray[np.float64]
FRAMES = 120


def stream(
    bodies: int = 2, *, ids: bool = True, rate: float = 30.0, named: str = "TrackingId"
) -> StreamDescription:
    channels = [
        f"body{body}_{name}"
        for body in range(bodies)
        for name in ([f"{j}_{a}" for j in UTD_JOINTS for a in "xyz"] + ([named] if ids else []))
    ]
    units = ["" if name.endswith(named) else "m" for name in channels]
    return StreamDescription("Kinect", "MoCap", "k", tuple(channels), tuple(units), rate)


def person(x: float, seed: int = 0) -> Points:
    return moving(at=(x, 0.0, 2.5), frames=FRAMES, seed=seed)


def sent(slots: Sequence[tuple[Points, NDArray[np.float64] | None]]) -> Points:
    """(FRAMES, channels) of bodies, each with its ids; zeros where an id is 0."""
    parts = []
    for points, ids in slots:
        flat = points.reshape(FRAMES, 60).copy()
        if ids is None:
            parts.append(flat)
        else:
            flat[ids == 0] = 0.0
            parts += [flat, ids[:, None]]
    return np.concatenate(parts, axis=1)


def exchanged(a: Points, b: Points, at: int) -> tuple[Points, Points]:
    first, second = a.copy(), b.copy()
    first[at:], second[at:] = b[at:], a[at:]
    return first, second


def mapping(described: StreamDescription, raw: Points, body: int = 1) -> ChannelMap:
    (made,) = map_streams([described], skeleton(), MappingOptions(body=body), samples=[raw[:40]])
    return made


def whole(channel_map: ChannelMap, raw: Points, step: int = FRAMES) -> NDArray[np.float32]:
    return np.concatenate([channel_map.apply(raw[at : at + step]) for at in range(0, FRAMES, step)])


def same(taken: NDArray[np.float32], points: Points) -> None:
    np.testing.assert_array_equal(taken, points.reshape(FRAMES, 60).astype(np.float32))


def constant(identity: float) -> NDArray[np.float64]:
    return np.full(FRAMES, identity)


@pytest.mark.parametrize("step", [1, 7, FRAMES])
@pytest.mark.parametrize("body", [1, 2])
def test_a_person_is_followed_by_id_into_another_slot(step: int, body: int) -> None:
    anna, ben = person(-0.5), person(0.6, 1)
    first, second = exchanged(anna, ben, 70)
    ids, others = constant(11), constant(12)
    ids[70:], others[70:] = 12, 11
    raw = sent([(first, ids), (second, others)])
    made = mapping(stream(), raw, body)
    same(whole(made, raw, step), (anna, ben)[body - 1])
    assert f"number {body} is taken (--body), and followed by its tracking id" in made.notes[-1]
    slots = ("slot 1 to 2", "slot 2 to 1")[body - 1]
    assert made.remarks() == (f"'Kinect': person {body} has changed from {slots}",)
    assert made.remarks() == ()


@pytest.mark.parametrize("step", [1, FRAMES])
def test_without_ids_a_person_is_followed_by_place(step: int) -> None:
    anna, ben = person(-0.5), person(0.6, 1)
    raw = sent([(points, None) for points in exchanged(anna, ben, 70)])
    made = mapping(stream(ids=False), raw)
    same(whole(made, raw, step), anna)
    assert any("from slot 1 to 2" in remark for remark in made.remarks())


@pytest.mark.parametrize("step", [1, 8, FRAMES])
@pytest.mark.parametrize("packed", [False, True])
def test_without_ids_nobody_who_stood_beside_takes_the_place_of_who_is_lost(step: int, packed: bool) -> None:
    anna, ben = person(-0.3), person(0.6, 1)
    first, second = anna.copy(), ben.copy()
    first[60:] = ben[60:] if packed else 0.0
    second[60:] = 0.0 if packed else ben[60:]
    raw = sent([(first, None), (second, None)])
    taken = whole(mapping(stream(ids=False), raw), raw, step)
    np.testing.assert_array_equal(taken[:60], anna.reshape(FRAMES, 60).astype(np.float32)[:60])
    assert np.isnan(taken[60:]).all()


def test_without_ids_who_comes_back_alone_after_long_is_the_person() -> None:
    anna, empty = person(-0.5), np.zeros((FRAMES, 20, 3))
    anna[30:60] = 0.0
    anna[60:, :, 0] += 3.0
    raw = sent([(anna, None), (empty, None)])
    taken = whole(mapping(stream(ids=False, rate=5.0), raw), raw, 1)
    assert np.isnan(taken[30:60]).all()
    np.testing.assert_array_equal(taken[85:], anna.reshape(FRAMES, 60).astype(np.float32)[85:])


def test_ids_that_lost_their_last_digits_do_not_exchange_people() -> None:
    anna, ben = person(-0.5), person(0.6, 1)
    big = constant(72057594037934960)
    raw = sent([(points, big) for points in exchanged(anna, ben, 70)])
    same(whole(mapping(stream(), raw), raw), anna)


def test_a_body_that_is_flagged_as_not_tracked_is_missing_though_its_places_stay() -> None:
    anna, ben = person(-0.5), person(0.6, 1)
    raw = sent([(anna, None), (ben, None)])
    flags = constant(1)
    flags[50:80] = 0
    raw = np.concatenate([raw[:, :60], flags[:, None], raw[:, 60:], constant(1)[:, None]], axis=1)
    made = mapping(stream(named="isTracked"), raw)
    taken = whole(made, raw, 1)
    assert np.isnan(taken[50:80]).all()
    np.testing.assert_array_equal(taken[80:], anna.reshape(FRAMES, 60).astype(np.float32)[80:])
    np.testing.assert_array_equal(taken[:50], anna.reshape(FRAMES, 60).astype(np.float32)[:50])


def test_a_person_in_a_late_slot_is_the_first_of_those_who_are_there() -> None:
    anna, empty = person(-0.5), np.zeros((FRAMES, 20, 3))
    nobody = constant(0)
    raw = sent([(empty, nobody), (empty, nobody), (anna, constant(7))])
    same(whole(mapping(stream(3), raw), raw), anna)


def test_who_is_lost_is_missing_until_the_id_returns_and_nobody_takes_the_place() -> None:
    anna, ben = person(-0.5), person(1.6, 1)
    ids, later = constant(5), constant(0)
    ids[50:80], later[60:] = 0, 9
    raw = sent([(anna, ids), (ben, later)])
    taken = whole(mapping(stream(), raw), raw, 1)
    assert np.isnan(taken[50:80]).all()
    expected = anna.reshape(FRAMES, 60).astype(np.float32)
    np.testing.assert_array_equal(taken[:50], expected[:50])
    np.testing.assert_array_equal(taken[80:], expected[80:])


def test_who_was_lost_and_stands_there_again_with_a_new_id_is_the_same_person() -> None:
    anna, ben = person(-0.5), person(1.6, 1)
    ids, again = constant(5), constant(0)
    ids[50:], again[55:] = 0, 21
    raw = sent([(anna, ids), (anna, again), (ben, constant(6))])
    made = mapping(stream(3), raw)
    taken = whole(made, raw, 1)
    assert np.isnan(taken[50:55]).all()
    np.testing.assert_array_equal(taken[55:], anna.reshape(FRAMES, 60).astype(np.float32)[55:])
    assert any("has a new id" in remark for remark in made.remarks())


def test_after_long_who_is_alone_in_view_is_taken_and_that_is_said() -> None:
    anna, ben = person(-0.5), person(1.6, 1)
    ids, later = constant(5), constant(0)
    ids[40:], later[60:] = 0, 8
    raw = sent([(anna, ids), (ben, later)])
    made = mapping(stream(rate=5.0), raw)
    taken = whole(made, raw, 1)
    assert np.isnan(taken[40:90]).all()
    assert np.isfinite(taken[95:]).all()
    assert any("out of view for long" in remark for remark in made.remarks())


def test_a_lone_body_whose_id_becomes_somebody_elses_is_missing() -> None:
    anna, passing = person(-0.5), person(1.4, 3)
    ids = constant(5)
    ids[60:] = 6
    raw = sent([(np.concatenate([anna[:60], passing[60:]]), ids)])
    taken = whole(mapping(stream(1), raw), raw, 1)
    assert np.isfinite(taken[:60]).all()
    assert np.isnan(taken[60:]).all()


def test_one_body_stands_for_the_frame_of_all() -> None:
    anna, ben = person(-0.5), person(0.6, 1)
    raw = sent([(points * [1, -1, -1], None) for points in (anna, ben)])
    made = mapping(stream(ids=False), raw, 2)
    np.testing.assert_allclose(whole(made, raw), ben.reshape(FRAMES, 60), atol=1e-5)
    assert any("-y is up" in note for note in made.notes)


def test_who_is_asked_for_and_alone_in_that_slot_is_taken_after_a_second() -> None:
    anna = person(0.4)
    raw = np.concatenate([np.full((FRAMES, 60), np.nan), anna.reshape(FRAMES, 60)], axis=1)
    made = mapping(stream(ids=False), raw, body=2)
    taken = whole(made, raw, 7)
    assert np.isnan(taken[:30]).all()
    np.testing.assert_array_equal(taken[35:], anna.reshape(FRAMES, 60)[35:].astype(np.float32))
    assert any("who is in slot 2 is taken" in remark for remark in made.remarks())
