"""Sessions as other people, rooms and sensors would have given them: the rows, and their figures.

Each row is a change of whole recordings (`hnhar.train.synthesis.elsewhere`), measured with the subsets of
modalities that it concerns: a camera's place says nothing of the sensor alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.classifier import Classifier
from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.stream.mapping.axes import AUTO
from hnhar.stream.mapping.mapping import MappingOptions
from hnhar.stream.recordings import Recording

from ..synthesis.elsewhere.camera import viewed
from ..synthesis.elsewhere.effort import paced, smaller, vigorous
from ..synthesis.elsewhere.mount import left_handed, turned
from .evaluate import Subset, subsets_of, watch_together
from .figures import EvaluatedSession, decided, figures_in_short

AS_IT_IS: Final = "as it is"
BOTH: Final = (IMU.name, SKELETON.name)
DIAGONAL: Final = (1.0, 1.0, 1.0)
TOGETHER: Final = 6
"""Rows whose sessions are watched together, at most: it is all in memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One row: what is changed, and how the changed recording is read."""

    group: str
    """The rows that are asked for together, and whose worst an aim is held against."""
    name: str
    kinds: tuple[str, ...]
    """Kinds of modalities that it concerns."""
    change: Callable[[Recording], Recording]
    options: MappingOptions | None = None
    """Options of the mapping; None: none."""

    def concerns(self, info: BundleInfo, subset: Subset) -> bool:
        """True where one of the subset's modalities is of a kind that is changed."""
        return any(info.modality(name).kind in self.kinds for name in subset)


@dataclass(frozen=True, slots=True, eq=False)
class WatchedPeople:
    """A bundle and the sessions of everybody whom it is shown."""

    info: BundleInfo
    runtime: Classifier
    recordings: tuple[Recording, ...]


@dataclass(frozen=True, slots=True)
class ElsewhereRow:
    """Figures of one row, over all sessions of all bundles together."""

    group: str
    name: str
    by: Mapping[str, Mapping[str, Any]]
    """Subset of modalities ("imu", "imu+skeleton") -> `figures_in_short`."""
    each: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Subset -> wearer -> F1."""
    note: str = ""
    """Anything else to be known of it, in words."""


def _of_mounts(group: str = "mount", words: str = "", options: MappingOptions | None = None) -> list[Variant]:
    turns: tuple[tuple[str | tuple[float, ...], float], ...] = (
        *(("x", 30), ("x", 60), ("x", 90), ("x", 180), ("y", 90), ("z", 90)),
        (DIAGONAL, 120),
    )
    return [
        Variant(
            group,
            f"sensor turned {angle}° about {axis if isinstance(axis, str) else 'the diagonal'}{words}",
            (IMU.name,),
            partial(turned, degrees=angle, axis=axis),
            options,
        )
        for axis, angle in turns
    ]


def _of_cameras() -> list[Variant]:
    yaws = [
        Variant(
            "camera",
            f"camera at {yaw}°",
            (SKELETON.name,),
            partial(viewed, yaw=yaw),
        )
        for yaw in (30, 45, 90, 135, 180)
    ]
    down = Variant("camera", "camera looking down 20°", (SKELETON.name,), partial(viewed, pitch=20.0))
    return [*yaws, down]


def _of_efforts() -> list[Variant]:
    speeds = (0.6, 0.8, 1.25, 1.5)
    return [
        *(Variant("vigor", f"vigor {v:g} ×", (IMU.name,), partial(vigorous, vigor=v)) for v in speeds),
        *(Variant("tempo", f"tempo {v:g} ×", BOTH, partial(paced, tempo=v)) for v in speeds),
        Variant("amplitude", "half the amplitude", BOTH, partial(smaller, amplitude=0.5)),
    ]


LEFT_OPTIONS: Final = MappingOptions(imu_axes="x,-y,z", mirror=True)
AUTO_OPTIONS: Final = MappingOptions(imu_axes=AUTO)
VARIANTS: Final = (
    *_of_mounts(),
    *_of_cameras(),
    *_of_efforts(),
    Variant("left", "left-handed, worn on the left", BOTH, left_handed),
    Variant("left read so", "the same, with --imu-axes x,-y,z --mirror", BOTH, left_handed, LEFT_OPTIONS),
    Variant("auto", f"sensor as it is, --imu-axes {AUTO}", (IMU.name,), lambda r: r, AUTO_OPTIONS),
    *_of_mounts("auto", f", --imu-axes {AUTO}", AUTO_OPTIONS),
)
"""The rows, in the order of their table."""
GROUPS: Final = tuple(dict.fromkeys(variant.group.split()[0] for variant in VARIANTS))
"""Names by which rows are asked for."""


def variants_of(groups: Sequence[str]) -> list[Variant]:
    """The rows of some `GROUPS`."""
    return [variant for variant in VARIANTS if variant.group.split()[0] in groups]


def measured_elsewhere(
    people: Sequence[WatchedPeople],
    variants: Sequence[Variant],
    hop: float | None,
    advance: Callable[[str, int, int], None],
) -> list[ElsewhereRow]:
    """Figures of the sessions as they are, and then of each row. `advance`: step, steps done, and all.

    Sessions of several rows are watched together, as a batch of windows costs little more than one.
    """
    kinds = tuple({m.kind for of in people for m in of.info.modalities})
    todo = [Variant("", AS_IT_IS, kinds, lambda recording: recording), *variants]
    seen: dict[str, dict[str, list[EvaluatedSession]]] = {variant.name: {} for variant in todo}
    done, steps = 0, len(people) * len(todo)
    for of in people:
        for together in _alike(todo):
            advance(f"{together[0].name} … {together[-1].name}", done, steps)
            # a bundle without a reference has nothing to find a rotation by
            lost = together[0].options == AUTO_OPTIONS and not of.info.mounts
            asked = [
                (variant.name, changed, subset)
                for variant in together
                for recording in of.recordings
                for changed in [variant.change(recording)]
                for subset in subsets_of(of.info, changed)
                if variant.concerns(of.info, subset) and not lost
            ]
            sessions = [(changed, subset) for _, changed, subset in asked]
            options = together[0].options
            watched = watch_together(of.runtime, of.info, sessions, hop, options) if asked else []
            for (name, _, _), session in zip(asked, watched, strict=True):
                key = subset_key(set(session.subset))
                seen[name].setdefault(key, []).append(decided(session, of.info))
            done += len(together)
    advance("measured", steps, steps)
    return [row_of(v.group, v.name, seen[v.name]) for v in todo if seen[v.name]]


def row_of(
    group: str, name: str, seen: Mapping[str, Sequence[EvaluatedSession]], note: str = ""
) -> ElsewhereRow:
    """The row of the sessions that were seen by each subset of modalities."""
    each = {
        key: {
            wearer: figures_in_short([s for s in sessions if s.watched.recording.wearer == wearer])["f1"]
            for wearer in dict.fromkeys(s.watched.recording.wearer for s in sessions)
        }
        for key, sessions in seen.items()
    }
    by = {key: figures_in_short(sessions) for key, sessions in seen.items()}
    return ElsewhereRow(group, name, by, each, note)


def worse(row: ElsewhereRow, before: ElsewhereRow) -> list[str]:
    """Wearers whose F1 is lower than it was before, in words."""
    return [
        f"{wearer}, {key}, from {before.each[key][wearer]:.3f} to {f1:.3f}"
        for key, people in row.each.items()
        for wearer, f1 in people.items()
        if f1 is not None and f1 < before.each[key][wearer]
    ]


def _alike(variants: Sequence[Variant]) -> list[list[Variant]]:
    """The rows in their order, those side by side together that are read with the same options."""
    out: list[list[Variant]] = []
    for variant in variants:
        if out and len(out[-1]) < TOGETHER and out[-1][0].options == variant.options:
            out[-1].append(variant)
        else:
            out.append([variant])
    return out


def asked_rows(text: str, others: Sequence[str]) -> list[str]:
    """Names of groups between commas, or "all"; ConfigError for a name that is not of these or `others`."""
    known = [*others, *GROUPS]
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return known
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        raise ConfigError(
            f"--rows '{text}': {wrong[0] if wrong else 'nothing'} is no group of rows; there are "
            f"{', '.join(known)}, and 'all'."
        )
    return list(dict.fromkeys(names))
