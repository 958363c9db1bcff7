"""The bundle `tug`: its windows, its decisions, its figures, and the whole way on made-up executions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.errors import ConfigError
from hnhar.stream.messages import Prediction
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.report.phases import PHASES
from hnhar.train.bundles.tug.card import card, look
from hnhar.train.bundles.tug.compose import SITS, visit
from hnhar.train.bundles.tug.measure import of_events, of_reports, of_visits
from hnhar.train.bundles.tug.recipe import TugRecipe, tug_recipe
from hnhar.train.bundles.tug.sessions import labeled, with_phases
from hnhar.train.bundles.tug.settle import settle_decisions
from hnhar.train.bundles.tug.windows import cut, held_feeds, shares, training_windows
from hnhar.train.bundles.tug.workflow import describe, executions
from hnhar.train.cli.main import main
from hnhar.train.evaluate.evaluate import ClassifiedSession, Subset

from ...stream.report.making import WHOLE, phases
from ..corpora.spsw_tree import write_tree

BOTH: Subset = ("phone", "watch")


def done(sequence: tuple[tuple[str, float], ...] = WHOLE) -> Recording:
    """What the labels of one execution say, without samples."""
    annotations = tuple(Annotation(p.onset, p.duration, p.label) for p in phases(sequence))
    return Recording("s01", (), annotations, "s01_01")


def watched(subset: Subset = BOTH, late: float = 0.0) -> ClassifiedSession:
    """An execution whose every window is answered rightly, `late` s after the phase changed."""
    recording = done()
    predictions = []
    for seq in range(150):
        middle = 0.1 * seq
        now = next((a for a in recording.annotations if a.onset + late <= middle < a.offset + late), None)
        label = now.label if now is not None else "seated"
        rows = {phase: 0.9 if phase == label else 0.025 for phase in PHASES}
        predictions.append(
            Prediction(seq, "s01", middle - 1, middle + 1, None, label, 0.9, rows, subset,
                       dict.fromkeys(BOTH, 1.0), "samples", "tug@01234567")
        )  # fmt: skip
    return ClassifiedSession(recording, subset, tuple(predictions))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tree(tmp_path_factory.mktemp("spsw_har"), subjects=(1, 2), executions=1)


def test_a_window_is_asked_for_the_labels_about_its_middle(folder: Path) -> None:
    recipe = TugRecipe()
    (recording, *_) = executions(folder, [1])
    parts = cut(recording, recipe, 0.5, 0.0)
    assert parts.windows.samples["phone"].shape[1:] == (100, 6)
    for middle, target in zip(parts.middles, parts.windows.targets.numpy(), strict=True):
        wanted = shares(recording.annotations, middle - 0.2, middle + 0.2)
        assert np.allclose(target, wanted)
    assert parts.middles[0] < 0.5
    assert recording.annotations[-1].offset - parts.middles[-1] <= 0.5


def test_training_windows_have_both_devices(folder: Path) -> None:
    windows = training_windows(tug_recipe("quick"), executions(folder, [1, 2]))
    assert windows.presence.all()
    assert len(windows) > 20


def test_samples_at_the_ends_are_held(folder: Path) -> None:
    (recording, *_) = executions(folder, [1])
    first, _ = held_feeds(recording, BOTH, before=0.5, after=1.0)
    times, samples = first.times, first.samples
    assert times[0] == pytest.approx(recording.streams[0].timestamps[0] - 0.5)
    assert times[-1] >= recording.streams[0].timestamps[-1] + 1.0
    assert (samples[0] == samples[10]).all()
    assert (np.diff(times) > 0).all()


def test_everybody_of_the_training_is_left_out_once() -> None:
    recipe = TugRecipe()
    assert sorted(s for fold in recipe.held_out() for s in fold) == list(recipe.train_subjects)
    assert not set(recipe.train_subjects) & set(recipe.test_subjects)
    assert tug_recipe("quick").test_subjects == ()
    with pytest.raises(ConfigError, match="no preset 'fast'"):
        tug_recipe("fast")


def test_a_visit_is_executions_after_one_another_with_sitting_between(folder: Path) -> None:
    recordings = executions(folder, [1])
    whole = visit([*recordings, *recordings])
    labels = [a.label for a in whole.annotations]
    assert labels == ["seated", *[label for label, _ in WHOLE[1:-1]]] * 2 + ["seated"]
    for before, after in zip(whole.annotations, whole.annotations[1:], strict=False):
        assert before.offset == pytest.approx(after.onset)
    assert whole.annotations[0].duration == pytest.approx(SITS + 1.0)
    for stream in whole.streams:
        assert (np.diff(stream.timestamps) > 0).all()
        assert np.diff(stream.timestamps).max() < 0.1
        assert len(stream.samples) == len(stream.timestamps)
        assert stream.timestamps[-1] == pytest.approx(whole.annotations[-1].offset, abs=0.1)
    resting = whole.streams[0].samples[:200, 3:]
    assert 0.1 < resting.std() < 0.6


def test_a_walk_of_hardly_a_step_is_part_of_the_phase_before_it() -> None:
    sequence = (*WHOLE[:6], ("walking", 0.02), *WHOLE[6:])
    labels = [a.label for a in with_phases(done(sequence)).annotations]
    assert labels == [label for label, _ in WHOLE]
    assert labeled(done(sequence)).phases[5].duration == pytest.approx(0.92)


def test_answers_that_are_right_have_no_error_beyond_their_hop() -> None:
    figures = of_reports([watched()], describe(TugRecipe()))
    assert figures["all"]["found"] == figures["all"]["done"] == 6
    assert figures["all"]["error_s"] <= 0.1
    visits = of_visits([watched()], describe(TugRecipe()))
    assert (visits["trials"], visits["counted"], visits["false"]) == (1, 1, 0)
    assert visits["total_error_s"] <= 0.1
    assert list(figures["phases"]) == ["sitting down", "standing up", "turning", "walking"]


def test_decisions_put_events_where_the_phases_were_and_each_subset_has_its_own() -> None:
    sessions = [watched(subset) for subset in (BOTH, ("phone",), ("watch",))]
    info = settle_decisions(describe(TugRecipe()), sessions, lambda *told: None)
    assert set(info.decision.subsets) == {"phone", "watch"}
    assert [knot.at for knot in info.latency] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert info.decision.onset_shift < -0.9  # the answer comes half a window late, and the decision later
    live = of_events(sessions[:1], info)
    assert live["f1"] == 1.0
    assert live["all"]["error_s"] <= 0.2
    assert live["delay_s"] > 1.0


@pytest.mark.slow
def test_the_whole_way_from_a_folder_to_a_bundle_with_its_card(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "tug.safetensors"
    words = ["bundle", "tug", "--preset", "quick", "--data", str(folder), "--run", str(tmp_path / "run")]
    assert main([*words, "--out", str(out)]) == 0
    info = read_info(out)
    assert info.labels == PHASES
    assert info.idle == ""
    assert [m.name for m in info.modalities] == ["phone", "watch"]
    assert info.provenance["corpus"]["license"] == "CC BY 4.0"
    assert info.metrics == {}  # a trial looks at nobody
    text = (tmp_path / "run" / "tug.md").read_text()
    assert "Matey-Sanz, Casteleyn, Granell" in text
    assert "CC BY 4.0" in text
    assert "not a medical device" in text


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (["--preset", "full"], "every look at them is logged"),
        (["--synthetic-only"], "--synthetic-only is not for the task tug"),
        (["--name", "mine"], "--name is not for the task tug"),
        (["--preset", "quick", "--measure", "utd-mhad-wrist"], "is no bundle of the task tug"),
    ],
)
def test_what_the_task_does_not_take_is_refused(
    folder: Path, tmp_path: Path, options: list[str], refused: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["bundle", "tug", "--data", str(folder), "--run", str(tmp_path / "run"), *options]
    assert main(words) == 2
    assert refused in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "run").exists()


def test_the_card_and_the_log_name_the_figures() -> None:
    info = describe(TugRecipe())
    sessions = [watched()]
    figures = {
        "report": of_reports(sessions, info),
        "visits": of_visits(sessions, info),
        "live": of_events(sessions, info),
    }
    info = replace(info, metrics={"test": {"subjects": [13, 14], "phone+watch": figures}})
    assert "| phone and watch | 1 of 1 | 0 |" in card(info)
    assert "spsw_har subjects 13, 14" in look(info)
