"""`hnhar-train evaluate --streaming --rows adapted,adapted-turned`: weights that adapted to each person."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import torch

from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording

from ..adapt.workflow import FREE, GUIDED
from ..evaluate.elsewhere import ElsewhereRow, row_of, worse
from ..evaluate.evaluate import subsets_of, watch_together
from ..evaluate.figures import EvaluatedSession, decided
from ..output.progress import Display
from ..synthesis.elsewhere.mount import AXES, turned
from .adapting import AdaptedSubject, taught

TURNS: Final = tuple((axis, angle) for axis in AXES for angle in (30, 60, 90, 180))
"""Axes, and degrees about each."""
Change = Callable[[Recording], Recording]


def adapted_rows(
    cases: Sequence[AdaptedSubject], before: ElsewhereRow, hop: float | None, display: Display
) -> list[ElsewhereRow]:
    """Adapted free, and guided, to sessions as they are."""
    ways = [(way, ElsewhereRow(f"adapted {way}", f"adapted, {way}", {})) for way in (FREE, GUIDED)]
    return [_adapted(cases, way, row, before, hop, display) for way, row in ways]


def turned_rows(
    cases: Sequence[AdaptedSubject],
    before: ElsewhereRow,
    hop: float | None,
    display: Display,
    turns: Sequence[tuple[str, float]] = TURNS,
) -> list[ElsewhereRow]:
    """The sensor turned while adapting and after; the camera is beside it, nothing is said of the axes, and
    no performance has a label."""
    rows = []
    for axis, angle in turns:
        row = ElsewhereRow("adapted-turned", f"sensor turned {angle:g}° about {axis}, adapted free", {})
        change = partial(turned, degrees=angle, axis=axis)
        rows.append(_adapted(cases, FREE, row, before, hop, display, change, (IMU.name,)))
    return rows


def asked_turns(text: str | None) -> tuple[tuple[str, float], ...]:
    """Of "x90,y60" (x, 90°) and (y, 60°); all `TURNS` of None. Raises ConfigError."""
    if text is None:
        return TURNS
    found = []
    for part in text.split(","):
        parsed = re.fullmatch(r"\s*([xyz])(\d{1,3}(?:\.\d+)?)\s*", part)
        if parsed is None or not 0 < float(parsed[2]) <= 180:
            raise ConfigError(
                f"--turns '{text}': '{part}' is no axis with degrees up to 180; write x90,x180,y60."
            )
        found.append((parsed[1], float(parsed[2])))
    return tuple(found)


def _adapted(
    cases: Sequence[AdaptedSubject],
    way: str,
    row: ElsewhereRow,
    before: ElsewhereRow,
    hop: float | None,
    display: Display,
    change: Change = lambda recording: recording,
    kinds: Sequence[str] = (),
) -> ElsewhereRow:
    """The row of weights that each person has adapted for, read on that person.

    `change`: of the sessions, before and after; `kinds`: of the modalities that it changes, all where it
    changes nothing.
    """
    torch.set_num_threads(1)  # what it costs is said of one core
    seen: dict[str, list[EvaluatedSession]] = {}
    refused, spent = [], []
    steps, done = sum(len(case.read) for case in cases), 0
    for case in cases:
        for learned, read in zip(case.learned, case.read, strict=True):
            display.advance(f"{row.name}: {read.wearer}", done, steps)
            done += 1
            began = time.process_time()
            try:
                info, recognizer = taught(case.info, case.recognizer, change(learned), guided=way == GUIDED)
            except RecordingError as error:
                refused.append(f"{case.info.name} of {read.wearer} ({error})")
                info, recognizer = case.info, case.recognizer
            spent.append(time.process_time() - began)
            runtime, changed = Runtime(info, recognizer, threads=1), change(read)
            asked = [
                (changed, subset)
                for subset in subsets_of(info, changed)
                if not kinds or any(info.modality(name).kind in kinds for name in subset)
            ]
            for watched in watch_together(runtime, info, asked, hop):
                seen.setdefault(subset_key(set(watched.subset)), []).append(decided(watched, info))
    display.advance(row.name, steps, steps)
    notes = [f"{sum(spent) / max(len(spent), 1):.0f} s of one core a bundle"]
    notes += [f"refused, and so read as it is: {line}" for line in refused]
    made = row_of(row.group, row.name, seen)
    fallen = worse(made, before)
    notes.append(
        f"worse than as shipped: {'; '.join(fallen)}" if fallen else "nobody is worse than as shipped"
    )
    return replace(made, note="; ".join(notes))
