""".mat files are read by a child process: whatever is in them, the reader gets numbers or a reason."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from hnhar.train.corpora import mat
from hnhar.train.corpora.mat import read_variables


def saved(path: Path, **variables: object) -> Path:
    savemat(path, variables)
    return path


def test_variables_come_in_order_as_float32(tmp_path: Path) -> None:
    first = saved(tmp_path / "a.mat", x=np.arange(24.0).reshape(2, 3, 4))
    second = saved(tmp_path / "b.mat", y=np.array([[1, 2]], np.int16), z=0)
    one, two = read_variables([(first, "x"), (second, "y")])
    assert isinstance(one, np.ndarray)
    assert isinstance(two, np.ndarray)
    np.testing.assert_array_equal(one, np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    assert (one.dtype, two.tolist()) == (np.float32, [[1.0, 2.0]])


def test_a_file_that_is_bad_does_not_keep_others_from_being_read(tmp_path: Path) -> None:
    good = saved(tmp_path / "good.mat", x=np.ones(3))
    bad = tmp_path / "bad.mat"
    bad.write_bytes(np.random.default_rng(0).bytes(4000))
    empty = tmp_path / "empty.mat"
    empty.touch()
    found = read_variables([(good, "x"), (bad, "x"), (empty, "x"), (tmp_path / "none.mat", "x"), (good, "x")])
    assert [isinstance(one, np.ndarray) for one in found] == [True, False, False, False, True]
    assert found[3] == "there is no such file"
    assert all(str(found[k]).startswith("it is damaged or empty, or no .mat file") for k in (1, 2))
    assert "Error" not in f"{found[1]}{found[2]}"


def test_a_reason_of_any_length_is_given_and_keeps_no_other_file_from_being_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "good.mat", x=np.ones(3))
    reason, found = read_variables([(path, "ü" * 5000), (path, "x")])
    assert isinstance(reason, str)
    assert "it has no variable üü" in reason
    assert isinstance(found, np.ndarray)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (np.array(["text"]), "not a small array of numbers"),
        (np.array([1 + 2j]), "not a small array of numbers"),
        ({"field": 1.0}, "not a small array of numbers"),
        (np.array([[1, "two"]], object), "not a small array of numbers"),
        (np.zeros((3000, 2000), np.uint8), "not a small array of numbers"),
    ],
    ids=range(5),
)
def test_what_is_no_small_array_of_numbers_is_a_reason(tmp_path: Path, value: object, says: str) -> None:
    (found,) = read_variables([(saved(tmp_path / "a.mat", x=value), "x")])
    assert says in str(found)


def test_a_variable_that_is_not_there_is_named(tmp_path: Path) -> None:
    (found,) = read_variables([(saved(tmp_path / "a.mat", x=1), "d_iner")])
    assert "no variable d_iner" in str(found)


def test_a_large_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.mat"
    with path.open("wb") as file:
        file.truncate(mat.MAX_FILE + 1)
    assert read_variables([(path, "x")]) == ["it is larger than 16 MiB"]


def test_a_reader_that_is_killed_by_memory_gives_the_file_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = saved(tmp_path / "a.mat", x=np.ones(3))
    monkeypatch.setattr(mat, "MEMORY_LIMIT", 1 << 20)
    (found,) = read_variables([(good, "x")])
    assert isinstance(found, str)
    assert found != "not read"


def test_a_damaged_file_gives_numbers_or_a_reason(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    whole = bytearray(saved(tmp_path / "a.mat", x=np.arange(30.0)).read_bytes())
    files = []
    for number in range(60):
        damaged = bytearray(whole)
        for place in generator.integers(124, len(damaged), 3):
            damaged[place] = int(generator.integers(256))
        path = tmp_path / f"{number}.mat"
        path.write_bytes(damaged)
        files.append((path, "x"))
    found = read_variables(files)
    assert len(found) == 60
    assert all(isinstance(one, np.ndarray) or len(one) > 8 for one in found)
    assert any(isinstance(one, str) for one in found)
