"""A table of labels belongs to one recording, by the names of both."""

from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.train.custom.files import read_all
from hnhar.train.custom.labels import ReadingOptions

from ...stream.recordings.files import imu
from .own import EVENTS, quiet, read, write_table, write_xdf


def test_one_table_cannot_be_that_of_two_recordings(tmp_path: Path) -> None:
    files = [write_xdf(tmp_path / f"{n}.xdf", imu(seconds=30)) for n in "ab"]
    with pytest.raises(ConfigError, match="2 were named"):
        read_all(files, ReadingOptions(events="t.tsv"), quiet)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("sub-1_task-cook_run-001_eeg.xdf", "sub-1_task-cook_run-001_events.tsv"),
        ("sub-1_eeg.xdf", "sub-1_eeg_events.tsv"),
        ("sub-1_imu.xdf", "sub-1_events.tsv"),
        ("sub-1_imu.xdf", "sub-1_imu_events.tsv"),
    ],
)
def test_a_table_may_leave_out_how_the_name_of_the_recording_ends(
    tmp_path: Path, name: str, table: str
) -> None:
    path = write_xdf(tmp_path / name, imu(seconds=40))
    write_table(tmp_path / table, EVENTS)
    assert len(read(path).recording.annotations) == 2


def test_a_table_of_the_person_is_not_that_of_each_recording(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "sub-01_kitchen.xdf", imu(seconds=40))
    write_table(tmp_path / "sub-01_events.tsv", EVENTS)
    with pytest.raises(RecordingError, match=r"no labels.*sub-01_kitchen_events\.tsv"):
        read(path)


def test_a_table_that_would_serve_two_recordings_is_refused(tmp_path: Path) -> None:
    files = [write_xdf(tmp_path / f"sub-01_{end}.xdf", imu(seconds=40)) for end in ("eeg", "beh")]
    write_table(tmp_path / "sub-01_events.tsv", EVENTS)
    said = (
        r"sub-01_events\.tsv would hold .* sub-01_eeg\.xdf and of sub-01_beh\.xdf.* such as sub-01_beh_events"
    )
    with pytest.raises(ConfigError, match=said):
        read_all(files, ReadingOptions(), quiet)
    for file in files:
        write_table(file.with_name(f"{file.stem}_events.tsv"), EVENTS)
    assert len(read_all(files, ReadingOptions(), quiet)[0]) == 2
