"""Sessions that are drawn: of real trials and of performers, each before a camera of its own.

`fit-s1a`: half of the actions of UTD-MHAD's subject 1, one performance each; `fit-p100a`: of performer 100.
`s2`: one performance of each action of subject 2; `p200`: likewise of a performer. Pauses are about 2 s,
as MediaPipe takes its time.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from hnhar.model.errors import ConfigError
from hnhar.stream.recordings import Recording
from hnhar.train.bundles.sessions import load, utd_task
from hnhar.train.synthesis.compose.compose import compose
from hnhar.train.synthesis.compose.order import Pauses
from hnhar.train.synthesis.drawn import View
from hnhar.train.synthesis.performer import ACTIONS, perform

SHORT: Final = Pauses(shortest=0.8, median=2.0, spread=0.6, longest=6.0)
NAME: Final = re.compile(r"(fit-)?([sp])(\d+)([ab]?)")
FITTED: Final = tuple(f"fit-s{s}{half}" for s in (1, 3, 5, 7) for half in "ab") + tuple(
    f"fit-p{p}{half}" for p, half in ((100, "a"), (101, "b"), (102, "a"), (103, "b"))
)
"""Sessions that the model of a single camera's errors is fitted on: subjects that train, performers that do
not test."""
PERFORMED: Final = tuple(f"p{p}" for p in range(200, 206))
"""Sessions of the performers that bundles are measured on."""
COMPOSED: Final = ("s2", "s4", "s6")
"""Sessions of the subjects that bundles are measured on: every look is logged."""


@dataclass(frozen=True, slots=True, eq=False)
class DrawnSession:
    """A recording, and the camera and the look with which it is drawn."""

    recording: Recording
    view: View
    look: int


def session(name: str, corpus: Path | None) -> DrawnSession:
    """The session of that name. Raises ConfigError for another name, RecordingError without the corpus."""
    found = NAME.fullmatch(name)
    if not found or (bool(found[1]) != bool(found[4])):
        raise ConfigError(
            f"there is no drawn session '{name}'; there are such as fit-s1a, fit-p100b, s2, p200"
        )
    fitted, who, number, half = bool(found[1]), found[2], int(found[3]), found[4]
    seed = (0 if who == "s" else 1000) + number * 2 + (half == "b")
    if who == "p":
        actions = ACTIONS[half == "b" :: 2] if fitted else ACTIONS
        recording = perform(seed=number, person=number, actions=actions, pause=2.0)
        return DrawnSession(recording, drawn_view(seed), seed)
    if corpus is None:
        raise ConfigError(f"the session '{name}' is composed of UTD-MHAD: name its folder with --data")
    trials = [t for t in load(corpus, utd_task(), [number]) if t.trial == 1 + t.action % 4]
    if fitted:
        trials = [t for t in trials if (t.action % 2 == 0) == (half == "b")]
    recording = compose(trials, seed=number, wearer=f"s{number}", pauses=SHORT)
    return DrawnSession(recording, drawn_view(seed), seed)


def drawn_view(seed: int) -> View:
    """A camera on a shelf or a desk before a person who faces it roughly; one in four stands too near to see
    the feet."""
    rng = np.random.default_rng([seed, 0xCA3E])
    near = seed % 4 == 3
    return View(
        yaw=float(rng.uniform(-35.0, 35.0)),
        distance=float(rng.uniform(1.6, 1.9) if near else rng.uniform(2.4, 3.6)),
        height=float(rng.uniform(0.8, 1.7)),
        aim=1.3 if near else 0.95,
        field=float(rng.uniform(45.0, 58.0)),
    )
