"""Cores that this process may use: by its affinity, and by the quota of its container or service."""

import os
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Final

_MOUNT: Final = Path("/sys/fs/cgroup")
_SELF: Final = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """The fewest that affinity or quota leave, 1 at least."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else max(1, min(cores, ceil(quota)))


def cpu_quota(mount: Path = _MOUNT, group_file: Path = _SELF) -> float | None:
    """The least quota in cores of this process's control group and those above it; None where there is none.

    Args:
        mount: Folder where control groups (version 2) are mounted.
        group_file: File that names the group of this process.
    """
    with suppress(OSError, ValueError):
        lines = group_file.read_text("utf-8").splitlines()
        line = next((line for line in lines if line.startswith("0::/")), "0::/")
        group = mount / line.removeprefix("0::/")
        above = [group, *group.parents]
        quotas = [
            q for path in above[: above.index(mount) + 1] if (q := _quota(path / "cpu.max")) is not None
        ]
        return min(quotas, default=None)
    return None


def _quota(file: Path) -> float | None:
    """Cores of a file `QUOTA PERIOD`, both µs; None where it says `max` or cannot be read."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = file.read_text("utf-8").split()
        return int(quota) / int(period)
    return None
