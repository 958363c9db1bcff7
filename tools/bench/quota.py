"""Processor time that processes may use at most: Linux control groups of either version.

A group's processes run until their share of a period is used up, and wait for the next one: a machine that is
smaller than this one, where pinning gives one that is as fast as a whole core.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PERIOD = 0.02
"""s: so short that what waits for the next one is not late by it."""
PREFIX = "hnhar-bench-"


class QuotaError(Exception):
    """This user may not limit processes here."""


class Group:
    """A control group with a share of one core."""

    def __init__(self, folder: Path, share: float, version: int) -> None:
        """Make it. Raises OSError where that is not allowed."""
        self.folder, self._version = folder, version
        folder.mkdir()
        period = round(PERIOD * 1e6)
        quota = round(share * PERIOD * 1e6)
        try:
            if version == 1:
                (folder / "cpu.cfs_period_us").write_text(str(period), "ascii")
                (folder / "cpu.cfs_quota_us").write_text(str(quota), "ascii")
            else:
                (folder / "cpu.max").write_text(f"{quota} {period}", "ascii")
        except OSError:
            folder.rmdir()
            raise

    def take(self, pid: int) -> None:
        """Limit a process, all of its threads; one that has ended is none."""
        with suppress(ProcessLookupError):
            (self.folder / "cgroup.procs").write_text(str(pid), "ascii")

    def periods(self) -> tuple[int, int]:
        """(Periods in which it had something to do, those of them at whose end it had used up its share)."""
        words = dict(line.split() for line in (self.folder / "cpu.stat").read_text("ascii").splitlines())
        return int(words["nr_periods"]), int(words["nr_throttled"])

    def remove(self) -> None:
        """Remove it; processes in it that still run are free again."""
        for _ in range(20):
            for pid in (self.folder / "cgroup.procs").read_text("ascii").split():
                with suppress(OSError):
                    (self.folder.parent / "cgroup.procs").write_text(pid, "ascii")
            with suppress(OSError):  # busy until those that end have ended
                self.folder.rmdir()
                return
            time.sleep(0.1)
        print(f"the control group {self.folder} could not be removed: rmdir it", flush=True)


@contextmanager
def groups(count: int, share: float) -> Iterator[list[Group]]:
    """So many groups with this share of a core each, removed at the end, as those of killed runs are.

    Raises QuotaError where this user may make none.
    """
    places = list(_places(Path("/proc/self/mountinfo"), Path("/proc/self/cgroup")))
    made: list[Group] = []
    tried = []
    for place, version in places:
        _sweep(place)
        try:
            while len(made) < count:
                made += [Group(place / f"{PREFIX}{os.getpid()}-{len(made)}", share, version)]
            break
        except OSError as error:
            tried.append(f"{place}: {error.strerror}")
            while made:
                made.pop().remove()
    if not made:
        raise QuotaError("; ".join(tried) or "no control groups with the processor's controller are mounted")
    try:
        yield made
    finally:
        for group in made:
            group.remove()


def _places(mounts: Path, own: Path) -> Iterator[tuple[Path, int]]:
    """Folders in which groups that limit the processor may be made, and the version of each."""
    ours: dict[str, str] = {}
    for line in own.read_text("utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        ours |= dict.fromkeys(controllers.split(","), path)
    for line in mounts.read_text("utf-8").splitlines():
        before, _, after = line.partition(" - ")
        at, (kind, _, options) = Path(before.split()[4]), after.split()[:3]
        if kind == "cgroup" and "cpu" in options.split(","):
            yield at / ours.get("cpu", "/").lstrip("/"), 1
        elif kind == "cgroup2":
            # a group with processes has none below it: beside ours, or, for root, at the top
            for place in dict.fromkeys(((at / ours.get("", "/").lstrip("/")).parent, at)):
                with suppress(OSError):
                    if place.is_relative_to(at) and "cpu" in _words(place / "cgroup.subtree_control"):
                        yield place, 2


def _words(file: Path) -> list[str]:
    return file.read_text("ascii").split()


def _sweep(place: Path) -> None:
    """Remove the groups of runs that ended without doing so."""
    for folder in place.glob(f"{PREFIX}*-*"):
        if not Path(f"/proc/{folder.name.removeprefix(PREFIX).partition('-')[0]}").exists():
            with suppress(OSError):
                folder.rmdir()
