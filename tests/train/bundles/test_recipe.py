"""Recipes of the released bundles: skeletons in the body's own frame, trained as seen from all around."""

import msgspec
import torch

from hnhar.model.encoders.skeleton import CompactSkeletonConfig
from hnhar.train.bundles.card import card
from hnhar.train.bundles.recipe import Recipe, recipe
from hnhar.train.bundles.workflow import describe, explain, fresh


def facing(made: Recipe) -> CompactSkeletonConfig:
    encoder = fresh(made).config.encoders["skeleton"]
    assert isinstance(encoder, CompactSkeletonConfig)
    return encoder


def test_bundles_of_the_corpus_recognize_bodies_in_a_frame_of_their_own() -> None:
    for placement in ("wrist", "thigh"):
        made = recipe("full", placement)
        assert facing(made).frame == "body"
        assert made.amount.vigorous > 0
    assert facing(Recipe()).frame == "camera"  # of people's own recordings, as before


def test_a_frame_of_the_bodys_own_starts_from_the_same_weights() -> None:
    made = recipe("quick", "thigh")
    plain, facing = (fresh(r).state_dict() for r in (Recipe(task=made.task, encoders={}), made))
    assert plain.keys() == facing.keys()
    assert all(torch.equal(plain[name], facing[name]) for name in plain)


def test_the_card_tells_that_people_may_face_any_way_and_that_they_move_otherwise() -> None:
    made = recipe("full", "thigh")
    provenance = {"recipe": msgspec.to_builtins({"encoders": made.encoders}), **explain(made, real=True)}
    text = card(describe(made, provenance))
    assert "People may face any way" in text
    assert "each trial has a tempo and an amplitude of its own" in provenance["data"]
    assert "People may face any way" not in card(describe(made, {**provenance, "recipe": {}}))
