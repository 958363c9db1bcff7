"""Turns of a sensor are asked for by axis and degrees."""

import pytest

from hnhar.model.errors import ConfigError
from hnhar.train.cli.elsewhere_adapted import TURNS, asked_turns


def test_turns_are_axis_and_degrees() -> None:
    assert asked_turns("x90, y22.5") == (("x", 90.0), ("y", 22.5))
    assert asked_turns(None) == TURNS
    assert len(TURNS) == 12


@pytest.mark.parametrize("text", ["", "90", "x", "w90", "x0", "x181", "x90,"])
def test_other_turns_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is no axis with degrees up to 180; write x90,x180,y60"):
        asked_turns(text)
