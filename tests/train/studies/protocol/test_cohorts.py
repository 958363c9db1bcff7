"""One comparison on several corpora: the same entries on each, and differences of the same draws."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.train.cli.protocol import TABLE
from hnhar.train.studies.protocol.cells import Cell
from hnhar.train.studies.protocol.cohorts import Cohort, Cohorts
from hnhar.train.studies.protocol.diagnostics import INFERRED
from hnhar.train.studies.protocol.folds import fold
from hnhar.train.studies.protocol.preset import Entry, Preset, over_corpora, read
from hnhar.train.studies.protocol.summary import (
    ComparedCohort,
    concentration,
    few_labels,
    look,
    pairs_of_labels,
    text,
)
from hnhar.train.studies.protocol.table import Place

SHIPPED = read("corpora", Cohorts)


def compared(cohort: Cohort, *, without: tuple[str, ...] = ()) -> ComparedCohort:
    """Made-up results of both folds: from scratch 80 and 70, CMC 5 better, all others 10."""
    preset = SHIPPED.preset(cohort)
    results = []
    for number, group in enumerate(preset.folds):
        seed = 1000 * group[0]
        for entry in preset.entry:
            if entry.name in without:
                continue
            gain = {"cmc-long": 5.0}.get(entry.name, 0.0 if entry.name.startswith("scratch") else 10.0)
            reached = {"+".join(cohort.modalities): 80.0 - 10 * number + gain}
            few = {"amount": 1, "number": 0, "plain": reached, "spread": reached, "finetuned": reached}
            amount, draw = (1, 0) if entry.labels == "few" else (None, None)
            result = {"few": [few], "trials": [20, 10], "linear": reached, "finetuned": reached}
            result["diagnostics"] = {"false": 0.25}
            if entry.name == "cmc":
                pairs = {"false": 0.1, "chance": 0.2, "true": 0.8, "found": 0.4}
                result["inferred"] = dict.fromkeys(INFERRED, pairs)
                result["presumed_curve"] = {"0": 0.1, "1": 0.15, "2": 0.3}
            results.append((Cell(entry.name, seed, amount, draw), result))
    return ComparedCohort(cohort, preset, results)


def test_the_shipped_comparison_is_of_the_same_entries_on_five_groups() -> None:
    assert over_corpora("corpora")
    assert not over_corpora("modalities-spsw")
    whole = [cohort for cohort in SHIPPED.cohort if not cohort.only]
    presets = [SHIPPED.preset(cohort) for cohort in whole]
    assert [p.corpus for p in presets] == ["utd-mhad", "spsw-har", "smartfallmm", "smartfallmm", "upfall"]
    assert len({tuple(entry.name for entry in p.entry) for p in presets}) == 1
    assert presets[0].modalities == ("imu", "skeleton")


def test_pairs_cut_by_hand_are_contrasted_as_they_are_on_a_common_clock_and_shifted_apart() -> None:
    plain, clock, apart = (SHIPPED.chosen([name])[0] for name in ("young", "young-clock", "young-apart"))
    assert clock.inputs.together
    assert not plain.inputs.together
    assert (plain.augmentation, apart.augmentation) == ("turned", "apart")
    assert SHIPPED.preset(clock).folds == SHIPPED.preset(apart).folds == SHIPPED.preset(plain).folds
    assert [entry.name for entry in SHIPPED.preset(apart).entry] == ["cmc", "scratch", "cmc-long"]


def test_every_training_from_scratch_has_somebody_whom_it_is_as_long_as() -> None:
    for entry in SHIPPED.entry:
        if entry.method is None and entry.finetune:
            assert entry.as_long is not None


def test_people_of_a_group_are_left_out_together(tmp_path: Path) -> None:
    preset = SHIPPED.preset(SHIPPED.chosen(["young"])[0])
    assert preset.folds == ((32, 36, 44), (31, 35, 39, 43))
    assert fold(Place(tmp_path, tmp_path), preset.folds[0]).name == "without-32-36-44"


def test_differences_are_of_the_same_fold_and_draw_and_what_is_not_there_is_a_dash() -> None:
    utd = SHIPPED.cohort[0]
    row = few_labels([compared(utd)]).splitlines()[-1]
    assert row.startswith("| UTD-MHAD | 75.0")
    assert "+5.0 ± 0.0" in row
    assert "+10.0 ± 0.0" in row
    assert "| – |" in few_labels([compared(utd, without=("hard-few",))])


def test_the_rule_for_kappa_stands_beside_what_concentration_gave() -> None:
    row = concentration([compared(SHIPPED.cohort[1])]).splitlines()[-1]
    assert row.startswith("| spsw_har | 1 | 80.0 / 80.0 | 85.0 / 85.0")
    assert "| 0.250 | 0.250 | 0.250 |" in row


def test_the_pairs_that_labels_tell_stand_beside_chance() -> None:
    row = pairs_of_labels([compared(SHIPPED.cohort[1])]).splitlines()[-1]
    assert row == "| spsw_har | 0.200 | 0.100 | 0.800 | 0.400 | 0.100 | 0.800 | 0.400 |"


def test_people_who_are_tested_elsewhere_are_logged_and_training_subjects_are_not() -> None:
    assert look([compared(cohort) for cohort in SHIPPED.cohort[:2]]) is None
    line = look([compared(cohort) for cohort in SHIPPED.cohort])
    assert line is not None
    assert "UP-Fall, people 1, 5, 3, 7 left out" in line
    assert "## A title" in text("A title", [compared(SHIPPED.cohort[-1])], "command")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("corpora", "--only", "mars"), "--only takes some of utd-mhad"),
        (("corpora", "--only", "young", "--docs", "docs"), "--docs takes a preset whole"),
        (("corpora", "--as-is"), "has no cell of corpora"),
        (("modalities-spsw", "--as-is"), "--as-is is for a preset over several corpora"),
        (("corpora", "--test-subjects", "7"), "leaves people out by itself"),
        (("modalities-spsw", "--only", "young"), "--only is for a preset over several corpora"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    arguments = TABLE.build_parser().parse_args([*options, "--run", str(tmp_path)])
    with pytest.raises(ConfigError, match=reason):
        TABLE.work(arguments)


def test_a_partner_that_is_pre_trained_or_of_nobody_is_refused() -> None:
    scratch = Entry(name="a", title="a", finetune=True, as_long="b")
    with pytest.raises(ValueError, match="as long as an entry"):
        Preset(title="x", entry=(scratch,))
