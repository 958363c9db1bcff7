"""MMAct's classes and splits (Kong et al., "MMAct: A Large-Scale Dataset for Cross Modal Human Action
Understanding", ICCV 2019), apart from any file."""

from collections.abc import Mapping
from types import MappingProxyType

from ..corpus import Split

CLASSES: tuple[str, ...] = (
    "carrying",
    "carrying_heavy",
    "carrying_light",
    "checking_time",
    "closing",
    "crouching",
    "drinking",
    "entering",
    "exiting",
    "fall",
    "jumping",
    "kicking",
    "loitering",
    "looking_around",
    "opening",
    "picking_up",
    "pocket_in",
    "pocket_out",
    "pointing",
    "pulling",
    "pushing",
    "running",
    "setting_down",
    "sitting",
    "sitting_down",
    "standing",
    "standing_up",
    "talking",
    "talking_on_phone",
    "throwing",
    "transferring_object",
    "using_pc",
    "using_phone",
    "walking",
    "waving_hand",
)
"""The 35 of the trimmed clips."""
UNTRIMMED_CLASSES: tuple[str, ...] = (*CLASSES, "talking_on_phone_desk", "using_phone_desk")
"""The 37 of the untrimmed recordings."""
SUBJECTS = range(1, 21)
"""Numbers of the subjects."""


def action(name: str) -> str:
    """The label that a file's name or a label line means: case varies in the corpus."""
    return name.strip().lower().replace(" ", "_")


def cross_subject(subject: int, scene: int, session: int) -> str:
    """Train on subjects 1 to 12, validate on 13 to 15, test on 17 to 20; "" for others."""
    if 1 <= subject <= 12:
        return "train"
    if 13 <= subject <= 15:
        return "val"
    return "test" if 17 <= subject <= 20 else ""


def cross_scene(subject: int, scene: int, session: int) -> str:
    """Train on scenes 1, 3, 4 of subjects 1 to 16, validate on those of 17 to 20, test on scene 2."""
    if scene == 2 and subject in SUBJECTS:
        return "test"
    return _by_subject(subject) if scene in (1, 3, 4) else ""


def cross_session(subject: int, scene: int, session: int) -> str:
    """Train on sessions 1 to 4 of subjects 1 to 16, validate on those of 17 to 20, test on session 5."""
    if session == 5 and subject in SUBJECTS:
        return "test"
    return _by_subject(subject) if 1 <= session <= 4 else ""


def _by_subject(subject: int) -> str:
    if 1 <= subject <= 16:
        return "train"
    return "val" if 17 <= subject <= 20 else ""


SPLITS: Mapping[str, Split] = MappingProxyType(
    {"cross-subject": cross_subject, "cross-scene": cross_scene, "cross-session": cross_session}
)
