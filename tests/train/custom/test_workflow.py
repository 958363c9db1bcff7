"""One person, one sensor, CSV files: a bundle comes of that as well."""

from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.errors import RecordingError
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.offline import recognize
from hnhar.stream.recordings.portions import portion
from hnhar.stream.recordings.score import match, recognized
from hnhar.train.cli.main import main
from hnhar.train.custom.workflow import Wanted, digest, recipe_for, windows_for
from hnhar.train.synthesis.performer import perform

from .own import session, write_csv, write_table


@pytest.mark.slow
def test_one_person_with_one_sensor_and_csv_files_get_a_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for number in (1, 2):
        made = perform(seed=number, person=31, actions=["boxing", "throw"], repetitions=4)
        files.append(str(write_csv(tmp_path / f"day{number}_imu.csv", made.of("imu")[0])))
        events = [type(a)(a.onset - made.start, a.duration, a.label) for a in made.annotations]
        write_table(tmp_path / f"day{number}_events.tsv", events)
    run = tmp_path / "run"
    options = ["--run", str(run), "--preset", "quick", "--threads", "1", "--subject-from", "one"]
    assert main(["corpus", *files, *options, "--name", "mine", "--window", "2.5"]) == 0
    assert "no other person was seen" in capsys.readouterr().out
    info, recognizer = load(run / "mine.safetensors")
    assert info == read_info(run / "mine.safetensors")
    assert [m.name for m in info.modalities] == ["imu"]
    assert info.labels == ("boxing", "throw", "idle")
    assert info.window == 2.5
    assert recognizer.memory is not None
    assert info.provenance["corpus"]["subjects"] == ["one"]
    later = perform(seed=9, person=31, actions=["boxing", "throw"], repetitions=2)
    found = recognized(recognize(later, Runtime(info, recognizer), info).events, end=later.end)
    assert len(match(later.annotations, found).hits) >= 3


def test_other_samples_labels_or_people_give_another_digest() -> None:
    base = digest([session("1", ("a", "b"))])
    assert base == digest([session("1", ("a", "b"))])
    assert len({base, digest([session("2", ("a", "b"))]), digest([session("1", ("a", "c"))])}) == 3


def test_it_is_said_which_side_has_no_whole_window() -> None:
    whole = session("1", ("a", "b"))
    plan = recipe_for([whole], Wanted())
    brief = portion(whole.recording, 0.0, 0.5)
    with pytest.raises(RecordingError, match=r"no window of 3 s .* in what calibrates: record longer"):
        windows_for(plan, [brief], lambda *_: None, "cutting windows to calibrate", "calibrates")
