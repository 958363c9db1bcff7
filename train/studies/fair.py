"""The fair partner of a pre-training: the same network from scratch, trained as long."""

from dataclasses import replace

from ..learn.finetune import FinetuneConfig
from ..learn.pretrain import PretrainConfig


def from_scratch(pretrain: PretrainConfig, finetune: FinetuneConfig) -> tuple[PretrainConfig, FinetuneConfig]:
    """No pre-training, and as many batches of tuning as both had together."""
    total = pretrain.steps + finetune.steps
    return replace(pretrain, steps=0), replace(finetune, steps=total)
