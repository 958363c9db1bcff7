"""Compose a continuous session from one wearer's trials, with pauses in which the wearer waits as people do.

Trials are laid on one timeline unchanged (only the time stamps of their frames get the jitter of the whole
session) and the pauses between them are made from the wearer's own trials: postures, the direction of gravity
that belongs to them, and the sensors' texture. The IMU runs at 50 Hz throughout; the skeleton's frame
interval is each trial's own and goes smoothly from one to the next in the pause. An action's annotation is
the extent of its trial: the quiet lead-in and tail inside it (medians 0.14 s and 0.40 s) count as action.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.recording import Annotation, Recording

from ...corpora.utd_mhad.trials import IMU_RATE, UtdTrial, imu_stream, skeleton_stream
from .body import Array, SkeletonPosture
from .fidgets import picked
from .library import Edge, Library, build, edge_of
from .order import Pauses, shuffled
from .pause import plan
from .sensors import sensed_imu, sensed_joints

FRAME_JITTER = 0.0015
"""s, standard deviation of the noise on all skeleton time stamps of a session."""


@dataclass(slots=True)
class _Session:
    imu: list[Array] = field(default_factory=list)
    joints: list[Array] = field(default_factory=list)
    frame_times: list[Array] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    samples: int = 0

    @property
    def now(self) -> float:
        return self.samples / IMU_RATE


def compose(
    trials: Sequence[UtdTrial],
    *,
    seed: int,
    wearer: str,
    lead: float = 3.0,
    tail: float = 3.0,
    shuffle: bool = True,
    pauses: Pauses | None = None,
) -> Recording:
    """A session of all `trials`, the same for the same arguments.

    `lead` and `tail` are the idle seconds before the first and after the last trial. Raises RecordingError
    without trials, or where they are of several subjects or placements.
    """
    if not trials:
        raise RecordingError("a session needs at least one trial")
    subjects, placements = {t.subject for t in trials}, {t.placement for t in trials}
    if len(subjects) > 1 or len(placements) > 1:
        raise RecordingError(
            f"a session has one wearer with the sensor in one place; these trials are of subjects "
            f"{', '.join(map(str, sorted(subjects)))} with it on {' and '.join(sorted(placements))}"
        )
    if lead < 0.5 or tail < 0.5:
        raise RecordingError(f"lead and tail must be at least 0.5 s, not {lead:g} and {tail:g}")
    generator = np.random.default_rng([seed, *trials[0].label.encode(), trials[0].subject])
    placement = trials[0].placement
    library = build(trials)
    order = shuffled(trials, generator) if shuffle else list(trials)
    gaps = (pauses or Pauses()).draw(generator, len(order) - 1)
    session = _Session()
    rates = [t.skeleton_rate for t in order]
    waits = [lead, *gaps, tail]
    for k, wait in enumerate(waits):
        after = edge_of(order[k], last=False) if k < len(order) else None
        before = edge_of(order[k - 1], last=True) if k > 0 else None
        first, last = before or after, after or before
        if first is None or last is None:
            continue
        edges = (before or _still(first, library, generator), after or _still(last, library, generator))
        intervals = (1 / rates[max(k - 1, 0)], 1 / rates[min(k, len(rates) - 1)])
        _add_pause(session, wait, edges, intervals, library, placement, generator)
        if k < len(order):
            _add_trial(session, order[k])
    return _recording(session, order, seed, wearer, placement, generator)


def _still(beside: Edge, library: Library, generator: np.random.Generator) -> Edge:
    """The state at the outer end of a session: a resting posture, near where the neighboring trial is."""
    chosen = picked(library.rest, int(generator.integers(len(library.rest.root))))
    posture = SkeletonPosture(
        beside.posture.root + generator.normal(0.0, 0.02, 3) * (1.0, 0.1, 1.0),
        chosen.directions,
        beside.posture.lengths,
        chosen.up,
    )
    imu = np.concatenate([chosen.up, np.zeros(3)])
    return Edge(posture, np.zeros((20, 3)), np.zeros(3), imu)


def _add_trial(session: _Session, trial: UtdTrial) -> None:
    session.annotations.append(Annotation(session.now, trial.duration, trial.label))
    session.imu.append(trial.imu.astype(np.float64))
    session.joints.append(trial.skeleton.astype(np.float64))
    session.frame_times.append(session.now + np.arange(len(trial.skeleton)) / trial.skeleton_rate)
    session.samples += len(trial.imu)


def _add_pause(
    session: _Session,
    wait: float,
    edges: tuple[Edge, Edge],
    intervals: tuple[float, float],
    library: Library,
    placement: str,
    generator: np.random.Generator,
) -> None:
    count = max(round(wait * IMU_RATE), 10)
    duration = count / IMU_RATE
    motion = plan(duration, *edges, library, placement, generator)
    frames = _frame_times(duration, *intervals)
    imu = sensed_imu(motion, count, edges, library, generator)
    joints = sensed_joints(motion, frames, intervals, edges, library, generator)
    session.imu.append(imu)
    session.joints.append(joints)
    session.frame_times.append(session.now + frames)
    session.samples += count


def _frame_times(duration: float, first: float, last: float) -> Array:
    """Times in [0, duration) at intervals from `first` to `last`, s; the next would be at `duration`."""
    count = max(round(duration / (0.5 * (first + last))), 1)
    share = (np.arange(count) + 0.5) / count
    steps = first + (last - first) * share
    times = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(times[:-1] * (duration / times[-1]))


def _recording(
    session: _Session,
    order: Sequence[UtdTrial],
    seed: int,
    wearer: str,
    placement: str,
    generator: np.random.Generator,
) -> Recording:
    imu: NDArray[np.float32] = np.concatenate(session.imu).astype(np.float32)
    joints: NDArray[np.float32] = np.concatenate(session.joints).astype(np.float32)
    times = np.concatenate(session.frame_times)
    jitter = np.clip(generator.normal(0.0, FRAME_JITTER, len(times)), -4 * FRAME_JITTER, 4 * FRAME_JITTER)
    times = np.maximum.accumulate(times + jitter)
    rate = float(np.median([t.skeleton_rate for t in order]))
    kind = placement.split()[-1]
    streams = (
        imu_stream(imu, np.arange(len(imu)) / IMU_RATE, wearer, placement),
        skeleton_stream(joints, times, wearer, round(rate, 3)),
    )
    provenance = {
        "corpus": "UTD-MHAD: Chen, Jafari, Kehtarnavaz, ICIP 2015",
        "composed": "real trials; the pauses between them are made by hnhar",
        "subject": str(order[0].subject),
        "placement": placement,
        "seed": str(seed),
        "trials": " ".join(f"a{t.action}_s{t.subject}_t{t.trial}" for t in order),
    }
    name = f"utd-mhad-s{order[0].subject}-{kind}-seed{seed}"
    return Recording(wearer, streams, tuple(session.annotations), name, provenance)
