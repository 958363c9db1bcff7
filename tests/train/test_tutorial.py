"""The tutorial on one's own recordings does what it says, with the performer as the people."""

import re
import shlex
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hnhar.model.bundle import read_info
from hnhar.stream.cli import enroll, stream
from hnhar.stream.events_tsv import read_events
from hnhar.stream.recordings.synthetic import perform
from hnhar.train import cli

from ..stream.recordings.session_xdf import write_session

TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial-own-recordings.md").read_text("utf-8")
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "hnhar-train": cli.main,
    "hnhar-stream": stream.main,
    "hnhar-enroll": enroll.main,
}
ACTIONS = ("wave", "throw", "boxing")


def commands() -> Iterator[list[str]]:
    """What the tutorial's console blocks run, after the doctor."""
    for block in re.findall(r"```console\n(.*?)```", TUTORIAL, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "))
            if words[0] in PROGRAMS:
                yield words


@pytest.mark.slow
def test_the_commands_of_the_tutorial_go_from_recordings_to_predictions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "recordings"
    for person in (1, 2, 3):
        recording = perform(seed=person, person=20 + person, actions=ACTIONS, repetitions=3)
        write_session(folder / f"sub-{person:02d}_kitchen.xdf", recording)
    new = perform(seed=9, person=60, actions=ACTIONS, repetitions=2)
    write_session(folder / "new.xdf", new)
    write_session(folder / "knock.xdf", perform(seed=10, person=60, actions=["knock"], repetitions=5))
    run = list(commands())
    assert [words[0] for words in run] == [
        "hnhar-train",
        "hnhar-stream",
        "hnhar-enroll",
        "hnhar-stream",
        "hnhar-enroll",
    ]
    said = []
    for words in run:
        found = [sorted(map(str, Path().glob(w))) if "*" in w else [w] for w in words[1:]]
        arguments = [word for some in found for word in some]
        assert PROGRAMS[words[0]]([*arguments, "--threads", "1"]) == 0
        said.append(capsys.readouterr().out)

    info = read_info("runs/mine/own.safetensors")
    assert info.labels == ("boxing", "throw", "wave", "idle")
    assert [(m.name, m.rate) for m in info.modalities] == [("imu", 50.0), ("skeleton", 25.0)]
    assert info.placement == "right wrist"
    assert "calibrated on subject 02, measured on subject 03" in info.provenance["held_out"]
    assert info.metrics["own"]["imu+skeleton"]["actions"] == 9
    assert info.metrics["own"]["imu+skeleton"]["recall"] > 0.5
    assert info.id in Path("runs/mine/own.md").read_text("utf-8")
    assert "left out" in said[0]

    recognized = re.search(r"(\d+) of 6 performed actions recognized", said[1])
    assert recognized is not None
    assert int(recognized[1]) >= 4
    assert "'knock' from 5 performances" in said[2]
    assert [e.label for e in read_events("results/knock.events.tsv")].count("knock") >= 4
    assert read_info("runs/mine/less.safetensors").labels == info.labels


def test_recordings_that_are_too_few_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_session(tmp_path / "a.xdf", perform(seed=1, person=1, actions=["wave"], repetitions=1))
    assert cli.main(["corpus", str(path), "--run", str(tmp_path / "run")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "error: too little to learn wave" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.lsl
def test_the_script_that_labels_sends_pairs_of_markers(monkeypatch: pytest.MonkeyPatch) -> None:
    import pylsl

    (script,) = re.findall(r"```python\n(.*?)```", TUTORIAL, re.DOTALL)
    name = f"labels-{uuid.uuid4().hex[:8]}"
    listening = threading.Event()
    received: list[str] = []

    def listen() -> None:
        (info,) = pylsl.resolve_byprop("name", name, timeout=20)
        inlet = pylsl.StreamInlet(info)
        inlet.open_stream(timeout=20)
        listening.set()
        for _ in range(2):
            sample, _ = inlet.pull_sample(timeout=20)
            received.extend(sample or [])
        inlet.close_stream()

    answers = iter(["stir", "", ""])

    def answer(_prompt: str) -> str:
        """Types, once somebody listens; then ends the input."""
        assert listening.wait(20)
        try:
            return next(answers)
        except StopIteration:
            listener.join(20)
            raise EOFError from None

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    monkeypatch.setattr("builtins.input", answer)
    exec(compile(script.replace('"labels"', f'"{name}"'), "tutorial", "exec"), {})
    listener.join(20)
    assert received == ["stir/start", "stir/stop"]
