"""A batch computed in several threads, each a part of its windows. Loads no torch.

Legend: B windows, M modalities.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..classifier import NetworkOutput, ServedNetwork

LEAST: Final = 8
"""Windows for which a thread pays."""


class SideBySide:
    """A network whose windows have the same bits in every batch, and which several threads may ask at once.

    Cheaper than several threads within each operator, which wait for each other dozens of times a batch. A
    batch is divided only among threads that have no other.
    """

    def __init__(self, network: ServedNetwork, threads: int) -> None:
        """`threads`: at most, that of the caller among them."""
        self.threads = threads
        """That compute at once."""
        self._network = network
        self._computing = 0
        """Batches, at present."""
        self._counting = threading.Lock()
        self._others = ThreadPoolExecutor(max(1, threads - 1), thread_name_prefix="network")

    @property
    def runtime(self) -> str:
        """That of the network."""
        return self._network.runtime

    def padded(self, count: int) -> int:
        """As the network has it."""
        return self._network.padded(count)

    def infer(
        self,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        """See `classifier.ServedNetwork`."""
        with self._counting:
            free = self.threads - self._computing
            self._computing += 1
        try:
            return self._divided(free, samples, presence, temperatures)
        finally:
            with self._counting:
                self._computing -= 1

    def _divided(
        self,
        threads: int,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        """As `infer`, by so many threads at most."""
        count = len(temperatures)
        parts = min(threads, count // LEAST)
        if parts < 2 or len(presence) != count:
            return self._network.infer(samples, presence, temperatures)
        ends = [count * part // parts for part in range(parts + 1)]
        first, *rest = [slice(begin, end) for begin, end in pairwise(ends)]

        def part(rows: slice) -> NetworkOutput:
            given = {name: array[rows] for name, array in samples.items()}
            return self._network.infer(given, presence[rows], temperatures[rows])

        others = [self._others.submit(part, rows) for rows in rest]
        found = [part(first), *(other.result() for other in others)]
        return NetworkOutput(
            np.concatenate([each.logits for each in found]),
            np.concatenate([each.probabilities for each in found]),
            np.concatenate([each.embeddings for each in found]),
        )
