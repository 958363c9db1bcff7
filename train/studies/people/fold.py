"""One fold: a network trained on some people, and what it says of the trials of the others, by sensors."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from hnhar.model.modality import Modality
from hnhar.model.recognizer import Recognizer, RecognizerConfig, preset

from ...learn.data import WindowSet
from ...learn.finetune import finetune
from ...learn.pretrain import pretrain
from ...learn.watch import Stage, report_of
from .recipe import PeopleRecipe
from .trials import LENGTH

NO_IDLE = -1
"""Column of the label that is no activity: there is none. As the last class it is drawn as often as each."""


def architecture(modalities: Sequence[Modality], classes: int, stride: int) -> RecognizerConfig:
    """The shipped encoders and head, whose first convolution takes a step in `stride`."""
    made = preset("compact", modalities, window=LENGTH, classes=classes).architecture()
    for encoder in made["encoders"].values():
        encoder["stride"] = stride
    return RecognizerConfig.parse(made)


def fit(
    modalities: Sequence[Modality], windows: WindowSet, recipe: PeopleRecipe, seed: int, stage: Stage
) -> tuple[Recognizer, float]:
    """A trained network of all modalities, and the seconds of processor time it took."""
    classes = windows.targets.shape[1]
    even = 1 / classes
    began = time.process_time()
    rates = {m.name: m.rate for m in modalities}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Recognizer(architecture(modalities, classes, recipe.stride))
        pretrain(
            network,
            windows,
            rates,
            replace(recipe.pretrain, idle_share=even),
            idle=NO_IDLE,
            seed=seed,
            report=report_of(stage, "pre-training"),
        )
        finetune(
            network,
            windows,
            rates,
            replace(recipe.finetune, idle_share=even),
            idle=NO_IDLE,
            seed=seed,
            report=report_of(stage, "fine-tuning"),
        )
    return network.eval(), time.process_time() - began


def subsets(modalities: Sequence[Modality]) -> tuple[tuple[str, ...], ...]:
    """Modalities each alone, all of one kind together where there are other kinds, and all."""
    names = tuple(m.name for m in modalities)
    kinds = list(dict.fromkeys(m.kind for m in modalities))
    of_kind = [tuple(m.name for m in modalities if m.kind == kind) for kind in kinds]
    together = [some for some in of_kind if 1 < len(some) < len(names)]
    found = [*((name,) for name in names), *together, names]
    return tuple(dict.fromkeys(found))


def recognized(
    network: Recognizer, windows: WindowSet, names: Sequence[str], batch: int = 256
) -> NDArray[np.int64]:
    """(N,) most probable class of each of N windows by these modalities; -1 where one of them is absent."""
    columns = [network.modalities.index(name) for name in names]
    there = windows.presence[:, columns].all(dim=1)
    out = torch.full((len(windows),), -1, dtype=torch.int64)
    rows = there.nonzero()[:, 0]
    with torch.inference_mode():
        for some in torch.split(rows, batch):
            samples: Mapping[str, torch.Tensor] = {name: windows.samples[name][some] for name in names}
            out[some] = network(samples).logits.argmax(dim=1)
    return out.numpy()
