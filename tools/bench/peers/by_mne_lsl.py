"""The same script with MNE-LSL: a `StreamLSL` a stream keeps its last seconds, four predictions a second.

python -m tools.bench.peers.by_mne_lsl IMU_STREAM SKELETON_STREAM WEIGHTS
"""

import sys
import time

import mne  # type: ignore[import-not-found]
import mne_lsl  # type: ignore[import-not-found]
from mne_lsl.stream import StreamLSL  # type: ignore[import-not-found]
from tools.bench.peers.network import Network

ACQUISITION = 0.01
"""s between two looks of its threads (its default: .001)."""


def main(imu: str, skeleton: str, weights: str) -> None:
    """Print a line for each prediction, for ever."""
    mne_lsl.set_log_level("ERROR")
    mne.set_log_level("ERROR")
    network = Network(weights)
    info = network.info
    streams = {
        modality.name: StreamLSL(info.window, name=name).connect(
            ACQUISITION, processing_flags=["clocksync"], timeout=60.0
        )
        for modality, name in zip(info.modalities, (imu, skeleton), strict=True)
    }
    time.sleep(info.window)
    due = time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        due += info.hop
        windows = {}
        for name, stream in streams.items():
            values, stamps = stream.get_data(info.window)
            windows[name] = stamps, values.T
        network.tell(windows)


if __name__ == "__main__":
    main(*sys.argv[1:])
