"""Everything that makes a bundle, in one value: what it recognizes, from which data, trained how."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hnhar.model.errors import ConfigError

from ..learn.augment import SERVED, Augmentation
from ..learn.augment_skeleton import SkeletonAugmentation
from ..learn.finetune import FinetuneConfig
from ..learn.pretrain import PretrainConfig
from .sessions import TEST_SUBJECTS, TRAIN_SUBJECTS, Amount, utd_task
from .task import Task

PRESETS = ("full", "quick")
ENCODERS: Final[Mapping[str, Mapping[str, Any]]] = {"skeleton": {"frame": "body", "heading_jitter": 15.0}}
"""Kind of modality -> settings of its encoder: bodies are recognized in a frame of their own, which a camera
from the side tells within so many degrees."""
ANYWHERE: Final = Augmentation(
    time=SERVED,
    kinds={
        "skeleton": SkeletonAugmentation(
            yaw=180.0, tilt=10.0, pitch=15.0, depth=2.0, occlusion=0.03, turning=45.0
        )
    },
)
"""Windows of a camera anywhere around a person who may turn: depth, and what the body hides, is measured
badly."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of a whole training."""

    name: str = "utd-mhad-wrist"
    """Name of the bundle."""
    task: Task = field(default_factory=utd_task)
    amount: Amount = field(default_factory=Amount)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    train_subjects: tuple[int, ...] = TRAIN_SUBJECTS
    test_subjects: tuple[int, ...] = TEST_SUBJECTS
    held_out: tuple[int, ...] = TRAIN_SUBJECTS
    """Training subjects, each left out of one training, to calibrate it and to tune decisions on."""
    held_out_persons: int = 3
    """Synthetic training persons that each of these trainings leaves out as well."""
    test_persons: int = 6
    """Synthetic persons that measure the finished bundle."""
    encoder_dropout: float = 0.0
    """Dropout inside the encoders; the augmentation is the stronger regularizer."""
    encoders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Kind of modality -> settings of its encoder that are not those of the preset `compact`."""
    seed: int = 0


def recipe(preset: str, placement: str, *, synthetic_only: bool = False, bfloat16: bool = False) -> Recipe:
    """The preset for a placement; ConfigError where there is no such thing."""
    if preset not in PRESETS:
        raise ConfigError(f"there is no preset '{preset}'; there are {', '.join(PRESETS)}")
    if placement not in ("wrist", "thigh", "camera"):
        raise ConfigError(f"there is no placement '{placement}'; there are wrist, thigh and camera")
    if placement == "thigh" and synthetic_only:
        raise ConfigError(
            "synthetic performers wear their sensor on the wrist: a thigh bundle needs a corpus"
        )
    made = Recipe(
        name=f"utd-mhad-{placement}",
        task=utd_task(placement),
        amount=Amount(vigorous=3),
        pretrain=PretrainConfig(augmentation=ANYWHERE),
        finetune=FinetuneConfig(augmentation=ANYWHERE),
        encoders=ENCODERS,
    )
    if placement == "thigh":
        # Few classes and no performer: fewer steps, more compositions.
        made = replace(
            made,
            amount=replace(made.amount, sessions=8, vigorous=3, persons=0),
            pretrain=replace(made.pretrain, steps=100),
            finetune=replace(made.finetune, steps=400),
            held_out_persons=0,
            test_persons=0,
        )
    elif placement == "camera":
        # One modality has nothing to be contrasted with.
        made = replace(
            made,
            amount=replace(made.amount, sessions=1, vigorous=1, filmed=2, persons=10),
            pretrain=replace(made.pretrain, steps=0),
            finetune=replace(made.finetune, steps=350),
            held_out=(7,),
            test_persons=3,
        )
    if synthetic_only:
        made = replace(
            made,
            name=f"synthetic-{placement}",
            amount=replace(
                made.amount, sessions=0, vigorous=0, filmed=min(made.amount.filmed, 1), persons=48
            ),
        )
    if preset == "quick":
        made = replace(
            made,
            amount=replace(
                made.amount,
                sessions=min(made.amount.sessions, 1),
                vigorous=0,
                filmed=min(made.amount.filmed, 1),
                persons=min(made.amount.persons, 4),
                hop=0.8,
            ),
            pretrain=replace(made.pretrain, steps=min(made.pretrain.steps, 4), batch=32),
            finetune=replace(made.finetune, steps=40, batch=32),
            # A trial must not look at the test subjects.
            test_subjects=(),
            held_out=(7,),
            held_out_persons=min(made.held_out_persons, 1),
            test_persons=min(made.test_persons, 1),
        )
    return replace(
        made,
        pretrain=replace(made.pretrain, bfloat16=bfloat16),
        finetune=replace(made.finetune, bfloat16=bfloat16),
    )
