"""Address of a camera or a video, and how its image is read: `0`, `clip.mp4,rotate=90`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import ConfigError

ROTATIONS: Final = (0, 90, 180, 270)
MOST_PEOPLE: Final = 4
"""People in view that are told from each other."""
_KEYS: Final = ("person", "rotate", "mirror", "place", "model")
_YES: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_NETWORK: Final = ("http://", "https://", "rtsp://")


@dataclass(frozen=True, slots=True)
class CameraAddress:
    """A camera or a video, and how its image is read."""

    source: str
    """Number of a camera ("0"), its device ("/dev/video0"), a network camera's address, or a video file."""
    person: int = 1
    """Person that is followed: 1 the nearest when first seen, 2 the second nearest …"""
    rotate: int = 0
    """Degrees by which the image is turned clockwise before it is looked at."""
    mirror: bool = False
    """The image shows left and right exchanged."""
    place: bool = False
    """Joints are counted from the camera, and not from the hips (`place`)."""
    model: str = ""
    """File of the model; "" for the one that was fetched (`model`)."""

    @property
    def index(self) -> int | None:
        """Number of the camera; None where the source is no local one."""
        number = self.source.removeprefix("/dev/video")
        return int(number) if number.isascii() and number.isdigit() and len(number) < 4 else None

    @property
    def remote(self) -> bool:
        """True for a camera that is asked over the network."""
        return self.source.lower().startswith(_NETWORK)

    @property
    def is_file(self) -> bool:
        """True for a video that has an end."""
        return self.index is None and not self.remote and not self.source.startswith("/dev/")

    @property
    def name(self) -> str:
        """Its name: `camera 0`, `clip.mp4`; of a network camera, nothing but its host."""
        if self.index is not None:
            return f"camera {self.index}"
        if self.remote:
            return "camera " + self.source.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return self.source.rstrip("/").rpartition("/")[2]

    @property
    def identity(self) -> str:
        """The source as others may see it: of a network camera neither password nor token."""
        if not self.remote:
            return self.source
        scheme, _, rest = self.source.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def parse_address(text: str) -> CameraAddress:
    """The address as the user wrote it: a source, and `key=value` after commas. Raises ConfigError."""
    source, given = text.strip(), dict[str, str]()
    while "," in source:
        before, _, last = source.rpartition(",")
        key, equals, value = last.partition("=")
        key = key.strip()
        if not equals or key not in _KEYS:
            if equals and key.isidentifier() and "/" not in last and "." not in last:
                raise _refused(text, f"there is no '{key}'")
            break  # a comma in the name of a file
        if key in given:
            raise _refused(text, f"{key} is said twice")
        given[key], source = value.strip(), before.strip()
    if "\0" in source:
        raise _refused(text.replace("\0", "?"), "no file has this name")
    return CameraAddress(
        source=source or "0",
        person=_number(text, "person", given.get("person", "1"), range(1, MOST_PEOPLE + 1)),
        rotate=_number(text, "rotate", given.get("rotate", "0"), ROTATIONS),
        mirror=_yes(text, "mirror", given),
        place=_yes(text, "place", given),
        model=given.get("model", ""),
    )


def _number(text: str, key: str, value: str, allowed: "range | tuple[int, ...]") -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 3 or int(value) not in allowed:
        raise _refused(text, f"{key} is one of {', '.join(map(str, allowed))}, and not '{value[:40]}'")
    return int(value)


def _yes(text: str, key: str, given: Mapping[str, str]) -> bool:
    value = given.get(key, "no")
    if value.lower() not in _YES:
        raise _refused(text, f"{key} is yes or no, and not '{value[:40]}'")
    return _YES[value.lower()]


def _refused(text: str, reason: str) -> ConfigError:
    return ConfigError(
        f"the source 'camera:{text[:200]}' is no camera: {reason}. Write camera:0, camera:/dev/video2, "
        "camera:http://…, or camera:FILE, and after it what is needed of ,person=2 ,rotate=90 ,mirror=yes "
        ",place=yes ,model=FILE."
    )
