"""The compact encoders and their head in fewer and cheaper operators: the same functions, to rounding.

What ONNX Runtime computes well decides the form. A matrix product runs at the processor's limit, and so
does a convolution whose channels are a multiple of 16; each further operator costs a microsecond, more
where caches are cold. So choosing, copying, differences and means of joints are products with constant
matrices, a sum of shifted copies is a convolution, and what is linear goes into the weights: normalization,
bones, units. `export` traces these modules; weights stay those of the encoder that they are made of. A
window's bits are the same in any batch: no mean or product depends on how many there are.
Legend: B windows, T steps, C channels, W width, J = 20 joints, P = 64 a joint's three and padding.
"""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..encoders import skeleton
from ..encoders.facing import LEFT, NARROW, RIGHT, STEADY
from ..encoders.inertial import ACC_LIMIT, GYRO_LIMIT, CompactAccelerometer, CompactInertial
from ..encoders.skeleton import FEATURE_LIMIT, HIPS, JOINTS, POSITION_LIMIT, SHOULDERS, CompactSkeleton
from ..encoders.temporal import Convolution, DepthwiseConvolution, ResidualBlock, TemporalEncoder, TimeNorm
from ..heads import ClassificationHead, FusionHead
from ..kinds.skeleton import UTD_PARENTS
from ..modality import key_of

BLOCK = 16
"""Channels that ONNX Runtime convolves at once."""
_AXES = 3 * JOINTS


def lean(encoder: nn.Module, steps: int) -> nn.Module | None:
    """The lean form of an encoder for windows of `steps`: (B, T, C) -> (B, F); None where it has none."""
    made: nn.Module | None = None
    if type(encoder) is CompactInertial:
        made = LeanInertial(encoder.encoder, steps, encoder.gyro_scale)
    elif type(encoder) is CompactAccelerometer:
        made = LeanInertial(encoder.encoder, steps, None)
    elif type(encoder) is CompactSkeleton:
        made = LeanSkeleton(encoder, steps)
    return made


class LeanTrunk(nn.Module):
    """A `TemporalEncoder`, whose first convolution takes other channels than it learned."""

    def __init__(self, encoder: TemporalEncoder) -> None:
        super().__init__()
        self.stem = cast(Convolution, encoder.stem[0])
        self.norm = cast(TimeNorm, encoder.stem[1])
        self.blocks = nn.ModuleList(LeanBlock(cast(ResidualBlock, block)) for block in encoder.blocks)
        self.scores = encoder.pooling.scores

    def forward(self, x_B1TC: Tensor, rewritten: Callable[[Tensor], Tensor]) -> Tensor:
        """(B, F); `rewritten`: the weights (W, taps, channels learned) for the channels that are given."""
        width, taps = self.stem.out_features, self.stem.kernel
        scale, shift = self.norm.scale_and_shift()
        weight = rewritten(self.stem.weight.view(width, taps, -1)) * scale[:, None, None]
        x_BW1T = functional.conv2d(
            x_B1TC.permute(0, 3, 1, 2),
            weight.permute(0, 2, 1)[:, :, None],
            self.stem.bias * scale + shift,
            stride=(1, self.stem.stride),
            padding=(0, taps // 2),
        )
        steps = x_BW1T.shape[3]
        rows_NW = functional.gelu(x_BW1T.permute(0, 2, 3, 1)).reshape(-1, width)
        for block in self.blocks:
            rows_NW = block(rows_NW, steps)
        x_BTW = rows_NW.view(-1, steps, width)
        # the scores' bias is the same at every step: a softmax over them does not see it
        weights_BHT = torch.matmul(self.scores.weight, x_BTW.transpose(1, 2)).softmax(dim=2)
        return torch.cat([torch.bmm(weights_BHT, x_BTW).flatten(1), x_BTW.amax(dim=1)], dim=1)


class LeanBlock(nn.Module):
    """A `ResidualBlock` on rows of all windows."""

    def __init__(self, block: ResidualBlock) -> None:
        super().__init__()
        self.depthwise = cast(DepthwiseConvolution, block.layers[0])
        self.norm = cast(TimeNorm, block.layers[1])
        self.up, self.down = cast(nn.Linear, block.layers[2]), cast(nn.Linear, block.layers[5])

    def forward(self, rows_NW: Tensor, steps: int) -> Tensor:
        """(B T, W), same shape."""
        scale, shift = self.norm.scale_and_shift()
        weight, bias = self.depthwise.weight * scale, self.depthwise.bias * scale + shift
        taps, width = weight.shape
        x_BTW = rows_NW.view(-1, steps, width)
        dilation = self.depthwise.dilation
        half = dilation * (taps // 2)
        if width % BLOCK:  # by channels it would be slow
            padded = functional.pad(x_BTW, (0, 0, half, half))
            x_BTW = bias
            for tap in range(taps):
                x_BTW = x_BTW + padded[:, tap * dilation : tap * dilation + steps] * weight[tap]
        else:
            x_BTW = functional.conv2d(
                x_BTW[:, None].permute(0, 3, 1, 2),
                weight.t().reshape(width, 1, 1, taps),
                bias,
                padding=(0, half),
                dilation=(1, dilation),
                groups=width,
            ).permute(0, 2, 3, 1)
        inner = torch.addmm(self.up.bias, x_BTW.reshape(-1, width), self.up.weight.t())
        return rows_NW + torch.addmm(self.down.bias, functional.gelu(inner), self.down.weight.t())


class LeanInertial(nn.Module):
    """A `CompactInertial`, or without `gyro_scale` a `CompactAccelerometer`."""

    def __init__(self, encoder: TemporalEncoder, steps: int, gyro_scale: float | None) -> None:
        super().__init__()
        self.trunk = LeanTrunk(encoder)
        self.steps = steps
        shrink = ACC_LIMIT / GYRO_LIMIT  # a power of two: one limit for both, and not a bit lost
        six = gyro_scale is not None
        shrunk = torch.tensor([1.0, 1.0, 1.0, shrink, shrink, shrink] if six else [1.0] * 3)
        grown = torch.tensor([1.0, 1.0, 1.0] + ([1 / (shrink * gyro_scale)] * 3 if gyro_scale else []))
        self.shrunk: Tensor
        self.grown: Tensor
        _constants(self, shrunk=shrunk.repeat(steps), grown=grown)

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, C) in g and deg/s -> (B, F)."""
        channels = len(self.grown)
        flat = samples_BTC.reshape(-1, self.steps * channels)
        held = (flat * self.shrunk).clamp(-ACC_LIMIT, ACC_LIMIT)
        features: Tensor = self.trunk(held.view(-1, 1, self.steps, channels), lambda w: w * self.grown)
        return features


class LeanSkeleton(nn.Module):
    """A `CompactSkeleton`: joints and velocities, each padded to P channels; bones go into the weights."""

    def __init__(self, encoder: CompactSkeleton, steps: int) -> None:
        super().__init__()
        self.trunk = LeanTrunk(encoder.encoder)
        self.turns = encoder.frame == "body"
        self.gain = encoder.velocity_scale
        self.steps = steps
        self.wide = -(-_AXES // BLOCK) * BLOCK
        means = torch.zeros(2, steps)
        first = (steps - 1) // 3
        means[0] = 1 / steps
        means[1, first : steps - first] = 1 / (steps - 2 * first)
        before = torch.eye(steps) - torch.diag(torch.ones(steps - 1), -1)
        before[0] = 0.0
        parents = torch.eye(JOINTS)
        for joint, parent in enumerate(UTD_PARENTS):
            parents[joint, parent] -= 1.0
        self.means: Tensor
        self.before: Tensor
        self.parents: Tensor
        self.same_joint: Tensor
        self.to_hips: Tensor
        self.torso: Tensor
        self.kept: Tensor
        _constants(
            self,
            means=means,  # over all steps, and over those about the middle
            before=before,  # each step less the one before
            parents=parents,  # each joint less its parent
            same_joint=torch.kron(torch.eye(JOINTS), torch.ones(3, 3)),
            to_hips=torch.kron(_rows(JOINTS, [(HIPS, slice(None), 1.0)], JOINTS), torch.eye(3)),
            torso=torch.kron(_rows(JOINTS, [(SHOULDERS, 0, 1.0), (HIPS, 0, -1.0)], 1), torch.eye(3)),
            kept=torch.eye(_AXES, self.wide),
        )
        if self.turns:
            self.facing = LeanFacing(self.wide)

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 60) m -> (B, F)."""
        held = samples_BTC.clamp(-POSITION_LIMIT, POSITION_LIMIT)
        seen_B1C = torch.matmul(held.norm(p=1, dim=1, keepdim=True), self.same_joint).sign()
        center_B1C = torch.matmul(torch.matmul(self.means[:1], held), self.to_hips)
        middle = (self.steps + 1) // 2
        lengths_BT1 = torch.matmul(held, self.torso).norm(dim=2, keepdim=True)
        torso_B11 = lengths_BT1.topk(middle, dim=1, largest=False).values[:, middle - 1 : middle]
        size_B11 = torch.where(torso_B11 < skeleton.SHORTEST_TORSO, skeleton.TYPICAL_TORSO, torso_B11)
        joints_BTC = ((held - center_B1C) * (seen_B1C / size_B11)).clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
        turn = self.facing(joints_BTC, seen_B1C, self.means) if self.turns else self.kept
        joints_BTP = torch.matmul(joints_BTC, turn)
        most = FEATURE_LIMIT / self.gain if self.gain else 0.0
        changes_BTP = torch.matmul(self.before, joints_BTP).clamp(-most, most)
        both = torch.cat([joints_BTP, changes_BTP], dim=2)[:, None]
        features: Tensor = self.trunk(both, self._rewritten)
        return features

    def _rewritten(self, weight: Tensor) -> Tensor:
        """(W, taps, 180) of joints, bones and velocities -> (W, taps, 2 P) of joints and their changes."""
        width, taps = weight.shape[:2]
        joints, bones, velocities = weight.view(width, taps, 3, JOINTS, 3).unbind(dim=2)
        joints = joints + torch.matmul(self.parents.t(), bones)
        both = torch.stack([joints, velocities * self.gain], dim=2).reshape(width, taps, 2, _AXES)
        return functional.pad(both, (0, self.wide - _AXES)).reshape(width, taps, 2 * self.wide)


class LeanFacing(nn.Module):
    """`facing.face_camera` as a matrix of each window."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.wide = wide
        members = [(joint, pair, 1.0) for sides in (LEFT, RIGHT) for pair, joint in enumerate(sides)]
        across = _rows(JOINTS, [(j, p, 1.0 if j in RIGHT else -1.0) for j, p, _ in members], 2)
        only_xz = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
        cosines, sines = torch.zeros(3, 3), torch.zeros(3, 3)  # of a row vector x, y, z
        cosines[0, 0] = cosines[2, 2] = sines[2, 0] = 1.0
        sines[0, 2] = -1.0
        joints, upright = torch.eye(JOINTS), torch.diag(torch.tensor([0.0, 1.0, 0.0]))
        turns = [torch.kron(joints, each) for each in (cosines, sines, upright)]
        cosine, sine, kept = (functional.pad(turn, (0, wide - _AXES)).flatten() for turn in turns)
        self.across: Tensor
        self.pairs: Tensor
        self.summed: Tensor
        self.turn: Tensor
        self.kept: Tensor
        self.ahead: Tensor
        _constants(
            self,
            across=torch.kron(across, only_xz),  # right less left, x and z, of shoulders and of hips
            pairs=torch.kron(_rows(JOINTS, members, 2), torch.tensor([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])),
            summed=torch.eye(2).repeat(2, 1),
            turn=torch.stack([cosine, sine]),
            kept=kept,
            ahead=torch.tensor([[[1.0, 0.0]]]),
        )

    def forward(self, joints_BTC: Tensor, seen_B1C: Tensor, means: Tensor) -> Tensor:
        """(B, 60, P); `means`: (2, T) over all steps, and over those about the middle."""
        both_seen_B14 = torch.relu(torch.matmul(seen_B1C, self.pairs) - 1.0)
        across_BT2 = torch.matmul(torch.matmul(joints_BTC, self.across) * both_seen_B14, self.summed)
        whole_B12, middle_B12 = torch.matmul(means, across_BT2).split(1, dim=1)  # type: ignore[no-untyped-call]
        least_B11 = torch.matmul(means[:1] * STEADY, across_BT2.norm(dim=2, keepdim=True))
        chosen = torch.where(whole_B12.norm(dim=2, keepdim=True) < least_B11, middle_B12, whole_B12)
        length = chosen.norm(dim=2, keepdim=True)
        right_B12 = torch.where(length < NARROW, self.ahead, chosen / length)
        return (torch.matmul(right_B12, self.turn) + self.kept).view(-1, _AXES, self.wide)


class LeanHead(nn.Module):
    """A `FusionHead` and the softmax: features, presence (B, M), temperatures (B, 1) -> logits (B, K),
    probabilities (B, K) and embedding (B, M E)."""

    def __init__(self, head: FusionHead, names: Sequence[str]) -> None:
        super().__init__()
        keys = [key_of(name) for name in names]
        self.classifiers = nn.ModuleList(cast(ClassificationHead, head.classifiers[key])[1] for key in keys)
        self.embeddings = nn.ModuleList(head.embeddings[key] for key in keys)
        self.first, self.last = cast(nn.Linear, head.interaction[0]), cast(nn.Linear, head.interaction[3])
        self.classes, self.width = head.classes, head.width

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See above."""
        *features, presence, temperatures = inputs
        there_BM = presence.to(features[0].dtype)
        count_B1 = there_BM.sum(dim=1, keepdim=True)
        parts = []
        for given, *pair in zip(features, self.classifiers, self.embeddings, strict=True):
            layers = [cast(nn.Linear, layer) for layer in pair]
            weight, bias = (torch.cat([getattr(layer, n) for layer in layers]) for n in ("weight", "bias"))
            parts.append(torch.addmm(bias, given, weight.t()))
        both = torch.stack(parts, dim=1)
        logits_BMK, vectors_BME = both.split([self.classes, self.width], dim=2)  # type: ignore[no-untyped-call]
        logits = torch.matmul(there_BM[:, None], logits_BMK)[:, 0]
        scale = there_BM[:, :, None] / vectors_BME.norm(dim=2, keepdim=True).clamp(min=1e-12)
        units = (vectors_BME * scale).flatten(1)
        if len(features) > 1:
            inner = torch.addmm(self.first.bias, units, (self.first.weight * self.width**0.5).t())
            together = torch.addmm(self.last.bias, functional.gelu(inner), self.last.weight.t())
            logits = logits + together * (count_B1 - 1.0).clamp(0.0, 1.0)
        return logits, (logits / temperatures).softmax(dim=1), units / count_B1.clamp(min=1.0).sqrt()


def _rows(rows: int, entries: Sequence[tuple[int, int | slice, float]], columns: int) -> Tensor:
    """(rows, columns) of zeros, but for the entries (row, column or columns, value)."""
    made = torch.zeros(rows, columns)
    for row, column, value in entries:
        made[row, column] = value
    return made


def _constants(module: nn.Module, **values: Tensor) -> None:
    """Tensors of a module that are no weights of a bundle."""
    for name, value in values.items():
        module.register_buffer(name, value, persistent=False)
