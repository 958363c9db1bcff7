"""The parts of a recognizer that belong to one modality: its encoder, and its layers in the heads."""

from collections.abc import Collection, Iterator

from torch import nn

from hnhar.model.modality import key_of
from hnhar.model.recognizer import Recognizer


def freeze(recognizer: Recognizer, modalities: Collection[str]) -> list[nn.Parameter]:
    """Let the parts of some modalities neither learn nor drop anything out, after `train()`; the parameters
    that learn."""
    keys = {key_of(name) for name in modalities}
    for name, module in recognizer.named_modules():
        if keys & set(name.split(".")):
            module.training = False
    learning = []
    for name, parameter in recognizer.named_parameters():
        parameter.requires_grad_(not keys & set(name.split(".")))
        if parameter.requires_grad:
            learning.append(parameter)
    return learning


def thaw(recognizer: Recognizer) -> None:
    """Let all parts learn again, and put the recognizer into evaluation mode."""
    for parameter in recognizer.parameters():
        parameter.requires_grad_(True)
    recognizer.eval()


def put_back(recognizer: Recognizer, before: Recognizer, modalities: Collection[str]) -> None:
    """Give the parts of some modalities the weights that they had `before`, in place."""
    state, old = recognizer.state_dict(), before.state_dict()
    recognizer.load_state_dict(state | {name: old[name] for name in _names(state, modalities)})


def _names(names: Collection[str], modalities: Collection[str]) -> Iterator[str]:
    keys = {key_of(name) for name in modalities}
    return (name for name in names if keys & set(name.split(".")))
