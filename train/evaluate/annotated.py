"""Recordings that somebody names to measure a bundle on; refused where no figure could be right."""

from collections.abc import Iterable
from pathlib import Path

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened
from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.beside import tables_beside
from hnhar.stream.recordings.clock_choice import ClockChoice

from .evaluate import subsets_of


def open_annotated(
    path: str,
    info: BundleInfo,
    seed: int,
    *,
    columns: str = "",
    clock: ClockChoice | None = None,
    labels: Path | None = None,
    tier: str = "",
) -> Recording:
    """The recording, if the bundle can be measured on it; `seed` belongs to composed and synthetic ones, the
    rest is as of `open_recording`.

    Raises:
        RecordingError: It has no stream that the bundle takes, or nothing with a duration is annotated in it.
    """
    recording = open_recording(path, seed=seed, columns=columns, clock=clock, labels=labels, tier=tier)
    if not subsets_of(info, recording):
        taken = ", ".join(m.name for m in info.modalities)
        raise RecordingError(f"'{path}' has no stream that {info.id} takes ({taken}).{_noted(recording)}")
    lasting = [a for a in recording.annotations if a.duration > 0]
    if not lasting:
        instants = list(dict.fromkeys(f"'{a.label}'" for a in recording.annotations))[:5]
        there = f"only instants are annotated ({', '.join(instants)})" if instants else "nothing is annotated"
        raise RecordingError(
            f"{path} cannot be measured on: {there}, so it is not known what was done. "
            f"{_remedy(path)}{_noted(recording)}"
        )
    start, end = recording.start, recording.end
    if all(a.offset <= start or a.onset >= end for a in lasting):
        first, last = min(a.onset for a in lasting) - start, max(a.offset for a in lasting) - start
        raise RecordingError(
            f"{path} cannot be measured on: it has samples from 0.0 to {end - start:.1f} s, and its "
            f"{len(lasting)} labels are at {first:.1f} to {last:.1f} s; do they count seconds from its start?"
        )
    return recording


def remarks(recordings: Iterable[Recording], info: BundleInfo) -> list[str]:
    """Remarks, each once: assumptions in reading the recordings, and those without a known activity."""
    known = set(info.labels) - {info.idle}
    lines: list[str] = []
    for recording in recordings:
        lines += recording.notes
        done = {a.label for a in recording.annotations if a.duration > 0}
        if not done & known:
            lines.append(
                f"{info.id} learned nothing of what is annotated ({shortened(sorted(done))}), so recall and "
                "F1 say nothing"
            )
    return list(dict.fromkeys(lines))


def _noted(recording: Recording) -> str:
    """Notes of a recording as sentences behind an error."""
    return "".join(f" Note: {note}." for note in recording.notes)


def _remedy(path: str) -> str:
    file = Path(path)
    if not file.is_file() or file.suffix.lower() in (".mat", ""):
        return "Name a recording with annotations."
    send = (
        "Send 'label/start' and 'label/stop' while recording, or put"
        if file.suffix.lower() in (".xdf", ".xdfz")
        else "Put"
    )
    return (
        f"{send} a table beside the file: {tables_beside(file)[0].name} with onset, duration and label, in s "
        "from its start."
    )
