"""Inputs as the field sends them: read rightly, or refused in words; none is answered wrongly without one."""

from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from tools.faults.field.__main__ import main
from tools.faults.field.rows import Row, rows
from tools.faults.field.trial import attempt

KINDS = {
    "01": "a skeleton whose y is down, or in mm",
    "03": "bursts that share a stamp",
    "04": "a Unix clock beside LSL's",
    "05": "a clock from zero",
    "06": "markers recorded twice",
    "07": "a table that counts from the file's start",
    "08": "a pair of streams with secondary stamps",
    "10": "linear acceleration",
    "11": "units in other places",
    "12": "mg and mdps",
    "14": "a count that is no integer",
    "16": "a lone wrong stamp",
    "18": "more streams than 64",
    "19": "markers as numbers, and of other forms",
    "20": "events of BIDS",
    "23": "joints in <marker>",
    "24": "tables of loggers",
    "30": "a vibration above the grid",
}


@cache
def by_kind() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        found[row.number].append(row)
    return found


@pytest.mark.parametrize("number", KINDS, ids=KINDS.values())
def test_what_the_field_sends_is_read_or_refused_as_a_user_expects(number: str, tmp_path: Path) -> None:
    for place, row in enumerate(by_kind()[number]):
        folder = tmp_path / str(place)
        folder.mkdir()
        result = attempt(row.given, folder)
        assert result.outcome in row.outcomes, f"{row.given.name}: {result}"
        assert row.says in result.words, row.given.name


def test_every_kind_has_a_test() -> None:
    assert sorted(by_kind()) == sorted(KINDS)


@pytest.mark.slow
def test_of_hundreds_of_inputs_none_is_answered_wrongly_without_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main([])
    said = capsys.readouterr().out
    assert code == 0, said
    total = next(line for line in said.splitlines() if line.startswith("| all |"))
    assert int(total.split("|")[2]) >= 400
