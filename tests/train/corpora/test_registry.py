"""Corpora of other packages: found by their entry points, used by name, and broken ones told in a line."""

import os
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.train.cli.main import main
from hnhar.train.corpora import registry
from hnhar.train.corpora.utd_mhad.corpus import CORPUS
from hnhar.train.studies.protocol.preset import Preset, read
from hnhar.train.studies.protocol.table import subjects_of_split

from ...installed import install
from . import spsw_tree, toy


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the toys of docs/extending.md, whose package is installed as that page says."""
    modules = {toy.MODULE: toy.source()}
    install(monkeypatch, tmp_path / "site", toy.PACKAGE, modules, {registry.GROUP: toy.entries()})
    return toy.write(tmp_path / "data")


def test_ours_are_registered_as_others_are_and_say_whom_to_cite() -> None:
    usable, broken = registry.corpora()
    assert not broken
    assert {"utd-mhad", "spsw-har", "mmact"} <= {corpus.name for corpus in usable}
    assert all(corpus.citation and corpus.license and corpus.layout for corpus in usable)


def test_the_example_of_the_docs_is_checked_loaded_and_split_by_name(
    toys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "check", str(toys)]) == 0
    assert "36 trials of subjects 1-4: imu" in " ".join(capsys.readouterr().out.split())
    folder = registry.folder_of(registry.corpus("toys"), toys.parent)
    assert folder == toys
    loaded = registry.load_corpus("toys", folder, subjects=[1, 4])
    assert [len(loaded.part(part)) for part in ("train", "val", "test")] == [9, 0, 9]
    assert loaded.trials[0].signals["imu"].shape == (60, 6)
    assert subjects_of_split("toys", folder) == ((1, 2, 3), (1, 2, 3), (4,))


def test_the_default_check_names_classes_that_are_missing_and_files_that_were_left_out(
    toys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (toys / "toys").glob("*_kite_*.csv"):
        path.unlink()
    (toys / "toys" / "01_top_0.csv").write_text("no numbers\n")
    assert main(["data", "check", str(toys)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 3 classes: kite" in said
    assert "01_top_0.csv was left out" in said


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_like_this", "ModuleNotFoundError: No module named 'nothing_like_this'"),
        ("CORPUS = 7", "its entry point is no Corpus, but 7"),
        ("from hnhar.train.corpora.mmact.corpus import CORPUS", "it calls itself 'mmact'"),
    ],
)
def test_a_broken_corpus_is_told_in_one_line_and_the_others_work(
    source: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = {f"broken_{abs(hash(source))}": source + "\n"}
    entries = {"odd": f"{next(iter(modules))}:CORPUS"}
    install(monkeypatch, tmp_path / "site", "odd-corpora", modules, {registry.GROUP: entries})
    spsw_tree.write_tree(tmp_path / "data", [1], 1)
    assert main(["data", "check", str(tmp_path / "data")]) == 1
    said = capsys.readouterr()
    assert "spsw_har" in said.out
    assert "\n" not in said.err.strip()
    assert "the corpus 'odd'" in said.err
    assert why in said.err
    with pytest.raises(ConfigError, match="the corpus 'odd'"):
        registry.load_corpus("odd", tmp_path)
    assert registry.corpus("utd-mhad") is CORPUS


def test_a_corpus_that_fails_over_a_folder_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        "from hnhar.train.corpora.corpus import Corpus\n"
        "CORPUS = Corpus('falls', 'Falls', 'falls/', lambda folder: 1 / 0, lambda folder: None)\n"
    )
    install(
        monkeypatch,
        tmp_path / "site",
        "falls",
        {"falls": source},
        {registry.GROUP: {"falls": "falls:CORPUS"}},
    )
    (tmp_path / "data").mkdir()
    assert main(["data", "check", str(tmp_path / "data")]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_folder_without_the_corpus_is_an_error_that_says_what_was_looked_for(toys: Path) -> None:
    with pytest.raises(RecordingError, match=r"holds no UTD-MHAD: looked for Inertial/ and Skeleton/ in it"):
        registry.folder_of(CORPUS, toys)
    with pytest.raises(RecordingError, match="holds no UTD-MHAD"):
        registry.folder_of(CORPUS, toys / "nowhere")
    assert os.listdir(toys) == ["toys"]


def test_no_preset_names_a_corpus_that_is_not_registered() -> None:
    from hnhar.train.studies.protocol.cohorts import Cohorts
    from hnhar.train.studies.protocol.preset import Preset, read, shipped
    from hnhar.train.studies.protocol.study import Studies
    from hnhar.train.studies.protocol.sweep import Grid

    for name in shipped():
        for kind in (Preset, Cohorts, Studies, Grid):
            try:
                made = read(name, kind)
                groups = made.cohort if isinstance(made, Cohorts) else (made,)
                assert {group.corpus for group in groups} <= set(registry.names())
                break
            except ConfigError:
                continue
        else:
            pytest.fail(f"{name} is of no kind that is known")


def test_the_comparison_of_the_docs_names_the_modalities_of_the_example(tmp_path: Path) -> None:
    path = tmp_path / "toys.toml"
    path.write_text(toy.comparison(), encoding="utf-8")
    assert {entry.modalities for entry in read(str(path), Preset).entry} == {("imu",)}


@pytest.mark.slow
def test_the_comparison_of_the_docs_trains_on_the_modalities_of_the_example(
    toys: Path, tmp_path: Path
) -> None:
    path, run = tmp_path / "toys.toml", tmp_path / "run"
    path.write_text(
        "amounts = [1]\ndraws = 1\n" + toy.comparison() + "[budget]\nepochs = 1\n", encoding="utf-8"
    )
    assert main(["table", str(path), "--data", str(toys), "--run", str(run)]) == 0
    results = (run / "results.md").read_text("utf-8")
    assert "Trained on subjects 1, 2, 3 (27 trials), read on subjects 4" in results
    assert "| SimCLR |" in results
