"""Rows of other people, rooms and sensors: what they touch, how they are read, what aims say."""

from functools import cache
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import BundleInfo, find
from hnhar.model.errors import ConfigError
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording
from hnhar.train.evaluate.aims import ElsewhereAim, read_aims
from hnhar.train.evaluate.elsewhere import (
    AS_IT_IS,
    GROUPS,
    VARIANTS,
    ElsewhereRow,
    WatchedPeople,
    asked_rows,
    measured_elsewhere,
    variants_of,
    worse,
)
from hnhar.train.evaluate.elsewhere_document import cells_of, elsewhere_section, row_content
from hnhar.train.evaluate.evaluate import watch_together
from hnhar.train.synthesis.performer import perform


@cache
def session() -> Recording:
    return perform(seed=3, person=204, actions=["wave", "clap"], repetitions=1)


@cache
def people() -> WatchedPeople:
    info, recognizer = load(find("utd-mhad-wrist"))
    return WatchedPeople(info, Runtime(info, recognizer, threads=1), (session(),))


def figures(f1: float) -> dict[str, float]:
    return {"f1": f1, "precision": f1, "recall": f1}


ROWS = [
    ElsewhereRow("", AS_IT_IS, {"imu": figures(0.9), "imu+skeleton": figures(0.95)}),
    ElsewhereRow("mount", "sensor turned 30° about x", {"imu": figures(0.89), "imu+skeleton": figures(0.95)}),
    ElsewhereRow("mount", "sensor turned 90° about x", {"imu": figures(0.5), "imu+skeleton": figures(0.8)}),
    ElsewhereRow("adapted free", "adapted, free", {"imu": figures(0.96)}, note="26 s of one core a bundle"),
]


def test_groups_of_rows_are_asked_for_by_name() -> None:
    assert asked_rows("mount, camera,mount", ("clean",)) == ["mount", "camera"]
    assert asked_rows("all", ("clean",)) == ["clean", *GROUPS]
    for wrong in ("mounts", "", "all,mount"):
        with pytest.raises(ConfigError, match="no group of rows; there are clean, mount, camera"):
            asked_rows(wrong, ("clean",))
    assert {v.group for v in variants_of(["left"])} == {"left", "left read so"}
    assert len({v.name for v in VARIANTS}) == len(VARIANTS)


def test_a_row_concerns_what_it_changes() -> None:
    info: BundleInfo = people().info
    turned, seen, slow = (variants_of([group])[0] for group in ("mount", "camera", "tempo"))
    assert [v.concerns(info, ("imu",)) for v in (turned, seen, slow)] == [True, False, True]
    assert [v.concerns(info, ("skeleton",)) for v in (turned, seen, slow)] == [False, True, True]
    assert all(v.concerns(info, ("imu", "skeleton")) for v in VARIANTS)


def test_a_row_that_is_read_with_its_options_is_what_was_there_before() -> None:
    """Left-handed, and read so: the weights are shown the right-handed session again."""
    (variant,) = (v for v in VARIANTS if v.group == "left read so")
    of = people()
    subset = ("imu",)
    (plain,) = watch_together(of.runtime, of.info, [(session(), subset)], 1.0)
    (again,) = watch_together(
        of.runtime, of.info, [(variant.change(session()), subset)], 1.0, variant.options
    )
    (other,) = watch_together(of.runtime, of.info, [(variant.change(session()), subset)], 1.0)
    assert [p.label for p in again.predictions] == [p.label for p in plain.predictions]
    assert [p.probabilities for p in other.predictions] != [p.probabilities for p in plain.predictions]


def test_rows_are_measured_beside_the_sessions_as_they_are() -> None:
    steps: list[tuple[str, int, int]] = []
    rows = measured_elsewhere([people()], variants_of(["mount"])[3:4], 1.0, lambda *step: steps.append(step))
    assert [row.name for row in rows] == [AS_IT_IS, "sensor turned 180° about x"]
    assert [set(row.by) for row in rows] == [{"imu", "skeleton", "imu+skeleton"}, {"imu", "imu+skeleton"}]
    assert rows[1].by["imu"]["f1"] <= rows[0].by["imu"]["f1"]
    assert steps[0] == (f"{AS_IT_IS} … sensor turned 180° about x", 0, 2)
    assert steps[-1] == ("measured", 2, 2)


def test_the_section_says_differences_and_holds_the_worst_row_against_its_aim() -> None:
    aims = [
        ElsewhereAim(rows="mount", streams="imu", within=0.02),
        ElsewhereAim(rows="adapted free", streams="imu", at_least=0.95),
        ElsewhereAim(rows="camera", streams="skeleton", within=0.02),
    ]
    text = elsewhere_section("a@0", "subject 7", ROWS, aims)
    assert "| mount, imu | within 0.02 | 0.500 (sensor turned 90° about x) | **no** |" in text
    assert "| adapted free, imu | ≥ 0.95 | 0.960 (adapted, free) | yes |" in text
    assert "camera, skeleton" not in text
    assert cells_of(ROWS)[0] == (AS_IT_IS, "0.950", "0.900")
    assert cells_of(ROWS)[2] == ("sensor turned 90° about x", "0.800 (−0.150)", "0.500 (−0.400)")
    assert cells_of(ROWS)[3] == ("adapted, free", "", "0.960 (+0.060)")
    assert "adapted, free: 26 s of one core a bundle." in text
    assert row_content(ROWS[3])["note"] == "26 s of one core a bundle"


def test_who_became_worse_is_named() -> None:
    before = ElsewhereRow("", AS_IT_IS, {}, {"imu": {"s2": 0.9, "s4": 0.8}})
    after = ElsewhereRow("adapted free", "adapted, free", {}, {"imu": {"s2": 0.95, "s4": 0.75}})
    assert worse(after, before) == ["s4, imu, from 0.800 to 0.750"]
    assert worse(before, before) == []


def test_an_aim_has_one_bound(tmp_path: Path) -> None:
    path = tmp_path / "aims.toml"
    path.write_text('[[elsewhere]]\nrows = "mount"\nstreams = "imu"\n')
    with pytest.raises(ConfigError, match="either within or at_least"):
        read_aims(path)
    path.write_text('[[elsewhere]]\nrows = "mount"\nstreams = "imu"\nwithin = 0.02\n')
    assert read_aims(path).elsewhere[0].bound(0.9) == 0.88
