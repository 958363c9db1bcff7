"""By how much the answers of a carried trunk differ from those of whole windows, with the shipped weights.

Over a session of a performer whom no weights know: differences alone, no accuracy.
"""

from typing import cast

import torch

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.bundle.subsets import calibrated_subsets, subset_key
from hnhar.model.encoders.folding import fold
from hnhar.model.encoders.inertial import CompactInertialConfig, normalize
from hnhar.model.encoders.temporal import TemporalEncoder
from hnhar.model.loading import load
from hnhar.stream.recordings.feeds import windows_of
from hnhar.train.synthesis.performer import perform

from .carried import with_past
from .loss import HOP, PAST
from .trunk import CarriedTrunk

PERSON = 200
"""Synthetic, of those that no training may use."""


def differences(duration: float) -> dict[str, dict[str, float]]:
    """Subset of modalities -> largest and mean |Δp| of a past in place of zeros, share of other labels."""
    info, recognizer = load(find(DEFAULT))
    session = perform(seed=1, person=PERSON, duration=duration)
    cut = windows_of(session, info.modalities, window=info.window + PAST, hop=HOP, phase=0.0)
    full = [w.samples for w in cut if len(w.samples) == len(info.modalities)]
    longer = {
        m.name: torch.stack([torch.from_numpy(samples[m.name].copy()) for samples in full])
        for m in info.modalities
    }
    whole = {m.name: longer[m.name][:, -m.steps(info.window) :] for m in info.modalities}
    past = with_past(recognizer, info.window, {m.name: m.rate for m in info.modalities})
    out = {}
    with torch.inference_mode():
        for names in calibrated_subsets(list(whole)):
            heat = info.temperature(set(names))
            a = (recognizer.eval()({n: whole[n] for n in names}).logits / heat).softmax(dim=1)
            b = (past({n: longer[n] for n in names}).logits / heat).softmax(dim=1)
            out[subset_key(names)] = {
                "windows": len(a),
                "largest": float((a - b).abs().max()),
                "mean": float((a - b).abs().amax(dim=1).mean()),
                "other label": float((a.argmax(dim=1) != b.argmax(dim=1)).float().mean()),
            }
    return out


def rounding(duration: float) -> dict[str, float]:
    """Exact form of the IMU's trunk beside whole windows: largest difference, share of equals."""
    info, recognizer = load(find(DEFAULT))
    config = cast(CompactInertialConfig, recognizer.config.encoders["imu"])
    network = cast(TemporalEncoder, fold(recognizer.encoders["imu"]).encoder)
    points = info.modality("imu").steps(info.window)
    hop = round(HOP * info.modality("imu").rate)
    session = perform(seed=1, person=PERSON, duration=duration)
    cut = windows_of(session, [info.modality("imu")], window=HOP, hop=HOP, phase=0.0)
    parts = [torch.from_numpy(w.samples["imu"].copy())[None] for w in cut if "imu" in w.samples]
    stream = normalize(torch.cat(parts, dim=1), config.gyro_scale)
    carried = CarriedTrunk(network, config, points, hop // config.stride, "exact")
    state = carried.begin(1, stream.shape[2])
    largest, same, count = 0.0, 0, 0
    with torch.inference_mode():
        for end in range(hop, stream.shape[1] + 1, hop):
            found, *state = carried(stream[:, end - hop : end], *state)
            if end < 2 * points:
                continue  # until then zeros are in the state
            difference = (found - network(stream[:, end - points : end])).abs().max()
            largest, same, count = max(largest, float(difference)), same + int(difference == 0), count + 1
    return {"windows": count, "largest": largest, "same bits": same / count}
