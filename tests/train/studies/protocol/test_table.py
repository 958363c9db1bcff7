"""A whole small comparison over the real corpus: resumed, published, its look logged."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.train.cli.main import main
from hnhar.train.studies.protocol import publish, sweep
from hnhar.train.studies.protocol.cells import cells
from hnhar.train.studies.protocol.method import Budget
from hnhar.train.studies.protocol.preset import Preset, read
from hnhar.train.studies.protocol.sweep import Grid, Point, advice
from hnhar.train.studies.protocol.table import Place, run

from .conftest import SMALL

QUICK = Budget(epochs=1, batch=54)
PRESET = Preset(
    title="A small comparison",
    budget=QUICK,
    amounts=(1,),
    entry=SMALL,
    compare=(("few", "cmc"),),
    mapped="cmc",
)


@pytest.mark.slow
def test_a_table_is_resumed_and_published_with_its_look(data_dir: Path, tmp_path: Path) -> None:
    place = Place(data_dir / "utd_mhad", tmp_path / "run", train=(1,), test=(7,))
    done: list[str] = []
    first = run(PRESET, place, workers=2, advance=lambda what, _done, _total: done.append(what))
    assert len(cells(PRESET)) == 11
    assert set(done) >= {cell.file for cell in cells(PRESET)}
    assert len(list((tmp_path / "run" / "tensorboard").iterdir())) == 11
    assert not list((tmp_path / "run" / "checkpoints").iterdir()), "a cell that is done needs none"
    (tmp_path / "run" / "few-s0-k1-d3.json").unlink()
    done.clear()
    second = run(PRESET, place, workers=1, advance=lambda what, _done, _total: done.append(what))
    assert [what for what in done if what in {cell.file for cell in cells(PRESET)}] == ["few-s0-k1-d3"]
    assert [result["few"] for _, result in first] == [result["few"] for _, result in second]
    publish.write(PRESET, second, place, "small", tmp_path / "docs")
    text = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    assert "of 108 sequences" in text
    assert "few − CMC" in text
    assert "hnhar-train table small" in text.split("# Looks")[1]
    assert (tmp_path / "docs" / "results" / "small-embedding.svg").stat().st_size > 1000


@pytest.mark.slow
def test_a_sweep_reads_only_subjects_that_it_leaves_out(data_dir: Path, tmp_path: Path) -> None:
    grid = Grid(
        title="g",
        budget=QUICK,
        temperatures=(0.5,),
        kappas=(0.0, 4.0),
        tau_plus=(0.0,),
        subjects=(1, 7),
        left_out=(7,),
    )
    place = Place(data_dir / "utd_mhad", tmp_path / "run")
    points = sweep.sweep(grid, place, workers=1, advance=lambda *_: None)
    assert [point.kappa for point in points] == [0.0, 4.0]
    assert points[1].diagnostics["effective"] < points[0].diagnostics["effective"] == pytest.approx(106)
    publish.write_sweep(grid, points, "g", tmp_path / "docs")
    assert "the rule takes κ" in (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")


def test_advice_holds_the_rule_against_the_labels() -> None:
    curve = {"0": 0.03, "1": 0.05, "4": 0.2}
    points = [
        Point(0.5, kappa, 0.0, {"both": every}, {"both": one}, {}, curve)
        for kappa, every, one in ((0.0, 90.0, 60.0), (1.0, 92.0, 59.0), (4.0, 93.0, 50.0))
    ]
    assert advice(points) == (
        "- t = 0.5, τ⁺ = 0: the rule takes κ = 1 (92.0 and 59.0 %); κ = 0 (90.0 and 60.0 %); with labels the "
        "best is κ = 4 (93.0 and 50.0 %) on all labels and κ = 0 (90.0 and 60.0 %) on one a class."
    )


def test_the_rule_takes_a_tried_kappa_at_which_the_negatives_were_weighed() -> None:
    curve = {"0": 0.03, "1": 0.05, "4": 0.2}
    points = [Point(0.5, kappa, 0.0, {"both": 90.0}, {"both": 60.0}, {}, curve) for kappa in (0.0, 1.0, 3.0)]
    assert "the rule takes κ = 1 " in advice(points)


def test_a_grid_of_one_modality_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('title = "a"\nmodalities = ["imu"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="length >= 2"):
        read(str(tmp_path / "a.toml"), Grid)


def test_the_command_lists_presets_and_refuses_to_consult_test_subjects(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", "--list"]) == 0
    assert "utd-mhad" in capsys.readouterr().out
    arguments = ["table", "utd-mhad", "--data", str(data_dir), "--run", str(tmp_path)]
    assert main([*arguments, "--test-subjects", "2,4"]) == 2
    assert "not to be consulted" in capsys.readouterr().err
    arguments = ["table", "own-temperature", "--data", str(data_dir), "--run", str(tmp_path)]
    assert main([*arguments, "--test-subjects", "7"]) == 2
    assert "leaves subjects out by itself" in capsys.readouterr().err
    assert main(["table", "utd-mhad"]) == 2
    assert "--run" in capsys.readouterr().err


def test_a_run_folder_that_cannot_be_made_is_an_error_for_the_user(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    place = Place(data_dir / "utd_mhad", tmp_path / "file" / "run")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        run(PRESET, place, workers=1, advance=lambda *_: None)
