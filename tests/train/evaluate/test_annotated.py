"""What is named to measure a bundle on has labels and streams, and what it lacks is no figure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation, RecordedStream, Recording
from hnhar.train.bundles.card import card as bundle_card
from hnhar.train.bundles.recipe import recipe
from hnhar.train.bundles.workflow import describe
from hnhar.train.cli.corpus import _tell
from hnhar.train.cli.main import main
from hnhar.train.custom.workflow import card
from hnhar.train.evaluate.annotated import open_annotated
from hnhar.train.evaluate.evaluate import evaluate, lacking, only, subsets_of
from hnhar.train.synthesis.performer import perform

from ...stream.recordings.files import imu, markers, xdf
from ...stream.recordings.session_xdf import write_session
from ..custom.own import resting, write_csv, write_table

INFO = read_info(find(DEFAULT))
BOTH = describe(recipe("quick", "wrist"), {})


@pytest.fixture(scope="module")
def performed() -> Recording:
    return perform(seed=9, person=60, actions=["wave"])


def since_start(recording: Recording) -> list[Annotation]:
    return [Annotation(a.onset - recording.start, a.duration, a.label) for a in recording.annotations]


def dead(stream: RecordedStream) -> RecordedStream:
    return replace(stream, samples=np.full_like(stream.samples, np.nan))


@pytest.mark.parametrize("form", [[], ["--streaming", "--clean-only"]])
def test_the_table_of_the_tutorial_is_measured_on_and_what_is_not_there_is_no_row(
    form: list[str], performed: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_csv(tmp_path / "new_imu.csv", performed.of("imu")[0])
    write_table(tmp_path / "new_events.tsv", since_start(performed))
    assert main(["evaluate", *form, DEFAULT, "--recording", str(path)]) == 0
    said = capsys.readouterr()
    lines = [line.strip() for line in said.out.splitlines()]
    assert [line for line in lines if "skeleton" in line] == ["skeleton: not in the recording"]
    rows = [line for line in lines if line.startswith("imu")]
    assert rows
    if not form:
        assert "actions 1 " in rows[0]
    assert "its labels are those of new_events.tsv" in said.err


@pytest.mark.parametrize("form", [[], ["--streaming", "--clean-only"]])
def test_without_a_label_there_is_no_figure(
    form: list[str], performed: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path / "bare.xdf", performed, marked=False)
    assert main(["evaluate", *form, DEFAULT, "--recording", str(path)]) == 2
    said = capsys.readouterr()
    assert "f1" not in said.out.lower()
    assert "nothing is annotated" in said.err
    assert "label/start" in said.err
    assert "bare_events.tsv" in said.err


def test_nothing_is_measured_on_instants_on_other_times_or_on_other_streams(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(imu(seconds=30), markers((105.0, "stir"))))
    with pytest.raises(RecordingError, match=r"only instants are annotated \('stir'\).*a_events\.tsv"):
        open_annotated(str(path), INFO, 0)
    table = write_table(tmp_path / "a_events.tsv", [Annotation(405.0, 2.0, "wave")])
    with pytest.raises(
        RecordingError, match=r"1 label lies from 405\.0 to 407\.0 s .*its samples from 0\.0 to 30\.0 s"
    ):
        open_annotated(str(path), INFO, 0)
    write_table(table, [])
    with pytest.raises(RecordingError, match="nothing is annotated"):
        open_annotated(str(path), INFO, 0)
    write_table(table, [Annotation(5.0, 2.0, "wave")])
    assert open_annotated(str(path), INFO, 0).annotations
    skeleton = replace(INFO, modalities=INFO.modalities[1:])
    with pytest.raises(RecordingError, match=r"has no stream that .* takes \(skeleton\)"):
        open_annotated(str(path), skeleton, 0)


def test_labels_that_the_bundle_does_not_know_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_csv(tmp_path / "a_imu.csv", resting(10.0))
    write_table(tmp_path / "a_events.tsv", [Annotation(5.0, 2.0, "stir")])
    assert main(["evaluate", DEFAULT, "--recording", str(path)]) == 0
    assert "learned nothing of what is annotated (stir)" in " ".join(capsys.readouterr().err.split())


def test_a_subset_is_that_of_a_recording_where_each_of_its_modalities_gives_samples(
    performed: Recording,
) -> None:
    whole = ("imu", "skeleton")
    assert subsets_of(BOTH, performed) == (whole, ("imu",), ("skeleton",))
    worn, seen = only(performed, ["imu"]), only(performed, ["skeleton"])
    assert subsets_of(BOTH, worn) == (("imu",),)
    blind = [dead(s) if s.modality == "skeleton" else s for s in performed.streams]
    assert subsets_of(BOTH, replace(performed, streams=tuple(blind))) == (("imu",),)
    assert lacking(BOTH, [performed]) == []
    assert lacking(BOTH, [worn]) == ["skeleton: not in the recording"]
    assert lacking(BOTH, [worn, worn]) == ["skeleton: in none of 2 sessions"]
    assert lacking(BOTH, [worn, performed]) == ["skeleton: in 1 of 2 sessions"]
    assert lacking(BOTH, [worn, seen])[-1] == "imu+skeleton: in none of 2 sessions"


def test_figures_are_of_the_sessions_that_have_the_streams(
    performed: Recording, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hnhar.train.evaluate.evaluate.watch", lambda *asked: asked[2:])
    monkeypatch.setattr("hnhar.train.evaluate.evaluate.score", lambda watched, *_: watched)
    monkeypatch.setattr("hnhar.train.evaluate.evaluate.summary", lambda scores: {"sessions": len(scores)})
    worn = only(performed, ["imu"])
    assert "lacking" not in evaluate(None, BOTH, [performed])  # type: ignore[arg-type]
    figures = evaluate(None, BOTH, [worn, performed])  # type: ignore[arg-type]
    assert {k: v["sessions"] for k, v in figures.items() if k != "lacking"} == {
        "imu+skeleton": 1,
        "imu": 2,
        "skeleton": 1,
    }
    assert list(evaluate(None, BOTH, [worn])) == ["imu", "lacking"]  # type: ignore[arg-type]
    values = dict.fromkeys(("actions", "recognized", "events", "recall", "f1"), 1)
    own = {"held_out": "subject 3", "imu": values, "lacking": ["skeleton: in none of 2 sessions"]}
    told = replace(BOTH, metrics={"own": own}, provenance={"data": "", "held_out": ""})
    assert "| imu | 1 | 1 | 1 | 1 | 1 |\n\nskeleton: in none of 2 sessions.\n" in card(told)
    assert "| skeleton" not in card(told)
    _tell(own, "done")
    assert "  skeleton: in none of 2 sessions\ndone" in capsys.readouterr().out
    other = replace(BOTH, metrics={"synthetic": {"persons": "1", "note": "made", **own}})
    assert "\n\nskeleton: in none of 2 sessions.\n" in bundle_card(other)
