"""Starts and stops of activities in the texts of markers, as their senders write them. Pure.

`walk/start` is one by itself. `start_walk`, `walk-end`, `Walk onset` and JSON objects with an activity and an
edge are only where the other edge of the same activity is there too: "start experiment" alone is no activity.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

OPENING: Final = ("start", "begin", "onset")
"""Edges at which an activity begins."""
CLOSING: Final = ("stop", "end", "offset")
"""Edges at which one ends."""
CANCELING: Final = ("cancel",)
"""Edges that take the start before them back."""
_SYNONYMS: Final = {
    **dict.fromkeys((*OPENING, "started", "begins", "starts", "on"), "start"),
    **dict.fromkeys((*CLOSING, "ended", "stopped", "finish", "finished", "stops", "ends", "off"), "stop"),
}
_WORDS: Final = "|".join(sorted(_SYNONYMS, key=len, reverse=True))
_FIRST: Final = re.compile(rf"({_WORDS})\s*[_\-:/.,;| ]\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_LAST: Final = re.compile(rf"(.*\S)\s*[_\-:/.,;| ]\s*({_WORDS})", re.IGNORECASE | re.DOTALL)
_NAMES: Final = (
    "label",
    "activity",
    "action",
    "trial_type",
    "task",
    "name",
    "class",
    "event",
    "marker",
    "type",
)
_LONGEST: Final = 1000
"""Letters of a text that may be an edge; longer ones are messages."""


def edges_of(texts: Sequence[str]) -> tuple[list[tuple[str, str]], str]:
    """Of each text its label and edge, one of those above, "" and "" where it is none; and a note."""
    found = [edge_of(text) for text in texts]
    loose = [("", "") if strict[1] else _loose(text) for text, strict in zip(texts, found, strict=True)]
    seen = set(loose)
    noted = ""
    for place, (label, edge) in enumerate(loose):
        other = "stop" if edge == "start" else "start"
        if edge and ((label, other) in seen):
            found[place] = label, edge
            noted = noted or (
                f"markers such as '{' '.join(texts[place].split())[:64]}' were read as the {edge} of "
                f"'{label[:64]}'"
            )
    return found, noted


def edge_of(text: str) -> tuple[str, str]:
    """Label and edge of `label/start`, whatever blanks are in it; "" and "" where it is something else."""
    label, _, edge = text.rpartition("/")
    label, edge = " ".join(label.split()), edge.strip().lower()
    return (label, edge) if label and edge in (*OPENING, *CLOSING, *CANCELING) else ("", "")


def _loose(text: str) -> tuple[str, str]:
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return "", ""
    if text.startswith("{"):
        return _of_object(text)
    if match := _FIRST.fullmatch(text):
        return " ".join(match[2].split()), _SYNONYMS[match[1].lower()]
    if match := _LAST.fullmatch(text):
        return " ".join(match[1].split()), _SYNONYMS[match[2].lower()]
    return "", ""


def _of_object(text: str) -> tuple[str, str]:
    """Label and edge of `{"activity": "walk", "event": "start"}`; none of one with a duration."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or nested beyond what its parser takes
        return "", ""
    if not isinstance(message, dict) or "duration" in message:
        return "", ""
    words = {key.lower(): value.strip() for key, value in message.items() if isinstance(value, str)}
    edge = next((_SYNONYMS[v.lower()] for v in words.values() if v.lower() in _SYNONYMS), "")
    label = next((words[n] for n in _NAMES if words.get(n) and words[n].lower() not in _SYNONYMS), "")
    if label and not edge:
        return edge_of(label) if edge_of(label)[1] else _loose(label) if label[0] != "{" else ("", "")
    return (" ".join(label.split()), edge) if label and edge else ("", "")
