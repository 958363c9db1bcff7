"""The shipped bundle `tug`: its license, its size, its figures; and real executions, recorded and live."""

import sys
from pathlib import Path

import pytest
from tools.tug_live import live

from hnhar.model.bundle.bundle import BundleInfo, bundled, read_info
from hnhar.stream.cli.report import main
from hnhar.stream.cli.stream import main as stream
from hnhar.stream.recordings import Recording
from hnhar.stream.report.phases import PHASES
from hnhar.stream.report.trials import trials_of
from hnhar.train.bundles.tug.compose import visit
from hnhar.train.bundles.tug.sessions import labeled
from hnhar.train.bundles.tug.workflow import executions

from ...stream.recordings.session_xdf import write_session

SUBSETS = ("phone+watch", "phone", "watch")


@pytest.fixture(scope="module")
def info() -> BundleInfo:
    return read_info(bundled()["tug"])


def test_it_ships_with_the_license_and_the_authors_of_its_corpus(info: BundleInfo) -> None:
    corpus = info.provenance["corpus"]
    assert corpus["license"] == "CC BY 4.0"
    assert "Matey-Sanz, Casteleyn, Granell" in corpus["citation"]
    card = (Path(__file__).parents[3] / "docs" / "models" / "tug.md").read_text("utf-8")
    assert info.id in card
    assert "CC BY 4.0" in card
    assert "10.1016/j.dib.2023.109809" in card


def test_what_ships_learned_from_corpora_whose_terms_allow_it() -> None:
    for name, path in bundled().items():
        corpus = read_info(path).provenance["corpus"]
        assert corpus["name"] in ("UTD-MHAD", "spsw_har"), name


def test_it_tells_the_phases_of_a_trial_from_either_device(info: BundleInfo) -> None:
    assert info.labels == PHASES
    assert [m.name for m in info.modalities] == ["phone", "watch"]
    assert set(info.temperatures) == set(SUBSETS)
    assert set(info.decision.subsets) == {"phone", "watch"}
    assert set(info.provenance["seen"]["people"]) == {f"s{n:02d}" for n in range(1, 13)}


@pytest.mark.parametrize("subset", SUBSETS)
def test_its_figures_on_test_people_are_those_that_were_promised(info: BundleInfo, subset: str) -> None:
    figures = info.metrics["test"]
    assert figures["subjects"] == [13, 14, 15, 16]
    report, visits = figures[subset]["report"], figures[subset]["visits"]
    assert report["all"]["error_s"] <= 0.3
    assert all(phase["error_s"] <= 0.3 for phase in report["phases"].values())
    assert visits["total_error_s"] <= 0.3
    assert visits["counted"] >= 0.9 * visits["trials"]
    assert visits["false"] <= 0.05 * visits["trials"]


@pytest.mark.slow
def test_a_report_of_a_real_execution_has_its_trial(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # somebody who taught the weights: this shows the whole way, and no accuracy
    recording = next(r for r in executions(data_dir / "spsw_har", [1]) if _whole(r))
    path = write_session(tmp_path / "visit.xdf", recording, marked=False)
    assert main([str(path), "--out", str(tmp_path)]) == 0
    (row,) = (tmp_path / "visit.tug.csv").read_text("utf-8").splitlines()[1:]
    (trial,) = trials_of([labeled(recording)])
    assert row.split(",")[-2] == "yes"
    assert float(row.split(",")[9]) == pytest.approx(trial.total, abs=0.5)
    assert "1 complete of 1 trial" in capsys.readouterr().out
    assert (tmp_path / "visit.tug.pdf").read_bytes()[:4] == b"%PDF"


@pytest.mark.slow
def test_a_recording_its_predictions_and_its_events_give_the_same_trials(
    data_dir: Path, tmp_path: Path
) -> None:
    whole = [r for r in executions(data_dir / "spsw_har", [3]) if _whole(r)][:3]
    path = write_session(tmp_path / "visit.xdf", visit(whole), marked=False)
    assert stream(["--recording", str(path), "--weights", "tug", "--out", str(tmp_path)]) == 0
    totals = []
    for name in ("visit.xdf", "visit.predictions.jsonl", "visit.events.tsv"):
        assert main([str(tmp_path / name), "--out", str(tmp_path), "--name", name, "--no-pdf"]) == 0
        rows = (tmp_path / f"{name}.tug.csv").read_text("utf-8").splitlines()[1:]
        totals.append([float(row.split(",")[9]) for row in rows])
    assert [len(each) for each in totals] == [len(whole)] * 3
    assert totals[1] == pytest.approx(totals[0], abs=0.15)
    assert totals[2] == pytest.approx(totals[0], abs=0.4)


@pytest.mark.slow
def test_gestures_of_somebody_who_stands_are_no_trials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synthetic", "--out", str(tmp_path), "--no-pdf"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "total: 0 complete of" in shown
    assert "unlike the trials that the weights learned" in shown


@pytest.mark.slow
@pytest.mark.lsl
@pytest.mark.skipif(sys.platform != "linux", reason="processes are measured on Linux")
def test_a_phone_and_a_watch_that_send_to_lsl_are_recognized_live(data_dir: Path, tmp_path: Path) -> None:
    done, rows = live(data_dir / "spsw_har", 1, 1, tmp_path)
    assert len(done) == len(rows) == 1
    assert rows[0]["complete"] == "yes"
    assert float(rows[0]["total_s"]) == pytest.approx(done[0].total, abs=0.6)


def _whole(recording: Recording) -> bool:
    """True for an execution that begins and ends with sitting."""
    trials = trials_of([labeled(recording)])
    return len(trials) == 1 and trials[0].complete
