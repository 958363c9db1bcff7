"""Everything that makes the bundle `tug`: its windows, its people, its training."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import IMU
from hnhar.model.modality import Modality
from hnhar.stream.report.phases import PHASES, WALKING

from ...corpora.spsw_har.executions import WORN
from ...learn.augment import SERVED, Augmentation, KindAugmentation
from ...learn.augment_imu import InertialAugmentation
from ...learn.finetune import FinetuneConfig
from ..recipe import PRESETS

WALKED = 0.4
"""Share of the drawn windows that is walking, about as in the corpus, the other labels even: where all are
drawn alike, turns come out a sixth too long."""
CHANGES: Mapping[str, KindAugmentation] = {
    "phone": InertialAugmentation(rotation=180.0),
    "watch": InertialAugmentation(mirrored=0.5),
}
"""Device -> changes of its windows in training: a phone sits in a pocket any way round, a watch on either
wrist. Turned any way round as well, a watch hardly tells turns from walking."""


@dataclass(frozen=True, slots=True)
class TugRecipe:
    """Settings of a whole training."""

    name: str = "tug"
    """Name of the bundle."""
    labels: tuple[str, ...] = PHASES
    window: float = 2.0
    """s. A window is asked what was done at its middle, so its answer comes half a window late."""
    core: float = 0.4
    """s about the middle whose labels are the target."""
    rate: float = 50.0
    """Hz of the grid; the sensors give about 103."""
    hop: float = 0.1
    """s between predictions when it serves."""
    training_hop: float = 0.15
    """s between training windows; their phase is drawn for each execution."""
    width: int = 64
    """Channels of the encoders: half of the other bundles', as there are few classes, and few people."""
    finetune: FinetuneConfig = field(
        default_factory=lambda: FinetuneConfig(
            steps=600,
            idle_share=WALKED,
            dropout=0.2,
            augmentation=Augmentation(time=SERVED, modalities=CHANGES),
        )
    )
    train_subjects: tuple[int, ...] = tuple(range(1, 13))
    test_subjects: tuple[int, ...] = tuple(range(13, 17))
    folds: int = 4
    """Trainings that each leave out every so many-th of the training subjects, to calibrate and tune on."""
    seed: int = 0

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Phone and watch, in the order of the presence mask."""
        return tuple(IMU.modality(self.rate, name, place) for name, place in WORN.items())

    @property
    def rates(self) -> dict[str, float]:
        """Modality -> Hz of its grid."""
        return {modality.name: modality.rate for modality in self.modalities}

    @property
    def common(self) -> int:
        """Column of the label whose share of the drawn windows is `finetune.idle_share`."""
        return self.labels.index(WALKING)

    def held_out(self) -> tuple[tuple[int, ...], ...]:
        """Subjects that are left out together, for each of `folds` trainings."""
        return tuple(self.train_subjects[k :: self.folds] for k in range(self.folds))


def tug_recipe(preset: str, *, seed: int = 0, bfloat16: bool = False) -> TugRecipe:
    """The preset of that name; ConfigError where there is no such thing."""
    if preset not in PRESETS:
        raise ConfigError(f"there is no preset '{preset}'; there are {', '.join(PRESETS)}")
    made = TugRecipe(seed=seed)
    if preset == "quick":
        # A trial must not look at the test subjects.
        made = replace(
            made,
            training_hop=0.5,
            finetune=replace(made.finetune, steps=25, batch=32),
            train_subjects=made.train_subjects[:2],
            test_subjects=(),
            folds=2,
        )
    return replace(made, finetune=replace(made.finetune, bfloat16=bfloat16))
