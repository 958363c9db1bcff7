"""Settings of earlier versions are those of today."""

import msgspec
import pytest

from hnhar.train.learn.augment_skeleton import SkeletonAugmentation
from hnhar.train.learn.earlier import renewed
from hnhar.train.learn.named_loss import HARD_NEGATIVE, PUBLIC_CODE
from hnhar.train.learn.pretrain import PretrainConfig
from hnhar.train.studies.protocol.method import Method


@pytest.mark.parametrize(("public", "loss"), [(False, HARD_NEGATIVE), (True, PUBLIC_CODE)])
def test_a_method_that_named_the_public_code_names_its_loss(public: bool, loss: str) -> None:
    now = msgspec.to_builtins(Method(loss=loss))
    then = {key: value for key, value in now.items() if key != "loss"} | {"public_code": public}
    assert renewed({"entries": [{"method": then}]}) == {"entries": [{"method": now}]}


def test_a_pre_training_that_named_no_loss_had_the_shipped_one() -> None:
    now = msgspec.to_builtins(PretrainConfig())
    then = {key: value for key, value in now.items() if key != "loss"}
    assert renewed({"config": then, "seed": 0}) == {"config": now, "seed": 0}
    assert renewed(now | {"loss": "mine"})["loss"] == "mine"


def test_skeletons_of_earlier_trainings_were_seen_by_a_camera_that_errs_alike_in_all_directions() -> None:
    now = msgspec.to_builtins(SkeletonAugmentation(yaw=40.0))
    later = ("depth", "occlusion", "turning", "pitch")
    then = {key: value for key, value in now.items() if key not in later}
    assert renewed({"kinds": {"skeleton": then}}) == {"kinds": {"skeleton": now}}
    assert renewed(now | {"depth": 2.0})["depth"] == 2.0
