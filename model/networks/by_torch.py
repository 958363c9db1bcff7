"""The network as torch computes it: the reference that every other runtime is compared with."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from ..classifier import NetworkOutput
from ..encoders.folding import fold
from ..heads import RecognizerOutput
from ..recognizer import Recognizer


class TorchNetwork:
    """A recognizer with its batch normalization folded, on the CPU; see `classifier.ServedNetwork`."""

    def __init__(self, recognizer: Recognizer, threads: int = 1) -> None:
        """`recognizer` itself is left as it is. `threads`: of torch, for this whole process."""
        torch.set_num_threads(threads)
        self._recognizer = fold(recognizer)

    @property
    def runtime(self) -> str:
        """Torch and its version."""
        return f"torch {torch.__version__.partition('+')[0]}"

    def padded(self, count: int) -> int:
        """A power of two: few sizes are warmed up, and the same windows meet the same sizes."""
        return 1 << (count - 1).bit_length()

    def infer(
        self,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        """See `classifier.ServedNetwork`."""
        count = len(temperatures)
        with torch.inference_mode():
            given = {name: torch.from_numpy(array) for name, array in samples.items()}
            found = cast(RecognizerOutput, self._recognizer(given, torch.from_numpy(presence)))
            logits = found.logits[:count]
            probabilities = (logits / torch.from_numpy(temperatures)).softmax(dim=1)
            embeddings = found.embedding[:count]
            return NetworkOutput(logits.numpy(), probabilities.numpy(), embeddings.numpy())
