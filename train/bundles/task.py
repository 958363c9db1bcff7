"""What a bundle recognizes, from which streams: labels, modalities, window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
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
    """Where the IMU is worn ("right wrist"); "" where nobody said."""
    idle: str = "idle"
    """The label that stands for none of the actions."""
    window: float = 3.0
    """s."""
    hop: float = 0.25
    """s between predictions when it serves."""
    imu_rate: float | None = 50.0
    """Hz of the grid; None where there is no IMU."""
    skeleton_rate: float | None = 25.0
    """Hz of the grid; None where there is no skeleton."""
    further: tuple[tuple[str, float], ...] = ()
    """(Kind, Hz of the grid) of modalities of other packages."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the logits."""
        return (*self.actions, self.idle)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """In the order of the presence mask."""
        inertial = () if self.imu_rate is None else (imu(self.imu_rate),)
        seen = () if self.skeleton_rate is None else (skeleton(self.skeleton_rate),)
        return (*inertial, *seen, *(kind_of(kind).modality(rate) for kind, rate in self.further))

    def leaving_out(self, labels: Sequence[str]) -> "Task":
        """The same task with fewer actions."""
        kept = tuple(action for action in self.actions if action not in labels)
        return replace(self, actions=kept, without=(*self.without, *labels))
