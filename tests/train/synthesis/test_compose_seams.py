"""How much a classifier that sees only the seams of composed sessions can tell: measured on real trials.

Noise is compared at the same level of motion. Real against real is no chance either: the noise of the first
halves of the trials can be told from that of their second halves, since a camera's noise goes with the
posture, and places near the ends of trials from places in their middle. So:

- the boundaries (`JUMP`) tell less than real places a quarter of a second inside the trials do;
- the noise tells about as much as real noise does (`FLOOR`, `HALVES`), and next to nothing as a training
  shows it (`TRAINED`): the noise that it adds covers what differs.

Bounds are what was measured (development subjects, AUROC, 0.5 is chance) and a little: they hold that it gets
no worse.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hnhar.stream.recordings import Recording
from hnhar.train.corpora.utd_mhad.trials import THIGH_ACTIONS, WRIST_ACTIONS, load_corpus
from hnhar.train.synthesis.compose.compose import compose

from . import seams
from .seams import Compared, Signal

pytestmark = pytest.mark.slow
SUBJECTS = (1, 3, 5, 7)
FLOOR = {
    "wrist": {
        "imu": 0.60,
        "trunk": 0.81,
        "left arm": 0.71,
        "right arm": 0.73,
        "left leg": 0.69,
        "right leg": 0.77,
    },
    "thigh": {
        "imu": 0.82,
        "trunk": 0.94,
        "left arm": 0.85,
        "right arm": 0.81,
        "left leg": 0.83,
        "right leg": 0.79,
    },
}
JUMP = {
    "wrist": {
        "imu": 0.66,
        "trunk": 0.91,
        "left arm": 0.79,
        "right arm": 0.84,
        "left leg": 0.77,
        "right leg": 0.80,
    },
    "thigh": {
        "imu": 0.73,
        "trunk": 0.77,
        "left arm": 0.79,
        "right arm": 0.70,
        "left leg": 0.79,
        "right leg": 0.79,
    },
}
TRAINED = {
    "wrist": {
        "imu": 0.56,
        "trunk": 0.60,
        "left arm": 0.56,
        "right arm": 0.65,
        "left leg": 0.56,
        "right leg": 0.59,
    },
    "thigh": {
        "imu": 0.63,
        "trunk": 0.72,
        "left arm": 0.69,
        "right arm": 0.69,
        "left leg": 0.60,
        "right leg": 0.58,
    },
}
HALVES = {"imu": 0.78, "trunk": 0.85, "left arm": 0.73, "right arm": 0.80}
"""Of real noise against real noise, at least this much can be told."""
RHYTHM = 0.58
CASES = [(placement, name) for placement in FLOOR for name in FLOOR[placement]]


@cache
def composed(folder: Path, placement: str) -> list[tuple[Recording, dict[str, Signal]]]:
    actions = WRIST_ACTIONS if placement == "wrist" else THIGH_ACTIONS
    trials = load_corpus(folder / "utd_mhad", actions=actions, subjects=SUBJECTS).trials
    seeds = (4,) if placement == "wrist" else (4, 5, 6)
    sessions = [
        compose([t for t in trials if t.subject == subject], seed=seed, wearer=f"s{subject}")
        for subject in SUBJECTS
        for seed in seeds
    ]
    return [(session, seams.signals(session)) for session in sessions]


def length(name: str) -> float:
    return 0.64 if name == "imu" else 1.0


def quiet(name: str, s: Signal, session: Recording) -> Compared:
    """Windows of actions and of pauses that are calmer than two thirds of the actions."""
    acting = seams.tiled(seams.actions(session), length(name), 0.25)
    waiting = seams.tiled(seams.pauses(session), length(name), 0.25)
    return Compared(session.wearer, s, seams.calm(s, acting, acting), seams.calm(s, waiting, acting))


def boundaries(s: Signal, session: Recording) -> Compared:
    """Where actions begin and end, and places within actions and pauses."""
    acting, waiting = seams.actions(session), seams.pauses(session)[1:-1]
    edges = [time for window in acting for time in window]
    shares = [
        (acting, (0.08, 0.16, 0.25, 0.5, 0.75, 0.84, 0.92)),
        (waiting, (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9)),
    ]
    inner = [a + share * (b - a) for spans, places in shares for a, b in spans for share in places]
    return Compared(session.wearer, s, seams.around(edges), seams.around(inner))


def ends(s: Signal, session: Recording) -> Compared:
    """Real motion alone: a quarter of a second within the ends of trials, and in their middle."""
    acting = seams.actions(session)
    near = [time for a, b in acting for time in (a + 0.25, b - 0.25)]
    middle = [a + share * (b - a) for a, b in acting for share in (0.35, 0.45, 0.55, 0.65)]
    return Compared(session.wearer, s, seams.around(near), seams.around(middle))


def halves(name: str, s: Signal, session: Recording) -> Compared:
    """Calm windows of the first halves of the trials, and of their second halves."""
    extents = seams.actions(session)
    every = seams.tiled(extents, length(name), 0.25)
    first = seams.tiled([(a, 0.5 * (a + b) + 0.2) for a, b in extents], length(name), 0.25)
    second = seams.tiled([(0.5 * (a + b) - 0.2, b) for a, b in extents], length(name), 0.25)
    return Compared(session.wearer, s, seams.calm(s, first, every, 0.5), seams.calm(s, second, every, 0.5))


@pytest.mark.parametrize(("placement", "name"), CASES)
def test_the_noise_of_pauses_gives_away_no_more_than_was_measured(
    placement: str, name: str, data_dir: Path
) -> None:
    sets = [quiet(name, s[name], session) for session, s in composed(data_dir, placement)]
    auroc, count = seams.separability(sets, seams.floor)
    assert count > 300
    assert auroc < FLOOR[placement][name]


@pytest.mark.parametrize(("placement", "name"), CASES)
def test_the_boundaries_give_away_no_more_than_was_measured(
    placement: str, name: str, data_dir: Path
) -> None:
    sets = [boundaries(s[name], session) for session, s in composed(data_dir, placement)]
    auroc, count = seams.separability(sets, seams.jump)
    assert count > 300
    assert auroc < JUMP[placement][name]


@pytest.mark.parametrize(("placement", "name"), CASES)
def test_the_noise_of_pauses_gives_next_to_nothing_away_as_a_training_shows_it(
    placement: str, name: str, data_dir: Path
) -> None:
    sets = [quiet(name, s[name], session) for session, s in composed(data_dir, placement)]
    auroc, count = seams.separability(sets, seams.covered(np.random.default_rng(0)))
    assert count > 300
    assert auroc < TRAINED[placement][name]


@pytest.mark.parametrize(("placement", "name"), CASES)
def test_the_boundaries_give_away_no_more_than_real_places_near_the_ends_of_trials(
    placement: str, name: str, data_dir: Path
) -> None:
    sessions = composed(data_dir, placement)
    seam, _ = seams.separability([boundaries(s[name], session) for session, s in sessions], seams.jump)
    real, count = seams.separability([ends(s[name], session) for session, s in sessions], seams.jump)
    assert count > 100
    assert seam < real + 0.02


@pytest.mark.parametrize("name", HALVES)
def test_real_noise_of_one_half_of_the_trials_is_told_from_that_of_the_other(
    name: str, data_dir: Path
) -> None:
    sets = [halves(name, s[name], session) for session, s in composed(data_dir, "wrist")]
    auroc, count = seams.separability(sets, seams.floor)
    assert count > 300
    assert auroc > HALVES[name]


def test_the_rhythm_of_frames_gives_nothing_away(data_dir: Path) -> None:
    sets = [
        Compared(
            session.wearer,
            s["trunk"],
            seams.tiled(seams.actions(session), 1.0, 0.5),
            seams.tiled(seams.pauses(session), 1.0, 0.5),
        )
        for session, s in composed(data_dir, "wrist")
    ]
    auroc, count = seams.separability(sets, seams.intervals, by_level=False)
    assert count > 500
    assert auroc < RHYTHM


def test_a_planted_seam_would_be_found(data_dir: Path) -> None:
    """0.1 g and 10 deg/s of a step at each boundary: what the tests above are able to see."""
    sets = []
    for session, s in composed(data_dir, "wrist"):
        one = s["imu"]
        raw, rest = one.raw.copy(), one.rest.copy()
        for action in session.annotations:
            for time in (action.onset, action.offset):
                middle = int((one.times >= time - 1e-3).argmax())
                for values in (raw, rest):
                    values[middle : middle + 3] += [0.1] * 3 + [10.0] * 3
        sets.append(boundaries(Signal(one.times, raw, rest, one.level, one.order), session))
    assert seams.separability(sets, seams.jump)[0] > 0.95
