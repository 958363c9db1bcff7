"""`hnhar page` with sensors that are no LSL: a phone that pushes, and a camera."""

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.errors import HnharError
from hnhar.stream.camera.model import read_model, require_camera
from hnhar.stream.recordings import open_recording
from hnhar.train.synthesis.drawn import View, film, write_video

from ..page.browser import Browsed, launched, opened
from ..phone.sending import TOKEN
from .test_page_browser import ended, served, teach
from .test_phone import performance

pytestmark = [pytest.mark.slow, pytest.mark.lsl]
RATE = 15.0
"""Images a second of the video here."""


@contextmanager
def pushing(place: str) -> Iterator[list[int]]:
    """A performer's phone with Sensor Logger, again and again; what it was answered, 0 where nobody was."""
    over = threading.Event()
    answers: list[int] = []

    def push() -> None:
        while not over.is_set():
            messages, begun = performance(), time.monotonic()
            with httpx.Client(timeout=20.0, params={"name": "phone of anna"}) as client:
                for when, body in messages:
                    if over.wait(max(begun + when - time.monotonic(), 0.0)):
                        return
                    try:
                        answers.append(client.post(place, content=body).status_code)
                    except httpx.TransportError:
                        answers.append(0)

    thread = threading.Thread(target=push)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join(30.0)


def start_with(browsed: Browsed, modality: str, source: str) -> None:
    """A sensor that is typed, and Start."""
    page = browsed.page
    page.fill("#person-0", "anna")
    page.select_option(f"#source-0-{modality}", label="Another one, by name …")
    page.fill(f"#source-0-{modality}-other", source)
    page.click("#start")
    page.wait_for_selector(".pill[data-state=running]")


def test_a_phone_is_waited_for_with_its_addresses_and_what_it_sends_is_recognized(tmp_path: Path) -> None:
    process, url = served(tmp_path)
    try:
        with launched() as browser, opened(browser, url) as browsed:
            start_with(browsed, "imu", "phone:0")
            browsed.sees(".phone .push", "Sensor Logger")
            asked = browsed.page.locator(".phone").inner_text()
            assert re.search(r"https://127\.0\.0\.1:\d+/\S+/", asked)
            pushed = re.search(r"http://\S+/push", asked)
            assert pushed is not None
            with pushing(pushed[0]) as answers:
                browsed.sees(".stream[data-state=live]", "phone of anna")
                browsed.page.wait_for_selector(".phone", state="detached")
                browsed.sees(".events li", "Boxing")
            assert set(answers) == {200}
            assert not browsed.complaints
    finally:
        assert ended(process) == 0


def two_ports() -> int:
    """The first of two free ports in a row."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000, 2):
        places = ("127.0.0.1", port), ("127.0.0.1", port + 1)
        with suppress(OSError), socket.create_server(places[0]), socket.create_server(places[1]):
            return port
    raise AssertionError("no free ports")


def test_a_wizard_takes_the_phone_from_the_run_and_gives_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HNHAR_PHONE_TOKEN", TOKEN)
    port = two_ports()
    process, url = served(tmp_path)
    try:
        with launched() as browser, opened(browser, url) as browsed:
            start_with(browsed, "imu", f"phone:127.0.0.1:{port}")
            with pushing(f"http://127.0.0.1:{port + 1}/{TOKEN}/push") as answers:
                browsed.sees(".stream[data-state=live]", "phone of anna")
                teach(browsed)
                browsed.page.click("#use")
                browsed.page.wait_for_selector(".pill[data-state=running]")
                browsed.sees(".stream[data-state=live]", "phone of anna")
            assert set(answers) <= {200, 0}
            assert not browsed.complaints
    finally:
        assert ended(process) == 0
    (learned,) = read_info(tmp_path / "anna-stir.safetensors").enrolled
    assert (learned.label, learned.performances) == ("stir", 2)


def test_a_camera_is_recognized_and_a_video_that_is_over_is_said(tmp_path: Path) -> None:
    try:
        require_camera()
        read_model()
    except HnharError as error:
        pytest.skip(f"no model of MediaPipe Pose: {error}")
    path = tmp_path / "performer.mp4"
    _, joints = film(open_recording("synthetic", seed=1), RATE)
    write_video(path, joints[: round(10 * RATE)], View(), rate=RATE)
    process, url = served(tmp_path / "folder")
    try:
        with launched() as browser, opened(browser, url) as browsed:
            start_with(browsed, "skeleton", f"camera:{path}")
            browsed.sees(".stream[data-state=live]", "performer.mp4")
            assert 'weights = "utd-mhad-camera"' in (tmp_path / "folder" / "page.toml").read_text()
            browsed.sees(".events li", "Draw triangle")
            browsed.sees(".stream", "the video is over")
            assert not browsed.complaints
    finally:
        assert ended(process) == 0
