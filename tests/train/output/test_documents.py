"""Presets, tables, sweeps and the document they go into."""

from pathlib import Path
from typing import Any

import pytest

from hnhar.model.errors import ConfigError
from hnhar.train.output import document
from hnhar.train.studies.protocol import figures, report
from hnhar.train.studies.protocol.cells import Cell, cells
from hnhar.train.studies.protocol.cohorts import Cohorts
from hnhar.train.studies.protocol.diagnostics import choose_kappa
from hnhar.train.studies.protocol.method import Method
from hnhar.train.studies.protocol.preset import Entry, Preset, over_corpora, read, shipped
from hnhar.train.studies.protocol.study import Studies
from hnhar.train.studies.protocol.sweep import Grid, preset_of

GRIDS = {"class-prior", "kappa", "kappa-spsw", "temperature"}
STUDIES = {"study-utd-mhad"}


def test_every_shipped_preset_can_be_read() -> None:
    for name in shipped():
        several = Cohorts if over_corpora(name) else Preset
        assert read(name, Grid if name in GRIDS else Studies if name in STUDIES else several)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1", "title"),
        ('title = "x"\nentry = []', "entry"),
        ('title = "x"\n[[entry]]\nname = "a"\ntitle = "a"\nmethod = { beat = 1 }', "beat"),
        ('title = "x"\n[[entry]]\nname = "a"\ntitle = "a"\nbase = "b"', "needs b"),
        (
            'title = "x"\n[[entry]]\nname = "a"\ntitle = "a"\nlabels = "all"\nmethod = { beta = 1 }',
            "contradict",
        ),
        ('title = "x"\n[[entry]]\nname = "../a"\ntitle = "a"', "name"),
        ("title = ", "cannot be used"),
    ],
)
def test_a_preset_that_does_not_fit_is_refused_with_its_reason(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read(str(file), Preset)


def test_a_preset_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ConfigError, match="kappa"):
        read("nowhere", Preset)


def test_markers_in_the_wrong_order_are_no_section() -> None:
    text = document.put_section("<!-- end of one -->\nkept\n<!-- one -->\n", "one", "## One")
    assert "kept" in text
    assert text.rstrip().endswith("## One\n<!-- end of one -->")


def test_a_document_that_is_no_text_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "figure.md"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        document.change(file, lambda text: text + "more")
    assert file.read_bytes() == b"\xff\xfe"


def test_a_change_that_fails_half_way_leaves_the_document_whole(tmp_path: Path) -> None:
    file = tmp_path / "results.md"
    file.write_text("- first look\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be written"):
        document.change(file, lambda text: text + "\udcff")
    assert file.read_text(encoding="utf-8") == "- first look\n"


def test_a_section_is_replaced_and_the_log_of_looks_stays_last() -> None:
    text = "# Looks at the test subjects\n\nEvery evaluation of subjects 2, 4, 6.\n\n- first\n"
    text = document.put_section(text, "one", "## One\nold")
    text = document.put_section(text, "two", "## Two")
    text = document.add_look(document.put_section(text, "one", "## One\nnew"), "second")
    assert "old" not in text
    assert text.index("new") < text.index("## Two") < text.index("# Looks") < text.index("- first")
    assert text.endswith("- first\n- second\n")


def test_a_document_that_is_not_there_is_begun(tmp_path: Path) -> None:
    document.update(tmp_path / "docs" / "results.md", "one", "## One", "a look")
    text = (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    assert text.index("## One") < text.index(document.LOOKS) < text.index("- a look")


def few(amount: float, number: int, plain: float) -> dict[str, object]:
    return {"amount": amount, "number": number, "plain": {"imu": plain}, "spread": {"imu": plain}}


RESULTS = [
    (Cell("a", 0), {"linear": {"imu": 90.0}, "few": [few(1, 0, 70.0), few(1, 1, 80.0)]}),
    (Cell("a", 1), {"linear": {"imu": 92.0}, "few": [few(1, 0, 72.0), few(1, 1, 82.0)]}),
    (Cell("b", 0, 1, 0), {"few": [few(1, 0, 75.0)]}),
    (Cell("b", 1, 1, 1), {"few": [few(1, 1, 85.0)]}),
]


def test_a_row_is_mean_and_deviation_over_seeds_and_draws() -> None:
    entry = Entry(name="a", title="A")
    columns = [report.Column("linear", "imu"), report.Column("plain", "imu", 1)]
    assert report.row(RESULTS, entry, columns) == ["91.0 ± 1.4", "76.0 ± 5.9"]


def test_a_difference_is_paired_by_seed_and_draw() -> None:
    assert report.ahead(RESULTS, "b", "a", report.Column("plain", "imu", 1)) == (
        4.0,
        pytest.approx(2**0.5),
        2,
    )


def test_a_grid_is_a_table_with_a_method_for_each_point() -> None:
    grid = Grid(title="g", temperatures=(0.5,), kappas=(0.0, 4.0), tau_plus=(0.1,), method=Method(views=2))
    methods = [entry.method for entry in preset_of(grid).entry]
    assert methods == [
        Method(views=2, temperature=0.5, beta=0.0, tau_plus=0.1),
        Method(views=2, temperature=0.5, beta=2.0, tau_plus=0.1),
    ]


def test_kappa_is_the_largest_that_does_not_weigh_presumed_false_negatives_twice() -> None:
    curve = {0.0: 0.03, 1.0: 0.05, 2.0: 0.06, 4.0: 0.2}
    assert choose_kappa(curve, (0.0, 1.0, 2.0, 4.0)) == 2.0


def test_a_label_curve_has_a_share_of_the_labels_at_its_number_of_trials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(figures, "save", lambda figure, path: drawn.append(figure))
    preset = Preset(title="x", entry=(Entry(name="a", title="A"),), amounts=(1, 0.25, 8))
    results = [(Cell("a", 0), {"few": [few(amount, 0, 70.0 + amount) for amount in (1, 0.25, 8)]})]
    figures.label_curves(preset, results, ["a"], "plain", 12.0, tmp_path / "curves.svg")
    (line,) = drawn[0].axes[0].get_lines()
    assert line.get_xydata().tolist() == [[1.0, 71.0], [3.0, 70.25], [8.0, 78.0]]


def test_an_entry_may_have_other_draws_and_amounts_than_the_table() -> None:
    preset = Preset(
        title="x",
        entry=(
            Entry(name="a", title="A", labels="few", finetune=True, amounts=(0.5,), draws=2),
            Entry(name="b", title="B", labels="few", finetune=True),
        ),
        amounts=(1, 2),
        draws=3,
    )
    files = [cell.file for cell in cells(preset)]
    assert files[:2] == ["a-s0-k0.5-d0", "a-s0-k0.5-d1"]
    assert len([file for file in files if file.startswith("b-")]) == 2 * 3
