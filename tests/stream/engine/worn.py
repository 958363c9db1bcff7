"""Live sensors of one person over LSL, which can be switched off and on again."""

import threading

import numpy as np

from hnhar.model.modality import Modality
from hnhar.stream.messages import StreamDescription

CHUNK = 0.1
"""s of samples that are sent together."""


class LiveSensor:
    """One sensor at rest, moved a little, from `on` to `off`."""

    def __init__(self, name: str, modality: Modality, placement: str = "", stream_type: str = "IMU") -> None:
        """`modality`: what it measures, at its rate."""
        self.description = StreamDescription(
            name,
            stream_type,
            f"{name}-id",
            modality.channels,
            modality.units,
            modality.rate,
            placement=placement,
        )
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def on(self) -> None:
        """Begin to send."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, args=(self._stop,), daemon=True)
        self._thread.start()

    def off(self) -> None:
        """Stop sending; the stream is gone."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _send(self, stop: threading.Event) -> None:
        from hnhar.stream.lsl.inlet import now
        from hnhar.stream.lsl.outlets import DataOutlet

        outlet = DataOutlet(self.description)
        rng, count = np.random.default_rng(0), round(CHUNK * self.description.nominal_rate)
        at = now()
        while not stop.wait(max(0.0, at + CHUNK - now())):
            samples = rng.normal(0, 0.05, (count, len(self.description.channels)))
            samples[:, 2] += 1.0
            times = at + np.arange(1, count + 1) / self.description.nominal_rate
            outlet.push(samples.astype(np.float32), times)
            at = float(times[-1])
