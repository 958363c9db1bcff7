"""One fold: a network trained on some people, and how probable it finds a fall in the windows of others.

One training serves every set of sensors; each window's sensors are encoded once.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.recognizer import Recognizer, preset
from hnhar.stream.recordings.recording import Recording

from ...learn.augment import SERVED, Augmentation
from ...learn.augment_imu import InertialAugmentation
from ...learn.data import WindowSet, joined
from ...learn.finetune import FinetuneConfig, finetune
from ...learn.pretrain import PretrainConfig, pretrain
from ...learn.watch import Stage, report_of
from ..fair import from_scratch
from .windows import LABELS, MODALITIES, WINDOW, cut

NO_IDLE: Final = -1
"""Column of the label that is no activity: there is none. As the last, it is the fall's where shares are
drawn."""
NAMES: Final = tuple(m.name for m in MODALITIES)
SUBSETS: Final[tuple[tuple[str, ...], ...]] = (
    NAMES,
    *(tuple(n for n in NAMES if n != missing) for missing in NAMES),
    *((name,) for name in NAMES),
)
"""All sensors, any one missing, and each alone."""

AUGMENTATION: Final = Augmentation(
    time=SERVED, kinds={kind: InertialAugmentation(spin=180.0) for kind in {m.kind for m in MODALITIES}}
)
"""In a pocket, at a belt, a neck and a wrist people wore the sensors any way round."""


@dataclass(frozen=True, slots=True)
class FallsConfig:
    """Settings of the study."""

    hop: float = 0.3
    """s between training windows; their phase is drawn for each recording."""
    test_hop: float = 0.25
    """s between the windows that are read."""
    fall_share: float = 0.2
    """Share of the drawn windows that are of falls."""
    pretrain: PretrainConfig = field(
        default_factory=lambda: PretrainConfig(steps=60, batch=64, augmentation=AUGMENTATION)
    )
    finetune: FinetuneConfig = field(
        default_factory=lambda: FinetuneConfig(steps=400, batch=64, dropout=0.5, augmentation=AUGMENTATION)
    )

    def without_pretraining(self) -> "FallsConfig":
        """The same number of batches, all of them of fine-tuning."""
        pretrain, finetune = from_scratch(self.pretrain, self.finetune)
        return replace(self, pretrain=pretrain, finetune=finetune)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A recording as a network sees it."""

    recording: Recording
    ends: NDArray[np.float64]
    """(N,) s."""
    coverage: NDArray[np.float64]
    """(N, sensors)."""
    probability: dict[str, NDArray[np.float32]]
    """Sensors, joined by "+" -> (N,) probability of a fall; NaN where a window has none of them."""


def training_windows(recordings: Sequence[Recording], hop: float, seed: int) -> WindowSet:
    """Windows of all recordings, each at a phase of its own."""
    generator = np.random.default_rng(seed)
    return joined(cut(r, hop, float(generator.uniform(0.0, hop))).windows for r in recordings)


def fit(windows: WindowSet, config: FallsConfig, seed: int, stage: Stage) -> tuple[Recognizer, float]:
    """A trained network of all sensors, and the seconds of processor time it took."""
    began = time.process_time()
    rates = {m.name: m.rate for m in MODALITIES}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Recognizer(preset("compact", MODALITIES, window=WINDOW, classes=len(LABELS)))
        pretrain(
            network,
            windows,
            rates,
            replace(config.pretrain, idle_share=config.fall_share),
            idle=NO_IDLE,
            seed=seed,
            report=report_of(stage, "pre-training"),
        )
        finetune(
            network,
            windows,
            rates,
            replace(config.finetune, idle_share=config.fall_share),
            idle=NO_IDLE,
            seed=seed,
            report=report_of(stage, "fine-tuning"),
        )
    return network.eval(), time.process_time() - began


def read(network: Recognizer, recording: Recording, hop: float) -> Read:
    """Probability of a fall in each window of a recording, by each of `SUBSETS`."""
    made = cut(recording, hop)
    samples, presence, _ = made.windows.batch(torch.arange(len(made.windows)))
    probability = {}
    with torch.inference_mode():
        features = network.encode(samples)
        for subset in SUBSETS:
            chosen = torch.tensor([name in subset for name in NAMES])
            there = presence & chosen
            fall = network.head(features, there).logits.softmax(dim=1)[:, -1].numpy()
            probability["+".join(subset)] = np.where(there.any(dim=1).numpy(), fall, np.nan).astype(
                np.float32
            )
    return Read(recording, made.ends, made.coverage, probability)
