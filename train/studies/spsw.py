"""Recognition of spsw_har, every instant: our encoders with and without hard-negative pre-training, beside a
plain 1D CNN, all trained by one loop on the same windows with the same augmentation and number of batches.
Pre-training comes on top, and ours learns from each device alone as well; `scratch-long` is ours without it,
trained for as many batches as pre-training and tuning together.

Subjects 1 to 12 train and 13 to 16 test, as whole people; nothing is selected: the last step's weights count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hnhar.model.errors import RecordingError
from hnhar.model.heads import RecognizerOutput
from hnhar.model.kinds.imu import IMU
from hnhar.model.recognizer import Recognizer, preset
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.score import Recognized, match

from ..corpora.spsw_har.executions import CLASSES
from ..evaluate.figures import SAMPLE, label_f1, macro_f1, painted
from ..learn.data import WindowSet, joined
from ..learn.finetune import FinetuneConfig, finetune
from ..learn.pretrain import PretrainConfig, pretrain
from ..learn.watch import Stage, report_of
from .fair import from_scratch
from .spsw_windows import DEVICES, MODALITIES, RATE, WINDOW, Cut, cut

METHODS: Mapping[str, str] = {
    "cnn": "plain 1D CNN",
    "scratch": "ours, no pre-training",
    "scratch-long": "ours, no pre-training, as many batches",
    "hard": "ours, hard-negative pre-training",
}
"""Name -> title."""
TRAIN, TEST = tuple(range(1, 13)), tuple(range(13, 17))
"""Subjects."""
NEAR = 0.2
"""s to either side of an annotated change of label, where nearly all errors are."""
EVEN = 1 / len(CLASSES)
"""Share of the drawn windows that each label has."""


@dataclass(frozen=True, slots=True)
class SpswConfig:
    """Settings of `compare`."""

    hop: float = 0.25
    """s between training windows; their phase is drawn for each execution."""
    test_hop: float = 0.1
    """s between the windows that are evaluated."""
    smoothing: float = 0.3
    """s over which the probabilities about an instant are averaged."""
    pretrain: PretrainConfig = field(default_factory=lambda: PretrainConfig(steps=150, idle_share=EVEN))
    finetune: FinetuneConfig = field(
        default_factory=lambda: FinetuneConfig(steps=500, idle_share=EVEN, dropout=0.0)
    )


class PlainCnn(nn.Module):
    """Three convolutions over the channels of both devices, the mean over time, one linear layer.

    Its parameters are about as many as those of our two encoders. It answers like a `Recognizer`, so that the
    same loop trains it.
    """

    modalities: tuple[str, ...] = ()
    """It has no answer of a single device."""
    kinds: Mapping[str, str] = dict.fromkeys(DEVICES, IMU.name)
    """Device -> kind of its signal, which says how training changes it."""

    def __init__(self, width: int = 160) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((6 * len(DEVICES), width), (width, width), (width, width)):
            layers += [
                nn.Conv1d(before, after, 7, padding=3),
                nn.BatchNorm1d(after),
                nn.ReLU(),
                nn.MaxPool1d(2),
            ]
        self.layers = nn.Sequential(*layers)
        self.output = nn.Sequential(nn.Dropout(0.3), nn.Linear(width, len(CLASSES)))

    def forward(self, samples: Mapping[str, Tensor], presence: Tensor | None = None) -> RecognizerOutput:
        """Device -> (B, T, 6) in g and deg/s; what is not present is zeros in `samples` already."""
        scale = torch.tensor([1.0] * 3 + [1 / 150.0] * 3)
        x_BCT = torch.cat([samples[device] * scale for device in DEVICES], dim=2).transpose(1, 2)
        features: Tensor = self.layers(x_BCT).mean(dim=2)
        return RecognizerOutput(self.output(features), features, {})


def training_windows(recordings: Sequence[Recording], hop: float, seed: int) -> WindowSet:
    """Windows of all executions, each at a phase of its own; those that lack a device are left out."""
    generator = np.random.default_rng(seed)
    whole = joined(cut(r, hop, float(generator.uniform(0.0, hop))).windows for r in recordings)
    return WindowSet(*whole.batch(whole.presence.all(dim=1)))


def fit(method: str, windows: WindowSet, config: SpswConfig, seed: int, stage: Stage) -> nn.Module:
    """A trained network of one of `METHODS` (KeyError for another); repeatable by the seed."""
    title = METHODS[method]
    rates = dict.fromkeys(DEVICES, RATE)
    tuning = config.finetune
    if method == "scratch-long":
        tuning = from_scratch(config.pretrain, config.finetune)[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if method == "cnn":
            network: nn.Module = PlainCnn()
        else:
            network = Recognizer(preset("compact", MODALITIES, window=WINDOW, classes=len(CLASSES)))
        if method == "hard":
            pretrain(
                cast("Recognizer", network),
                windows,
                rates,
                config.pretrain,
                idle=0,
                seed=seed,
                report=report_of(stage, f"{title}: pre-training"),
            )
        finetune(
            cast("Recognizer", network),
            windows,
            rates,
            tuning,
            idle=0,
            seed=seed,
            report=report_of(stage, title),
        )
    return network.eval()


def probabilities(network: nn.Module, windows: WindowSet, batch: int = 256) -> NDArray[np.float32]:
    """(N, K) class probabilities of the windows, some at a time."""
    parts = []
    with torch.inference_mode():
        for first in range(0, len(windows), batch):
            samples, presence, _ = windows.batch(torch.arange(first, min(first + batch, len(windows))))
            recognition = cast("RecognizerOutput", network(samples, presence))
            parts.append(recognition.logits.softmax(dim=1).numpy())
    return np.concatenate(parts) if parts else np.zeros((0, len(CLASSES)), np.float32)


def smoothed_labels(
    cut_: Cut, rows: NDArray[np.float32], times: NDArray[np.float64], smoothing: float
) -> NDArray[np.str_]:
    """(n,) most probable label at each of (n,) instants, s, from (N, K) probabilities of the windows.

    Windows whose middle is at most half of `smoothing` s away are averaged; without one the nearest counts.
    """
    middles = cut_.middles
    summed = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows.astype(np.float64), axis=0)])
    first = np.searchsorted(middles, times - smoothing / 2)
    last = np.searchsorted(middles, times + smoothing / 2)
    right = np.searchsorted(middles, times).clip(1, len(middles) - 1)
    nearest = np.where(times - middles[right - 1] <= middles[right] - times, right - 1, right)
    none = last <= first
    first, last = np.where(none, nearest, first), np.where(none, nearest + 1, last)
    best = (summed[last] - summed[first]).argmax(axis=1)
    return np.asarray(np.array(CLASSES)[best])


def stretches(labels: NDArray[np.str_], times: NDArray[np.float64]) -> list[Recognized]:
    """Runs of one label in (n,) instants as events."""
    starts = np.flatnonzero(np.concatenate([[True], labels[1:] != labels[:-1]]))
    ends = [*times[starts[1:]], times[-1] + SAMPLE]
    return [
        Recognized(float(times[a]), float(end - times[a]), str(labels[a]), float("nan"))
        for a, end in zip(starts, ends, strict=True)
    ]


def evaluate(network: nn.Module, recordings: Sequence[Recording], config: SpswConfig) -> dict[str, Any]:
    """Per-sample macro-F1 and accuracy, F1 of each label that was done, and of the stretches at IoU 0.5.

    Raises:
        RecordingError: No execution has two windows.
    """
    truth, answer, near = [], [], []
    hits = total = 0
    for recording in recordings:
        windows = cut(recording, config.test_hop, 0.0)
        if len(windows.middles) < 2:
            continue
        times = np.arange(recording.annotations[0].onset, recording.annotations[-1].offset, SAMPLE)
        rows = probabilities(network, windows.windows)
        labels = smoothed_labels(windows, rows, times, config.smoothing)
        truth.append(painted(times, recording.annotations, CLASSES[0]))
        answer.append(labels)
        changes = np.array([a.onset for a in recording.annotations[1:]] or [np.inf])
        near.append(np.abs(times[:, None] - changes).min(axis=1) < NEAR)
        score = match(recording.annotations, stretches(labels, times), iou=0.5, ignore=())
        hits, total = hits + len(score.hits), total + score.actions + score.events
    if not truth:
        raise RecordingError(f"each of the {len(recordings)} executions is too short to have two windows")
    done, recognized, changing = (np.concatenate(parts) for parts in (truth, answer, near))
    wrong = done != recognized
    inside = None if changing.all() else round(macro_f1(done[~changing], recognized[~changing]), 4)
    by_label = label_f1(done, recognized)
    return {
        "sample_macro_f1": round(macro_f1(done, recognized), 4),
        "sample_macro_f1_inside": inside,
        "sample_accuracy": round(float(np.mean(~wrong)), 4),
        "errors_near_changes": round(float(np.mean(changing[wrong])), 4) if wrong.any() else None,
        "event_f1_iou_0.5": round(2 * hits / total, 4) if total else None,
        "samples": len(done),
        "executions": len(truth),
        "f1_by_label": {label: round(by_label[label], 4) for label in CLASSES if label in by_label},
    }


def compare(
    train: Sequence[Recording],
    test: Sequence[Recording],
    config: SpswConfig,
    seeds: Sequence[int],
    methods: Sequence[str],
    stage: Stage,
) -> list[dict[str, Any]]:
    """One row a method and seed: its figures on `test`."""
    rows = []
    for seed in seeds:
        windows = training_windows(train, config.hop, seed)
        for method in methods:
            network = fit(method, windows, config, seed, stage)
            parameters = sum(p.numel() for p in network.parameters())
            figures = evaluate(network, test, config)
            rows.append({"method": method, "seed": seed, "parameters": parameters, **figures})
    return rows


def quick(config: SpswConfig) -> SpswConfig:
    """A trial of a minute."""
    return replace(
        config,
        hop=0.5,
        pretrain=replace(config.pretrain, steps=8, batch=32),
        finetune=replace(config.finetune, steps=25, batch=64),
    )
