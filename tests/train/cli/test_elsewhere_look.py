"""The line of a look at rows of other people, rooms and sensors."""

from hnhar.train.cli.elsewhere import look_elsewhere
from hnhar.train.evaluate.elsewhere import ElsewhereRow


def test_the_worst_row_is_told_beside_rows_of_which_nothing_has_a_figure() -> None:
    nothing = ElsewhereRow("mount", "about x", {"imu": {"f1": None}})
    low = ElsewhereRow("mount", "about y", {"imu": {"f1": 0.5}})
    assert "about y imu 0.5" in look_elsewhere("w", [2], [nothing, low])
    assert "about y imu 0.5" in look_elsewhere("w", [2], [low, nothing])
