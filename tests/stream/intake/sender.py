"""A sender in a process of its own, to be killed or stopped: counts samples in its first channel."""

import sys
import time

import numpy as np

from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.messages import StreamDescription

CHANNELS = {
    "imu": (["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"], ["g"] * 3 + ["deg/s"] * 3),
    "si": (["gyro_z", "gyro_y", "gyro_x", "acc_z", "acc_y", "acc_x"], ["rad/s"] * 3 + ["m/s^2"] * 3),
    "eeg": (["Fp1", "Fp2"], ["microvolts"] * 2),
}


def main(name: str, source_id: str, kind: str, rate: float) -> None:
    configure()
    channels, units = CHANNELS[kind]
    outlet = DataOutlet(StreamDescription(name, "IMU", source_id, tuple(channels), tuple(units), rate), "imu")
    print("ready", flush=True)
    begun, sent = time.monotonic(), 0
    while True:
        row = np.zeros((1, len(channels)))
        row[0, channels.index("acc_z") if "acc_z" in channels else 0] = 9.80665 if kind == "si" else 1.0
        if "acc_x" in channels:
            row[0, channels.index("acc_x")] = 1e-3 * (sent % 2)  # no sensor stays the same to the last bit
        row[0, channels.index("gyro_x") if "gyro_x" in channels else 0] = sent
        outlet.push(row.astype(np.float32), 0.0)  # type: ignore[arg-type]
        sent += 1
        time.sleep(max(0.0, begun + sent / rate - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
