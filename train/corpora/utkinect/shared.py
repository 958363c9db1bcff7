"""Actions of UTKinect that shipped weights may know under another name: which is which."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hnhar.stream.recordings import Recording

SHARED: Final[Mapping[str, str]] = {
    "walk": "walk",
    "sit_down": "stand_to_sit",
    "stand_up": "sit_to_stand",
    "pick_up": "pickup_and_throw",
    "throw": "throw",
    "push": "push",
    "wave_hands": "wave",
    "clap_hands": "clap",
}
"""Label here -> UTD-MHAD's label; carry and pull have none. docs/corpora.md says how the motions differ."""


def as_known(recording: Recording, labels: tuple[str, ...]) -> Recording:
    """The recording with the labels of weights that know `labels` where an action is shared."""

    def known(label: str) -> str:
        there = SHARED.get(label, "")
        return there if there in labels else f"{label}, not shared"

    return replace(
        recording,
        annotations=tuple(replace(a, label=known(a.label)) for a in recording.annotations),
        unfinished=tuple(replace(u, label=known(u.label)) for u in recording.unfinished),
    )
