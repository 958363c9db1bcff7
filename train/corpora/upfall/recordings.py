"""UP-Fall as recordings: five inertial streams of one wearer, and what was done when."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU_CHANNELS, IMU_UNITS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording

from .files import FileKey, Performance, find_files, read_file, stretches

CITATION = (
    "Martínez-Villaseñor, Ponce, Brieva, Moya-Albor, Núñez-Martínez, Peñafort-Asturiano, UP-Fall Detection "
    "Dataset: a multimodal approach, Sensors 2019, doi 10.3390/s19091988"
)
"""Whom to cite."""


@dataclass(frozen=True, slots=True)
class Performances:
    """Recordings of a folder, and notes on what was left out."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...]


def load_recordings(
    folder: str | Path,
    subjects: Collection[int] | None = None,
    *,
    advance: Callable[[int, int], None] | None = None,
) -> Performances:
    """Recordings of these people (None: of all), by person, activity and trial.

    Each has one stream a sensor that was worn, of the kind "imu", with its place as `placement`.
    `advance(done, of)` is told of each file. Raises RecordingError where none is usable.
    """
    files = find_files(Path(folder))
    chosen = {key: path for key, path in files.items() if subjects is None or key.subject in subjects}
    recordings, notes = [], []
    for done, (key, path) in enumerate(chosen.items(), 1):
        try:
            recordings.append(recording_of(key, read_file(path)))
            notes += [f"{key}: {note}" for note in recordings[-1].notes]
        except RecordingError as error:
            notes.append(f"left out: {error}")
        if advance is not None:
            advance(done, len(chosen))
    if not recordings:
        people = ", ".join(map(str, sorted({key.subject for key in files})))
        reasons = "; ".join(notes[:3]) or f"it holds people {people}"
        raise RecordingError(f"no file of those asked for in {folder} can be used: {reasons}")
    return Performances(tuple(recordings), tuple(notes))


def recording_of(key: FileKey, performance: Performance) -> Recording:
    """A file's content as a recording; its annotations follow each other without gaps."""
    wearer, name = f"subject{key.subject}", str(key)
    streams = tuple(
        RecordedStream(
            StreamDescription(
                f"upfall-{name}-{place}",
                "IMU",
                f"{wearer}-{place}",
                IMU_CHANNELS,
                IMU_UNITS,
                0.0,
                placement=place,
            ),
            sensor.samples,
            sensor.times,
            "imu",
        )
        for place, sensor in performance.sensors.items()
    )
    annotations = []
    for first, end in stretches(performance.labels):
        onset = float(performance.times[first])
        offset = float(performance.times[min(end, len(performance.times) - 1)])
        annotations.append(Annotation(onset, offset - onset, performance.labels[first]))
    return Recording(
        wearer,
        streams,
        tuple(annotations),
        name,
        {"corpus": CITATION, "execution": name, "unix_time": f"{performance.begin:.3f}"},
        performance.notes,
    )
