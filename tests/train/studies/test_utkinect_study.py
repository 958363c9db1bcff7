"""Weights on UTKinect: what counts for them, what does not, and what counts strictly."""

from dataclasses import replace

import pytest

from hnhar.model.bundle.bundle import find, read_info
from hnhar.stream.recordings import Annotation, Recording
from hnhar.train.evaluate.evaluate import ClassifiedSession
from hnhar.train.studies import utkinect
from hnhar.train.studies.utkinect import FilmScore, film_figures, scored, utkinect_section
from hnhar.train.synthesis.performer import perform


def test_events_in_other_actions_and_of_other_labels_are_false_in_the_strict_figure_alone() -> None:
    info = read_info(find("utd-mhad-wrist"))
    plain = perform(seed=0, person=0, actions=["wave"], repetitions=1)
    assert isinstance(plain, Recording)
    done = (Annotation(2.0, 3.0, "wave"), Annotation(8.0, 2.0, "carry, not shared"))
    watched = ClassifiedSession(replace(plain, annotations=done), ("skeleton",), ())
    score = scored(watched, info)
    assert score == FilmScore((), ("wave",), (), 0)
    assert utkinect.SHARED["clap_hands"] in info.labels


def test_figures_are_of_all_recordings_together_and_strictly_lower() -> None:
    scores = [FilmScore(("wave", "clap"), ("push",), ("wave",), 4), FilmScore(("wave",), ("wave",), (), 1)]
    made = film_figures(scores)
    assert (made["recognized"], made["performed"], made["false"], made["false_strict"]) == (3, 5, 1, 5)
    assert made["f1"] == pytest.approx(2 * 3 / (2 * 3 + 2 + 1), abs=1e-4)
    assert made["f1_strict"] == pytest.approx(2 * 3 / (2 * 3 + 2 + 5), abs=1e-4)
    assert made["actions"]["wave"] == {"recognized": 2, "performed": 3, "false": 1}
    text = utkinect_section("a@0", "people s01", {"as shipped": made}, ["a@0 of s01 was read as it is."])
    assert "| as shipped | 3 of 5 | 1 | 0.667 | 5 | 0.462 |" in text
    assert "| wave_hands: wave | 2 of 3, 1 |" in text
    assert "a@0 of s01 was read as it is." in text
    assert "walk" not in text.split("by action")[1]
