"""`hnhar-train` makes a bundle without any corpus, and says what it lacks."""

import json
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.errors import ConfigError
from hnhar.train.cli.main import main
from hnhar.train.output.looks import open_log, subject_numbers


@pytest.fixture(autouse=True)
def _no_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HNHAR_DATA", raising=False)


@pytest.mark.parametrize("command", ["bundle", "pretrain", "finetune"])
def test_no_corpus_is_an_error_that_says_where_to_get_it(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--run", str(tmp_path / "run")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "utdallas" in said
    assert "HNHAR_DATA" in said
    assert "--synthetic-only" in said


def test_evaluating_without_data_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(tmp_path / "none.safetensors")]) == 2
    assert "error:" in capsys.readouterr().err


def test_a_thigh_bundle_without_a_corpus_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bundle", "--placement", "thigh", "--synthetic-only", "--run", str(tmp_path)]) == 2
    assert "needs a corpus" in capsys.readouterr().err


@pytest.mark.slow
def test_a_synthetic_bundle_from_nothing_recognizes_synthetic_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["bundle", "--synthetic-only", "--preset", "quick", "--run", str(run)]) == 0
    info = read_info(run / "synthetic-wrist.safetensors")
    assert info.labels[-1] == "idle"
    assert set(info.temperatures) == {"imu", "skeleton", "imu+skeleton"}
    assert "real" not in info.metrics
    assert info.metrics["synthetic"]["imu+skeleton"]["recall"] > 0.3
    config = json.loads((run / "config.json").read_text())
    assert config["recipe"]["name"] == "synthetic-wrist"
    assert config["versions"]["torch"]
    assert info.id in (run / "synthetic-wrist.md").read_text()
    assert (run / "log.jsonl").read_text().count("\n") > 5
    weights = str(run / "synthetic-wrist.safetensors")
    assert main(["evaluate", weights, "--recording", "synthetic"]) == 0
    assert "imu+skeleton" in capsys.readouterr().out


@pytest.mark.slow
def test_pretraining_and_fine_tuning_go_one_after_the_other(tmp_path: Path) -> None:
    options = ["--synthetic-only", "--preset", "quick", "--run", str(tmp_path)]
    assert main(["pretrain", *options]) == 0
    assert main(["finetune", *options, "--from", str(tmp_path / "pretrained.safetensors")]) == 0
    before, after = (read_info(tmp_path / f"{name}.safetensors") for name in ("pretrained", "finetuned"))
    assert before.architecture == after.architecture
    assert "untrained" in before.provenance["state"]


def test_test_subjects_are_evaluated_only_where_the_look_is_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["evaluate", "--streaming", "utd-mhad-wrist", "--subjects", "2,7"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "subjects 2 are test subjects" in said
    assert "--looks" in said


def test_several_bundles_are_for_streaming(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "utd-mhad-wrist", "utd-mhad-thigh"]) == 2
    assert "--streaming" in capsys.readouterr().err


@pytest.mark.slow
def test_a_streaming_evaluation_writes_table_json_and_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    out, looks, doc = tmp_path / "out", tmp_path / "results.md", tmp_path / "streaming.md"
    options = ["--recording", "synthetic", "--clean-only", "--out", str(out), "--looks", str(looks)]
    doc.write_text("# Head\n\n<!-- streaming -->\n<!-- end of streaming -->\n\nTail\n")
    assert main(["evaluate", "--streaming", "utd-mhad-wrist", *options, "--doc", str(doc)]) == 0
    assert "imu+skeleton" in capsys.readouterr().out
    measured = json.loads((out / "streaming.json").read_text())
    assert measured["conditions"]["clean"]["imu+skeleton"]["collar_1.5"]["f1"] > 0.5
    written = doc.read_text()
    assert written.startswith("# Head\n\n<!-- streaming -->\n## Continuous sessions")
    assert written.endswith("<!-- end of streaming -->\n\nTail\n")
    assert "(streaming/session.png)" in written
    for folder in (out, tmp_path / "streaming"):
        assert (folder / "session.png").stat().st_size > 10_000
        assert (folder / "latency.png").stat().st_size > 10_000
    # nobody of the test subjects was looked at
    assert not looks.exists()


@pytest.mark.slow
def test_rows_of_a_room_elsewhere_are_measured_alone_and_have_a_section_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, doc = tmp_path / "out", tmp_path / "streaming.md"
    options = ["--recording", "synthetic", "--rows", "amplitude", "--hop", "1", "--out", str(out)]
    assert main(["evaluate", "--streaming", "utd-mhad-wrist", *options, "--doc", str(doc)]) == 0
    assert "half the amplitude" in capsys.readouterr().out
    written = json.loads((out / "elsewhere.json").read_text())
    assert [row["row"] for row in written["rows"]] == ["as it is", "half the amplitude"]
    assert doc.read_text().startswith("<!-- elsewhere -->\n## Other people, rooms and sensors")
    assert not (out / "streaming.json").exists()


@pytest.mark.slow
def test_a_left_out_activity_is_enrolled_and_looked_for_in_others(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(data_dir), "--run", str(tmp_path / "run"), "--out", str(tmp_path / "out")]
    options += ["--preset", "quick", "--placement", "thigh", "--without", "squat"]
    assert main(["enrollment", *options, "--teachers", "1", "--subjects", "7"]) == 0
    said = capsys.readouterr()
    assert "| squat | " in said.out
    assert "learned from subjects 7" in said.err
    made = json.loads((tmp_path / "out" / "enrollment.json").read_text())
    assert [r["streams"] for r in made["rows"]] == ["imu+skeleton", "imu", "skeleton"]
    assert all(r["performed"] == 4 for r in made["rows"])
    assert {u["performed"] for u in made["unknown"]} == {4}
    weights = tmp_path / "run" / "squat" / "utd-mhad-thigh-without.safetensors"
    info = read_info(weights)
    assert "squat" not in info.labels
    assert info.provenance["without"] == "squat"
    together = ["--data", str(data_dir), "--teachers", "1,3", "--subjects", "7", "--together"]
    capsys.readouterr()
    assert main(["enrollment", str(weights), *together]) == 0
    said = capsys.readouterr().out
    assert "performances of subjects 1,3 in turn" in said
    assert "AUROC against" not in said


def test_a_test_subject_is_looked_at_only_where_the_look_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("Inertial", "Skeleton"):
        (tmp_path / folder).mkdir()
    assert main(["evaluate", "utd-mhad-wrist", "--subjects", "7,4", "--data", str(tmp_path)]) == 2
    assert "subjects 4 are test subjects" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("subjects", [",", "a,b"])
def test_subjects_that_are_no_numbers_are_refused(
    subjects: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("Inertial", "Skeleton"):
        (tmp_path / folder).mkdir()
    assert main(["evaluate", "utd-mhad-wrist", "--subjects", subjects, "--data", str(tmp_path)]) == 2
    assert "given as numbers and commas" in " ".join(capsys.readouterr().err.split())


def test_a_subject_named_twice_counts_once() -> None:
    assert subject_numbers("7,5,7") == [7, 5]


def test_a_log_that_cannot_be_written_is_refused_before_anything_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        open_log([2], str(tmp_path), "--subjects 7")
    open_log([], None, "--subjects 7")
    log = tmp_path / "looks.md"
    open_log([2], str(log), "--subjects 7")
    # something is written: nothing at all also fits on a disk that is full
    begun = log.read_text("utf-8")
    assert begun.startswith("# Looks")
    open_log([2], str(log), "--subjects 7")
    assert log.read_text("utf-8") == begun


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--recording", "synthetic", "--subjects", "7"], "on --recording or on --subjects"),
        (["--recording", "synthetic", "--data", "there"], "on --recording or on --subjects"),
        (["--recording", "synthetic", "--latency", "fast"], "--latency is for --streaming"),
        (["--recording", "synthetic", "--clean-only"], "--clean-only is for --streaming"),
        (["--recording", "synthetic", "--rows", "mount"], "--rows is for --streaming"),
        (
            ["--streaming", "--recording", "synthetic", "--rows", "adapted"],
            "adapted learns from one performance",
        ),
        (["--streaming", "--recording", "synthetic", "--rows", "mouse"], "mouse is no group of rows"),
        (["--streaming", "--clean-only", "--rows", "mount"], "leave one out"),
    ],
)
def test_options_that_would_be_passed_over_are_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "utd-mhad-wrist", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
