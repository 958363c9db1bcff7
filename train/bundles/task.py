"""The task of a bundle: its labels, its modalities and its window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import Modality


def left_out_in(text: str, actions: Sequence[str]) -> tuple[str, ...]:
    """The actions that `--without L,L` names, each once; ConfigError: one is none, or too few are left."""
    labels = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not set(labels) <= set(actions) or len(labels) + 2 > len(actions):
        raise ConfigError(
            f"--without {text}: names some, and leaves at least two, of these: {', '.join(actions)}"
        )
    return labels


@dataclass(frozen=True, slots=True)
class Task:
    """Labels and streams of one bundle."""

    actions: tuple[str, ...]
    """Labels without idle."""
    without: tuple[str, ...] = ()
    """Actions that were taken out of `actions`: it must not learn them."""
    placement: str = ""
    """Placement of the worn sensor ("right wrist"); "" where it is unknown, or the modalities say it."""
    idle: str = "idle"
    """Label of windows without any of the actions."""
    window: float = 3.0
    """s."""
    hop: float = 0.25
    """s between predictions when it serves."""
    modalities: tuple[Modality, ...] = (IMU.modality(), SKELETON.modality())
    """In the order of the presence mask."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the logits."""
        return (*self.actions, self.idle)

    @property
    def rates(self) -> dict[str, float]:
        """Modality -> Hz of its grid."""
        return {modality.name: modality.rate for modality in self.modalities}

    @property
    def idle_column(self) -> int:
        """Index of the idle label among the logits."""
        return len(self.actions)

    def leaving_out(self, labels: Sequence[str]) -> "Task":
        """The same task with fewer actions."""
        kept = tuple(action for action in self.actions if action not in labels)
        return replace(self, actions=kept, without=(*self.without, *labels))
