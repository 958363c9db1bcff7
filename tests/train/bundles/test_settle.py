"""Who is left out of which training, and what several of them say is put together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision, Knot
from hnhar.model.errors import ConfigError
from hnhar.model.loading import load, save
from hnhar.model.runtime import Runtime
from hnhar.stream.decide.settings import settings
from hnhar.stream.engine.offline import recognize
from hnhar.stream.recordings import Recording
from hnhar.train.bundles import settle
from hnhar.train.bundles.calibrate import best_temperature, temperatures
from hnhar.train.bundles.card import card
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.sessions import session_windows
from hnhar.train.bundles.workflow import describe, explain_settling
from hnhar.train.cli.run import warn_if_not_tuned
from hnhar.train.evaluate.evaluate import ClassifiedSession, Subset, only
from hnhar.train.learn.data import WindowSet
from hnhar.train.synthesis.performer import perform

PLAN = replace(recipe("quick", "wrist"), held_out=(1, 3), held_out_persons=1)


def marked(value: float, count: int = 4) -> WindowSet:
    """Windows that say by their values whose they are."""
    return WindowSet(
        {"imu": torch.full((count, 2, 6), value)},
        torch.ones((count, 1), dtype=torch.bool),
        torch.ones((count, 1)),
    )


def values(windows: WindowSet) -> set[float]:
    return set(windows.samples["imu"].unique().tolist())


def test_each_subject_is_left_out_once_and_the_last_performers_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settle, "real_session", lambda trials, subject, seed: (subject, seed))
    people = {"s1": marked(1), "s3": marked(3), "p0": marked(10), "p1": marked(11)}
    first, second = settle.folds(PLAN, people, [])
    assert (first.who, second.who) == ("subject 1", "subject 3")
    assert (values(first.rest), values(first.held)) == ({3.0, 10.0}, {1.0})
    assert (values(second.rest), values(second.held)) == ({1.0, 10.0}, {3.0})
    assert list(second.sessions) == [(3, seed) for seed in settle.COMPOSITIONS]


def test_without_subjects_the_last_performers_are_left_out() -> None:
    (only,) = settle.folds(PLAN, {"p0": marked(10), "p1": marked(11), "p2": marked(12)}, [])
    assert (values(only.rest), values(only.held)) == ({10.0, 11.0}, {12.0})
    assert [session.wearer for session in only.sessions] == ["synthetic-2"]


def test_who_is_to_be_left_out_must_be_there_and_somebody_else_too() -> None:
    with pytest.raises(ConfigError, match=r"subjects 1, 3 are left out in turn.*of s1, p0, p1 only"):
        list(settle.folds(PLAN, {"s1": marked(1), "p0": marked(10), "p1": marked(11)}, []))
    with pytest.raises(ConfigError, match="incomplete"):
        list(settle.folds(replace(PLAN, held_out=(1,)), {"s1": marked(1), "p0": marked(10)}, []))


def test_each_is_watched_by_the_recognizer_that_never_saw_them(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(PLAN, pretrain=replace(PLAN.pretrain, steps=0), finetune=replace(PLAN.finetune, steps=3))
    recordings = [perform(seed=k, person=k, actions=["wave"]) for k in (0, 1)]
    windows = [session_windows(plan.task, r, 0.5, 0) for r in recordings]
    parts = [
        settle.LeftOutFold("the first", windows[1], windows[0], recordings[:1]),
        settle.LeftOutFold("the second", windows[0], windows[1], recordings[1:]),
    ]
    seen: list[tuple[bytes, str]] = []
    plain = settle.watch_together

    def noting(
        runtime: Runtime, info: BundleInfo, sessions: list[tuple[Recording, Subset]]
    ) -> list[ClassifiedSession]:
        probe = runtime.classify([{"imu": np.ones((150, 6), np.float32)}])
        seen.extend((probe.probabilities.tobytes(), recording.wearer) for recording, _ in sessions)
        return plain(runtime, info, sessions)

    monkeypatch.setattr(settle, "watch_together", noting)
    info, last = settle.settle_on(plan, parts, describe(plan, {}), lambda *_: None)
    assert len(seen) == 6
    assert len(set(seen)) == 2
    assert len({answer for answer, _ in seen}) == 2
    assert set(info.temperatures) == {"imu", "imu+skeleton", "skeleton"}
    assert [knot.at for knot in info.latency] == sorted(knot.at for knot in info.latency)
    again = settle.settle_on(plan, parts[1:], describe(plan, {}), lambda *_: None)[1]
    weights = zip(last.state_dict().values(), again.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)


def test_a_training_that_recognizes_nothing_on_who_was_held_out_still_gives_a_bundle_that_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = replace(PLAN, pretrain=replace(PLAN.pretrain, steps=0), finetune=replace(PLAN.finetune, steps=1))
    held = perform(seed=0, person=0, actions=["wave"])
    windows = session_windows(plan.task, held, 0.5, 0)
    # no action with a label that it knows: no event can be right
    wrong = replace(held, annotations=tuple(replace(a, label="dance") for a in held.annotations))
    parts = [settle.LeftOutFold("the held-out", windows, windows, [wrong])]
    info, recognizer = settle.settle_on(plan, parts, describe(plan, {"date": "today"}), lambda *_: None)
    onset, offset = -info.window / 3, -2 * info.window / 3
    assert (info.latency, info.decision) == ((), Decision(onset_shift=onset, offset_shift=offset))
    assert info.provenance == {"date": "today", "decisions": settle.NOT_TUNED}
    assert f"- **Decisions:** {settle.NOT_TUNED}; smoothing 0.5 s, enter 0.5" in card(info)
    path = tmp_path / "own.safetensors"
    save(path, info, recognizer)
    info, recognizer = load(path)
    assert recognize(held, Runtime(info, recognizer), info).predictions
    for latency in ("fast", "0.3", "1.2s"):
        with pytest.raises(ConfigError, match="recognized nothing on who was held out"):
            settings(info, latency)
    warn_if_not_tuned(info)
    assert "--latency has no curve" in " ".join(capsys.readouterr().err.split())


def test_a_subset_is_tuned_on_those_sessions_that_have_it_and_borrowed_decisions_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = replace(PLAN, pretrain=replace(PLAN.pretrain, steps=0), finetune=replace(PLAN.finetune, steps=3))
    whole = perform(seed=0, person=0, actions=["wave"], repetitions=2)
    worn = only(whole, ["imu"])
    windows = session_windows(plan.task, whole, 0.5, 0)
    seen: list[Subset] = []
    plain = settle.curve

    def noting(watched: list[ClassifiedSession], info: BundleInfo, start: Decision) -> tuple[Knot, ...]:
        seen[:] = [one.subset for one in watched]
        return plain(watched, info, start) or (Knot(0.5, 1.0, 1.0, start),)

    monkeypatch.setattr(settle, "curve", noting)

    def settled(*sessions: Recording) -> BundleInfo:
        parts = [settle.LeftOutFold("the held-out", windows, windows, sessions)]
        return settle.settle_on(plan, parts, describe(plan, {}), lambda *_: None)[0]

    info = settled(worn, whole)
    assert seen == [("imu",), ("imu", "skeleton"), ("imu",), ("skeleton",)]
    assert "decisions" not in info.provenance
    info = settled(worn)
    assert seen == [("imu",)]
    told = "imu+skeleton and skeleton as tuned on imu, since no session of who was held out has them"
    assert info.provenance["decisions"] == told
    assert info.decision.of(["skeleton"]) == info.decision.of(["imu"]) == info.decision
    assert set(info.novelty) <= {"imu"}
    assert f"- **Decisions:** {told}; " in card(info)
    warn_if_not_tuned(info)
    assert told in " ".join(capsys.readouterr().err.split())


def test_the_card_says_who_was_left_out() -> None:
    def said(held_out: tuple[int, ...], real: bool = True) -> str:
        return explain_settling(replace(PLAN, held_out=held_out), real)["held_out"]

    assert said((7,)).startswith("subject 7, in a training without them;")
    assert said((1, 3)).startswith("subject 1, subject 3, in as many trainings, each without one of them;")
    assert said((1, 3), real=False).startswith("the last 1 synthetic performers, in a training")


def test_one_temperature_is_set_on_all_that_was_said() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = [4 * torch.randn((2000, 5), generator=generator) for _ in range(2)]
    targets = [(x / t).softmax(dim=1) for x, t in zip(logits, (1.0, 2.0), strict=True)]
    told = [{"imu": (x, y)} for x, y in zip(logits, targets, strict=True)]
    found = temperatures([*told, {"skeleton": told[0]["imu"]}])
    assert found["imu"] == best_temperature(torch.cat(logits), torch.cat(targets))
    assert best_temperature(*told[0]["imu"]) < found["imu"] < best_temperature(*told[1]["imu"])
    assert found["skeleton"] == best_temperature(*told[0]["imu"])
