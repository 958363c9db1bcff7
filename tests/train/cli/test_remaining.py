"""The progress of a comparison, of which the time left is what its user looks for."""

import pytest

from hnhar.train.cli.remaining import counted


def test_at_80_columns_the_count_and_the_time_left_are_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with counted(90.0, 1) as advance:
        advance("hard negatives of the third fold, with labels and a long description", 1, 20)
    assert "1/20 cells 1:25:30 left" in capsys.readouterr().err
