"""Falls: windows as live ones are, sensors that were not worn absent, decisions chosen on other people."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError
from hnhar.stream.recordings.recording import Annotation, Recording
from hnhar.train.cli.main import main
from hnhar.train.corpora.upfall.recordings import load_recordings
from hnhar.train.studies.falls import report, study
from hnhar.train.studies.falls.decide import (
    GRID,
    PRICE,
    FallsFound,
    chosen,
    events_of,
    found,
    probability,
    together,
)
from hnhar.train.studies.falls.fold import NAMES, SUBSETS, FallsConfig, Read
from hnhar.train.studies.falls.windows import FALL, LABELS, MODALITIES, WHOLE, cut, shares

from ..corpora.upfall_tree import fall, place, rows, write_tree

DECISION = Decision(smoothing=0.0, enter=0.5, leave=0.25, minimum=0.0, refractory=1.0, again=3.0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """So small a network is faster without threads, and much so on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def said(
    ends: np.ndarray, probability: list[float], annotations: tuple[Annotation, ...], name: str = "r"
) -> Read:
    """A recording of which a network says so by the wrist."""
    recording = Recording("subject1", (), annotations, name)
    coverage = np.ones((len(ends), len(NAMES)))
    return Read(recording, ends, coverage, {"imu.wrist": np.array(probability, np.float32)})


def test_a_window_is_of_a_fall_as_for_live_bundles_and_else_of_what_was_done() -> None:
    done = [
        Annotation(0.0, 2.0, "standing"),
        Annotation(2.0, 2.0, "fall_back"),
        Annotation(4.0, 6.0, "lying"),
    ]
    falls = [Annotation(2.0, 2.0, FALL)]
    before = shares(done, falls, -1.0, 2.0)
    assert before[LABELS.index("standing")] == 1
    during = shares(done, falls, 1.0, 4.0)
    assert during[-1] == 1
    after = shares(done, falls, 6.0, 9.0)
    assert after[LABELS.index("lying")] == 1
    assert shares(done, falls, 1.5, 3.2).sum() == pytest.approx(1)


def test_windows_are_cut_as_live_ones_and_lack_what_was_not_worn(tmp_path: Path) -> None:
    place(tmp_path, "Subject5Activity1Trial1", rows(fall(1), unworn=[1]))
    made = cut(load_recordings(tmp_path).recordings[0], 0.25)
    assert made.windows.samples["imu.neck"].shape[1:] == (60, 6)
    worn = dict(zip(NAMES, made.windows.presence.all(dim=0).tolist(), strict=True))
    assert worn == {name: name != "imu.pocket" for name in NAMES}
    np.testing.assert_allclose(np.diff(made.ends), 0.25)
    assert made.coverage.max(axis=1).min() >= WHOLE
    assert 2.5 <= made.ends[0] < 3.0
    assert (made.windows.targets.sum(dim=1) - 1).abs().max() < 1e-5
    assert made.windows.targets[:, -1].max() == 1


def test_all_sensors_any_one_missing_and_each_alone_are_read() -> None:
    assert [len(subset) for subset in SUBSETS] == [5, 4, 4, 4, 4, 4, 1, 1, 1, 1, 1]
    assert [report.titled(subset) for subset in SUBSETS[::5]] == ["all five", "without wrist", "wrist alone"]
    assert len(MODALITIES) == 5


def test_an_event_finds_a_fall_once_and_everything_else_is_false() -> None:
    ends = np.arange(3.0, 30.0, 0.25)
    falling = Annotation(10.0, 2.0, "fall_back")
    there = [1.0 if 11.5 <= end <= 13.0 or 20.0 <= end <= 20.5 else 0.0 for end in ends]
    fell = said(ends, there, (Annotation(0.0, 10.0, "standing"), falling, Annotation(12.0, 18.0, "lying")))
    walked = said(ends, there, (Annotation(0.0, 36.0, "walking"),))
    (event, _) = events_of(fell, ["imu.wrist"], DECISION)
    assert event.decided == 11.5
    one = found([fell], ["imu.wrist"], DECISION)
    assert (one.hits, one.falls, one.false_beside, one.false_elsewhere) == (1, 1, 1, 0)
    assert one.delays == (1.5,)
    other = found([walked], ["imu.wrist"], DECISION)
    assert (other.hits, other.falls, other.false_elsewhere) == (0, 0, 2)
    assert other.false_per_hour == pytest.approx(200)
    both = together([one, other])
    assert (both.recall, both.hours) == (1.0, pytest.approx(0.01))


def test_sensors_are_heard_alike_and_one_that_is_missing_is_not_heard() -> None:
    ends = np.arange(3.0, 4.0, 0.25)
    read = said(ends, [1.0, 1.0, float("nan"), float("nan")], ())
    read.probability["imu.neck"] = np.array([0.0, float("nan"), 0.5, float("nan")], np.float32)
    heard = probability(read, ["imu.neck", "imu.wrist"])
    np.testing.assert_allclose(heard, [0.5, 1.0, 0.5, float("nan")])


def test_windows_without_the_sensors_decide_nothing() -> None:
    ends = np.arange(3.0, 9.0, 0.25)
    read = said(ends, [float("nan")] * len(ends), (Annotation(0.0, 9.0, "walking"),))
    assert events_of(read, ["imu.wrist"], DECISION) == []
    assert found([read], ["imu.wrist"], DECISION) == FallsFound(0, 0, 0, 0, 0.0)


def test_settings_are_those_that_find_most_at_a_price_for_false_falls() -> None:
    worst = FallsFound(50, 100, 0, 0, 1.0)
    results = [worst] * len(GRID)
    results[3] = FallsFound(99, 100, 20, 0, 1.0)  # finds nearly all, and cries every three minutes
    results[5] = FallsFound(96, 100, 1, 0, 1.0)
    assert chosen(results) == GRID[5]
    assert PRICE < 0.1
    assert report.met(results[5])
    assert not report.met(results[3])


@pytest.mark.slow
def test_the_command_writes_its_table_and_goes_on_from_its_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, run, document = write_tree(tmp_path / "upfall"), tmp_path / "run", tmp_path / "corpora.md"
    words = ["falls", "--data", str(data), "--run", str(run), "--preset", "quick", "--threads", "1"]
    assert main(words) == 2  # a look that nobody would know of
    assert "--looks" in capsys.readouterr().err
    words += ["--looks", str(document)]
    assert main([*words, "--doc", str(document)]) == 0
    text = document.read_text()
    assert "8 falls and 0.0" in text
    assert "| without pocket |" in text
    assert "UP-Fall, people 4, 1, 2, 3 left out" in text
    files = {path.name: path.stat().st_mtime_ns for path in run.glob("falls-*.json")}
    assert len(files) == 4
    assert main([*words, "--read-only", "1"]) == 0
    assert {path.name: path.stat().st_mtime_ns for path in run.glob("falls-*.json")} == files
    assert "2 falls" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--read-only", "9"], "--read-only takes some of 0, 1, 2, 3, not '9'"),
        (["--without", "1,2,3"], "people 4 are in one fold"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    words: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_tree(tmp_path / "upfall", seconds=4)
    command = ["falls", "--data", str(data), "--run", str(tmp_path / "r"), "--looks", str(tmp_path / "l.md")]
    assert main([*command, *words]) == 2
    assert reason in " ".join(capsys.readouterr().err.split())


def test_a_damaged_file_of_a_fold_is_told(tmp_path: Path) -> None:
    recordings = load_recordings(write_tree(tmp_path, (1, 2), 4)).recordings
    fold = study.folds((1, 2))[0]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "falls-1-s0.json").write_text("{}")
    with pytest.raises(ConfigError, match="is no result"):
        study.run(recordings, fold, FallsConfig(), 0, tmp_path / "run", lambda *told: None)
