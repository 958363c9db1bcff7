"""Picture of one failure: the truth above what was recognized, the probabilities, and the motion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON, UTD_JOINTS, UTD_PARENTS
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.score import Recognized

from ..output.pictures import COLORS, INK, without_frame, write_picture
from .cases import Case

BEFORE, AFTER = 4.0, 7.0
"""s that are shown before and after the failure began."""
POSES = 14
"""Poses in the strip of the skeleton."""
LINES = 4
"""Labels whose probability is drawn: the most probable ones."""
_BANDS = ("#c7dcef", "#f3d3bf")
"""Colors of the truth and of what was recognized."""


def save_case(case: Case, path: Path) -> str:
    """Draw it; matplotlib must be there (`curves.drawable`). Returns the letters that the font lacks.

    Raises:
        ConfigError: The file cannot be written.
    """
    from matplotlib.figure import Figure

    recording = case.session.watched.recording
    view = max(case.at - BEFORE, recording.start), min(case.at + AFTER, recording.end)
    drawn = Figure(figsize=(9.0, 6.0), layout="constrained")
    modalities = case.session.info.modalities
    heights = [1.0, 1.2, *(_DRAWN.get(m.kind, (_signals, 1.3))[1] for m in modalities)]
    rows: Any = drawn.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    drawn.suptitle(title_of(case), fontsize=10, color=INK, parse_math=False)
    _intervals(rows[0], recording.annotations, case.session.found, view)
    _probabilities(rows[1], case, view)
    feeds, _ = recorded_feeds(recording, case.session.info.modalities)
    for axes, modality in zip(rows[2:], modalities, strict=True):
        given = [f for f in feeds if f.feed.modality == modality.name]
        if len(given) == 1 and len(given[0].feed.columns) == len(modality.channels):
            draw, _ = _DRAWN.get(modality.kind, (_signals, 1.3))
            draw(axes, given[0].times, given[0].samples, view)
        name = modality.name
        if name not in case.session.watched.subset:
            name += "\n(not given)"
        axes.set_ylabel(name, fontsize=8, color=INK)
    rows[-1].set_xlabel("time in the session (s)", fontsize=8, color=INK)
    for axes in rows:
        axes.set_xlim(*view)
        axes.tick_params(labelsize=7, length=2, colors=INK)
        without_frame(axes)
    return write_picture(drawn, path, dpi=90, facecolor="white")


def title_of(case: Case) -> str:
    """Title of a failure: its kind, its recording and time, and the streams that were given."""
    watched = case.session.watched
    if not case.done:
        what = f"idle, recognized as {case.recognized}"
    elif not case.recognized:
        what = f"{case.done}, missed"
    elif case.done == case.recognized:
        what = f"{case.done}, recognized twice"
    else:
        what = f"{case.done}, recognized as {case.recognized}"
    return f"{what}: {watched.recording.name} at {case.at:.1f} s, {' and '.join(watched.subset)}"


def _intervals(
    axes: Any, done: Sequence[Annotation], found: Sequence[Recognized], view: tuple[float, float]
) -> None:
    bands: tuple[tuple[float, Sequence[Annotation | Recognized]], ...] = ((1.0, done), (0.0, found))
    for (lower, intervals), color in zip(bands, _BANDS, strict=True):
        for interval in intervals:
            left, right = max(interval.onset, view[0]), min(interval.offset, view[1])
            if left >= right:
                continue
            axes.barh(lower + 0.5, right - left, 0.9, left=left, color=color, edgecolor=INK, linewidth=0.5)
            text = interval.label.replace("_", " ")
            axes.text(
                (left + right) / 2, lower + 0.5, text, ha="center", va="center", fontsize=7, color=INK,
                clip_on=True, parse_math=False,
            )  # fmt: skip
    axes.set_ylim(0, 2)
    axes.set_yticks([1.5, 0.5], ["done", "recognized"], fontsize=8)


def _probabilities(axes: Any, case: Case, view: tuple[float, float]) -> None:
    """Probabilities of the labels that are most probable in the view, at the ends of their windows."""
    shown = [p for p in case.session.watched.predictions if view[0] <= p.end <= view[1]]
    labels = case.session.info.labels
    rows = np.array([[p.probabilities[label] for label in labels] for p in shown]).reshape(-1, len(labels))
    order = np.argsort(-rows.max(axis=0, initial=0.0))
    best = [int(k) for k in order if labels[int(k)] != case.session.info.idle][:LINES]
    for k, color in zip(best, COLORS, strict=False):
        axes.plot([p.end for p in shown], rows[:, k], color=color, lw=1.1, label=labels[k])
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("probability", fontsize=8, color=INK)
    if best and shown:
        axes.legend(frameon=False, fontsize=7, loc="upper left", ncols=2)


def _acceleration(
    axes: Any, times: NDArray[np.float64], values: NDArray[np.float32], view: tuple[float, float]
) -> None:
    rows = (times >= view[0]) & (times <= view[1])
    for column, (axis, color) in enumerate(zip("xyz", COLORS, strict=False)):
        axes.plot(times[rows], values[rows, column], color=color, lw=0.8, label=f"acc {axis} (g)")
    axes.legend(frameon=False, fontsize=7, loc="upper left", ncols=3)


def _poses(
    axes: Any, times: NDArray[np.float64], values: NDArray[np.float32], view: tuple[float, float]
) -> None:
    """Some poses from the front, each where its time is; the right arm in another color."""
    wide = (view[1] - view[0]) / POSES
    joints = values.reshape(len(values), len(UTD_JOINTS), 3)
    right = {UTD_JOINTS.index(f"right_{joint}") for joint in ("elbow", "wrist", "hand")}
    for k in range(POSES):
        at = view[0] + (k + 0.5) * wide
        near = int(np.abs(times - at).argmin())
        if abs(float(times[near]) - at) > wide:
            continue
        pose = joints[near] - joints[near, UTD_JOINTS.index("hip_center")]
        for bone in enumerate(UTD_PARENTS):
            ends = pose[list(bone)]
            color = COLORS[1] if right.intersection(bone) else INK
            axes.plot(at + ends[:, 0] * wide, ends[:, 1], color=color, lw=0.9)
    axes.set_ylim(-1.1, 1.0)
    axes.set_yticks([])


def _signals(
    axes: Any, times: NDArray[np.float64], values: NDArray[np.float32], view: tuple[float, float]
) -> None:
    """The channels of a kind that has no drawing of its own."""
    rows = (times >= view[0]) & (times <= view[1])
    axes.plot(times[rows], values[rows], lw=0.8)


_DRAWN = {IMU.name: (_acceleration, 1.5), SKELETON.name: (_poses, 1.3)}
"""Kind of modality -> its drawing and the height of its panel."""
