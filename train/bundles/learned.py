"""Subjects that a bundle learned from, by its provenance: figures of them say nothing of other people."""

from collections.abc import Iterable, Mapping
from typing import Any

from hnhar.model.bundle.bundle import BundleInfo


def subjects_of(provenance: Mapping[str, Any]) -> tuple[set[int], set[int]]:
    """Subjects of UTD-MHAD that a bundle learned from, and that it was calibrated or tuned on besides.

    Both are empty where the provenance does not say, or where the bundle learned from something else.
    """
    if not (corpus := _part(provenance, "corpus")) or corpus.get("name", "UTD-MHAD") != "UTD-MHAD":
        return set(), set()
    recipe = _part(provenance, "recipe")
    tuned = set(_integers(recipe.get("held_out")))
    people = _part(provenance, "seen").get("people")
    if isinstance(people, (list, tuple)):
        learned = {int(p[1:]) for p in people if isinstance(p, str) and p[:1] == "s" and p[1:].isdecimal()}
    else:
        learned = set(_integers(recipe.get("train_subjects")))
    return learned, tuned - learned


def acquainted(info: BundleInfo, subjects: Iterable[int]) -> str:
    """A line for the user where some of the subjects to be measured are no strangers to a bundle, or ""."""
    learned, tuned = subjects_of(info.provenance)
    parts = [
        f"{how} {', '.join(map(str, sorted(known)))}"
        for how, whom in (("learned from subjects", learned), ("was calibrated and tuned on subjects", tuned))
        if (known := whom & set(subjects))
    ]
    if not parts:
        return ""
    return (
        f"{info.id} {' and '.join(parts)}: what is measured on them is no figure of other people. Take "
        "somebody whom its training left out; `hnhar docs streaming` has the shipped bundles' figures of "
        "test subjects, and every look at these is logged."
    )


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a provenance; empty where there is none."""
    part = of.get(name)
    return part if isinstance(part, Mapping) else {}


def _integers(value: object) -> list[int]:
    return [n for n in value if isinstance(n, int)] if isinstance(value, (list, tuple)) else []
