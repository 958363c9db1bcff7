"""What a linear correction of bones would give back, without a training: each true bone from the seen one.

Fitted on drawn sessions and used on others. Nothing of hnhar uses it: it undoes what MediaPipe makes of
capsules, and of people that may be something else.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tools.monocular.errors import PARENTS, Array, SeenSession, recording_of, regression, seen_session, usable

from hnhar.model.kinds.skeleton import SKELETON_CHANNELS, SKELETON_UNITS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import RecordedStream, Recording
from hnhar.train.synthesis.elsewhere.monocular import DISTANCE, HEIGHT, from_hips


def corrected(name: str, path: Path, of: Recording, fitted_on: Sequence[SeenSession]) -> Recording:
    """The drawn session `name` with its bones put right as the other sessions tell."""
    session = seen_session(name, path)
    others = [other for other in fitted_on if other.name != name]
    placed = np.zeros_like(session.joints)
    for joint in from_hips():
        weights = _true_of_seen(others, joint)
        bone = session.joints[:, joint] - session.joints[:, PARENTS[joint]]
        placed[:, joint] = placed[:, PARENTS[joint]] + bone @ weights[:3] + weights[3]
    rows = (placed + np.array([0.0, HEIGHT, DISTANCE])).reshape(len(placed), -1).astype(np.float32)
    about = StreamDescription(
        name="corrected",
        type="MoCap",
        source_id="corrected",
        channels=SKELETON_CHANNELS,
        units=SKELETON_UNITS,
        nominal_rate=session.rate,
    )
    stream = RecordedStream(about, rows, session.times, "skeleton")
    return replace(recording_of(name, path, of.annotations), streams=(stream,))


def _true_of_seen(sessions: Sequence[SeenSession], joint: int) -> Array:
    """(4, 3) regression of true bones on seen ones."""
    seen, true = [], []
    for session in sessions:
        there = usable(session, joint)
        bones = (joints[:, joint] - joints[:, PARENTS[joint]] for joints in (session.joints, session.truth))
        of_seen, of_true = bones
        seen.append(of_seen[there])
        true.append(of_true[there])
    return regression(np.concatenate(seen), np.concatenate(true))
