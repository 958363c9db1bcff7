"""Trials on a grid: stretched, or in their own time, or cut to what all their signals cover."""

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.train.corpora.corpus import LabeledTrial, LabeledTrials
from hnhar.train.studies.protocol.inputs import Inputs, shared
from hnhar.train.studies.protocol.trials import performed, stack

BOTH = ("phone", "watch")


def made(seconds: float, *, late: float = 0.0, label: str = "walking", subject: int = 1) -> LabeledTrial:
    """Two sensors at 50 Hz that give the seconds of one clock; the watch begins `late` s after the phone."""
    times = np.arange(round(50 * seconds)) / 50
    signal = np.repeat(times[:, None], 6, axis=1).astype(np.float32)
    return LabeledTrial(
        subject,
        label,
        0,
        1,
        {"phone": signal, "watch": signal + np.float32(late)},
        {"phone": times, "watch": times + late},
    )


def test_a_trial_in_its_own_time_is_held_where_it_is_short_and_cut_where_it_is_long() -> None:
    own = Inputs(steps=40, seconds=4.0)
    short = own.signals(made(2.0), BOTH)["phone"][:, 0]
    assert short.shape == (40,)
    assert np.allclose(short[:10], short[0], atol=0.05)
    assert np.allclose(short[-10:], short[-1], atol=0.05)
    assert np.allclose(np.diff(short[12:28]), 0.1, atol=0.02)
    long = own.signals(made(20.0), BOTH)["phone"][:, 0]
    assert long[0] == pytest.approx(8.0, abs=0.15)
    assert long[-1] == pytest.approx(12.0, abs=0.15)


def test_signals_on_a_known_clock_are_cut_to_the_time_that_all_cover() -> None:
    together = Inputs(steps=20, together=True)
    found = together.signals(made(6.0, late=1.5), BOTH)
    assert np.allclose(found["phone"], found["watch"], atol=0.1)
    assert found["phone"][0, 0] == pytest.approx(1.5, abs=0.15)


@pytest.mark.parametrize("late", [0.0, 5.0], ids=["nobody knows", "hardly anything is left"])
def test_signals_whose_clock_is_unknown_or_that_hardly_overlap_stay_whole(late: float) -> None:
    trial = made(6.0, late=late)
    assert shared(trial, BOTH) is None
    found = Inputs(steps=20, together=True).signals(trial, BOTH)
    assert found["phone"][0, 0] == pytest.approx(0.0, abs=0.2)


def test_a_class_that_nobody_who_trains_did_is_no_class() -> None:
    trials = (made(2.0), made(2.0, label="turning"), made(2.0, label="seated", subject=2))
    corpus = LabeledTrials("small", ("seated", "turning", "walking"), trials)
    assert performed(corpus, (1,), BOTH) == ("turning", "walking")
    train = stack(corpus, (1,), modalities=BOTH, classes=("turning", "walking"))
    assert (train.classes, train.labels.tolist()) == (2, [1, 0])
    with pytest.raises(RecordingError, match="has no trial of subjects"):
        stack(corpus, (2,), modalities=BOTH, classes=("turning", "walking"))
