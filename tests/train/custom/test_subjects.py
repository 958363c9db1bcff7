"""Who a recording is of follows from its name, and nobody is taken for somebody else."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.train.custom.subjects import subjects_of


@pytest.mark.parametrize(
    ("paths", "subjects"),
    [
        (["a.xdf", "b.xdf"], ["a", "b"]),
        (
            ["anna/session1.xdf", "ben/session1.xdf", "ben/session2.xdf"],
            ["anna/session1", "ben/session1", "session2"],
        ),
        (["x/1/a.xdf", "y/1/a.xdf"], ["x/1/a", "y/1/a"]),
        (["x/a.xdf", "x/../x/a.xdf"], ["a", "a"]),
        (["x/sub-01_a.xdf", "y/sub-01_a.xdf", "sub-02/a.xdf"], ["01", "01", "02"]),
        (["x/sub-07_a.xdf", "x/07.xdf"], ["07", "x/07"]),
        (["x/a_imu.csv", "y/a_skeleton.csv"], ["x/a", "y/a"]),
        (["a_imu.xdf", "a_skeleton.xdf"], ["a_imu", "a_skeleton"]),
    ],
)
def test_each_file_is_a_person_of_its_own_unless_its_name_says_otherwise(
    paths: list[str], subjects: list[str]
) -> None:
    assert subjects_of([Path(path) for path in paths], "name") == subjects


def test_recordings_of_one_name_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    paths = [tmp_path / "a.xdf", tmp_path / "a_imu.csv"]
    assert subjects_of(paths, "name") == [str(path.resolve()) for path in paths]


def test_a_rule_finds_the_same_person_in_all_folders() -> None:
    paths = [Path("mon/p1.xdf"), Path("tue/p1.xdf")]
    assert subjects_of(paths, "one") == ["one", "one"]
    assert subjects_of(paths, r"(p\d)") == ["p1", "p1"]
    with pytest.raises(ConfigError, match=r"finds no subject in 'mon/p1\.xdf'"):
        subjects_of(paths, "(q)")
