"""Windows of many wearers in, calibrated probabilities out, in one batch on the CPU.

Whatever computes the network: torch is loaded only where a recognizer is handed over.
Legend: n windows, B = n and the network's padding, M modalities, T steps, C channels, K labels, D embedding.
"""

import threading
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .bundle.bundle import BundleInfo
from .bundle.novelty import DISTANCE, energy
from .classifier import Classified, ServedNetwork
from .enroll.nearest import NearestExamples
from .enroll.prototypes import Competition, Memory, taken
from .networks.side_by_side import SideBySide

if TYPE_CHECKING:
    from .recognizer import Recognizer


class Runtime:
    """A network made ready for serving, with what a bundle remembers: one set of threads, warm batch sizes.

    The same windows in the same batch give the same bits wherever they come from. To be called from
    `at_once` threads at once at most.
    """

    def __init__(
        self,
        info: BundleInfo,
        network: "Recognizer | ServedNetwork",
        *,
        memory: Memory | None = None,
        threads: int = 1,
    ) -> None:
        """Prepare for inference; a recognizer is computed by torch, and itself left as it is.

        Args:
            info: Of the network's bundle.
            network: Takes the modalities of `info`.
            memory: Holds what `info` says is enrolled; that of a recognizer is taken from it.
            threads: Of torch and of numpy's products, for this whole process; more than one pays only for
                large batches. A network that is given has threads of its own.
        """
        if threads < 1:
            raise ValueError(f"threads must be at least 1, not {threads}")
        if isinstance(network, ServedNetwork):
            self._network = network
        else:
            from .networks.by_torch import TorchNetwork

            self._network, memory = TorchNetwork(network, threads), network.memory
        # numpy's BLAS takes all cores for the distance to a few hundred exemplars: the second spins more
        # than it computes
        threadpool_limits(threads, user_api="blas")
        self.info = info
        self.at_once = self._network.threads if isinstance(self._network, SideBySide) else 1
        """Threads that may classify at the same time."""
        self.network = self._network.runtime
        """What computes it, and its version: "torch 2.13.0"."""
        self._enrolled = _competition(info, memory)
        self._nearest = None if memory is None else NearestExamples(memory, info)
        self._names = tuple(modality.name for modality in info.modalities)
        self._shapes = {m.name: (m.steps(info.window), len(m.channels)) for m in info.modalities}
        self._columns = {name: column for column, name in enumerate(self._names)}
        self._rooms = threading.local()
        """Where a batch is put together, by each thread: modality -> an array as large as the largest yet."""
        self._subsets: dict[bytes, tuple[tuple[str, ...], float]] = {}
        """Row of presence -> its modalities and their temperature, of those met yet."""

    def classify(self, windows: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        """Recognize windows, each modality -> (T, C) in canonical units.

        A modality may be missing; one that holds a value that is not finite is taken as missing.

        Raises:
            ValueError: A window without any usable modality, an unknown modality, or a wrong shape.
        """
        labels = len(self.info.labels)
        if not windows:
            return Classified(
                np.zeros((0, labels), np.float32), np.zeros((0, 0), np.float32), np.zeros(0), ()
            )
        count = len(windows)
        samples, presence = self._stack(windows, self._network.padded(count))
        subsets = [self._subset(row) for row in presence[:count]]
        present = tuple(names for names, _ in subsets)
        temperatures = np.array([[temperature] for _, temperature in subsets], np.float32)
        found = self._network.infer(samples, presence, temperatures)
        logits, probabilities, embeddings = found.logits, found.probabilities, found.embeddings
        if not (_finite(probabilities) and _finite(embeddings)):
            raise ValueError(f"the weights of {self.info.id} gave an answer that is not finite")
        novelty = energy(logits)
        strangeness = None
        if self._nearest is not None:
            there = np.array([len(names) for names in present], np.float64)
            learned, active = self._nearest.distances(embeddings, there)
            if active is not None:
                novelty += DISTANCE * learned
                strangeness = np.minimum(np.maximum(active / 2, 0.0), 1.0)
        if self._enrolled is not None:
            probabilities, novelty = self._enrolled.join(probabilities, novelty, embeddings, present)
            if strangeness is not None:
                strangeness[taken(probabilities, logits.shape[1])] = 0.0  # their gates have judged it
        return Classified(probabilities, embeddings, novelty, present, strangeness)

    def remembering(self, info: BundleInfo, memory: Memory | None, *, threads: int = 1) -> "Runtime":
        """A runtime of the same network for a bundle that differs in what it remembers."""
        return Runtime(info, self._network, memory=memory, threads=threads)

    def warm_up(self, batch: int = 1) -> None:
        """Classify zeros in every batch size up to `batch`, and each lone modality: no window is slow."""
        sizes = sorted({self._network.padded(1 << power) for power in range((batch - 1).bit_length() + 1)})
        zeros = {name: np.zeros(shape, np.float32) for name, shape in self._shapes.items()}
        for size in sizes:
            for window in (zeros, *({name: array} for name, array in zeros.items())):
                for _ in range(3):
                    self.classify([window] * size)

    def _stack(
        self, windows: Sequence[Mapping[str, NDArray[Any]]], batch: int
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
        """(B, T, C) of each modality that some window has, zeros where absent; and (B, M) presence.

        The arrays are those of the thread's next call, too.
        """
        room: dict[str, NDArray[np.float32]] = vars(self._rooms)
        presence = np.zeros((batch, len(self._names)), np.bool_)
        given = dict.fromkeys(self._names, 0)
        for row, window in enumerate(windows):
            for name, array in window.items():
                if name not in self._shapes:
                    raise ValueError(
                        f"unknown modality {name!r}; {self.info.name} takes {', '.join(self._names)}"
                    )
                shape = self._shapes[name]
                if array.shape != shape:
                    raise ValueError(f"a window of {name!r} has the shape {array.shape}, not {shape}")
                if name not in room or len(room[name]) < batch:
                    room[name] = np.zeros((batch, *shape), np.float32)
                room[name][row] = array
                presence[row, self._columns[name]] = True
                given[name] += 1
        samples: dict[str, NDArray[np.float32]] = {}
        for name, column in self._columns.items():
            if not given[name]:
                continue
            stacked = room[name][:batch]
            if given[name] < batch:
                stacked[~presence[:, column]] = 0.0
            if not _finite(stacked):
                bad = ~np.isfinite(stacked).all(axis=(1, 2))
                stacked[bad] = 0.0
                presence[bad, column] = False
                given[name] = int(presence[:, column].sum())
            if given[name]:
                samples[name] = stacked
        if sum(given.values()) < len(windows) * len(self._names):
            usable = presence[: len(windows)].any(axis=1)
            if not usable.all():
                raise ValueError(f"window {usable.argmin()} has no modality with finite samples")
        return samples, presence

    def _subset(self, presence: NDArray[np.bool_]) -> tuple[tuple[str, ...], float]:
        """The modalities of a row of presence, and their temperature."""
        key = presence.tobytes()
        found = self._subsets.get(key)
        if found is None:
            names = tuple(name for name, there in zip(self._names, presence, strict=True) if there)
            found = self._subsets[key] = names, self.info.temperature(set(names))
        return found


def _finite(array: NDArray[np.float32]) -> bool:
    """True where all values are finite, mostly in one pass: the sum of their squares is, then."""
    return isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def _competition(info: BundleInfo, memory: Memory | None) -> Competition | None:
    """The competition of enrolled and learned activities; None where none is enrolled."""
    if not info.enrolled:
        return None
    if memory is None:
        raise ValueError(f"{info.id} has enrolled activities, but its recognizer has no memory of them")
    return Competition(info, memory)
