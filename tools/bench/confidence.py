"""Confidence of events: how well it tells right from false ones.

Sessions composed of TRAINING subjects (1, 3, 5, 7) go through the shipped bundles with all modalities and
each alone, at three places of the latency knob. As nearly everything is right there, the weights of the wrist
also see the actions of the thigh, which they never learned: each event there is false. Printed are the AUROC
of right against false events and the shares of both above some thresholds, of the published confidence and
of the smoothed probability that was published before. These people's trials trained the weights: the shares
say nothing of other people.

    python -m tools.bench.confidence ../shared/data/utd_mhad      # 10 minutes
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from hnhar.model.bundle.bundle import BundleInfo, find
from hnhar.model.bundle.decision import Decision, along
from hnhar.model.bundle.novelty import auroc
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.decide.decider import Decider
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.score import recognized
from hnhar.train.evaluate.evaluate import ClassifiedSession, score_of, subsets, watch_together

SUBJECTS: Final = (1, 3, 5, 7)
KNOBS: Final = (0.0, 0.5, 1.0)
THRESHOLDS: Final = (0.5, 0.9, 0.97)
SEEN: Final = (("utd-mhad-thigh", "thigh"), ("utd-mhad-wrist", "wrist"), ("utd-mhad-wrist", "thigh"))
"""(Bundle, whose actions it sees)."""


@dataclass(slots=True)
class Samples:
    """One kind of confidence, of right and of false events."""

    right: list[float] = field(default_factory=list)
    false: list[float] = field(default_factory=list)


KINDS: Final = ("onset: published", "onset: smoothed", "offset: published", "offset: highest smoothed")


def sessions(data: str, seed: int) -> Iterator[tuple[BundleInfo, ClassifiedSession]]:
    """Every session, as each bundle's windows were classified."""
    for name, placement in SEEN:
        info, recognizer = load(find(name))
        runtime = Runtime(info, recognizer)
        for subject in SUBJECTS:
            recording = open_recording(data, subject=subject, placement=placement, seed=seed)
            for watched in watch_together(runtime, info, [(recording, s) for s in subsets(info)]):
                yield info, watched


def measure(
    watched: ClassifiedSession, info: BundleInfo, decision: Decision, into: dict[str, Samples]
) -> None:
    """Add the confidences of a session's events to `into`."""
    decider = Decider("", info.labels, info.idle, decision, info.window)
    events, smoothed, highest = [], dict[int, float](), dict[int, float]()
    on: tuple[int, str] | None = None
    for prediction in watched.predictions:
        made = decider.update(prediction)
        events += made
        for event in made:
            on = (event.id, event.label) if event.kind == "onset" else None
            if event.kind == "onset":
                smoothed[event.id] = highest[event.id] = decider.smoothed[event.label]
        if on is not None and decider.smoothed:
            highest[on[0]] = max(highest[on[0]], decider.smoothed[on[1]])
    events += decider.finish()
    score = score_of(watched.recording, info, recognized(events))
    right = {(hit.event.onset, hit.event.label) for hit in score.hits}
    false = {(event.onset, event.label) for event in score.false_events}
    for event in events:
        key = (event.onset, event.label)
        before = smoothed if event.kind == "onset" else highest
        kinds = KINDS[:2] if event.kind == "onset" else KINDS[2:]
        for kind, value in zip(kinds, (event.confidence, before[event.id]), strict=True):
            if key in right:
                into[kind].right.append(value)
            elif key in false:
                into[kind].false.append(value)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", help="folder of UTD-MHAD")
    parser.add_argument("--seed", type=int, default=11, help="of the sessions (default: 11)")
    arguments = parser.parse_args()
    found = {kind: Samples() for kind in KINDS}
    for info, watched in sessions(arguments.data, arguments.seed):
        for knob in KNOBS:
            measure(watched, info, along(info.latency, knob), found)
    above = [f"{side} above {threshold:g}" for threshold in THRESHOLDS for side in ("right", "false")]
    table = Table("confidence", "right", "false", "AUROC", *above)
    for kind, samples in found.items():
        right, false = np.array(samples.right), np.array(samples.false)
        table.add_row(
            *(kind, str(len(right)), str(len(false)), f"{auroc(false, right):.3f}"),
            *(f"{(side > threshold).mean():.3f}" for threshold in THRESHOLDS for side in (right, false)),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
