"""One of several bodies of a stream, followed by its tracking id, or by its place where there is none.

Cameras put bodies into slots, and a person may change the slot. Persons are numbered at the start: the
first who are in view, in the order of slots. Who is lost is missing until the id returns, or somebody new
stands where they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

from ..messages import StreamDescription
from .channel_map import ChannelMap
from .checks import SignalChecks
from .skeleton_map import SkeletonMap

STEP: Final = 0.5
"""m that a body moves between two samples at most."""
FASTER: Final = 0.05
"""m more for each sample in which it was not seen."""
FARTHEST: Final = 2.0
"""m, at most."""
AT_ONCE: Final = 1.0
"""m from where a person was lost, within which somebody with another id is that person."""
PATIENCE: Final = 10.0
"""s after which a person who is alone in view is taken for the one who was lost."""
AT_FIRST: Final = 0.1
"""Share of it after which who is asked for is the one in that slot, where nobody else was seen yet."""
RATE: Final = 30.0
"""Hz of a stream that gives none."""
MOST: Final = 20
"""Remarks that wait to be read."""
_HIPS: Final = slice(3 * UTD_JOINTS.index("hip_center"), 3 * UTD_JOINTS.index("hip_center") + 3)


@dataclass(frozen=True, slots=True)
class FollowedMap(ChannelMap):
    """Map of one body of several; samples have to be given in the order of time."""

    bodies: tuple[SkeletonMap, ...]
    """Map of each slot."""
    follower: "Follower" = field(compare=False)

    @property
    def checks(self) -> SignalChecks:
        """As of every skeleton."""
        return self.bodies[0].checks

    def apply(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, channels of the stream) -> (n, 60) in meters; NaN while the person is not in view."""
        return self.follower.apply(samples)

    def remarks(self) -> tuple[str, ...]:
        """Changes of the slot or of the id since this was asked last."""
        return self.follower.remarks()


def followed(
    stream: StreamDescription, maps: Sequence[SkeletonMap], identities: Sequence[int], person: int
) -> FollowedMap:
    """The map of the `person`-th (from 1) of several bodies, whose ids are on the channels `identities`
    (-1: none)."""
    by_id = all(channel >= 0 for channel in identities)
    how = "by its tracking id" if by_id else "by its place"
    note = f"'{stream.name}' holds {len(maps)} bodies: number {person} is taken (--body), and followed {how}"
    rate = stream.nominal_rate or RATE
    follower = Follower(stream.name, maps, identities if by_id else (), person, round(PATIENCE * rate))
    notes = (*maps[0].notes, note) if len(maps) > 1 else maps[0].notes
    return FollowedMap(maps[0].feed, notes, tuple(maps), follower)


class Follower:
    """Finds a person's slot in each sample."""

    def __init__(
        self, name: str, maps: Sequence[SkeletonMap], identities: Sequence[int], person: int, patience: int
    ) -> None:
        """`name`: of the stream; `person`: from 1; `patience`: samples."""
        self._name = name
        self._maps = tuple(maps)
        self._identities = list(identities)
        self._person = person
        self._patience = patience
        self._slot = -1
        """Where the person was seen last; -1 before that."""
        self._identity = 0.0
        self._place = np.zeros(3)
        """Hips when seen last, m."""
        self._missed = 0
        """Samples since then."""
        self._beside = np.zeros((0, 3))
        """Hips of who else was in view last, (others, 3) m."""
        self._company = False
        """Somebody else was in view before the person."""
        self._others: set[float] = set()
        """Ids of who was in view beside the person."""
        self._remarks: list[str] = []

    def remarks(self) -> tuple[str, ...]:
        """Events since this was asked last."""
        found, self._remarks = tuple(self._remarks), []
        return found

    def apply(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, channels) -> (n, 60); the samples follow those of the call before."""
        raw = np.asarray(samples, np.float64)
        steady = self._steady(raw)
        if steady is not None:
            return steady
        values = np.stack([channels.apply(raw) for channels in self._maps], axis=1)
        ids = raw[:, self._identities] if self._identities else np.zeros((len(raw), 0))
        out = np.full((len(raw), values.shape[2]), np.nan, np.float32)
        for row in range(len(raw)):
            slot = self._slot_in(values[row, :, _HIPS].astype(np.float64), ids[row])
            if slot >= 0:
                out[row] = values[row, slot]
        return out

    def _steady(self, raw: NDArray[np.float64]) -> NDArray[np.float32] | None:
        """Values of a chunk in which nobody changes the slot, as nearly always; None where somebody may."""
        if self._slot < 0 or not len(raw) or self._missed:
            return None
        if self._identities:
            ids = raw[:, self._identities]
            mine = ids == self._identity
            if not mine[:, self._slot].all() or (mine.sum(axis=1) > 1).any():
                return None
        values = self._maps[self._slot].apply(raw)
        hips = values[:, _HIPS].astype(np.float64)
        moved = np.diff(np.concatenate([self._place[None], hips]), axis=0)
        # a missing place is not near: what is not sure is looked at
        if not (np.square(moved).sum(axis=1) < (STEP / 2) ** 2).all():
            return None
        self._place = hips[-1]
        if self._identities:
            self._meet(np.unique(ids))
        elif len(self._maps) > 1:
            others = [m.apply(raw[-1:])[0, _HIPS] for at, m in enumerate(self._maps) if at != self._slot]
            places = np.array(others, np.float64)
            self._see_others(places[np.isfinite(places).all(axis=1)], lost=False)
        return values

    def _slot_in(self, hips: NDArray[np.float64], ids: NDArray[np.float64]) -> int:
        """The person's slot in one sample, -1 where there is none; hips (slots, 3), ids (slots,) or (0,)."""
        seen: NDArray[np.bool_] = np.asarray(np.isfinite(hips).all(axis=1))
        if len(ids):
            seen = seen & np.isfinite(ids) & (ids > 0)
        slot = self._first(seen) if self._slot < 0 else self._same(seen, hips, ids)
        self._see_others(hips[seen & (np.arange(len(seen)) != slot)], lost=slot < 0)
        if slot < 0:
            self._missed += 1
            return -1
        if self._slot >= 0 and slot != self._slot:
            self._say(f"person {self._person} has changed from slot {self._slot + 1} to {slot + 1}")
        self._slot = slot
        if len(ids):
            self._identity = float(ids[slot])
            self._meet(ids[seen])
        if seen[slot]:
            self._place, self._missed = hips[slot], 0
        return slot

    def _first(self, seen: NDArray[np.bool_]) -> int:
        """The slot of the person who is looked for at the start."""
        slots = np.flatnonzero(seen)
        if len(slots) >= self._person:
            return int(slots[self._person - 1])
        wanted = self._person - 1
        self._company = self._company or bool((slots != wanted).any())
        alone = not self._company and self._missed > self._patience * AT_FIRST
        if (alone or self._missed > self._patience) and wanted < len(seen) and seen[wanted]:
            self._say(f"there is no person {self._person}: who is in slot {wanted + 1} is taken")
            return wanted
        return -1

    def _same(self, seen: NDArray[np.bool_], hips: NDArray[np.float64], ids: NDArray[np.float64]) -> int:
        """The slot of the person who was seen before."""
        far = np.where(seen, np.linalg.norm(hips - self._place, axis=1), np.inf)
        if len(ids):
            mine = np.flatnonzero(ids == self._identity)
            if len(mine) == 1:
                return int(mine[0])
            if len(mine) > 1:  # ids that lost their last digits
                return self._by_place(far, mine, hips)
            new = np.flatnonzero(seen & ~np.isin(ids, list(self._others)))
            return self._new(new, seen, far)
        return self._by_place(far, np.flatnonzero(seen), hips)

    def _new(self, new: NDArray[np.intp], seen: NDArray[np.bool_], far: NDArray[np.float64]) -> int:
        """Somebody with an id that was not there before, who is where the person was lost, or alone after
        long."""
        near = new[far[new] < AT_ONCE] if self._missed <= self._patience else new[:0]
        if len(near) == 1:
            self._say(f"person {self._person} has a new id")
            return int(near[0])
        if self._missed > self._patience and len(new) == 1 and seen.sum() == 1:
            alone = f"who is alone in it now (slot {new[0] + 1}) is taken"
            self._say(f"person {self._person} was out of view for long: {alone}")
            return int(new[0])
        return -1

    def _by_place(self, far: NDArray[np.float64], slots: NDArray[np.intp], hips: NDArray[np.float64]) -> int:
        """The slot of these that is nearest to where the person was, and not to where others were; the same
        slot where it is not far."""
        alone = len(slots) == 1
        if len(self._beside):
            theirs = np.linalg.norm(hips[slots][:, None] - self._beside[None], axis=2).min(axis=1)
            slots = slots[far[slots] <= theirs]
        if not len(slots):
            return -1
        nearest = int(slots[np.argmin(far[slots])])
        if alone and nearest == self._slot and not len(self._beside):
            return nearest  # a leap of somebody who is alone is judged elsewhere
        reach = min(STEP + FASTER * self._missed, FARTHEST)
        if self._slot in slots and far[self._slot] < min(reach, 2.0 * far[nearest] + 0.05):
            return self._slot
        if far[nearest] < reach:
            return nearest
        if self._missed > self._patience and alone:
            return nearest
        return -1

    def _see_others(self, places: NDArray[np.float64], *, lost: bool) -> None:
        """Note hips (others, 3) of who is not the person; while that one is lost, only of who was there
        before:
        somebody new may be the person."""
        if not lost:
            self._beside = places
        elif len(self._beside) and len(places):
            apart = np.linalg.norm(self._beside[:, None] - places[None], axis=2)
            nearest = apart.argmin(axis=1)
            moved = apart.min(axis=1) < STEP
            self._beside = np.where(moved[:, None], places[nearest], self._beside)

    def _meet(self, ids: NDArray[np.float64]) -> None:
        if len(self._others) < 1000:
            self._others.update(float(i) for i in ids if i != self._identity and i > 0)

    def _say(self, words: str) -> None:
        if len(self._remarks) < MOST:
            self._remarks.append(f"'{self._name}': {words}")
