"""What `hnhar-enroll --list` says: what a bundle learned, what was enrolled, and whether more can be."""

from hnhar.model.bundle.bundle import BundleFile
from hnhar.model.bundle.enrollment import Enrollment
from hnhar.model.enroll.enroll import NO_MEMORY


def listing(file: BundleFile) -> list[str]:
    """The lines. Only the file's header is looked at, so that it takes no time."""
    info = file.info
    enrolled = {one.label for one in info.enrolled}
    learned = [label for label in info.labels if label not in enrolled and label != info.idle]
    lines = [f"{info.id} learned {len(learned)} activities: {', '.join(learned)}"]
    lines += [f"  enrolled: {_told(one)}" for one in info.enrolled] or ["  nothing is enrolled"]
    return [*lines, "  more can be enrolled" if file.remembers else f"  it {NO_MEMORY}"]


def _told(one: Enrollment) -> str:
    shares = [
        f"{subset} {measured['recognized']:.0%}"
        for subset, measured in one.measured.items()
        if "recognized" in measured
    ]
    return (
        f"{one.label}{one.day and f', on {one.day}'}, from {one.performances} performances"
        f"{one.source and f' ({one.source})'}; of its windows recognized when left out: "
        f"{', '.join(shares) or 'not measured'}"
    )
