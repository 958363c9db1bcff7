"""The network as a script calls it: the last seconds of each stream on a grid, torch, a line of text.

Shared by the peers, so that `tools.bench.beside` compares how they read and keep samples.
"""

import sys
from collections.abc import Callable

import numpy as np
import pylsl
import torch
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import find
from hnhar.model.loading import load


class Network:
    """A bundle's network by torch in one thread."""

    def __init__(self, weights: str) -> None:
        torch.set_num_threads(1)
        self.info, self._recognizer = load(find(weights))

    def tell(
        self,
        streams: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
        now: Callable[[], float] = pylsl.local_clock,
    ) -> None:
        """Print the label of the window that ends now; modality -> stamps (n,), s, and samples (n, C).

        `now`: on the clock of the stamps, s.
        """
        batch = {}
        for modality in self.info.modalities:
            stamps, values = streams[modality.name]
            steps = modality.steps(self.info.window)
            grid = stamps[-1] + np.arange(1 - steps, 1) / modality.rate
            columns = [np.interp(grid, stamps, values[:, c]) for c in range(values.shape[1])]
            batch[modality.name] = torch.tensor(np.array(columns).T[None], dtype=torch.float32)
        with torch.no_grad():
            probabilities = self._recognizer(batch).logits.softmax(dim=1)[0]
        best = int(probabilities.argmax())
        late = (now() - min(stamps[-1] for stamps, _ in streams.values())) * 1e3
        sys.stdout.write(f"{self.info.labels[best]} {float(probabilities[best]):.0%}  {late:.1f} ms\n")
        sys.stdout.flush()
