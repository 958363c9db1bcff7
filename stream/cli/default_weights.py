"""Weights of a run that names none: those of a single camera, where it has nothing else."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from hnhar.model.bundle.bundle import CAMERA, DEFAULT, bundled

from ..intake.registry import split_source
from .common import warn

_SCHEME: Final = "camera"


def is_camera(source: str) -> bool:
    """True of a source that is a camera of this machine, one of the network, or a video."""
    return split_source(source)[0] == _SCHEME


def weights_of_sources(sources: Collection[str]) -> str:
    """The bundle by which a live run recognizes that names none."""
    return _told(bool(sources) and all(map(is_camera, sources)))


def weights_of_recording(path: str) -> str:
    """The bundle by which a recording is recognized if none is named: a video holds a skeleton alone."""
    from ..camera.recording import SUFFIXES

    return _told(Path(path).suffix.lower() in SUFFIXES)


def _told(camera: bool) -> str:
    """A bundle's name, with a line where it is not the usual one."""
    if not camera or CAMERA not in bundled():
        return DEFAULT
    warn(f"there is a camera and nothing else, so the weights are {CAMERA}; --weights takes others")
    return CAMERA
