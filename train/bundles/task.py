"""The task of a bundle: its labels, its modalities and its window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import Modality, kind_of


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
    """Placement of the IMU ("right wrist"); "" where it is unknown."""
    idle: str = "idle"
    """Label of windows without any of the actions."""
    window: float = 3.0
    """s."""
    hop: float = 0.25
    """s between predictions when it serves."""
    rates: Mapping[str, float] = field(default_factory=lambda: {k.name: k.rate for k in (IMU, SKELETON)})
    """Kind of modality -> Hz of its grid, in the order of the presence mask."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the logits."""
        return (*self.actions, self.idle)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """One of each kind, in the order of the presence mask."""
        return tuple(kind_of(kind).modality(rate) for kind, rate in self.rates.items())

    @property
    def idle_column(self) -> int:
        """Index of the idle label among the logits."""
        return len(self.actions)

    def leaving_out(self, labels: Sequence[str]) -> "Task":
        """The same task with fewer actions."""
        kept = tuple(action for action in self.actions if action not in labels)
        return replace(self, actions=kept, without=(*self.without, *labels))
