"""Many that look around at the same time look once, and each finds what it would have found alone."""

import threading
import uuid
from collections.abc import Sequence

import pylsl
import pytest

from hnhar.stream.lsl.lookout import MANY, Lookout, matches
from hnhar.stream.lsl.source import parse_source, resolve

DEADLINE = 30.0


class Slow:
    """A look that lasts until it may end, and finds its number."""

    def __init__(self) -> None:
        self.looks = 0
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self) -> Sequence[str]:
        self.looks += 1
        number = self.looks
        self.begun.release()
        assert self.go.acquire(timeout=DEADLINE)
        if number == 3:
            raise OSError("no network")
        return (str(number),)


def test_who_asks_during_a_look_takes_what_the_next_one_finds() -> None:
    slow, found = Slow(), dict[str, Sequence[str]]()
    lookout = Lookout(slow)

    def look(name: str) -> None:
        found[name] = lookout.around()

    first = threading.Thread(target=look, args=("first",))
    first.start()
    assert slow.begun.acquire(timeout=DEADLINE)
    later = [threading.Thread(target=look, args=(f"later {n}",)) for n in range(5)]
    for thread in later:
        thread.start()
    while len(lookout._changed._waiters) < 5:  # type: ignore[attr-defined]
        pass
    slow.go.release()
    assert slow.begun.acquire(timeout=DEADLINE)
    slow.go.release()
    for thread in (first, *later):
        thread.join(DEADLINE)
    assert found == {"first": ("1",)} | {f"later {n}": ("2",) for n in range(5)}
    slow.go.release()
    with pytest.raises(OSError, match="no network"):
        lookout.around()
    slow.go.release()
    assert lookout.around() == ("4",)


def test_they_look_together_from_so_many_on() -> None:
    lookout = Lookout(tuple)
    asking = [lookout.asking() for _ in range(MANY + 1)]
    assert [each.__enter__() for each in asking] == [False] * (MANY - 1) + [True] * 2
    for each in asking:
        each.__exit__(None, None, None)
    with lookout.asking() as many:
        assert not many


@pytest.mark.lsl
def test_each_finds_what_it_finds_alone() -> None:
    mark = uuid.uuid4().hex[:8]
    kept = [
        pylsl.StreamOutlet(pylsl.StreamInfo(f"{mark}-{n}", "IMU" if n else "EEG", 3, 50.0, source_id=f"{n}"))
        for n in range(3)
    ]
    addresses = [f"{mark}-0", f"{mark}-1", f"starts-with(name,'{mark}')", f"{mark}-none", "type=imu"]
    sources = [parse_source(address) for address in addresses]
    alone = [sorted(info.uid() for info in resolve(source, 5.0)) for source in sources[:3]]
    assert [len(uids) for uids in alone] == [1, 1, 3]
    together: dict[int, list[str]] = {}

    def look(place: int) -> None:
        for _ in range(20):  # one may go missing in a network
            together[place] = sorted(info.uid() for info in resolve(sources[place], 0.9))
            if place > 2 or together[place] == alone[place]:
                return

    threads = [threading.Thread(target=look, args=(n,)) for n in range(len(sources))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert [together[n] for n in range(3)] == alone
    assert together[3] == []
    info = pylsl.StreamInfo("it's", "IMU", 3, 50.0, source_id="id")
    assert matches(info, parse_source("name=it's,type=imu").predicate)
    assert not matches(info, parse_source("its").predicate)
    assert not matches(info, "name='")
    del kept
