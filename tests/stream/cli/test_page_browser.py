"""`hnhar page` as a clinic's assistant uses it: a real browser, a real run, a recording, a wizard."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyxdf

from hnhar.model.bundle.bundle import read_info

from ..page.browser import Browsed, launched, opened

HNHAR = (sys.executable, "-c", "from hnhar.stream.cli.entry import hnhar; raise SystemExit(hnhar())")
pytestmark = [pytest.mark.slow, pytest.mark.lsl]


def started(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([*HNHAR, *words], stdout=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> int:
    process.terminate()
    code = process.wait(60)
    if process.stdout is not None:
        process.stdout.close()
    return code


@pytest.fixture
def played() -> Iterator[str]:
    """A person over LSL, again and again; what the streams' names begin with."""
    prefix = f"clinic{threading.get_ident() % 10_000}-"
    process = started("replay", "synthetic", "--subject=1040", "--loop", "--quiet", f"--name-prefix={prefix}")
    yield prefix
    ended(process)


def served(folder: Path, *words: str) -> tuple["subprocess.Popen[str]", str]:
    """`hnhar page`, and its URL."""
    process = started("page", "--no-browser", "--address=127.0.0.1:0", f"--folder={folder}", *words)
    assert process.stdout is not None
    return process, process.stdout.readline().partition("page on ")[2].strip()


def child_of(pid: int) -> int:
    """The process that another one started."""
    found = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    return int(found[0])


def test_the_demonstration_shows_a_clap_and_a_run_that_is_killed_is_said(tmp_path: Path) -> None:
    process, url = served(tmp_path, "--demo")
    try:
        with launched() as browser, opened(browser, url) as browsed:
            browsed.sees(".wearer[data-state=going] .now", "Clap")
            browsed.sees(".events li", "Clap")
            os.kill(child_of(process.pid), signal.SIGKILL)
            browsed.sees(".notice", "The run broke off: it ended by signal 9")
            browsed.sees(".now", "Not running")
            browsed.sees(".stream .state", "Not known")
            browsed.page.goto(f"{url}#setup")
            browsed.page.click("#demo")
            browsed.page.wait_for_selector(".pill[data-state=running]")
            assert not browsed.complaints
    finally:
        assert ended(process) == 0


def test_sensors_are_chosen_recognized_recorded_and_an_activity_is_taught(
    weights: Path, played: str, tmp_path: Path
) -> None:
    shutil.copy(weights, tmp_path / "small.safetensors")
    process, url = served(tmp_path)
    try:
        with launched() as browser, opened(browser, url) as browsed:
            set_up(browsed, played, str(tmp_path / "small.safetensors"))
            browsed.sees(".stream[data-state=live]", "Live")
            record(browsed, tmp_path)
            teach(browsed)
            browsed.page.click("#use")
            browsed.page.wait_for_selector(".pill[data-state=running]")
            assert not browsed.complaints
    finally:
        assert ended(process) == 0
    (learned,) = read_info(tmp_path / "anna-stir.safetensors").enrolled
    assert (learned.label, learned.performances) == ("stir", 2)
    assert "anna-stir.safetensors" in (tmp_path / "page.toml").read_text()


def set_up(browsed: Browsed, prefix: str, weights: str) -> None:
    """Choose the sensors of one person, and start."""
    page = browsed.page
    browsed.sees(".found li .name", f"{prefix}imu")
    page.select_option("#weights", weights)
    page.fill("#person-0", "anna")
    page.select_option("#source-0-imu", f"{prefix}imu")
    page.select_option("#source-0-skeleton", f"{prefix}skeleton")
    page.click("#start")
    page.wait_for_selector(".pill[data-state=running]")


def record(browsed: Browsed, folder: Path) -> None:
    """Record for a moment, with a label by a button and by a key; the file has both."""
    page = browsed.page
    page.fill("#labels", "wave, stir")
    page.click(".record")
    browsed.sees(".tape .hint", "2 of 2 streams")
    page.click(".label:has-text('Stir')")
    page.wait_for_selector(".label[aria-pressed=true]:has-text('Stir')")
    page.keyboard.press("1")
    page.wait_for_selector(".label[aria-pressed=true]:has-text('Wave')")
    page.keyboard.press("x")
    page.wait_for_selector(".label[aria-pressed=true]", state="detached")
    page.click(".tape .stop")
    browsed.sees(".said", "Recorded to")
    assert "no sample" not in page.locator(".said").inner_text()
    (file,) = folder.glob("sub-anna_*.xdf")
    streams, _ = pyxdf.load_xdf(str(file))
    found = {stream["info"]["name"][0]: stream["time_series"] for stream in streams}
    marks = [row[0] for row in found["hnhar-labels"]]
    assert marks == ["stir/start", "stir/stop", "wave/start", "wave/cancel"]
    assert sum(len(series) > 0 for series in found.values()) == 3


def teach(browsed: Browsed) -> None:
    """A new activity from two performances."""
    page = browsed.page
    page.keyboard.press("t")
    page.click(".choice:has-text('A new activity')")
    page.fill("#label", "stir")
    page.fill("#times", "2")
    page.click("#teach-begin")
    for _ in range(2):
        page.wait_for_selector(".stage[data-phase=ready]")
        page.keyboard.press("Enter")  # the button has the focus
        page.wait_for_selector(".countdown")
        page.wait_for_selector(".stage[data-phase=going]")
        page.wait_for_timeout(2000)
        page.keyboard.press("Enter")
    page.wait_for_selector("#use")


def test_a_camera_alone_is_given_weights_of_a_camera_and_something_worn_takes_them_back(
    tmp_path: Path,
) -> None:
    process, url = served(tmp_path)
    try:
        with launched() as browser, opened(browser, f"{url}#setup") as browsed:
            page = browsed.page
            page.select_option("#source-0-skeleton", "camera:0")
            browsed.sees(".setup", "Chosen as there is a camera and nothing else")
            assert page.locator("#weights").input_value() == "utd-mhad-camera"
            assert page.locator("#source-0-imu").count() == 0
            page.select_option("#weights", "")
            page.select_option("#source-0-imu", "phone:0.0.0.0:8443")
            assert page.locator("#weights").input_value() == ""
            assert not browsed.complaints
    finally:
        assert ended(process) == 0
