"""What adapting to one wearer is worth, and what it costs strangers.

Of each subject of UTD-MHAD the first performance of every action is composed into a session that is learned
from, free and guided, as `hnhar adapt` does; the other performances are composed into the session that is
read, as those of a stranger are. Event F1 with a collar of 1.5 s. With --turn the sensor is worn otherwise
than the weights expect, while learning and after.

    python -m tools.adaptation ~/corpora/utd_mhad --subjects 7 --weights without7.safetensors
    python -m tools.adaptation ~/corpora/utd_mhad --subjects 2,4,6 --doc docs/adapting.md \\
        --looks docs/results.md

Subject 7, the default, is one of those that the shipped bundles learned from: figures of other people need a
bundle without that subject (`hnhar-train bundle utd-mhad --without 7`).
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.loading import load as load_bundle
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.cli.common import say, warn
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.adapt.session import SessionPart
from hnhar.train.adapt.student import AdaptConfig
from hnhar.train.adapt.workflow import FREE, GUIDED, Adapted, adapted
from hnhar.train.bundles.learned import acquainted
from hnhar.train.bundles.sessions import load, task_measuring
from hnhar.train.corpora.utd_mhad.trials import UtdTrial
from hnhar.train.evaluate.evaluate import score, subsets, watch_together
from hnhar.train.output.document import table
from hnhar.train.output.documents import publish
from hnhar.train.output.looks import NOT_CONSULTED, open_log, subject_numbers
from hnhar.train.output.storage import write_json
from hnhar.train.synthesis.compose.compose import compose
from hnhar.train.synthesis.elsewhere.mount import AXES, turned

SHIPPED: Final = "as shipped"
LEARNED_SEED, READ_SEED = 11, 12


@dataclass(frozen=True, slots=True)
class AdaptationRow:
    """One bundle, read on one subject."""

    way: str
    """`SHIPPED`, `FREE`, `GUIDED`, or one of these with seconds or a stranger."""
    subject: int
    f1: dict[str, float]
    """Subset of modalities -> event F1; empty where adapting was refused."""
    seconds: float = 0.0
    """Of one core, for adapting."""


class AdaptationStudy:
    """Sessions of the subjects, and the weights that adapt to them."""

    def __init__(self, weights: Path, data: Path, subjects: Sequence[int], turn: float, axis: str) -> None:
        self.info, self.recognizer = load_bundle(weights)
        self._trials = load(data, task_measuring(self.info), subjects)
        self._turn, self._axis = turn, axis
        self.rows: list[AdaptationRow] = []

    def session(self, subject: int, learned: bool) -> Recording:
        """The first performances of a subject, or all others, composed."""
        mine: list[UtdTrial] = [t for t in self._trials if t.subject == subject]
        kept = [t for t in mine if (t.trial == 1) == learned]
        recording = compose(kept, seed=LEARNED_SEED if learned else READ_SEED, wearer=f"s{subject}")
        return turned(recording, self._turn, self._axis)

    def adapt(self, subject: int, guided: bool, seconds: float = np.inf) -> tuple[Adapted, float]:
        """The bundle that learned from the first `seconds` of a subject, and the s of one core for it.

        Raises RecordingError where nothing can be learned, or it would harm.
        """
        learned = cut(self.session(subject, learned=True), seconds)
        part = SessionPart(recorded_feeds(learned, self.info.modalities)[0], learned.annotations)
        began = time.process_time()
        torch.manual_seed(0)
        made = adapted(
            self.info,
            self.recognizer,
            [part],
            f"s{subject}",
            AdaptConfig(),
            guided=guided,
            seed=0,
            stage=lambda *_: None,
        )
        return made, time.process_time() - began

    def run(self, subject: int, stranger: int, seconds: Sequence[float]) -> None:
        """All rows of one subject."""
        self._keep(SHIPPED, self.info, self.recognizer, [subject], 0.0)
        for way, some in product((FREE, GUIDED), (np.inf, *seconds)):
            name = way if some == np.inf else f"{way}, {some:g} s"
            try:
                made, spent = self.adapt(subject, way == GUIDED, some)
            except RecordingError as error:
                say(f"subject {subject}, {name}: {error}")
                self.rows.append(AdaptationRow(name, subject, {}))
                continue
            others = [stranger] if some == np.inf and stranger != subject else []
            for modality, why in made.kept.items():
                say(f"subject {subject}, {name}: {modality} stays as it was: {why}")
            self._keep(name, made.info, made.recognizer, [subject, *others], spent)

    def _keep(
        self, way: str, info: BundleInfo, recognizer: Recognizer, subjects: Sequence[int], spent: float
    ) -> None:
        """Read the other performances of a wearer and strangers, keep the rows, and say them."""
        sessions = [self.session(subject, learned=False) for subject in subjects]
        for subject, f1 in zip(subjects, f1_of(info, recognizer, sessions), strict=True):
            named = way if subject == subjects[0] else f"{way}, a stranger"
            self.rows.append(AdaptationRow(named, subject, f1, round(spent, 1) if named == way else 0.0))
            figures = "  ".join(f"{name} {value:.3f}" for name, value in f1.items())
            say(f"subject {subject}, {named}: {figures} ({spent:.0f} s)")


def f1_of(info: BundleInfo, recognizer: Recognizer, sessions: Sequence[Recording]) -> list[dict[str, float]]:
    """Subset of modalities -> event F1, of each session."""
    runtime = Runtime(info, recognizer, threads=1)
    asked = list(product(sessions, subsets(info)))
    found: list[dict[str, float]] = [{} for _ in sessions]
    for number, watched in enumerate(watch_together(runtime, info, asked)):
        f1 = score(watched, info, info.decision).f1
        found[number // len(subsets(info))][subset_key(set(watched.subset))] = round(f1, 4)
    return found


def cut(recording: Recording, seconds: float) -> Recording:
    """The first `seconds` of a recording."""
    end = recording.start + seconds
    streams = []
    for stream in recording.streams:
        kept: NDArray[np.bool_] = stream.timestamps <= end
        streams.append(replace(stream, timestamps=stream.timestamps[kept], samples=stream.samples[kept]))
    annotations = tuple(a for a in recording.annotations if a.offset <= end)
    return replace(recording, streams=tuple(streams), annotations=annotations)


def section(study: AdaptationStudy, turn: float, axis: str) -> str:
    """The table as Markdown: the mean over subjects, and the worst of them."""
    names = list(study.rows[0].f1)
    ways = list(dict.fromkeys(row.way for row in study.rows))
    lines = []
    for way in ways:
        rows = [row for row in study.rows if row.way == way]
        read = [row for row in rows if row.f1]
        figures = [
            f"{np.mean([r.f1[n] for r in read]):.3f} ({min(r.f1[n] for r in read):.3f})" if read else "–"
            for n in names
        ]
        spent = np.mean([row.seconds for row in rows])
        refused = f", {len(rows) - len(read)} of {len(rows)} refused" if len(read) < len(rows) else ""
        lines.append([way + refused, *figures, f"{spent:.0f}" if spent else ""])
    subjects = ", ".join(map(str, dict.fromkeys(row.subject for row in study.rows if row.way == SHIPPED)))
    worn = f", the sensor turned by {turn:g}° about {axis}" if turn else ""
    heading = ["", *(name.replace("+", " and ") for name in names), "s of one core"]
    return (
        f"`{study.info.id}`, subjects {subjects}{worn}: event F1, mean and (worst) of the subjects.\n\n"
        f"{table(heading, lines)}"
    )


def look(study: AdaptationStudy, subjects: Sequence[int]) -> str:
    """A line for the log of looks at test subjects."""
    said = "; ".join(
        f"{way} " + " / ".join(f"{np.mean([r.f1[n] for r in rows]):.3f}" for n in rows[0].f1)
        for way in dict.fromkeys(row.way for row in study.rows)
        if (rows := [r for r in study.rows if r.way == way and r.f1])
    )
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    numbers = ", ".join(map(str, subjects))
    which = f"subjects {numbers}, F1 of {' / '.join(study.rows[0].f1)}"
    return f"{now}: `tools/adaptation.py` with `{study.info.id}`, {which}: {said}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder of UTD-MHAD trials (Inertial/ and Skeleton/)")
    parser.add_argument("--subjects", default="7", metavar="N,N", help="default 7, whom shipped bundles know")
    parser.add_argument("--stranger", type=int, help="who is no wearer (default: the next of the subjects)")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--seconds", default="", metavar="S,S", help="also from the first so many seconds")
    parser.add_argument("--turn", type=float, default=0.0, metavar="DEG", help="sensor turned (default 0)")
    parser.add_argument("--axis", choices=AXES, default="x", help="of its turn (default x)")
    parser.add_argument("--json", type=Path, help="write the rows there")
    parser.add_argument("--doc", metavar="FILE", help="put the table into this file")
    parser.add_argument("--looks", metavar="FILE", help="log the look at test subjects there")
    options = parser.parse_args(argv)
    try:
        subjects = subject_numbers(options.subjects)
        everybody = [*subjects, *([options.stranger] if options.stranger else [])]
        open_log([s for s in everybody if s in NOT_CONSULTED], options.looks, "--subjects 7")
        seconds = [float(s) for s in options.seconds.split(",") if s]
    except (ConfigError, ValueError) as error:
        parser.error(str(error))
    torch.set_num_threads(1)
    study = AdaptationStudy(find(options.weights), options.data, everybody, options.turn, options.axis)
    if line := acquainted(study.info, subjects):
        warn(line)
    for subject, after in zip(subjects, [*subjects[1:], subjects[0]], strict=True):
        study.run(subject, options.stranger or after, seconds)
    if options.json:
        rows: list[dict[str, Any]] = [
            {"way": r.way, "subject": r.subject, "f1": r.f1, "seconds": r.seconds} for r in study.rows
        ]
        write_json(options.json, {"weights": study.info.id, "turn": options.turn, "rows": rows})
    text = section(study, options.turn, options.axis)
    say(text)
    tested = [s for s in everybody if s in NOT_CONSULTED]
    name = "adaptation-turned" if options.turn else "adaptation"
    publish(options, name, text, look(study, tested) if tested else None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
