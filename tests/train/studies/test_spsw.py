"""spsw_har: every instant gets a label, and each method trains and is figured in one run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.recognizer import Recognizer, preset
from hnhar.stream.recordings import Annotation
from hnhar.train.cli.main import main
from hnhar.train.corpora.spsw_har.executions import CLASSES, load_executions
from hnhar.train.learn.data import WindowSet
from hnhar.train.studies.spsw import (
    METHODS,
    PlainCnn,
    SpswConfig,
    compare,
    evaluate,
    quick,
    smoothed_labels,
    stretches,
)
from hnhar.train.studies.spsw_windows import DEVICES, MODALITIES, WINDOW, Cut, cut, shares

from ..corpora.spsw_tree import write_tree


def test_a_window_is_asked_for_its_middle() -> None:
    done = [Annotation(0.0, 4.0, "seated"), Annotation(4.0, 2.0, "walking")]
    assert shares(done, 3.8, 4.2) == pytest.approx([0.5, 0, 0.5, 0, 0])
    assert shares(done, 1.0, 1.4)[CLASSES.index("seated")] == 1.0
    assert shares(done, 9.0, 9.4).sum() == 0


def test_windows_cover_the_annotated_time_and_say_which_device_is_there(tmp_path: Path) -> None:
    (recording,) = load_executions(write_tree(tmp_path, [1], 1)).recordings
    own = cut(recording, 0.1, 0.03)
    assert np.allclose(np.diff(own.middles), 0.1)
    assert own.middles[0] >= recording.annotations[0].onset
    assert own.windows.presence.all(dim=1).float().mean() > 0.9
    assert set(own.windows.samples) == set(DEVICES)
    middle = len(own.middles) // 2
    label = own.windows.targets[middle].argmax()
    (at,) = [a for a in recording.annotations if a.onset <= own.middles[middle] < a.offset]
    assert CLASSES[int(label)] == at.label


def test_the_first_and_the_last_instants_have_windows_of_their_own(tmp_path: Path) -> None:
    (recording,) = load_executions(write_tree(tmp_path, [1], 1)).recordings
    own = cut(recording, 0.1, 0.0)
    assert own.middles[0] - recording.annotations[0].onset < 0.1 + 1e-6
    assert recording.annotations[-1].offset - own.middles[-1] < 0.1 + 1e-6
    assert own.windows.presence.all()


def test_an_instant_has_the_label_of_the_windows_about_it() -> None:
    middles = np.arange(0.0, 2.0, 0.1)
    rows = np.zeros((20, len(CLASSES)), np.float32)
    rows[:10, 0] = rows[10:, 2] = 1.0
    none = Cut(WindowSet({}, *[None] * 2), middles)  # type: ignore[arg-type]
    labels = smoothed_labels(none, rows, np.array([-1.0, 0.2, 0.5, 1.5, 9.0]), 0.3)
    assert labels.tolist() == ["seated", "seated", "seated", "walking", "walking"]


def test_runs_of_a_label_are_events() -> None:
    found = stretches(np.array(["seated", "seated", "walking"]), np.array([0.0, 0.02, 0.04]))
    assert [(f.label, f.onset, round(f.duration, 3)) for f in found] == [
        ("seated", 0.0, 0.04),
        ("walking", 0.04, 0.02),
    ]


def test_the_plain_cnn_is_as_large_as_our_encoders() -> None:
    ours = Recognizer(preset("compact", MODALITIES, window=WINDOW, classes=len(CLASSES)))
    encoders = sum(p.numel() for p in ours.encoders.parameters())
    assert sum(p.numel() for p in PlainCnn().parameters()) == pytest.approx(encoders, rel=0.15)


def test_a_label_that_nobody_did_has_no_figure_and_no_execution_gives_none(tmp_path: Path) -> None:
    (recording,) = load_executions(write_tree(tmp_path, [1], 1)).recordings
    seated = replace(recording, annotations=recording.annotations[:1])
    figures = evaluate(PlainCnn().eval(), [seated], SpswConfig())
    assert list(figures["f1_by_label"]) == [seated.annotations[0].label]
    whole = evaluate(PlainCnn().eval(), [recording], SpswConfig())
    assert 0 < whole["errors_near_changes"] < 1
    with pytest.raises(RecordingError, match="too short"):
        evaluate(PlainCnn().eval(), [], SpswConfig())


@pytest.mark.slow
def test_each_method_is_trained_and_figured(tmp_path: Path) -> None:
    recordings = load_executions(write_tree(tmp_path, [1, 2], 1)).recordings
    config = replace(quick(SpswConfig()), hop=0.1, test_hop=0.5)
    begun = replace(config, finetune=replace(config.finetune, steps=1))
    rows, before = (
        compare(recordings, recordings, c, [0], list(METHODS), lambda *_: None) for c in (config, begun)
    )
    assert [r["method"] for r in rows] == list(METHODS)
    # nothing of other people: what they were trained on, they say better than after one batch
    for row, first in zip(rows, before, strict=True):
        assert row["sample_macro_f1"] > first["sample_macro_f1"] + 0.05


def test_test_subjects_are_read_only_with_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spsw", "--data", str(tmp_path), "--run", str(tmp_path / "run")]) == 2
    assert "--looks" in capsys.readouterr().err
    subjects = ["--test-subjects", "17"]
    assert main(["spsw", "--data", str(tmp_path), "--run", str(tmp_path / "run"), *subjects]) == 2
    assert "kept" in capsys.readouterr().err
