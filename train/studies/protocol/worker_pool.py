"""The one place that says where cells are computed: by processes here, or on a Ray cluster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .ray_workers import OnRay, RayWorkers
from .workers import Workers


def opened(
    workers: int | OnRay, most: int, run: Path, start: Callable[..., None], *arguments: Any
) -> Workers | RayWorkers:
    """Workers for `most` calls at a time, each of which calls `start(*arguments)` first.

    `run`: the run folder, which all of them see. Raises ConfigError.
    """
    if isinstance(workers, OnRay):
        return RayWorkers(workers, most, run, start, *arguments)
    return Workers(min(workers, most), start, *arguments)
