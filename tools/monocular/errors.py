"""Errors of MediaPipe Pose on drawn sessions: by joint and axis, and the model of them that trainings use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import SKELETON, UTD_JOINTS, UTD_PARENTS
from hnhar.stream.camera.body import GUESSED, SEEN
from hnhar.stream.camera.layout import description
from hnhar.stream.recordings import RecordedStream, Recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.recording import Annotation
from hnhar.train.synthesis.elsewhere.mount import HIP_CENTER

Array = NDArray[np.float64]
PARENTS = np.array(UTD_PARENTS)
LEGS = UTD_JOINTS.index("left_hip")
"""Joints from here on are those of legs."""
FEET = [UTD_JOINTS.index(f"{side}_foot") for side in ("left", "right")]
ENOUGH = 5.0
"""s that a session must have seen of a bone."""
LATER = 0.4
"""s, after which the correlation of an error is looked at."""
RIDGE = 0.02
"""m: bones whose direction hardly changes say little of it."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenSession:
    """A drawn session as MediaPipe saw it, in canonical joints."""

    name: str
    times: Array
    joints: Array
    """(T, J, 3) m, y up; NaN where not seen."""
    truth: Array
    """(T, J, 3) m in the same axes."""
    inside: NDArray[np.bool_]
    """(T, J) in the image."""
    found: float
    """Share of the frames with somebody."""
    rate: float


def recording_of(name: str, path: Path, annotations: Sequence[Annotation] = ()) -> Recording:
    """The recording that `hnhar camera` would have made: rows as of `camera.body.row`."""
    with np.load(path) as kept:
        world, visibility, presence = kept["world"], kept["visibility"], kept["presence"]
        times = kept["times"]
    seen = (presence >= SEEN) & (visibility >= GUESSED) & np.isfinite(world).all(axis=2)
    rows = np.full((*world.shape[:2], 4), np.nan, np.float32)
    rows[..., :3][seen] = world[seen]
    rows[..., 3] = np.nan_to_num(visibility)
    about = description(name, name, round(1 / float(np.median(np.diff(times))), 3))
    stream = RecordedStream(about, rows.reshape(len(times), -1), times, "skeleton")
    return Recording(name, (stream,), tuple(annotations), name, {"source": "a drawn person, MediaPipe Pose"})


def seen_session(name: str, path: Path) -> SeenSession:
    """What was seen, mapped onto the canonical joints as a live run does."""
    (feed,) = recorded_feeds(recording_of(name, path), [SKELETON.modality()], None)[0]
    with np.load(path) as kept:
        truth, inside, world, times = kept["truth"], kept["inside"], kept["world"], kept["times"]
    return SeenSession(
        name,
        times,
        feed.samples.reshape(len(times), len(UTD_JOINTS), 3).astype(np.float64),
        truth.astype(np.float64),
        inside,
        float(np.isfinite(world[:, 0, 0]).mean()),
        1 / float(np.median(np.diff(times))),
    )


def relative(joints: Array) -> Array:
    """(T, J, 3) about the hips."""
    return np.asarray(joints - joints[:, HIP_CENTER : HIP_CENTER + 1])


def table(sessions: Sequence[SeenSession]) -> list[str]:
    """Errors about the hips by joint, cm: bias and spread of each axis, in Markdown."""
    lines = [
        "| joint | across the image | up | depth | distance | not seen |",
        "|---|---|---|---|---|---|",
    ]
    for joint, name in enumerate(UTD_JOINTS):
        if joint == HIP_CENTER:
            continue
        errors = [
            100 * (relative(s.joints) - relative(s.truth))[:, joint][s.inside[:, joint]] for s in sessions
        ]
        off = np.concatenate(errors)
        bias, spread = np.nanmean(off, axis=0), np.nanstd(off, axis=0)
        cells = [f"{b:+.1f} ± {d:.1f}" for b, d in zip(bias, spread, strict=True)]
        missing = np.mean(np.concatenate([np.isnan(s.joints[:, joint, 0]) for s in sessions]))
        distance = np.nanmean(np.linalg.norm(off, axis=1))
        lines.append(f"| {name} | {' | '.join(cells)} | {distance:.1f} | {100 * missing:.0f} % |")
    return lines


def fitted(sessions: Sequence[SeenSession], command: str) -> dict[str, Any]:
    """The model of the errors (`monocular.MonocularErrors`) as it is written, with how it was measured."""
    left = {joint: _left(sessions, joint) for joint in range(len(UTD_JOINTS)) if joint != HIP_CENTER}
    shared = [
        1 - _differing(e, round(LATER * rate)) / np.maximum(np.nanvar(e, axis=0), 1e-12)
        for _, es in left.values()
        for rate, e in es
    ]
    seconds = float(np.median(-LATER / np.log(np.clip(shared, 0.02, 0.98))))
    joints = {}
    for joint, (weights, errors) in left.items():
        stays = np.array([np.nanmean(error, axis=0) for _, error in errors])
        slow, white = np.mean([_parts(error, rate, seconds) for rate, error in errors], axis=0)
        joints[UTD_JOINTS[joint]] = {
            "matrix": np.round(weights[:3].T, 3).tolist(),
            "offset": np.round(weights[3], 4).tolist(),
            "session": np.round(np.std(stays, axis=0), 4).tolist(),
            "slow": np.round(np.sqrt(slow), 4).tolist(),
            "white": np.round(np.sqrt(white), 4).tolist(),
        }
    return {
        "about": command,
        "sessions": [s.name for s in sessions],
        "frames": int(sum(len(s.times) for s in sessions)),
        "seconds": round(seconds, 3),
        "joints": joints,
    }


def _left(sessions: Sequence[SeenSession], joint: int) -> tuple[Array, list[tuple[float, Array]]]:
    """The regression (4, 3) of a bone as it was seen on the true one, and what it leaves: Hz and (T, 3) m of
    each session that has seen enough of it, NaN where not."""
    pairs: list[tuple[float, NDArray[np.bool_], Array, Array]] = []
    for session in sessions:
        bone = session.joints[:, joint] - session.joints[:, PARENTS[joint]]
        true = session.truth[:, joint] - session.truth[:, PARENTS[joint]]
        there = usable(session, joint)
        if there.sum() > ENOUGH * session.rate:
            pairs.append((session.rate, there, true, bone))
    true = np.concatenate([true[there] for _, there, true, _ in pairs])
    weights = regression(true, np.concatenate([bone[there] for _, there, _, bone in pairs]))
    return weights, [
        (rate, np.where(there[:, None], bone - true @ weights[:3] - weights[3], np.nan))
        for rate, there, true, bone in pairs
    ]


def usable(session: SeenSession, joint: int) -> NDArray[np.bool_]:
    """(T,) True where a bone was seen within the image, a leg's with both feet: at the border of the image a
    leg is guessed, and nothing can be told of it as a rule."""
    needed = [joint, int(PARENTS[joint]), *(FEET if joint >= LEGS else [])]
    seen = np.isfinite(session.joints[:, [joint, PARENTS[joint]]]).all(axis=(1, 2))
    return np.asarray(seen & session.inside[:, needed].all(axis=1), np.bool_)


def _parts(error: Array, rate: float, seconds: float) -> tuple[Array, Array]:
    """Variances (3,) m² of an error's wandering part, which keeps for `seconds`, and of its white part."""
    whole, near = np.nanvar(error, axis=0), _differing(error, 1)
    changed = 1 - np.exp(-1 / rate / seconds)
    white = np.clip((near - changed * whole) / (1 - changed), 0.0, whole)
    return whole - white, white


def limbs(model: dict[str, Any]) -> list[str]:
    """How much of a bone's length is seen along each axis, and how its errors last, in Markdown."""
    lines = [
        "| bone to | of its length across, up, in depth | error that stays | that wanders | white |",
        "|---|---|---|---|---|",
    ]
    for name, of in model["joints"].items():
        shares = " ".join(f"{of['matrix'][axis][axis]:.2f}" for axis in range(3))
        sizes = [" ".join(f"{100 * v:.1f}" for v in of[part]) for part in ("session", "slow", "white")]
        lines.append(f"| {name} | {shares} | {' | '.join(sizes)} |")
    return lines


def regression(true: Array, seen: Array) -> Array:
    """(n, 3), (n, 3) -> (4, 3): a matrix, drawn to the unit, and an offset, of the second on the first."""
    middle, seen_middle = true.mean(axis=0), seen.mean(axis=0)
    about, seen_about = true - middle, seen - seen_middle
    pull = len(true) * RIDGE**2 * np.eye(3)
    matrix = np.linalg.solve(about.T @ about + pull, about.T @ seen_about + pull)
    return np.asarray(np.vstack([matrix, seen_middle - middle @ matrix]))


def _differing(values: Array, lag: int) -> Array:
    """(3,) half the mean square of what differs `lag` frames apart: the variance that is not shared."""
    return np.asarray(np.nanmean(np.square(values[lag:] - values[:-lag]), axis=0) / 2)
