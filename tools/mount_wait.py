"""Seconds until `--imu-axes auto` knows how a sensor is worn, by the sensor alone, and what they cost.

Of each subject of UTD-MHAD the second performance of every action is composed into a session, and read with
the sensor worn straight and turned. The reference of the mounting is learned without that subject, as
`hnhar-train mount` learns it; the weights are those that are named, and know the training subjects.

    python -m tools.mount_wait ~/corpora --subjects 1,3,5,7

F1 is counted twice: of the whole session, and of what began after the rotation was known.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find
from hnhar.model.bundle.mount import MountReference
from hnhar.model.loading import load as load_bundle
from hnhar.model.runtime import Runtime
from hnhar.stream.cli.common import say
from hnhar.stream.mapping.axes import AUTO
from hnhar.stream.mapping.mapping import MappingOptions
from hnhar.stream.mapping.mount_finder import MountFinder
from hnhar.stream.mapping.mount_search import angles
from hnhar.stream.mapping.mount_signals import moving, sensed
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import interleave, recorded_feeds
from hnhar.stream.recordings.score import COLLAR, recognized
from hnhar.stream.windows.windower import Windower
from hnhar.train.bundles.mounts import references
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.sessions import corpus_folder, load, task_measuring, training_windows
from hnhar.train.evaluate.evaluate import ClassifiedSession, events_of, score_of, watch_together
from hnhar.train.learn.data import joined
from hnhar.train.output.looks import NOT_CONSULTED, subject_numbers
from hnhar.train.synthesis.compose.compose import compose
from hnhar.train.synthesis.elsewhere.mount import rotation, turned

TURNS: Final = (("x", 0.0), ("x", 90.0), ("x", 180.0), ("y", 60.0), ("z", 90.0))
SESSIONS, PERSONS = 1, 4
"""Of each training subject, and synthetic performers, that a reference is learned from."""
SEED: Final = 31


def references_without(info: BundleInfo, data: str, subjects: Sequence[int]) -> dict[int, MountReference]:
    """Subject -> a reference learned from the other training subjects."""
    made = recipe("full", info.placement.split()[-1])
    task = replace(made.task, modalities=info.modalities, window=info.window)
    trials = load(corpus_folder(data), task, made.train_subjects)
    amount = replace(made.amount, sessions=SESSIONS, persons=PERSONS)
    people = training_windows(task, trials, amount, seed=made.seed, advance=lambda *_: None)
    return {
        subject: references(joined(v for k, v in people.items() if k != f"s{subject}"), info.modalities)[
            "imu"
        ]
        for subject in subjects
    }


def found(recording: Recording, info: BundleInfo, finder: MountFinder) -> tuple[float, np.ndarray | None]:
    """s until a finder believes a rotation first, and that rotation (3, 3); None where it never does."""
    modality = info.modality("imu")
    windower, last = Windower("wearer", [modality], window=info.window, hop=0.1), -np.inf
    for feed, chunk in interleave(recorded_feeds(recording, [modality])[0]):
        windower.push(feed, chunk)
        for window in windower.due():
            vectors = sensed(window.samples["imu"][None], modality.rate)
            if window.end - last < MountFinder.spacing - 1e-6 or not moving(vectors)[0]:
                continue
            last = window.end
            finder.take(vectors[0])
            if finder.estimate.settled:
                return window.end - recording.start, finder.estimate.turn
    return recording.end - recording.start, None


def f1_of(watched: ClassifiedSession, info: BundleInfo) -> tuple[float, float, float]:
    """Event F1, that of what began after the rotation was known, and when it was (s)."""
    recording, events = watched.recording, recognized(events_of(watched, info, info.decision))
    known = next((p.end for p in watched.predictions if not p.unknown), recording.end)
    rest = replace(recording, annotations=tuple(a for a in recording.annotations if a.onset >= known))
    later = score_of(rest, info, [event for event in events if event.onset >= known - COLLAR])
    return score_of(recording, info, events).f1, later.f1, known - recording.start


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder of corpora, with utd_mhad in it")
    parser.add_argument("--subjects", default="1,3,5,7", metavar="N,N", help="training subjects")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    options = parser.parse_args(argv)
    subjects = subject_numbers(options.subjects)
    if any(subject in NOT_CONSULTED for subject in subjects):
        parser.error("test subjects are looked at by hnhar-train evaluate --streaming --rows auto --looks")
    torch.set_num_threads(1)
    info, recognizer = load_bundle(find(options.weights))
    runtime, auto = Runtime(info, recognizer, threads=1), MappingOptions(imu_axes=AUTO)
    known = references_without(info, str(options.data), subjects)
    trials = load(corpus_folder(str(options.data)), task_measuring(info), subjects)
    for axis, degrees in TURNS:
        true, rows = rotation(np.eye(3)["xyz".index(axis)], degrees).T, []
        for subject in subjects:
            mine = [t for t in trials if t.subject == subject and t.trial == 2]
            worn = turned(compose(mine, seed=SEED, wearer=f"s{subject}"), degrees, axis)
            theirs = replace(info, mounts={"imu": known[subject]})
            waits = []
            for finely in (False, True):
                seconds, turn = found(worn, info, MountFinder(known[subject], finely=finely))
                waits += [seconds, np.nan if turn is None else float(angles(turn, true))]
            (watched,) = watch_together(runtime, theirs, [(worn, ("imu",))], None, auto)
            rows.append([*waits, *f1_of(watched, theirs)])
        coarse, off, fine, off_fine, f1, later, _ = np.nanmean(rows, axis=0)
        longest = np.max(rows, axis=0)
        say(
            f"{degrees:g}° about {axis}: known after {fine:.0f} s (longest {longest[2]:.0f}, {off_fine:.0f}° "
            f"off), on the coarse grid {coarse:.0f} s ({longest[0]:.0f}, {off:.0f}°); F1 {f1:.3f}, "
            f"of what began after {later:.3f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
