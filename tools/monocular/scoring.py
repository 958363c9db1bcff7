"""Event F1 of bundles on drawn sessions: from the true skeleton, and from what MediaPipe saw of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tools.monocular.correction import corrected
from tools.monocular.errors import SeenSession, recording_of
from tools.monocular.sessions import DrawnSession

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings.score import Score
from hnhar.train.evaluate.evaluate import counts, score, watch

Scored = tuple[str, str, Score]
"""Session; how it was seen; the score of its events."""


def scores(
    info: BundleInfo,
    recognizer: Recognizer,
    sessions: Sequence[tuple[str, DrawnSession, Path]],
    fitted_on: Sequence[SeenSession] = (),
) -> Iterator[Scored]:
    """Scores of each session, of skeletons alone; `fitted_on`: also after a correction fitted on these."""
    runtime = Runtime(info, recognizer, threads=1)
    for name, drawn, kept in sessions:
        true = drawn.recording
        skeletons = replace(true, streams=tuple(s for s in true.streams if s.kind == SKELETON.name))
        ways = [("as performed", skeletons), ("drawn", recording_of(name, kept, true.annotations))]
        if fitted_on:
            ways.append(("drawn, corrected", corrected(name, kept, true, fitted_on)))
        for seen, recording in ways:
            watched = watch(runtime, info, recording, (SKELETON.name,))
            yield name, seen, score(watched, info, info.decision)


def rows(name: str, scored: Sequence[Scored]) -> list[str]:
    """Rows of a table in Markdown: each session, and all of them together."""
    lines = []
    sessions = [*dict.fromkeys(session for session, _, _ in scored), "all"]
    for session in sessions:
        for seen in dict.fromkeys(how for _, how, _ in scored):
            these = [s for of, how, s in scored if how == seen and session in (of, "all")]
            hits, actions, events = counts(these)
            f1 = 2 * hits / (actions + events) if actions + events else 0.0
            lines.append(f"| {name} | {session} | {seen} | {actions} | {hits} | {events} | {f1:.3f} |")
    return lines


HEAD = (
    "| weights | session | skeleton | actions | recognized | events | F1 |",
    "|---|---|---|---|---|---|---|",
)
