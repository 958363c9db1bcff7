"""`hnhar-enroll` as a user runs it: from a recording, and away again."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.bundle import BundleInfo, read_info
from hnhar.model.enroll.enroll import Examples, remembered
from hnhar.model.errors import RecordingError
from hnhar.model.loading import load, save
from hnhar.model.runtime import Runtime
from hnhar.stream.cli import enroll_live
from hnhar.stream.cli.enroll import main
from hnhar.stream.engine import offline
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.enrolling import annotated, examples
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.synthesis.performer import perform

from ...train.custom.own import write_csv, write_table
from ..recordings.session_xdf import write_session
from .conftest import KNOWN, LABELS, boxes


def test_what_was_enrolled_is_recognized_later_and_forgotten_again(
    weights: Path, teaching_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.safetensors"
    options = ["--weights", str(weights), "--label", "boxing", "--recording", str(teaching_file)]
    known = perform(seed=8, person=40, actions=KNOWN, repetitions=1)
    validate = ["--validate", str(write_session(tmp_path / "known.xdf", known))]
    assert main([*options, *validate, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "'boxing' from 4 performances" in said
    assert "is measured on windows that the gate was not set on" in said
    assert re.search(r"imu\+skeleton: .* recognized, \d+\.\d% of \d+ other windows taken for it", said)
    assert re.search(r"Of \d+ windows that the bundle keeps .* measured likewise", said)
    assert "3 performances of the old labels: F1" in said
    info = read_info(out)
    assert info.labels == (*LABELS, "boxing")
    assert info.enrolled[0].source == "teaching.xdf"
    assert "'boxing' there: it was not performed" in said
    assert main(["--weights", str(out), "--list"]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    assert f"learned {len(LABELS) - 1} activities: wave" in listed
    assert re.search(r"enrolled: boxing, on \d{4}-\d\d-\d\d, from 4 performances \(teaching\.xdf\)", listed)
    assert re.search(
        r"recognized when left out: imu \d+%, skeleton \d+%, imu\+skeleton \d+% more can be", listed
    )
    recognized, events = boxes(out)
    assert recognized == 2
    assert events <= 3
    back = tmp_path / "back.safetensors"
    assert main(["--weights", str(out), "--remove", "boxing", "--out", str(back)]) == 0
    assert "enrolled: nothing" in capsys.readouterr().out
    assert back.read_bytes() == weights.read_bytes()


def test_of_too_few_other_windows_it_is_not_said_how_many_are_taken(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info, recognizer = load(weights)
    assert recognizer.memory is not None
    learned = recognizer.memory.learned
    few = np.sort(np.concatenate([np.flatnonzero(learned.labels == k)[:4] for k in range(len(LABELS))]))
    recognizer.memory = remembered(learned.vectors[few], learned.labels[few])
    save(tmp_path / "few.safetensors", info, recognizer)
    last = teaching.annotations[1].offset + 2.0
    streams = [
        replace(s, timestamps=s.timestamps[s.timestamps < last], samples=s.samples[s.timestamps < last])
        for s in teaching.streams
    ]
    short = replace(teaching, streams=tuple(streams), annotations=teaching.annotations[:2])
    path = write_session(tmp_path / "short.xdf", short)
    options = ["--weights", str(tmp_path / "few.safetensors"), "--label", "boxing", "--recording", str(path)]
    assert main([*options, "--out", str(tmp_path / "out.safetensors")]) == 0
    said = capsys.readouterr().out
    assert re.search(r"imu\+skeleton: .* \d+ other windows: too few to measure how many are taken", said)
    assert "% of its" in said
    assert "taken for it" in said
    assert "that the bundle keeps" not in said


def test_segments_do_what_annotations_do(
    weights: Path, teaching: Recording, teaching_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spans = [(a.onset - teaching.start, a.offset - teaching.start) for a in teaching.annotations]
    text = ",".join(f"{start:.6f}-{end:.6f}" for start, end in spans)
    options = ["--weights", str(weights), "--label", "boxing", "--recording", str(teaching_file)]
    assert main([*options, "--segments", text]) == 0
    assert main([*options, "--out", "other.safetensors"]) == 0
    one, other = read_info("small-boxing.safetensors"), read_info("other.safetensors")
    assert one.enrolled[0].gates.keys() == other.enrolled[0].gates.keys()
    assert one.enrolled[0].measured == other.enrolled[0].measured


def test_recordings_of_several_people_teach_together(
    weights: Path, teaching_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = perform(seed=3, person=41, actions=["boxing"], repetitions=2)
    both = ["--recording", str(teaching_file), str(write_session(tmp_path / "second.xdf", other))]
    options = ["--weights", str(weights), "--label", "boxing", "--out", str(tmp_path / "out.safetensors")]
    assert main([*options, *both]) == 0
    (one,) = read_info(tmp_path / "out.safetensors").enrolled
    assert (one.performances, one.source) == (6, "teaching.xdf, second.xdf")
    capsys.readouterr()
    assert main([*options, *both, "--segments", "1-3"]) == 2
    assert "annotate several with markers" in capsys.readouterr().err
    apart = ["--recording", both[1], "--recording", both[2]]
    assert main([*options, *apart, "--overwrite"]) == 0
    assert read_info(tmp_path / "out.safetensors").enrolled == (one,)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("absent.xdf", "does not exist"),
        ("TEACHING", "named twice"),
        ("waves.xdf", "has no annotation 'boxing'"),
    ],
)
def test_each_of_several_recordings_must_be_one_of_its_own_with_the_label(
    weights: Path,
    teaching_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    second: str,
    said: str,
) -> None:
    write_session(tmp_path / "waves.xdf", perform(seed=3, person=41, actions=["wave"]))
    other = teaching_file if second == "TEACHING" else tmp_path / second
    options = ["--weights", str(weights), "--label", "boxing", "--out", str(tmp_path / "out.safetensors")]
    assert main([*options, "--recording", str(teaching_file), str(other)]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give --label"),
        (["--label", "a", "--remove", "b"], "give --label"),
        (["--label", "a"], "give --recording, or live streams"),
        (["--label", "a", "--source", "eeg=x"], "takes imu, skeleton, no eeg: leave that source out"),
        (["--label", "a", "--segments", "1-2", "--imu-source", "x"], "those of a --recording"),
        (["--label", "wave", "--recording", "FILE", "--segments", "5-8,12-15"], "knows 'wave' already"),
        (["--label", "a", "--recording", "FILE", "--segments", "5-8"], "at least 2"),
        (["--label", "a", "--recording", "FILE", "--segments", "x"], "'x' is no segment"),
        (["--label", "a", "--recording", "FILE"], "no annotation 'a'"),
        (["--label", "a", "--recording", "absent.xdf"], "does not exist"),
        (["--label", "Unknown", "--recording", "FILE", "--segments", "5-8,12-15"], "choose another"),
        (["--label", "a", "--list"], "give --label"),
        (["--remove", "a"], "'a' is not there"),
        (["--remove", "wave"], "learned in the training"),
        (["--label", "a", "--recording", "FILE", "--threads", "0"], "--threads must be"),
        (["--label", "boxing", "--recording", "FILE", "--validate", "FILE"], "is one of --recording"),
        (["--label", "boxing", "--recording", "FILE", "--out", "none/out.safetensors"], "there is no folder"),
    ],
)
def test_what_cannot_be_done_is_said(
    weights: Path,
    teaching_file: Path,
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(teaching_file) if option == "FILE" else option for option in options]
    assert main(["--weights", str(weights), *given]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_the_table_beside_a_recording_says_when_it_was_performed(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, made in (("t", teaching), ("v", perform(seed=8, person=40, actions=["wave"]))):
        write_csv(tmp_path / f"{name}_imu.csv", made.of("imu")[0])
        moved = [replace(a, onset=a.onset - made.start) for a in made.annotations]
        write_table(tmp_path / f"{name}_events.tsv", moved)
    options = ["--label", "boxing", "--recording", str(tmp_path / "t_imu.csv")]
    validate = ["--validate", str(tmp_path / "v_imu.csv"), "--out", str(tmp_path / "out.safetensors")]
    assert main(["--weights", str(weights), *options, *validate]) == 0
    said = capsys.readouterr().out
    assert "'boxing' from 4 performances" in said
    assert "1 performance of the old labels" in said


def test_one_table_is_not_that_of_two_recordings(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [str(write_session(tmp_path / f"a_{end}.xdf", teaching)) for end in ("eeg", "motion")]
    write_table(tmp_path / "a_events.tsv", teaching.annotations)
    options = ["--weights", str(weights), "--label", "boxing", "--out", str(tmp_path / "out.safetensors")]
    for asked in (["--recording", *both], ["--recording", both[0], "--validate", both[1]]):
        assert main([*options, *asked]) == 2
        assert "would hold the labels of a_eeg.xdf and of a_motion" in " ".join(
            capsys.readouterr().err.split()
        )


def test_the_same_recording_does_not_validate_by_another_name(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taught = write_csv(tmp_path / "anna_imu.csv", teaching.of("imu")[0])
    beside = write_csv(tmp_path / "anna_skeleton.csv", teaching.of("skeleton")[0])
    link = tmp_path / "link.csv"
    link.symlink_to(taught)
    for other in (beside, link):
        options = ["--weights", str(weights), "--label", "boxing", "--recording", str(taught)]
        assert main([*options, "--validate", str(other)]) == 2
        assert "is one of --recording" in " ".join(capsys.readouterr().err.split())


def test_nobody_performs_for_a_validation_that_cannot_be(
    weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_session(tmp_path / "later.xdf", perform(seed=3, person=41, actions=["boxing"]))
    monkeypatch.setattr(enroll_live, "capture", lambda *_: pytest.fail("somebody had to perform"))
    options = ["--weights", str(weights), "--label", "boxing", "--imu-source", "type=IMU"]
    assert main([*options, "--validate", str(path), "--out", str(tmp_path / "out.safetensors")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert re.search(r"no annotation of a label that small@\w+ knows \(wave, clap, throw\)", said)


def test_what_was_performed_is_kept_where_the_validation_fails(
    weights: Path,
    teaching: Recording,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def performed(arguments: object, info: BundleInfo, runtime: Runtime, options: object) -> Examples:
        feeds, _ = recorded_feeds(teaching, info.modalities, placement=info.placement)
        return examples(feeds, info, runtime, annotated("boxing", teaching))

    def fails(*_: object, **__: object) -> None:
        raise RecordingError("its middle is missing")

    monkeypatch.setattr(enroll_live, "capture", performed)
    monkeypatch.setattr(offline, "recognize", fails)
    known = write_session(tmp_path / "known.xdf", perform(seed=8, person=40, actions=["wave"]))
    out = tmp_path / "out.safetensors"
    options = ["--weights", str(weights), "--label", "boxing", "--imu-source", "type=IMU"]
    assert main([*options, "--validate", str(known), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert "its middle is missing" in said.err
    assert f"in {out}; enrolled: boxing" in said.out
    assert read_info(out).labels == (*LABELS, "boxing")


def test_a_bundle_without_examples_of_its_classes_is_refused(
    weights: Path, teaching_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info, recognizer = load(weights)
    recognizer.memory = None
    save(tmp_path / "bare.safetensors", info, recognizer)
    options = ["--weights", str(tmp_path / "bare.safetensors"), "--recording", str(teaching_file)]
    assert main([*options, "--label", "boxing"]) == 2
    assert "keeps no examples of its classes" in capsys.readouterr().err
    assert main([*options[:2], "--list"]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    assert (
        f"learned {len(KNOWN)} activities: {', '.join(KNOWN)} nothing is enrolled it keeps no examples"
        in listed
    )


def test_each_modality_that_does_not_tell_it_is_named(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # not the same to the last bit, which no sensor sends
    noise = np.random.default_rng(0).normal(0, 1e-4, (5000, 60)).astype(np.float32)
    still = [
        replace(s, samples=s.samples[:1] + noise[: len(s.samples)]) if s.modality == "skeleton" else s
        for s in teaching.streams
    ]
    path = write_session(tmp_path / "still.xdf", replace(teaching, streams=tuple(still)))
    options = ["--weights", str(weights), "--label", "boxing", "--recording", str(path)]
    assert main([*options, "--out", str(tmp_path / "still.safetensors")]) == 0
    said = capsys.readouterr()
    assert re.search(r"  skeleton: 0% of its \d+ windows recognized", said.out)
    assert re.search(r"note: by skeleton alone.*, 'boxing' is hardly told apart", " ".join(said.err.split()))
    assert "imu alone" not in said.err


def test_a_modality_that_was_not_recorded_is_said_not_to_show_it(
    weights: Path, teaching: Recording, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path / "lone.xdf", replace(teaching, streams=tuple(teaching.of("imu"))))
    options = ["--weights", str(weights), "--label", "boxing", "--recording", str(path)]
    assert main([*options, "--out", str(tmp_path / "lone.safetensors")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "skeleton: fewer than two performances have samples of it" in said
    assert "'boxing' is recognized only where imu is there" in said
