"""The threshold of unknown events lies above 98 % of what was recognized on people held out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.bundle.novelty import Novelty
from hnhar.model.kinds.imu import IMU
from hnhar.stream.recordings import Annotation, Recording
from hnhar.train.bundles.unknown import with_events
from hnhar.train.evaluate.evaluate import ClassifiedSession

from ...stream.examples import prediction

INFO = BundleInfo(
    name="small",
    modalities=(IMU.modality(),),
    window=3.0,
    hop=0.5,
    labels=("wave", "idle"),
    idle="idle",
    placement="",
    architecture={},
    decision=Decision(smoothing=0.0, minimum=0.0, refractory=0.0),
    novelty={"imu": Novelty(0.5, 0.02)},
)


def session(strange: Sequence[float]) -> ClassifiedSession:
    """An event of 2 s every 4 s, each as strange as given."""
    rng = np.random.default_rng(0)
    predictions, performed = [], []
    for number, strangeness in enumerate(strange):
        performed.append(Annotation(4.0 * number + 1, 2.0, "wave"))
        for k in range(8):
            wave = float(rng.uniform(0.8, 1.0)) if 2 <= k < 6 else 0.0
            made = prediction(end=4.0 * number + 0.5 * k)
            predictions.append(
                replace(
                    made,
                    probabilities={"wave": wave, "idle": 1 - wave},
                    modalities=("imu",),
                    coverage={"imu": 1.0},
                    strangeness=strangeness,
                )
            )
    recording = Recording(wearer="s1", streams=(), annotations=tuple(performed))
    return ClassifiedSession(recording, ("imu",), tuple(predictions))


def test_two_in_a_hundred_recognized_events_lie_above_it() -> None:
    strange = np.random.default_rng(1).normal(0.2, 0.05, 200)
    events = with_events([session(strange.tolist())], INFO)["imu"].events
    assert events is not None
    assert events.rejected == pytest.approx(0.02, abs=0.006)
    assert events.strangeness.mean == pytest.approx(0.2, abs=0.02)
    assert events.score(0.9, events.doubt.mean) > events.threshold


def test_of_too_few_events_none_is_set() -> None:
    made = with_events([session([0.2, 0.3] * 5)], INFO)["imu"]
    assert made == INFO.novelty["imu"]
    assert with_events([], INFO) == INFO.novelty
