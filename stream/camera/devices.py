"""Cameras of this machine: what `/dev/video*` there is, by the names that their makers gave them (Linux)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CLASS: Final = Path("/sys/class/video4linux")
_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that is plugged in now."""

    index: int
    """Its number: `camera:0`."""
    name: str
    """As its maker calls it; "" where that is not known."""

    @property
    def source(self) -> str:
        """The source that reads it."""
        return f"camera:{self.index}"


def cameras(devices: Path = Path("/dev"), known: Path = _CLASS) -> list[Camera]:
    """Cameras that are plugged in, by number; [] where there is none, and on other systems than Linux.

    A webcam has a second device for its own data, which gives no images and is left out.
    """
    found = []
    for path in devices.glob("video*"):
        number = path.name.removeprefix("video")
        if number.isascii() and number.isdigit() and _text(known / path.name / "index") in ("", "0"):
            found.append(Camera(int(number), _text(known / path.name / "name")))
    return sorted(found, key=lambda camera: camera.index)[:_MOST]


def absence(index: int) -> str:
    """Reason why a camera cannot be opened, in words; "" where its device is there and may be read."""
    if not Path("/dev").is_dir() or os.name == "nt":
        return ""  # it shows when it is opened
    device = Path(f"/dev/video{index}")
    if not device.exists():
        return f"there is no {device}: {listed()}"
    if not os.access(device, os.R_OK | os.W_OK):
        return f"{device} may not be opened by you: add yourself to the group 'video', and log in again"
    return ""


def listed() -> str:
    """The cameras that there are, in words."""
    there = [f"{camera.index} ({camera.name or 'no name'})" for camera in cameras()]
    return f"cameras here: {', '.join(there)}" if there else "no camera is plugged in"


def _text(path: Path) -> str:
    try:
        return " ".join(path.read_text("utf-8", errors="replace")[:200].split())
    except OSError:
        return ""
