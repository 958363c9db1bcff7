"""How much a classifier that sees only the seams of composed sessions can tell: measured on real trials.

High-order differences leave the sensors' noise and take motion away; windows are compared at the same level
of motion. The rhythm of frames gives nothing away. Noise and boundaries give something away, so their bounds
are what was measured (three subjects, AUROC, 0.5 is chance) and a little: they hold that it gets no worse.
"""

from pathlib import Path

import numpy as np
import pytest

from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.compose import compose
from hnhar.stream.recordings.utd_mhad import WRIST_ACTIONS, load_trials

from . import seams
from .seams import Array, Signal, Window

pytestmark = pytest.mark.slow
ORDER = {"imu": 5, "trunk": 3, "left arm": 3, "right arm": 3, "left leg": 3, "right leg": 3}
FLOOR = {"imu": 0.68, "trunk": 0.88, "left arm": 0.80, "right arm": 0.74, "left leg": 0.77, "right leg": 0.80}
JUMP = {"imu": 0.89, "trunk": 0.91, "left arm": 0.79, "right arm": 0.70, "left leg": 0.81, "right leg": 0.82}
RHYTHM = 0.58


@pytest.fixture(scope="module")
def sessions(data_dir: Path) -> list[Recording]:
    trials = load_trials(data_dir / "utd_mhad", actions=WRIST_ACTIONS, subjects=[1, 2, 3])
    return [
        compose([t for t in trials if t.subject == subject], seed=4, wearer=f"s{subject}")
        for subject in (1, 2, 3)
    ]


@pytest.fixture(scope="module")
def signals(sessions: list[Recording]) -> list[dict[str, Signal]]:
    return [seams.signals(session) for session in sessions]


def floor(name: str, s: Signal, window: Window) -> Array:
    """Size of the noise in a window."""
    differences = np.diff(s.rest[seams.inside(s.times, window)], ORDER[name], axis=0)
    return np.asarray(np.log(differences.std(axis=0) + 1e-7))


def jump(name: str, s: Signal, window: Window) -> Array:
    """Roughness across the middle of a window."""
    middle = int(np.searchsorted(s.times, 0.5 * (window[0] + window[1]) - 1e-3))
    reach = ORDER[name] // 2 + 3
    near = np.abs(np.diff(s.rest[middle - reach : middle + reach], ORDER[name], axis=0))
    return np.asarray(np.log(np.concatenate([near.max(axis=0), near.mean(axis=0)]) + 1e-7))


def quiet(name: str, s: Signal, session: Recording) -> tuple[Signal, list[Window], list[Window]]:
    """Windows of actions and of pauses that are calmer than two thirds of the actions."""
    acting = seams.tiled(seams.actions(session), 0.64, 0.16)
    waiting = seams.tiled(seams.pauses(session), 0.64, 0.16)
    limit = float(np.percentile([seams.level(s, w) for w in acting], 35))
    calm = [[w for w in windows if seams.level(s, w) < limit] for windows in (acting, waiting)]
    return s, calm[0], calm[1]


def boundaries(s: Signal, session: Recording) -> tuple[Signal, list[Window], list[Window]]:
    """Where actions begin and end, and places within actions and pauses."""
    acting, waiting = seams.actions(session), seams.pauses(session)
    edges = [time for window in acting for time in window]
    shares = [
        (acting, (0.08, 0.16, 0.25, 0.5, 0.75, 0.84, 0.92)),
        (waiting, (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9)),
    ]
    inner = [a + share * (b - a) for spans, places in shares for a, b in spans for share in places]
    return s, seams.around(edges), seams.around(inner)


@pytest.mark.parametrize("name", FLOOR)
def test_the_noise_of_pauses_gives_away_no_more_than_was_measured(
    name: str, sessions: list[Recording], signals: list[dict[str, Signal]]
) -> None:
    sets = [quiet(name, s[name], session) for s, session in zip(signals, sessions, strict=True)]
    auroc, count = seams.separability(sets, lambda s, window: floor(name, s, window))
    assert count > 300
    assert auroc < FLOOR[name]


@pytest.mark.parametrize("name", JUMP)
def test_the_boundaries_give_away_no_more_than_was_measured(
    name: str, sessions: list[Recording], signals: list[dict[str, Signal]]
) -> None:
    sets = [boundaries(s[name], session) for s, session in zip(signals, sessions, strict=True)]
    auroc, count = seams.separability(sets, lambda s, window: jump(name, s, window))
    assert count > 300
    assert auroc < JUMP[name]


def test_the_rhythm_of_frames_gives_nothing_away(
    sessions: list[Recording], signals: list[dict[str, Signal]]
) -> None:
    sets = [
        (
            s["trunk"],
            seams.tiled(seams.actions(session), 1.0, 0.5),
            seams.tiled(seams.pauses(session), 1.0, 0.5),
        )
        for s, session in zip(signals, sessions, strict=True)
    ]
    auroc, count = seams.separability(sets, seams.intervals, by_level=False)
    assert count > 500
    assert auroc < RHYTHM


def test_a_planted_seam_would_be_found(sessions: list[Recording], signals: list[dict[str, Signal]]) -> None:
    """0.1 g and 10 deg/s of a step at each boundary: what the tests above are able to see."""
    sets = []
    for s, session in zip(signals, sessions, strict=True):
        one = s["imu"]
        rest = one.rest.copy()
        for action in session.annotations:
            for time in (action.onset, action.offset):
                middle = int(np.searchsorted(one.times, time - 1e-3))
                rest[middle : middle + 3] += np.repeat([0.1, 10.0], 3)
        sets.append(boundaries(Signal(one.times, rest, one.level), session))
    assert seams.separability(sets, lambda s, window: jump("imu", s, window))[0] > 0.95
