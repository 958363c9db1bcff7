"""A bundle that is measured on whom it learned from is told so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hnhar.model.bundle.bundle import BundleInfo, find, read_info
from hnhar.model.kinds.imu import imu
from hnhar.train.bundles.learned import acquainted, subjects_of
from hnhar.train.cli.main import main

PLAIN = BundleInfo("small", (imu(),), 3.0, 0.25, ("wave", "idle"), "idle", "right wrist", {})
CORPUS = {"name": "UTD-MHAD", "trials": 3}
RECIPE = {"train_subjects": [1, 3, 5, 7], "held_out": [7]}


@pytest.mark.parametrize(
    ("provenance", "learned", "tuned"),
    [
        ({"corpus": CORPUS, "recipe": RECIPE, "seen": {"people": ["s1", "s5", "p0"]}}, {1, 5}, {7}),
        ({"corpus": CORPUS, "recipe": RECIPE}, {1, 3, 5, 7}, set()),
        # from synthetic performers alone: the recipe's subjects are not there
        ({"corpus": {}, "recipe": RECIPE, "seen": {"people": ["p0"]}}, set(), set()),
        ({"corpus": {"name": "own recordings", "subjects": ["7"]}, "recipe": RECIPE}, set(), set()),
        ({}, set(), set()),
        ({"corpus": "UTD-MHAD", "recipe": [1]}, set(), set()),
        ({"corpus": CORPUS, "recipe": {"train_subjects": "1,3", "held_out": None}, "seen": 1}, set(), set()),
    ],
)
def test_the_provenance_says_whom_a_bundle_learned_from(
    provenance: dict[str, Any], learned: set[int], tuned: set[int]
) -> None:
    assert subjects_of(provenance) == (learned, tuned)


@pytest.mark.parametrize("name", ["utd-mhad-wrist", "utd-mhad-thigh"])
def test_the_shipped_bundles_learned_from_the_training_subjects(name: str) -> None:
    assert subjects_of(read_info(find(name)).provenance) == ({1, 3, 5, 7}, set())


def test_one_line_names_who_is_no_stranger() -> None:
    provenance = {"corpus": CORPUS, "recipe": RECIPE, "seen": {"people": ["s1", "s3", "s5"]}}
    line = acquainted(replace(PLAIN, provenance=provenance), [7, 2, 3])
    assert "\n" not in line
    assert "learned from subjects 3 and was calibrated and tuned on subjects 7: " in line
    assert acquainted(replace(PLAIN, provenance=provenance), [2]) == acquainted(PLAIN, [7]) == ""


@pytest.mark.parametrize("command", [["evaluate"], ["evaluate", "--streaming"]])
def test_an_evaluation_on_a_training_subject_says_so_before_it_begins(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("Inertial", "Skeleton"):
        (tmp_path / folder).mkdir()
    # nothing is in the corpus, so it ends after the warning
    assert main([*command, "utd-mhad-wrist", "--data", str(tmp_path)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "learned from subjects 7: what is measured on them is no figure of other people" in said
