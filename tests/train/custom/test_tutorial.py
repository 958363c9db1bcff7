"""The tutorial on one's own recordings does what it says, with the performer as the people."""

import contextlib
import re
import shlex
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.stream.cli import enroll, stream
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.events_tsv import read_events
from hnhar.train.cli import main as cli
from hnhar.train.synthesis.performer import perform

from ...stream.recordings.session_xdf import write_session
from ...stream.terminal import Terminal

TUTORIAL = (Path(__file__).parents[3] / "docs" / "tutorial-own-recordings.md").read_text("utf-8")
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "hnhar-train": cli.main,
    "hnhar-stream": stream.main,
    "hnhar-enroll": enroll.main,
}
ACTIONS = ("wave", "boxing")


def commands(*programs: str) -> Iterator[list[str]]:
    """What the tutorial's console blocks run, of some programs, by default those of `PROGRAMS`."""
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "))
            if words[0] in (programs or PROGRAMS):
                yield words


def ran(words: Sequence[str]) -> None:
    """Run a command in the current folder, as a shell would."""
    found = [sorted(map(str, Path().glob(w))) if "*" in w else [w] for w in words[1:]]
    arguments = [word for some in found for word in some]
    assert PROGRAMS[words[0]]([*arguments, "--threads", "1"]) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tutorial's recordings, in which its first training was run."""
    made = tmp_path_factory.mktemp("tutorial")
    recordings = made / "recordings"
    for person in (1, 2, 3):
        recording = perform(seed=person, person=20 + person, actions=ACTIONS, repetitions=3)
        write_session(recordings / f"sub-{person:02d}_kitchen.xdf", recording)
    write_session(recordings / "new.xdf", perform(seed=9, person=60, actions=ACTIONS, repetitions=3))
    write_session(recordings / "knock.xdf", perform(seed=10, person=60, actions=["knock"], repetitions=5))
    with contextlib.chdir(made):
        ran(next(commands()))
    return made


def test_the_tutorial_trains_recognizes_enrols_and_forgets() -> None:
    programs = [words[0].removeprefix("hnhar-") for words in commands()]
    assert programs == ["train", "stream", "enroll", "stream", "enroll", "enroll"]


@pytest.mark.slow
def test_its_training_gives_a_bundle_with_the_labels_and_streams_of_the_recordings(folder: Path) -> None:
    info = read_info(folder / "runs/mine/own.safetensors")
    assert info.labels == ("boxing", "wave", "idle")
    assert [(m.name, m.rate) for m in info.modalities] == [("imu", 50.0), ("skeleton", 25.0)]
    assert info.placement == "right wrist"
    assert "calibrated on subject 02, measured on subject 03" in info.provenance["held_out"]
    assert info.metrics["own"]["imu+skeleton"]["actions"] == 6
    assert info.metrics["own"]["imu+skeleton"]["recall"] > 0.5
    for figures in info.metrics["own"].values():
        if isinstance(figures, dict):  # no duration is doubled, nor halved
            assert abs(figures["duration_error_s"]) < figures["duration_s"] / 3
    assert info.id in (folder / "runs/mine/own.md").read_text("utf-8")


@pytest.mark.slow
def test_its_other_commands_recognize_enrol_and_forget(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    said = []
    for words in list(commands())[1:]:
        ran(words)
        said.append(capsys.readouterr().out)
    recognized = re.search(r"(\d+) of 6 performed actions recognized", said[0])
    assert recognized is not None
    assert int(recognized[1]) >= 4
    assert "'knock' from 5 performances" in said[1]
    assert [e.label for e in read_events("results/knock.events.tsv")].count("knock") >= 4
    assert "learned 2 activities: boxing, wave" in said[3]
    assert re.search(r"enrolled: knock, on [\d-]+, from 5 performances", said[3])
    own = read_info("runs/mine/own.safetensors")
    assert read_info("runs/mine/less.safetensors").labels == own.labels


def test_recordings_that_are_too_few_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path / "a.xdf", perform(seed=1, person=1, actions=["wave"], repetitions=1))
    assert cli.main(["corpus", str(path), "--run", str(tmp_path / "run")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "error: too little to learn wave" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.lsl
def test_its_recording_names_the_person_and_has_the_labels_of_its_keys(tmp_path: Path) -> None:
    import pylsl

    (words,) = commands("hnhar-record")
    name = words[words.index("--imu-source") + 1]
    # whoever else sends or records under that name is in another session
    info = pylsl.StreamInfo(name, "IMU", 6, 50.0, pylsl.cf_float32, name)
    outlet, over = pylsl.StreamOutlet(info), threading.Event()

    def send() -> None:
        while not over.wait(0.02):
            outlet.push_sample([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])

    sender = threading.Thread(target=send)
    sender.start()
    program = [sys.executable, "-c", "import sys; from hnhar.stream.cli.record import main; sys.exit(main())"]
    try:
        with contextlib.chdir(tmp_path), Terminal([*program, *words[1:]]) as terminal:
            terminal.until(rf"● {name} · IMU")
            for key, shown in (("1", "▶ stir"), ("1", "last: stir, "), ("2", "▶ pour"), ("q", "")):
                at = len(terminal.text)
                terminal.press(key)
                terminal.until(shown, at)
            assert terminal.end() == 0
    finally:
        over.set()
        sender.join()
    (path,) = tmp_path.glob("recordings/sub-anna_ses-*.xdf")
    assert [a.label for a in open_recording(path).annotations] == ["stir", "pour"]
