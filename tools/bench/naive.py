"""The script that one writes without hnhar: pylsl, a deque a stream, and the network four times a second.

It knows no gap, no unit, no loss and no quality: `tools.bench.beside` runs it beside hnhar for its cost.

    python -m tools.bench.naive IMU_STREAM SKELETON_STREAM WEIGHTS
"""

import sys
import time
from collections import deque

import numpy as np
import pylsl
import torch

from hnhar.model.bundle.bundle import find
from hnhar.model.loading import load


def main(imu: str, skeleton: str, weights: str) -> None:
    """Print a line for each prediction, for ever."""
    torch.set_num_threads(1)
    info, recognizer = load(find(weights))
    inlets: dict[str, pylsl.StreamInlet] = {}
    samples: dict[str, deque[tuple[float, list[float]]]] = {}
    for modality, name in zip(info.modalities, (imu, skeleton), strict=True):
        (found,) = pylsl.resolve_byprop("name", name, 1, 60.0)
        inlets[modality.name] = pylsl.StreamInlet(found, processing_flags=pylsl.proc_clocksync)
        samples[modality.name] = deque(maxlen=int(info.window * found.nominal_srate()))
    due = time.monotonic()
    while True:
        for name, inlet in inlets.items():
            rows, stamps = inlet.pull_chunk(timeout=0.0)
            samples[name].extend(zip(stamps, rows, strict=True))
        time.sleep(0.01)
        if time.monotonic() < due or any(len(kept) < (kept.maxlen or 0) for kept in samples.values()):
            continue
        due += info.hop
        batch = {}
        for modality in info.modalities:
            stamps, rows = zip(*samples[modality.name], strict=True)
            steps = modality.steps(info.window)
            grid = stamps[-1] + np.arange(1 - steps, 1) / modality.rate
            values = np.array(rows)
            columns = [np.interp(grid, stamps, values[:, c]) for c in range(values.shape[1])]
            batch[modality.name] = torch.tensor(np.array(columns).T[None], dtype=torch.float32)
        with torch.no_grad():
            probabilities = recognizer(batch).logits.softmax(dim=1)[0]
        best = int(probabilities.argmax())
        late = (pylsl.local_clock() - min(kept[-1][0] for kept in samples.values())) * 1e3
        print(f"{info.labels[best]} {float(probabilities[best]):.0%}  {late:.1f} ms", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
