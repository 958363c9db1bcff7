"""Shipped weights on UTKinect's continuous recordings: another room, people who walk about and face anywhere.

Actions that the weights know under some name are looked for (`corpora.utkinect.shared`); events while another
action is performed are left out, and counted in the strict figure, beside events of labels that no action
there has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.score import Recognized, match, recognized

from ..corpora.utkinect.shared import SHARED
from ..evaluate.cases import overlap
from ..evaluate.evaluate import ClassifiedSession, events_of
from ..output.document import table


@dataclass(frozen=True, slots=True)
class FilmScore:
    """One recording as one bundle read it."""

    hits: tuple[str, ...]
    """Label in the weights, of each action that was recognized."""
    misses: tuple[str, ...]
    false: tuple[str, ...]
    """Label of each event that no action explains, of the labels that are shared."""
    strict: int
    """False events where everything counts: labels that are not shared, and the time of other actions."""


def scored(watched: ClassifiedSession, info: BundleInfo) -> FilmScore:
    """Events of a recording against its annotations, which have the weights' labels where they are shared."""
    recording = watched.recording
    found = recognized(events_of(watched, info, info.decision))
    shared = set(SHARED.values()) & set(info.labels)
    looked_for = [a for a in recording.annotations if a.label in shared]
    others = [a for a in recording.annotations if a.label not in shared]
    score = match(
        looked_for,
        found,
        ignore=(info.idle,),
        span=(recording.start, recording.end),
        unfinished=recording.unfinished,
    )
    false = [e.label for e in score.false_events if e.label in shared and not _in(e, others)]
    return FilmScore(
        tuple(hit.action.label for hit in score.hits),
        tuple(miss.label for miss in score.misses),
        tuple(false),
        len(score.false_events),
    )


def _in(event: Recognized, others: Sequence[Annotation]) -> bool:
    return any(overlap(event, other) > 0 for other in others)


def film_figures(scores: Sequence[FilmScore]) -> dict[str, Any]:
    """F1 over the recordings, and the strict one; label -> recognized, performed, and false events."""
    hits = [label for score in scores for label in score.hits]
    misses = [label for score in scores for label in score.misses]
    false = [label for score in scores for label in score.false]
    strict = sum(score.strict for score in scores)
    by = {
        label: {
            "recognized": hits.count(label),
            "performed": hits.count(label) + misses.count(label),
            "false": false.count(label),
        }
        for label in SHARED.values()
        if label in {*hits, *misses}
    }
    return {
        "recognized": len(hits),
        "performed": len(hits) + len(misses),
        "false": len(false),
        "f1": _f1(len(hits), len(misses), len(false)),
        "f1_strict": _f1(len(hits), len(misses), strict),
        "false_strict": strict,
        "actions": by,
    }


def utkinect_section(
    names: str, who: str, rows: Mapping[str, Mapping[str, Any]], notes: Sequence[str]
) -> str:
    """The section: a row a way of reading ("as shipped"), and a table of the actions."""
    head = ["", "recognized", "false events", "F1", "false events, strictly", "F1, strictly"]
    body = [
        [
            name,
            f"{of['recognized']} of {of['performed']}",
            str(of["false"]),
            _cell(of["f1"]),
            str(of["false_strict"]),
            _cell(of["f1_strict"]),
        ]
        for name, of in rows.items()
    ]
    labels = [label for label in SHARED.values() if any(label in of["actions"] for of in rows.values())]
    there = {known: label for label, known in SHARED.items()}
    actions = [
        [
            f"{there[label]}: {label}",
            *(_action(of["actions"].get(label)) for of in rows.values()),
        ]
        for label in labels
    ]
    lines = [
        "## UTKinect: another room",
        "",
        f"`hnhar-train utkinect` with {names}, on {who}: the skeleton alone, events with a collar of 1.5 s. "
        "Looked for are the actions that the weights know; events of their labels while something else is "
        "performed (carry, pull, and the other bundle's actions) count in the strict figures alone, as do "
        "events of labels that nothing there has.",
        "",
        table(head, body),
        "",
        "Recognized of performed, and false events, by action there and label in the weights:",
        "",
        table(["", *rows], actions),
        "",
        *notes,
    ]
    return "\n".join(lines).rstrip() + "\n"


def _action(of: Mapping[str, int] | None) -> str:
    return "" if of is None else f"{of['recognized']} of {of['performed']}, {of['false']}"


def _f1(hits: int, misses: int, false: int) -> float | None:
    whole = 2 * hits + misses + false
    return round(2 * hits / whole, 4) if whole else None


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
