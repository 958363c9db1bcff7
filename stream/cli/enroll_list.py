"""The lines of `hnhar-enroll --list`: learned activities, enrolled ones, and whether more can be enrolled."""

from typing import Final

from hnhar.model.bundle.bundle import BundleFile
from hnhar.model.bundle.enrollment import Enrollment
from hnhar.model.enroll.enroll import NO_MEMORY
from hnhar.model.labels import shortened

from ..config.sources import takes

_MOST: Final = 40
"""Enrolled activities that have a line each."""


def listing(file: BundleFile) -> list[str]:
    """The lines. Only the file's header is looked at, so that it takes no time."""
    info = file.info
    enrolled = {enrollment.label for enrollment in info.enrolled}
    learned = [label for label in info.labels if label not in enrolled and label != info.idle]
    lines = [f"{info.id} takes {takes(info.modalities, info.placement)}"]
    lines += [f"  learned {len(learned)} activities: {shortened(learned, _MOST)}"]
    lines += [f"  enrolled: {_line(enrollment)}" for enrollment in info.enrolled[:_MOST]]
    if len(info.enrolled) > _MOST:
        lines.append(f"  and {len(info.enrolled) - _MOST:,} more are enrolled")
    if not info.enrolled:
        lines.append("  nothing is enrolled")
    return [*lines, "  more can be enrolled" if file.remembers else f"  it {NO_MEMORY}"]


def _line(enrollment: Enrollment) -> str:
    """Its label, when and from what it was enrolled, and what share of its windows was recognized."""
    shares = [
        f"{subset} {measured['recognized']:.0%}"
        for subset, measured in enrollment.measured.items()
        if "recognized" in measured
    ]
    day = f", on {enrollment.day}" if enrollment.day else ""
    source = f" ({enrollment.source})" if enrollment.source else ""
    return (
        f"{enrollment.label}{day}, from {enrollment.performances} performances{source}; of its windows "
        f"recognized when left out: {', '.join(shares) or 'not measured'}"
    )
