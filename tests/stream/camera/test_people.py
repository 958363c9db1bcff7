"""The person who is followed among several: chosen by nearness, kept by place, exchanged only for good."""

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.camera.people import PersonFollower, PersonSeen, alone, box, distinct
from hnhar.stream.camera.pose import Image, Landmarks

LINES, WIDTH = 100, 200


def person(at: float, height: float) -> Landmarks:
    """Somebody whose middle is at a share of the width, as high as a share of the image."""
    image = np.full((33, 3), (at, 0.5, 0.0), np.float32)
    image[0, 1], image[31, 1] = 0.5 - height / 2, 0.5 + height / 2
    image[11, 0], image[12, 0] = at + height / 8, at - height / 8
    return Landmarks(
        image, np.full((33, 3), at, np.float32), np.ones(33, np.float32), np.ones(33, np.float32)
    )


class Room:
    """People who are there, a tracker that stays with whom it has, and everybody when they are looked for.

    Of an image it knows where it is painted over: nobody is seen there.
    """

    def __init__(self, *people: Landmarks) -> None:
        self.people = list(people)
        self.tracked: float | None = None
        self.looks = 0
        self.image: Image = np.zeros((LINES, WIDTH, 3), np.uint8)

    def track(self, image: Image, time: float) -> list[Landmarks]:
        seen = [p for p in self.people if not self._painted(image, p)]
        self.tracked = next(
            (self._at(p) for p in seen if self.tracked is not None and abs(self._at(p) - self.tracked) < 0.1),
            self._at(seen[0]) if seen else None,
        )
        return [p for p in seen if self._at(p) == self.tracked][:1]

    def look(self, image: Image) -> list[Landmarks]:
        self.looks += 1
        return self.people

    @staticmethod
    def _at(pose: Landmarks) -> float:
        return float(pose.image[1, 0])

    def _painted(self, image: Image, pose: Landmarks) -> bool:
        return bool(image[LINES // 2, int(self._at(pose) * WIDTH), 0])


def followed(room: Room, person: int = 1) -> PersonFollower:
    return PersonFollower(room.track, room.look, person)


def at(seen: PersonSeen) -> float | None:
    return None if seen.pose is None else round(float(seen.pose.image[1, 0]), 3)


def test_the_nearest_is_followed_though_the_tracker_would_take_another() -> None:
    room = Room(person(0.2, 0.4), person(0.7, 0.8))
    seen = followed(room).see(room.image, 0.0)
    assert (at(seen), seen.people) == (0.7, 2)


def test_the_second_nearest_is_followed_where_asked_for_and_nobody_where_there_is_one() -> None:
    room = Room(person(0.2, 0.4), person(0.7, 0.8))
    follower = followed(room, 2)
    assert at(follower.see(room.image, 0.0)) == 0.2
    room.people = room.people[1:]
    later = [at(follower.see(room.image, 0.1 * k)) for k in range(1, 30)]
    assert later[-1] is None


def test_everybody_is_looked_for_once_a_second() -> None:
    room = Room(person(0.5, 0.8))
    follower = followed(room)
    for k in range(31):
        follower.see(room.image, k / 10)
    assert room.looks == 4


def test_a_passer_by_is_not_followed_and_who_stays_nearer_is() -> None:
    room = Room(person(0.2, 0.5))
    follower = followed(room)
    assert at(follower.see(room.image, 0.0)) == 0.2
    room.people = [person(0.2, 0.5), person(0.7, 0.9)]
    seen = [at(follower.see(room.image, 1.0 + k / 10)) for k in range(15)]
    assert set(seen[:9]) == {0.2}
    assert seen[-1] == 0.7


def test_a_tracker_that_goes_over_to_somebody_else_is_brought_back() -> None:
    room = Room(person(0.2, 0.8), person(0.8, 0.7))
    follower = followed(room)
    follower.see(room.image, 0.0)
    room.tracked = 0.8
    seen = [at(follower.see(room.image, 0.1 * k)) for k in (1, 2, 3)]
    assert seen == [None, 0.2, 0.2]


def test_who_comes_back_after_long_is_chosen_anew() -> None:
    room = Room(person(0.2, 0.8))
    follower = followed(room)
    follower.see(room.image, 0.0)
    room.people = []
    gone = [follower.see(room.image, 0.5 * k) for k in range(1, 6)]
    assert [(at(seen), seen.people) for seen in gone][-1] == (None, 0)
    room.people = [person(0.9, 0.3)]
    assert at(follower.see(room.image, 4.0)) == 0.9


def test_a_person_found_twice_is_one() -> None:
    shape = (LINES, WIDTH)
    boxes = [box(person(at, size), shape) for at, size in ((0.5, 0.8), (0.51, 0.75), (0.2, 0.4))]
    assert [each.size for each in distinct(boxes)] == [boxes[0].size, boxes[2].size]


def test_shown_alone_the_rest_is_painted_over() -> None:
    image: NDArray[np.uint8] = np.zeros((LINES, WIDTH, 3), np.uint8)
    shown = alone(image, box(person(0.2, 0.4), image.shape))
    assert not shown[50, 40].any()
    assert shown[50, 150].all()
    assert not image.any()
