"""Figures of a comparison are drawn of what was read, whatever else a preset compares."""

from pathlib import Path

from hnhar.train.studies.protocol.cells import Cell
from hnhar.train.studies.protocol.figures import label_curves
from hnhar.train.studies.protocol.method import Method
from hnhar.train.studies.protocol.preset import Entry, Preset

PRESET = Preset(
    title="one",
    amounts=(1, 2),
    entry=(Entry(name="cmc", title="CMC", method=Method()), Entry(name="raw", title="raw", finetune=True)),
)


def test_an_entry_that_was_not_trained_on_few_labels_has_no_line(tmp_path: Path) -> None:
    few = [{"amount": n, "number": 0, "plain": {"imu": 50.0}, "spread": {"imu": 60.0}} for n in (1, 2)]
    results = [(Cell(name, 0), {"few": few}) for name in ("cmc", "raw")]
    label_curves(PRESET, results, ["cmc", "raw"], "plain", 4.0, tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "<!-- CMC -->" in text
    assert "<!-- raw -->" not in text
