"""The report of `hnhar-enroll`: how well the new activity is recognized, and at whose cost."""

from typing import TYPE_CHECKING

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.labels import counted, shortened

from ..mapping.mapping import MappingOptions
from ..recordings import Annotation, Recording
from .common import say, warn

if TYPE_CHECKING:
    from hnhar.model.enroll.enroll import Effect
    from hnhar.model.runtime import Runtime


def print_effect(info: BundleInfo, effect: "Effect") -> None:
    """Print recognition with each performance left out in turn, and false acceptances of other classes."""
    new = info.enrolled[-1]
    say(
        f"'{new.label}' from {new.performances} performances. Each left out in turn; what is taken of others "
        "is measured on windows that the gate was not set on:"
    )
    for subset, measured in new.measured.items():
        others = f"{measured['others']:.0f} other windows"
        say(
            f"  {subset}: {measured['recognized']:.0%} of its {measured['windows']:.0f} windows recognized, "
            + (
                f"{measured['false']:.1%} of {others} taken for it"
                if "false" in measured
                else f"{others}: too few to measure how many are taken for it"
            )
        )
    lacking = [modality.name for modality in info.modalities if modality.name not in new.gates]
    if lacking:
        say(
            f"  {' and '.join(lacking)}: fewer than two performances have samples of it, so '{new.label}' is "
            f"recognized only where {' or '.join(key for key in new.gates if '+' not in key)} is there"
        )
    gone = sum(effect.taken.values())
    ordered = sorted(effect.taken.items(), key=lambda item: -item[1])
    mostly = shortened([f"{label} {count}" for label, count in ordered])
    if effect.kept:
        say(
            f"Of {effect.kept} windows that the bundle keeps of its other classes, {gone} are taken for it"
            f"{f' ({mostly})' if mostly else ''}, measured likewise."
        )
    poor = [subset for subset, measured in new.measured.items() if measured["recognized"] < 0.5]
    if poor:
        named = [subset if "+" in subset else f"{subset} alone" for subset in poor]
        by = "" if len(poor) == len(new.measured) else f"by {' and by '.join(named)}, "
        warn(
            f"{by}'{new.label}' is hardly told apart from what the bundle knows. More performances, or a "
            "training of your own (hnhar-train corpus), may help."
        )


def print_validation(
    name: str, recording: Recording, options: MappingOptions, before: "Runtime", after: "Runtime"
) -> None:
    """Print F1 of the old labels on an annotated recording, before and after, and events of the new label."""
    from ..engine.offline import recognize
    from ..recordings.score import match, recognized

    new, known = after.info.labels[-1], set(before.info.labels)
    performed = [a for a in recording.annotations if a.duration > 0]
    old = of_old(recording, before.info)
    found = [
        recognized(recognize(recording, runtime, runtime.info, options=options).events, end=recording.end)
        for runtime in (before, after)
    ]
    foreign = {a.label for a in performed} - known
    ignored = (before.info.idle, new)
    open_ended = recording.unfinished
    f1 = [
        match(performed, events, ignore=ignored, others=foreign, unfinished=open_ended).f1 for events in found
    ]
    performances = counted(len(old), "performance")
    say(f"On {name}, {performances} of the old labels: F1 {f1[0]:.3f} before, {f1[1]:.3f} after")
    mine = [a for a in performed if a.label == new]
    only = match(mine, [e for e in found[1] if e.label == new], unfinished=open_ended)
    found_there = f"{len(only.hits)} of {only.actions} recognized" if only.actions else "it was not performed"
    say(f"'{new}' there: {found_there}, {counted(len(only.false_events), 'false event')}")


def of_old(recording: Recording, info: BundleInfo) -> list[Annotation]:
    """Performances of the activities that the bundle knows before the enrollment."""
    known = set(info.labels) - {info.idle}
    return [a for a in recording.annotations if a.duration > 0 and a.label in known]
