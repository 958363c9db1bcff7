"""TensorBoard logs: what a training measures, over its steps, one TensorBoard run a training."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hnhar.model.errors import ConfigError, MissingExtraError

from ..learn.checkpoint import slug

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FLUSH = 10
"""s after which what was logged is on disk."""


class Board:
    """Writes FOLDER/TRAINING/events…; a context that closes its files.

    Without the extra `train` it writes nothing: `missing` says why, and the training goes on.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is imported or made before something is measured."""
        self.folder = folder
        self.missing = ""
        self._kind: Any = None
        self._writers: dict[str, SummaryWriter] = {}

    def __enter__(self) -> "Board":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def available(self) -> bool:
        """True if TensorBoard is installed."""
        if self._kind is None and not self.missing:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self.missing = str(MissingExtraError("tensorboard", "train", "logging for TensorBoard"))
            else:
                self._kind = SummaryWriter
        return not self.missing

    def scalars(self, training: str, step: int, measured: dict[str, float]) -> None:
        """Log the measurements of a step of a training.

        The first step of a training here drops what was logged from that step on before: a training that goes
        on from a checkpoint, or begins anew, takes the place of what it repeats.

        Raises:
            ConfigError: The folder cannot be written to.
        """
        if not measured or not self.available():
            return
        try:
            if training not in self._writers:
                self._writers[training] = self._kind(
                    str(self.folder / slug(training)), purge_step=step, flush_secs=FLUSH
                )
            for name, value in measured.items():
                self._writers[training].add_scalar(name, value, step)
        except OSError as error:
            raise ConfigError(
                f"TensorBoard logs cannot be written to '{self.folder}': {error.strerror or error}"
            ) from error
