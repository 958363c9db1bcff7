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


def test_a_bundle_for_a_camera_learns_from_skeletons_alone_as_each_kind_of_camera_gives_them() -> None:
    made = recipe("full", "camera")
    assert [m.name for m in made.task.modalities] == ["skeleton"]
    assert made.task.placement == ""
    assert made.task.actions == recipe("full", "wrist").task.actions
    assert made.amount.filmed > 0
    assert made.amount.sessions > 0
    assert "as a single camera gives the skeletons" in explain(made, real=True)["data"]
    assert recipe("full", "wrist").amount.filmed == 0
    assert facing(made).frame == "body"


def test_the_card_of_a_bundle_for_a_camera_names_no_sensor_that_is_worn() -> None:
    made = recipe("full", "camera")
    text = card(describe(made, {"corpus": {"name": "UTD-MHAD"}, **explain(made, real=True)}))
    assert "IMU" not in text
    assert "drawn people" in text
