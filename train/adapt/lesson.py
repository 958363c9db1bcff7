"""The lesson of a session: its windows with what they are to be taken for, and who teaches it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened
from hnhar.model.runtime import Runtime
from hnhar.stream.messages import Window

from ..learn.data import WindowSet, joined
from .session import SessionPart
from .teacher import performed, probabilities, taught
from .verdict import agreement, check_streams, check_teacher, contradicting, leading


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Windows of all stretches in order, with targets."""

    windows: WindowSet
    leading: tuple[str, ...] = ()
    """The modality that teaches the others and has nothing to learn from them; none where labels teach."""


def lesson_of(
    stretches: Sequence[Sequence[Window]],
    session: Sequence[SessionPart],
    info: BundleInfo,
    runtime: Runtime,
    guided: bool,
) -> Lesson:
    """The lesson of a session; RecordingError where its targets cannot be right."""
    idle = info.labels.index(info.idle)
    cut = [window for stretch in stretches for window in stretch]
    names = [m.name for m in info.modalities if any(m.name in window.samples for window in cut)]
    if not guided and len(names) < 2:
        raise RecordingError(
            f"without labels the streams teach each other, and there is only {' '.join(names)}: add the "
            "others, or say what was performed (--guided)."
        )
    alone = {name: probabilities(cut, runtime, info, [name]) for name in names}
    check_streams(alone, idle)
    if not guided:
        shares = agreement(alone, probabilities(cut, runtime, info), idle)
        misled = contradicting(shares)
        by = [name for name in names if name not in misled] if misled else []
        windows = joined(taught(stretch, runtime, info, by) for stretch in stretches)
        check_teacher(windows.targets.numpy(), info.labels, idle)
        return Lesson(windows, tuple(leading(shares)))
    known = set(info.labels) - {info.idle}
    labels = {annotation.label for part in session for annotation in part.annotations}
    if not labels & known:
        meant = " Say what these numbers mean: --marker-map 1=LABEL/start,2=LABEL/stop."
        numbers = bool(labels) and all(label.isdigit() for label in labels)
        raise RecordingError(
            f"nothing was performed that {info.name} knows: it was {shortened(sorted(labels)) or 'nothing'}, "
            f"and it knows {shortened(sorted(known))}.{meant if numbers else ''}"
        )
    parts = zip(stretches, session, strict=True)
    return Lesson(joined(performed(stretch, part.annotations, info) for stretch, part in parts))
