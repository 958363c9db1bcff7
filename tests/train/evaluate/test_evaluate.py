"""Calibration finds the temperature, tuning never makes it worse, and figures are of whole sessions."""

from dataclasses import replace

import pytest
import torch

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.bundle.decision import Decision
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.offline import recognize
from hnhar.stream.messages import Prediction
from hnhar.stream.recordings import Annotation, Recording
from hnhar.train.bundles.calibrate import best_temperature
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.tune import tune
from hnhar.train.bundles.workflow import describe
from hnhar.train.evaluate.corrupt import gaps
from hnhar.train.evaluate.evaluate import (
    ClassifiedSession,
    only,
    score,
    subsets,
    summary,
    watch,
    watch_together,
)
from hnhar.train.synthesis.performer import perform

INFO = describe(recipe("quick", "wrist"), {})


def test_the_temperature_that_made_the_targets_is_found() -> None:
    logits = torch.randn((4000, 5), generator=torch.Generator().manual_seed(0)) * 4
    for temperature in (0.5, 1.0, 2.5):
        assert best_temperature(logits, (logits / temperature).softmax(dim=1)) == pytest.approx(
            temperature, rel=0.04
        )


def watched(delay: float = 1.5, height: float = 0.9) -> ClassifiedSession:
    """A session with a wave at 10 to 12 s, seen `delay` late at probability `height`."""
    recording = replace(
        perform(seed=0, person=0, actions=["wave"]), annotations=(Annotation(10.0, 2.0, "wave"),)
    )
    predictions = []
    for k in range(200):
        end = 0.25 * k
        p = height if 10 + delay <= end <= 12 + delay else 0.01
        probabilities = dict.fromkeys(INFO.labels, 0.0) | {"wave": p, "idle": 1 - p}
        label = max(probabilities, key=probabilities.__getitem__)
        predictions.append(
            Prediction(
                k, recording.wearer, end - 3, end, 0, label, max(p, 1 - p), probabilities,
                ("imu",), {"imu": 1.0}, "samples", INFO.id,
            )
        )  # fmt: skip
    return ClassifiedSession(recording, ("imu",), tuple(predictions))


def test_a_clear_action_is_one_event() -> None:
    figures = summary([score(watched(), INFO, Decision())])
    assert (figures["actions"], figures["recognized"], figures["events"]) == (1, 1, 1)
    assert figures["f1"] == 1


def test_tuning_reaches_what_the_defaults_miss_and_centers_the_onset() -> None:
    faint = watched(height=0.45)
    assert summary([score(faint, INFO, Decision())])["recognized"] == 0
    tuned = tune([faint], INFO, Decision())
    found = score(faint, INFO, tuned)
    assert summary([found])["f1"] == 1
    assert abs(found.onset_error) < 0.5  # of a single hit: the usual lag of a window counts as well
    assert tuned.onset_shift < 0


def test_nothing_recognized_is_a_figure_and_no_crash() -> None:
    figures = summary([score(watched(height=0.1), INFO, Decision())])
    assert figures["recall"] == 0
    assert figures["false_share"] is None


def test_subsets_are_all_and_each_alone() -> None:
    assert subsets(INFO) == (("imu", "skeleton"), ("imu",), ("skeleton",))


def test_only_leaves_the_other_streams_out() -> None:
    recording: Recording = only(perform(seed=0, person=0, actions=["wave"]), ["skeleton"])
    assert [s.modality for s in recording.streams] == ["skeleton"]
    assert recording.annotations


def test_sessions_watched_together_are_seen_as_each_alone() -> None:
    info, recognizer = load(find(DEFAULT))
    runtime = Runtime(info, recognizer)
    first = perform(seed=3, person=31, actions=["wave"])
    second = gaps(perform(seed=4, person=32, actions=["clap"], duration=15.0), 1.0, 6.0, 0)
    sessions = [(first, ("imu", "skeleton")), (second, ("imu", "skeleton")), (first, ("imu",))]
    together = watch_together(runtime, info, sessions)
    for (recording, subset), one in zip(sessions, together, strict=True):
        alone = watch(runtime, info, recording, subset)
        offline = recognize(only(recording, subset), runtime, info).predictions
        assert [(p.start, p.end, p.modalities, p.coverage, p.closed_by) for p in one.predictions] == [
            (p.start, p.end, p.modalities, p.coverage, p.closed_by) for p in offline
        ]
        assert alone.predictions == offline
        assert [p.seq for p in one.predictions] == [p.seq for p in offline]
        assert {p.wearer for p in one.predictions} == {recording.wearer}
        for mine, theirs in zip(one.predictions, alone.predictions, strict=True):
            assert list(mine.probabilities.values()) == pytest.approx(
                list(theirs.probabilities.values()), abs=1e-4
            )
        assert one.novelty == pytest.approx(alone.novelty, abs=1e-3)
