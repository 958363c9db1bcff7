"""Random changes of a batch of windows that leave the action what it is.

Everything works on whole batches in raw canonical units (g, deg/s, meters, y up) before the recognizer
normalizes, so that an augmented window is one which a sensor could have sent: worn a little rotated, of
another gain, on a body of another size, before a camera elsewhere, at another speed. All randomness comes
from the generator that is handed in.

Time is changed alike for every kind of modality. What else may change is the kind's own, found by entry
points (group `hnhar.augmentations`): a kind that has none is only moved in time.

Legend: B windows, T steps, C channels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol, cast

import torch
from torch import Generator, Tensor

from hnhar.model import plugins

from .draws import normal, symmetric

GROUP: Final = "hnhar.augmentations"
"""Entry points: kind of modality -> its `KindAugmentation`, made without arguments."""


class KindAugmentation(Protocol):
    """Changes of windows of one kind of modality."""

    def change(self, windows: Tensor, generator: Generator) -> Tensor:
        """(B, T, C) in canonical units -> the same shape, a new tensor."""
        ...

    def at_speed(self, windows: Tensor, speed: Tensor) -> Tensor:
        """(B, T, C) windows that were already played at (B,) times their speed, as a sensor would have
        measured that motion: angular velocity grows with it, position does not."""
        ...


@dataclass(frozen=True, slots=True)
class TimeAugmentation:
    """Changes of time, common to all modalities of a window."""

    stretch: float = 0.2
    """Greatest relative change of speed."""
    shift: float = 0.0
    """Greatest shift of the whole window, s (0: windows cut at random phases need none)."""
    desync: float = 0.06
    """Greatest shift of each modality by itself, s: clocks and cameras are late."""
    share: float = 0.8
    """Share of the windows whose time is changed."""
    jitter: float = 0.0
    """Standard deviation of the error of a sample's time stamp, s; each window draws its level up to it."""
    losses: float = 0.0
    """Share of the windows of each modality from which samples are lost, to be bridged as `resample` does."""
    longest: float = 0.25
    """Longest run of lost samples, s: after a longer one live windows leave the modality out."""


SERVED = TimeAugmentation(jitter=0.004, losses=0.25)
"""Time as live streams have it: stamps that jitter, and samples that never come."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Settings of all changes of a window."""

    time: TimeAugmentation = field(default_factory=TimeAugmentation)
    kinds: Mapping[str, KindAugmentation] = field(default_factory=dict)
    """Kind of modality -> its settings, where they are not the registered ones."""
    modalities: Mapping[str, KindAugmentation] = field(default_factory=dict)
    """Modality -> its settings, where they are not those of its kind: a phone in a pocket turns any way, a
    watch does not."""

    def of(self, kind: str, modality: str = "") -> KindAugmentation | None:
        """The changes of a modality of a kind; None where it is only moved in time."""
        return self.modalities.get(modality) or self.kinds.get(kind) or augmentation_of(kind)


@cache
def augmentation_of(kind: str) -> KindAugmentation | None:
    """The changes registered for a kind, None where there are none. Raises ConfigError where they are
    broken."""
    if kind not in plugins.names(GROUP):
        return None
    return cast(KindAugmentation, plugins.part(GROUP, kind, "augmentation", needs=("change", "at_speed")))


def augment(
    samples: dict[str, Tensor],
    rates: Mapping[str, float],
    kinds: Mapping[str, str],
    settings: Augmentation,
    generator: Generator,
) -> dict[str, Tensor]:
    """One random version of a batch.

    Args:
        samples: Modality -> (B, T, C), finite.
        rates: Modality -> Hz of its grid.
        kinds: Modality -> its kind.
        settings: Kinds and sizes of the changes.
        generator: Of the CPU; the same state gives the same batch.

    Returns:
        New tensors of the same shapes; the input is untouched.
    """
    out = warp_time(samples, rates, kinds, settings.time, generator)
    if settings.time.losses > 0:
        out = {name: lose(out[name], rates[name], settings.time, generator) for name in sorted(out)}
    for name in sorted(out):
        changes = settings.of(kinds[name], name)
        if changes is not None:
            out[name] = changes.change(out[name], generator)
    return out


def warp_time(
    samples: dict[str, Tensor],
    rates: Mapping[str, float],
    kinds: Mapping[str, str],
    settings: TimeAugmentation,
    generator: Generator,
) -> dict[str, Tensor]:
    """Play windows faster or slower and a little earlier or later; held at the edges.

    The values of a faster motion are those of the modality's kind (`KindAugmentation.at_speed`).
    """
    batch = len(next(iter(samples.values())))
    chosen = (torch.rand((batch,), generator=generator) < settings.share).float()
    speed = 1 + chosen * symmetric((batch,), settings.stretch, generator)
    shift = chosen * symmetric((batch,), settings.shift, generator)
    out = {}
    for name in sorted(samples):
        windows, rate = samples[name], rates[name]
        late = chosen * symmetric((batch,), settings.desync, generator)
        steps = windows.shape[1]
        middle = (steps - 1) / 2
        position = middle + speed[:, None] * (torch.arange(steps) - middle) + (shift + late)[:, None] * rate
        if settings.jitter > 0:
            level = settings.jitter * rate * chosen[:, None] * torch.rand((batch, 1), generator=generator)
            position = position + level * normal((batch, steps), generator)
        warped = _interpolate(windows, position.clamp(0, steps - 1))
        of_kind = augmentation_of(kinds[name])
        out[name] = warped if of_kind is None else of_kind.at_speed(warped, speed)
    return out


def lose(windows: Tensor, rate: float, settings: TimeAugmentation, generator: Generator) -> Tensor:
    """Lose samples of (B, T, C) windows at `rate` Hz, and bridge them linearly, or by the nearest at an edge.

    In a share of the windows a run up to `longest` is lost, and beside it up to a fifth of all samples.
    """
    batch, steps = windows.shape[:2]
    chosen = torch.rand((batch, 1), generator=generator) < settings.losses
    single = torch.rand((batch, steps), generator=generator) < 0.2 * torch.rand(
        (batch, 1), generator=generator
    )
    run = max(1, min(int(settings.longest * rate) - 1, steps // 2))
    start = torch.randint(steps, (batch, 1), generator=generator)
    length = torch.randint(run + 1, (batch, 1), generator=generator)
    time = torch.arange(steps)
    kept = ~(chosen & (single | ((time >= start) & (time < start + length))))
    left = torch.where(kept, time, -1).cummax(dim=1).values
    right = torch.where(kept, time, steps).flip(1).cummin(dim=1).values.flip(1)
    left, right = torch.where(left < 0, right, left), torch.where(right >= steps, left, right)
    # a window is never empty: where all its samples are lost, it keeps them
    none = ~kept.any(dim=1, keepdim=True)
    left, right = torch.where(none, time, left), torch.where(none, time, right)
    share = (time - left) / (right - left).clamp(min=1)
    rows = torch.arange(batch)[:, None]
    return torch.lerp(windows[rows, left], windows[rows, right], share[..., None].to(windows.dtype))


def drop_modalities(batch: int, modalities: int, share: float, generator: Generator) -> Tensor:
    """(B, M) bool presence: with probability `share` a window keeps but one modality, drawn evenly; of three
    or more it keeps one to all but one, any number as often."""
    alone = torch.rand((batch,), generator=generator) < share
    if modalities > 2:
        rank = torch.rand((batch, modalities), generator=generator).argsort(dim=1)
        some = rank < torch.randint(1, modalities, (batch, 1), generator=generator)
        return torch.where(alone[:, None], some, torch.ones_like(some))
    kept = torch.randint(modalities, (batch,), generator=generator)
    only = torch.nn.functional.one_hot(kept, modalities).bool()
    return torch.where(alone[:, None], only, torch.ones_like(only))


def _interpolate(windows: Tensor, position: Tensor) -> Tensor:
    """(B, T, C) at fractional steps (B, T), linearly."""
    left = position.floor().long()
    right = (left + 1).clamp(max=windows.shape[1] - 1)
    share = (position - left)[:, :, None]
    rows = torch.arange(len(windows))[:, None]
    return windows[rows, left] * (1 - share) + windows[rows, right] * share
