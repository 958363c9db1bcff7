"""Recipes of the study that leaves people out: inputs, trainings, and methods to compare."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ...learn.augment import Augmentation, TimeAugmentation
from ...learn.augment_accelerometer import AccelerometerAugmentation
from ...learn.augment_skeleton import SkeletonAugmentation
from ...learn.finetune import FinetuneConfig
from ...learn.pretrain import PretrainConfig
from ..fair import from_scratch

METHODS: Final[Mapping[str, str]] = {
    "hard": "hard-negative pre-training",
    "scratch": "no pre-training, as many batches",
}
"""Name -> title."""
AUGMENTATION: Final = Augmentation(
    kinds={
        "accelerometer": AccelerometerAugmentation(turned=0.5),
        "skeleton": SkeletonAugmentation(yaw=40.0, tilt=15.0),
    },
    time=TimeAugmentation(stretch=0.25, shift=0.4, desync=0.4, share=1.0),
)
"""Sensors were worn either way round, and signals were cut by hand, each by itself."""


@dataclass(frozen=True, slots=True)
class PeopleRecipe:
    """Settings of a training of one fold."""

    steps: int = 200
    """Steps of a trial's grid."""
    steps_of: dict[str, int] = field(default_factory=lambda: {"skeleton": 100})
    """Kind of modality -> its steps, where they are others: a body is slower than what shakes a sensor."""
    stride: int = 4
    """Steps of the grid per step behind an encoder's first convolution."""
    pretrain: PretrainConfig = field(
        default_factory=lambda: PretrainConfig(steps=100, batch=64, augmentation=AUGMENTATION)
    )
    finetune: FinetuneConfig = field(
        default_factory=lambda: FinetuneConfig(
            steps=350, batch=64, fusion="sum", dropout=0.3, augmentation=AUGMENTATION
        )
    )

    def without_pretraining(self) -> "PeopleRecipe":
        """The same number of batches, all of them of fine-tuning."""
        pretrain, finetune = from_scratch(self.pretrain, self.finetune)
        return replace(self, pretrain=pretrain, finetune=finetune)
