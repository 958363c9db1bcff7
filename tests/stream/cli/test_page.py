"""`hnhar page` without a browser: its settings, its sources, its requests, its children."""

import argparse
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality
from hnhar.stream.cli import page
from hnhar.stream.cli.guided import Guided, Reply, Scene, ScenePhase
from hnhar.stream.cli.options.sources import mapping_options
from hnhar.stream.cli.page_child import Child
from hnhar.stream.cli.page_desk import PageDesk
from hnhar.stream.cli.page_settings import PageSettings, PageSource, PageWearer, SettingsFile
from hnhar.stream.cli.page_survey import source_of
from hnhar.stream.cli.page_wizard import TeachRequest, _words
from hnhar.stream.cli.program_prompts import ProgramGuide, ProgramPrompts
from hnhar.stream.config.config import read_config
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.mapping.selection import parse_selection
from hnhar.train.cli.adapt import build_parser

PATIENCE = 60.0


def until(true: Callable[[], object]) -> None:
    """Wait for an event, under a generous deadline."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PageDesk]:
    arguments = argparse.Namespace(lsl_session=None, lsl_scope=None, lsl_peers="", demo=False)
    made = PageDesk(arguments, tmp_path, SettingsFile(tmp_path / "page.toml"))
    yield made
    made.close()


def anna(source: str = "WatchA", placement: str = "") -> PageWearer:
    return PageWearer("anna", {"imu": PageSource(source, placement)})


def test_settings_are_written_as_a_run_reads_them_and_read_again(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "deep" / "page.toml")
    assert file.read() == PageSettings()
    ben = PageWearer("ben", {"imu": PageSource('name=Bens "Uhr",type=IMU'), "skeleton": PageSource("Kinect")})
    settings = PageSettings((anna(placement="left wrist"), ben), "utd-mhad-wrist")
    file.write(settings)
    assert file.read() == settings
    config = read_config(file.path)
    assert config.weights == "utd-mhad-wrist"
    assert config.wearer[0].signals["imu"].placement == "left wrist"
    assert config.wearer[1].sources["imu"] == 'name=Bens "Uhr",type=IMU'


def test_what_else_a_file_says_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    path.write_text(
        'hop = 0.5\nsinks = ["jsonl:a.jsonl"]\n[decision]\nminimum = 0.5\n'
        '[[wearer]]\nid = "anna"\nimu = { source = "Old", axes = "x,-z,y" }\nmirror = true\n'
    )
    before = read_config(path)
    SettingsFile(path).write(PageSettings((anna("New"),)))
    after = read_config(path)
    assert (after.hop, after.sinks, after.decision) == (before.hop, before.sinks, before.decision)
    assert after.wearer[0].sources == {"imu": "New"}
    assert after.wearer[0].mirror
    assert after.wearer[0].signals["imu"].imu_axes == "x,-z,y"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (PageSettings(), "name at least one person"),
        (PageSettings((PageWearer("anna"),)), "wearer 'anna' has no stream"),
        (PageSettings((PageWearer("an/na", {"imu": PageSource("W")}),)), "an/na"),
        (PageSettings((anna(), anna("Other"))), "two wearers have the id 'anna'"),
        (
            PageSettings((anna(), PageWearer("ben", {"imu": PageSource("WatchA")}))),
            "a stream is of one person",
        ),
        (PageSettings((PageWearer("anna", {"x = 1\ny": PageSource("W")}),)), "is no modality"),
        (
            PageSettings(tuple(PageWearer(f"p{n}", {"imu": PageSource(f"W{n}")}) for n in range(17))),
            "16 persons",
        ),
    ],
)
def test_settings_that_no_run_takes_are_refused_in_its_words_and_nothing_is_written(
    tmp_path: Path, settings: PageSettings, why: str
) -> None:
    file = SettingsFile(tmp_path / "page.toml")
    file.write(PageSettings((anna(),)))
    before = file.path.read_text()
    with pytest.raises(ConfigError, match=why) as raised:
        file.write(settings)
    assert "/tmp" not in str(raised.value)
    assert file.path.read_text() == before


@pytest.mark.parametrize(
    "name", ["MyWatch", "My Watch", "a=b", "x,y", "It's", 'say "x"', "sensor=wrist", "phone:1", "not (x)"]
)
@pytest.mark.parametrize("alone", [True, False])
def test_the_source_of_a_stream_means_that_stream(name: str, alone: bool) -> None:
    stream = {"name": name, "type": "IMU", "source_id": "id-1", "hostname": "here"}
    selection = parse_selection(source_of(stream, alone))
    if not selection.is_predicate:
        assert dict(selection.conditions)["name"] == name
        assert alone or dict(selection.conditions)["source_id"] == "id-1"


@pytest.mark.parametrize(
    ("name", "fields", "error"),
    [
        ("start", b'{"wearers": []}', ConfigError),
        ("start", b'{"wearers": 3}', msgspec.ValidationError),
        ("start", b'{"wearer": []}', msgspec.ValidationError),
        ("start", b"\xff{", msgspec.DecodeError),
        ("label", b'{"action": "press", "label": "x"}', ConfigError),
        ("recorded", b"{}", ConfigError),
        ("reply", b'{"reply": ""}', ConfigError),
        ("use", b"{}", ConfigError),
        ("teach", b'{"kind": "enroll", "wearer": "nobody", "label": "x"}', ConfigError),
        ("__init__", b"{}", LookupError),
    ],
)
def test_requests_that_cannot_be_met_change_nothing(
    desk: PageDesk, name: str, fields: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.act(name, fields)
    assert desk.state()["phase"] == "idle"


def test_a_run_that_cannot_start_says_why_in_its_own_words(desk: PageDesk) -> None:
    fields = {"wearers": [{"id": "anna", "sources": {"imu": {"source": "sensor=wrist"}}}]}
    desk.act("start", json.dumps(fields).encode())
    until(lambda: desk.state()["phase"] == "idle")
    assert "the source 'sensor=wrist' names a sensor and no stream" in desk.state()["error"]


def test_the_streams_of_every_person_are_recorded_and_no_others(desk: PageDesk) -> None:
    def recorded(*wearers: PageWearer) -> list[tuple[str, bool]]:
        desk._settings = PageSettings(wearers)
        return [(wanted.address, wanted.device) for wanted in desk._streams()]

    assert recorded() == [("", False)]  # whatever is there
    phone = PageWearer("ben", {"imu": PageSource("phone:8443")})
    assert recorded(anna("A"), PageWearer("ben", {"imu": PageSource("B")})) == [("A", True), ("B", True)]
    assert recorded(anna("A"), phone) == [("A", True)]
    with pytest.raises(ConfigError, match="'phone:8443' is no stream of LSL, and only those are recorded"):
        recorded(phone)


def test_a_child_is_ended_however_it_clings_to_life() -> None:
    over = threading.Event()
    child = Child(["replay", "nothing-is-there.xdf"], line=lambda _: None, ended=lambda _: over.set())
    assert over.wait(PATIENCE)
    assert child.code == 2
    assert "nothing-is-there.xdf" in child.error
    child.stop()
    child.say("nobody hears it")


def test_a_source_that_no_command_can_be_given_is_refused_in_a_line(desk: PageDesk) -> None:
    desk.act("save", msgspec.json.encode(PageSettings((anna("a\0b"),))))
    with pytest.raises(ConfigError, match="hnhar adapt cannot be started: embedded null byte"):
        desk.act("teach", b'{"kind": "adapt", "wearer": "anna"}')
    assert desk.state()["wizard"] is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="browsers there need no terminal")
def test_a_browser_of_text_does_not_take_the_terminal(tmp_path: Path) -> None:
    browser = tmp_path / "w3m"
    browser.write_text('#!/bin/sh\necho "$1" >> "$OPENED"\n')
    browser.chmod(0o755)
    opened = tmp_path / "opened"
    program = [sys.executable, "-c", "from hnhar.stream.cli.page import _open; _open('http://127.0.0.1:1/')"]
    plain = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TERM": "xterm", "OPENED": str(opened)}
    subprocess.run(program, env=plain, check=True, timeout=PATIENCE)
    assert not opened.exists()
    subprocess.run(program, env={**plain, "BROWSER": str(browser)}, check=True, timeout=PATIENCE)
    assert opened.read_text() == "http://127.0.0.1:1/\n"


def test_a_wizard_is_the_command_with_the_sources_of_its_person(tmp_path: Path) -> None:
    wearer = PageWearer("anna", {"imu": PageSource("W", "left wrist"), "imu.hip": PageSource("H", "hip")})
    asked, nothing = TeachRequest("adapt", "anna", activities=("wave", "clap")), MappingOptions()
    words = _words(asked, wearer, "w", tmp_path / "o", nothing)
    assert words[0] == "adapt"
    assert {"--source=imu=W", "--source=imu.hip=H", "--imu-placement=imu=left wrist"} <= set(words)
    assert {"--imu-placement=imu.hip=hip", "--guided", "--activities=wave,clap"} <= set(words)
    with pytest.raises(ConfigError, match="has no name"):
        _words(TeachRequest("enroll", "anna", label=" "), wearer, "", tmp_path / "o", nothing)


def test_a_wizard_takes_the_streams_as_a_run_by_the_same_file_does(tmp_path: Path) -> None:
    path = tmp_path / "page.toml"
    path.write_text(
        '[[wearer]]\nid = "anna"\nimu_unit = "m/s²"\nmirror = true\nbody = 2\nskeleton_axes = "x,-z,y"\n'
        'imu.wrist = { source = "W", axes = "x,-z,y", placement = "left wrist" }\n'
        'imu.hip = { source = "H", axes = "-y,x,z", sensor = "hip" }\n'
        'skeleton = { source = "K", joints = "kinect-v2" }\n'
    )
    file = SettingsFile(path)
    (wearer,) = file.read().wearers
    words = _words(TeachRequest("adapt", "anna"), wearer, "", tmp_path / "o", file.options("anna"))
    told = mapping_options(build_parser("hnhar adapt").parse_args(words[1:]), finds=True)
    (known,) = read_config(path).wearer
    for name, kind in (("imu.wrist", "imu"), ("imu.hip", "imu"), ("skeleton", "skeleton")):
        modality = Modality(name, kind, ("x",), ("m",), 50.0)
        wanted = replace(known.options.of(modality), joints="kinect-v2")  # that means nothing to an IMU
        assert told.of(modality) == wanted
    assert "--imu-axes=imu.hip=-y,x,z" in words
    assert file.options("nobody") == MappingOptions()


class Asked:
    """A program that shows scenes and answers them, each with the next of some letters."""

    def __init__(self, letters: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scenes: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self._letters = iter(letters)
        self._lines = threading.Condition()
        self._left: list[str] = []
        self._over = False
        monkeypatch.setattr(sys, "stdout", self)
        self.prompts = ProgramPrompts(self)

    def __iter__(self) -> Iterator[str]:
        while True:
            with self._lines:
                self._lines.wait_for(lambda: self._left or self._over)
                if not self._left:
                    return
                line = self._left.pop(0)
            yield line

    def write(self, text: str) -> None:
        """A line of JSON."""
        found = json.loads(text)
        if found["prompt"] != "scene":
            self.texts.append(found["text"])
        elif not self.scenes or self.scenes[-1]["phase"] != found["phase"]:
            self.scenes.append(found)
            if found["phase"] != "countdown":
                with self._lines:
                    letter = next(self._letters, None)
                    self._over = letter is None
                    self._left += [] if letter is None else [letter.replace(".", "") + "\n"]
                    self._lines.notify()

    def flush(self) -> None:
        """Nothing is held."""


def test_a_program_shows_scenes_and_answers_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hnhar.stream.cli.guided.COUNTDOWN", 0.01)
    times = iter([0.0, 2.0, 10.0, 12.5])
    asked = Asked("....", monkeypatch)
    run = Guided(["wave"], 2, ProgramGuide(asked.prompts), lambda: next(times)).run()
    assert [(p.span.start, p.span.end) for p in run.performances] == [(0.0, 2.0), (10.0, 12.5)]
    assert [scene["phase"] for scene in asked.scenes] == ["ready", "countdown", "going"] * 2
    assert asked.scenes[3]["performed"] == 1
    assert any("2.0 s" in text for text in asked.texts)


def test_an_answer_that_came_too_early_is_none_and_the_end_of_input_always_counts() -> None:
    scene = Scene("wave", ScenePhase.READY, 1, 1, 1, 1, 0, 0, limit=0.2)
    early = ProgramPrompts(["\n", "\n"])
    until(lambda: early._answers.qsize() == 3)
    assert ProgramGuide(early).ask(scene) is Reply.END
    prompts = ProgramPrompts(["what is that\n", "s\n"])
    assert prompts.reply(PATIENCE) is Reply.SKIP
    assert prompts.reply(PATIENCE) is Reply.END


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--address", "here"], "is no HOST:PORT"),
        (["--address", "0.0.0.0:0"], "add --open"),
        (["--token", "t"], "--token is for --open"),
        (["--folder", "/dev/null/x"], "--folder /dev/null/x cannot be made"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert page.main([*words, "--no-browser"]) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert why in shown
    assert io.StringIO(shown).readline() == shown
