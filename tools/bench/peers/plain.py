"""The script that one writes without hnhar: pylsl, a deque a stream, and the network four times a second.

It knows no gap, no unit, no loss and no quality: `tools.bench.beside` runs it beside hnhar for its cost.

    python -m tools.bench.peers.plain IMU_STREAM SKELETON_STREAM WEIGHTS
"""

import sys
import time
from collections import deque

import numpy as np
import pylsl
from tools.bench.peers.network import Network


def main(imu: str, skeleton: str, weights: str) -> None:
    """Print a line for each prediction, for ever."""
    network = Network(weights)
    info = network.info
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
        windows = {}
        for name, kept in samples.items():
            stamps, rows = zip(*kept, strict=True)
            windows[name] = np.array(stamps), np.array(rows)
        network.tell(windows)


if __name__ == "__main__":
    main(*sys.argv[1:])
