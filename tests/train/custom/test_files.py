"""Your own recordings are read with their labels and subjects, and what is wrong with them is said."""

import gzip
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ChannelError, ConfigError, HnharError, RecordingError
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.recordings import Annotation, open_recording
from hnhar.stream.recordings.clock_choice import parse_clock
from hnhar.stream.recordings.events_tsv import write_events
from hnhar.stream.recordings.score import Recognized
from hnhar.train.custom.files import AROUND, OwnSession, read_all
from hnhar.train.custom.labels import ReadingOptions
from hnhar.train.custom.signals import rate_of
from hnhar.train.custom.workflow import Wanted, grid_rate, recipe_for

from ...stream.recordings.files import XdfStream, imu, markers, xdf
from .own import EVENTS, quiet, read, resting, session, write_csv, write_table, write_xdf


def test_markers_of_labrecorder_are_the_labels(tmp_path: Path) -> None:
    path = write_xdf(
        tmp_path / "sub-07_kitchen.xdf",
        imu(seconds=60),
        markers((112.0, "stir/start"), (114.0, "stir/stop"), (120.0, '{"label": "pour", "duration": 3}')),
    )
    found = read(path)
    assert found.subject == "07"
    assert found.recording.annotations == (Annotation(112.0, 2.0, "stir"), Annotation(120.0, 3.0, "pour"))
    assert found.recording.start == pytest.approx(112.0 - AROUND)
    assert found.recording.end == pytest.approx(123.0 + AROUND, abs=0.05)


@pytest.mark.parametrize("name", ["a_events.tsv", "a.tsv"])
def test_a_table_beside_the_file_holds_its_labels(tmp_path: Path, name: str) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40))
    write_table(tmp_path / name, EVENTS)
    assert read(path).recording.annotations == tuple(replace(a, onset=a.onset + 100) for a in EVENTS)


def test_what_hnhar_stream_recognized_beside_a_recording_is_not_learned(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40), markers((105.0, "x/start"), (107.0, "x/stop")))
    write_events(tmp_path / "a.events.tsv", [Recognized(12.0, 2.0, "guess", 0.9)])
    sessions, notes = read_all([path], ReadingOptions(), quiet)
    assert [a.label for a in sessions[0].recording.annotations] == ["x"]
    (note,) = (n for n in notes if "a.events.tsv was not read" in n)
    assert "looked for in a_events.tsv" in note


@pytest.mark.parametrize("name", ["a_events.tsv", "a.tsv", "a.events.tsv"])
def test_a_table_with_confidences_is_refused_under_any_name(tmp_path: Path, name: str) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40))
    write_events(tmp_path / name, [Recognized(12.0, 2.0, "guess", 0.9)])
    with pytest.raises(RecordingError, match=r"confidence.*no labels.*Name a table.*delete the column"):
        read(path, events=str(tmp_path / name))
    if name != "a.events.tsv":
        with pytest.raises(RecordingError, match=f"{name} has a column 'confidence'"):
            read(path)


def test_every_command_reads_the_table_that_the_training_reads(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40), markers((105.0, "x/start"), (107.0, "x/stop")))
    assert [a.label for a in open_recording(path).annotations] == ["x"]
    write_table(tmp_path / "a_events.tsv", EVENTS)
    found = open_recording(path)
    trained = read(path).recording
    assert found.annotations == trained.annotations
    assert [a.label for a in found.annotations] == ["stir", "pour"]
    assert found.notes[-1] == "its labels are those of a_events.tsv; its markers were left out"
    assert [a.label for a in open_recording(path, tables=False).annotations] == ["x"]
    csv = write_csv(tmp_path / "b_imu.csv", resting(30.0))
    assert not open_recording(csv).annotations
    write_table(tmp_path / "b_events.tsv", EVENTS)
    assert open_recording(csv).annotations == tuple(read(csv).recording.annotations)


def test_a_label_that_is_there_twice_counts_once_and_unknown_is_none(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40))
    write_table(tmp_path / "a_events.tsv", [*EVENTS, *EVENTS])
    sessions, notes = read_all([path], ReadingOptions(), quiet)
    assert len(sessions[0].recording.annotations) == len(EVENTS)
    assert any("2 labels are there twice" in note for note in notes)
    write_table(tmp_path / "a_events.tsv", [*EVENTS, Annotation(30.0, 2.0, "Unknown")])
    with pytest.raises(RecordingError, match="never learned, so it cannot be a label"):
        read(path)


def test_labels_that_hardly_differ_are_named(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=60))
    more = [Annotation(30.0, 2.0, "Stir"), Annotation(40.0, 2.0, "pour_in"), Annotation(50.0, 2.0, "Pour in")]
    write_table(tmp_path / "a_events.tsv", [*EVENTS, *more])
    _, notes = read_all([path], ReadingOptions(), quiet)
    assert "'Pour in' and 'pour_in'; 'Stir' and 'stir' are taken for different activities" in notes


def test_a_table_goes_before_markers_with_a_note(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40), markers((105.0, "x/start"), (107.0, "x/stop")))
    table = write_table(tmp_path / "elsewhere.tsv", EVENTS)
    sessions, notes = read_all([path], ReadingOptions(events=str(table)), quiet)
    assert {a.label for a in sessions[0].recording.annotations} == {"stir", "pour"}
    assert any("its markers were left out" in note for note in notes)


def test_an_unlabeled_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=30))
    with pytest.raises(RecordingError, match=r"no labels.*hold none.*label/start.*a_events\.tsv"):
        read(path)


def test_a_csv_without_a_table_and_a_damaged_file_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no labels: no table of them is beside it.*b_events\.tsv"):
        read(write_csv(tmp_path / "b_imu.csv", resting(30.0)))
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=30))
    path.write_bytes(path.read_bytes() + b"\x04\xff\xff\xff\x7f")
    with pytest.raises(RecordingError, match=r"no labels.*what came before was read"):
        read(path)


def test_labels_without_a_duration_are_refused_by_name(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=30), markers((105.0, "stir"), (110.0, "pour")))
    with pytest.raises(RecordingError, match=r"only instants \('stir', 'pour'\)"):
        read(path)


def test_idle_is_no_activity_and_chosen_labels_are_the_only_ones(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40))
    write_table(tmp_path / "a.tsv", [*EVENTS, Annotation(25.0, 5.0, "rest")])
    assert {a.label for a in read(path, idle="rest").recording.annotations} == {"stir", "pour"}
    assert {a.label for a in read(path, labels=("pour",)).recording.annotations} == {"pour"}
    with pytest.raises(RecordingError, match=r"none of the labels.*pour, rest, stir"):
        read(path, labels=("dance",))


def test_a_label_that_is_asked_for_and_nowhere_done_is_refused_with_those_that_are(tmp_path: Path) -> None:
    files = [write_xdf(tmp_path / f"{name}.xdf", imu(seconds=40)) for name in "ab"]
    write_table(tmp_path / "a.tsv", EVENTS)
    write_table(tmp_path / "b.tsv", [EVENTS[1], Annotation(30.0, 2.0, "rest")])
    with pytest.raises(ConfigError, match=r"--labels asks for stirr, but no .*there are: pour, rest, stir$"):
        read_all(files, ReadingOptions(labels=("pour", "stirr")), quiet)
    chosen = ReadingOptions(labels=("pour", "stir", "idle"))
    assert [len(s.recording.annotations) for s in read_all(files, chosen, quiet)[0]] == [2, 1]


def test_what_began_and_has_no_end_is_not_learned_as_idle(tmp_path: Path) -> None:
    texts = [(112.0, "stir/start"), (118.0, "stir/stop"), (110.0, "stir/start"), (113.0, "beep")]
    texts += [(125.0, "pour/start"), (130.0, "beep"), (140.0, "stir/start"), (145.0, "stir/stop")]
    other = write_xdf(
        tmp_path / "b.xdf", imu(seconds=40), markers((110.0, "pour/start"), (115.0, "pour/stop"))
    )
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=60), markers(*texts))
    sessions, notes = read_all([path, other], ReadingOptions(), quiet)
    found = sessions[0].recording
    assert [(a.onset, a.offset, a.label) for a in found.annotations] == [
        (112, 118, "stir"),
        (140, 145, "stir"),
    ]
    times = found.streams[0].timestamps
    assert found.streams[0].samples.shape == (len(times), 6)
    holes = [(times[k], times[k + 1]) for k in np.flatnonzero(np.diff(times) > 0.1)]
    np.testing.assert_allclose(holes, [(109.98, 112.0), (124.98, 130.0)])
    (told,) = (note for note in notes if "nobody said when it ended (" in note)
    assert "2 times nobody said when it ended ('stir' at 10.0 s, 'pour' at 25.0 s): what follows" in told
    assert "7.0 s in all" in told
    assert any("a.xdf: 2 markers without a duration were left out; " in note for note in notes)


def test_a_marker_during_what_it_names_takes_nothing_away(tmp_path: Path) -> None:
    texts = [(112.0, "stir"), (112.0, "stir/start"), (114.0, "stir"), (118.0, "stir/stop")]
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=40), markers(*texts))
    times = read(path).recording.streams[0].timestamps
    assert np.diff(times).max() < 0.1


def test_events_beyond_the_recording_are_refused(tmp_path: Path) -> None:
    path = write_xdf(tmp_path / "a.xdf", imu(seconds=30))
    write_table(tmp_path / "a.tsv", [Annotation(5000.0, 2.0, "stir")])
    with pytest.raises(RecordingError, match="seconds from the start"):
        read(path)


def test_labels_count_as_far_as_there_are_samples(tmp_path: Path) -> None:
    gap = imu(
        times=[100 + k / 50 for k in range(1500) if not 500 <= k < 750], rows=[(0.0, 0, 1, 0, 0, 0)] * 1250
    )
    path = write_xdf(tmp_path / "a.xdf", gap)
    done = [(-5, 1), (-1, 3), (5, 2), (11, 3), (14, 2), (28, 9), (40, 2), (5000, 2)]
    write_table(tmp_path / "a.tsv", [Annotation(onset, duration, "stir") for onset, duration in done])
    (found,), notes = read_all([path], ReadingOptions(), quiet)
    spans = [(a.onset - 100, a.offset - 100) for a in found.recording.annotations]
    np.testing.assert_allclose(spans, [(0, 2), (5, 7), (14, 16), (28, 29.98)])
    assert "a.xdf: 4 of its 8 labels lie where it has no samples; they were left out" in notes
    assert "a.xdf: 2 of its labels reach beyond its samples; they were shortened" in notes


@pytest.mark.parametrize(
    ("name", "rule", "subject"),
    [
        ("sub-A1_x.xdf", "name", "A1"),
        ("monday.xdf", "name", "monday"),
        ("monday.xdf", "one", "one"),
        ("p12_run3.xdf", r"p(\d+)_", "12"),
    ],
)
def test_who_it_is_of_follows_from_the_name(tmp_path: Path, name: str, rule: str, subject: str) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    path = write_xdf(folder / name, imu(seconds=30))
    table = write_table(tmp_path / "t.tsv", EVENTS)
    assert read(path, events=str(table), subject_from=rule).subject == subject


@pytest.mark.parametrize(
    ("rule", "said"), [("(", "no regular expression"), ("abc", "one group"), ("(abc)", "finds no subject")]
)
def test_a_rule_for_subjects_that_cannot_be_is_refused(tmp_path: Path, rule: str, said: str) -> None:
    path = write_xdf(tmp_path / "m.xdf", imu(seconds=30))
    table = write_table(tmp_path / "t.tsv", EVENTS)
    with pytest.raises(ConfigError, match=said):
        read(path, events=str(table), subject_from=rule)


@pytest.mark.parametrize(("name", "said"), [("absent.xdf", "does not exist"), ("a.doc", "unknown kind")])
def test_files_that_are_no_recordings_are_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "a.doc").write_text("")
    with pytest.raises(HnharError, match=said):
        read_all([tmp_path / name], ReadingOptions(), quiet)


def test_a_folder_a_zip_and_a_packed_file_are_trained_on_as_any_other(tmp_path: Path) -> None:
    stream = resting(10)
    folder = tmp_path / "sub-01_walk"
    folder.mkdir()
    write_csv(folder / "phone.csv", stream)
    (folder / "phone_labels.csv").write_text("start,end,label\n1,3,wave\n5,6,wave\n")
    with zipfile.ZipFile(tmp_path / "sub-02.zip", "w") as packed:
        packed.write(folder / "phone.csv", "phone.csv")
    write_table(tmp_path / "sub-02_events.tsv", [Annotation(1, 2, "wave")])
    marked = xdf(imu(seconds=10), markers((101, "wave/start"), (103, "wave/stop")))
    (tmp_path / "sub-03.xdfz").write_bytes(gzip.compress(marked))
    files = [folder, tmp_path / "sub-02.zip", tmp_path / "sub-03.xdfz"]
    sessions, _ = read_all(files, ReadingOptions(), quiet)
    assert [s.subject for s in sessions] == ["01", "02", "03"]
    assert [len(s.recording.annotations) for s in sessions] == [2, 1, 1]


def test_a_stream_that_does_not_fit_is_refused_with_the_file(tmp_path: Path) -> None:
    path = write_xdf(
        tmp_path / "a.xdf", imu(seconds=30, rows=[(0.0,) * 5 + (float(k),) for k in range(1500)])
    )
    write_table(tmp_path / "a.tsv", EVENTS)
    with pytest.raises(ChannelError, match=r"a\.xdf: .*--imu-unit"):
        read(path)
    assert read(path, options=MappingOptions(imu_unit="g,deg/s")).recording.streams


def test_the_grid_is_the_fastest_that_the_slowest_stream_fills() -> None:
    def at(*rates: float) -> list[OwnSession]:
        plain = session("1", ("a",) * 3)
        streams = [resting(20.0, rate) for rate in rates]
        return [replace(plain, recording=replace(plain.recording, streams=(s,))) for s in streams]

    assert grid_rate(at(100.0), "imu") == 50.0
    assert grid_rate(at(100.0, 26.0), "imu") == 25.0
    assert grid_rate(at(48.0), "imu") == 50.0
    assert grid_rate(at(100.0), "skeleton") is None
    with pytest.raises(ConfigError, match="5\\.0 samples a second"):
        grid_rate(at(5.0), "imu")


def test_the_rate_leaves_interruptions_out() -> None:
    times = np.concatenate([np.arange(500) / 100, 60 + np.arange(500) / 100])
    assert rate_of(times) == pytest.approx(100.0)
    assert rate_of(np.zeros(1)) == 0.0


def test_the_task_has_the_labels_and_the_modalities_that_are_there() -> None:
    task = recipe_for([session("1", ("b", "a", "b"))], Wanted(idle="rest")).task
    assert task.labels == ("a", "b", "rest")
    assert [m.name for m in task.modalities] == ["imu"]


def test_sensors_worn_at_two_places_do_not_go_together() -> None:
    plain = session("1", ("a",) * 3)
    two = []
    for placement in ("left wrist", "right wrist"):
        (stream,) = plain.recording.streams
        worn = replace(stream, description=replace(stream.description, placement=placement))
        two.append(replace(plain, recording=replace(plain.recording, streams=(worn,))))
    with pytest.raises(ConfigError, match="left wrist and right wrist"):
        recipe_for(two, Wanted())
    assert recipe_for(two, Wanted(placement="wrist")).task.placement == "wrist"


@pytest.mark.parametrize("changes", [{"window": 0.1}, {"hop": 9.0}, {"preset": "slow"}])
def test_wishes_that_cannot_be_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        recipe_for([session("1", ("a",) * 3)], Wanted(**changes))  # type: ignore[arg-type]


def test_a_skeleton_of_another_clock_is_refused_or_learned_from_and_never_left_out_silently(
    tmp_path: Path,
) -> None:
    rows = [tuple(float(k) for k in range(60))] * 900
    body = XdfStream(
        "Kinect", "MoCap", SKELETON_CHANNELS, [0.5 + k / 30 for k in range(900)], rows, "m", 30.0
    )
    path = write_xdf(
        tmp_path / "sub-1.xdf", imu(seconds=30), body, markers((112.0, "stir/start"), (114.0, "stir/stop"))
    )
    with pytest.raises(RecordingError, match=r"its streams have no time in common: .*--clock start"):
        read(path)
    sessions, notes = read_all([path], ReadingOptions(clock=parse_clock(["start"])), quiet)
    assert {s.modality for s in sessions[0].recording.streams} >= {"imu", "skeleton"}
    assert "sub-1.xdf: 'Kinect' was moved by +99.5 s, to begin with 'Watch' (--clock)" in notes
