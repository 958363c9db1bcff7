"""A comparison that leaves training subjects out: each is read by the others, and no look is logged."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.train.studies.protocol import publish
from hnhar.train.studies.protocol.folds import run_folds
from hnhar.train.studies.protocol.method import Budget
from hnhar.train.studies.protocol.preset import Entry, Preset, read
from hnhar.train.studies.protocol.sweep import Grid
from hnhar.train.studies.protocol.table import Place

from .conftest import SMALL

PRESET = Preset(
    title="Left out",
    budget=Budget(epochs=1, batch=54),
    amounts=(1,),
    draws=2,
    entry=SMALL,
    compare=(("few", "cmc"),),
    subjects=(1, 7),
    left_out=(7, 1),
)


@pytest.mark.slow
def test_each_subject_is_read_once_by_the_others_and_nothing_is_logged(
    data_dir: Path, tmp_path: Path
) -> None:
    place = Place(data_dir / "utd_mhad", tmp_path / "run")
    results = run_folds(PRESET, place, workers=1, advance=lambda *_: None)
    assert [cell.seed for cell, _ in results if cell.entry == "cmc"] == [7000, 1000]
    assert len([cell for cell, _ in results if cell.entry == "few"]) == 2 * 2
    publish.write(PRESET, results, place, "left", tmp_path / "docs")
    text = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    assert "Subjects 7, 1, each left out once of 1, 7" in text
    assert "# Looks" not in text


@pytest.mark.parametrize(("subjects", "left_out"), [((1, 7), (2,)), ((7,), (7,))])
def test_subjects_left_out_are_some_of_several_that_may_be_consulted(
    subjects: tuple[int, ...], left_out: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="left_out"):
        Preset(title="x", entry=(Entry(name="a", title="a"),), subjects=subjects, left_out=left_out)


@pytest.mark.parametrize(
    ("kind", "entry"), [(Preset, '[[entry]]\nname = "a"\ntitle = "a"\n'), (Grid, "")], ids=["table", "sweep"]
)
def test_no_table_or_sweep_leaves_out_a_test_subject_whose_look_would_not_be_logged(
    kind: type, entry: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(f'title = "a"\nsubjects = [1, 2]\nleft_out = [2]\n{entry}', encoding="utf-8")
    with pytest.raises(ConfigError, match="may be consulted"):
        read(str(file), kind)
