"""Our page in a real browser, headless Chromium, whose sensors are emulated by its own DevTools.

What it proves: the page's code, Chromium's own DeviceMotion events (axes, units and order of rotationRate as
Chromium has them), the websocket, and the clock. What it cannot: Safari, whose signs are only known from its
documentation; its flag is tested with the same page, told that it runs there.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.sync.client import connect

from .sending import DEADLINE, server, until

CHROMIUM = Path("/usr/bin/chromium")
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
)
READINGS = {
    "accelerometer": {"x": 1.5, "y": -2.5, "z": 9.5},
    "gyroscope": {"x": 1.0, "y": 2.0, "z": 3.0},
    "linear-acceleration": {"x": 0.1, "y": 0.2, "z": 0.3},
}
"""m/s² and rad/s by Chromium's sensors, along x, y and z."""
PERMISSION = """
DeviceMotionEvent.requestPermission = async () => { window.asked = (window.asked || 0) + 1; return "%s"; };
"""


@contextmanager
def page(**options: Any) -> Iterator[Any]:
    """A page whose sensors are emulated."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            context = browser.new_context(ignore_https_errors=True, **options)
            opened = context.new_page()
            opened.set_default_timeout(1000 * DEADLINE)
            session = context.new_cdp_session(opened)
            for kind, reading in READINGS.items():
                about = {"available": True, "minimumFrequency": 1, "maximumFrequency": 100}
                enabled = {"enabled": True, "type": kind, "metadata": about}
                session.send("Emulation.setSensorOverrideEnabled", enabled)
                session.send(
                    "Emulation.setSensorOverrideReadings", {"type": kind, "reading": {"xyz": reading}}
                )
            yield opened
        finally:
            browser.close()


def test_the_page_sends_what_the_browser_measures_and_comes_back_after_a_loss() -> None:
    with server() as made, page() as opened:
        opened.goto(made.addresses.page)
        opened.fill("#name", "anna")
        opened.click("#start")
        opened.wait_for_selector("#state:text-is('Sending.')")
        until(lambda: any(p.status().rate > 20 for p in made.phones.there()), "samples come")
        (phone,) = made.phones.there()
        assert phone.identity.name == "anna"
        rows, stamps = phone.rows(DEADLINE, 1000)
        assert np.allclose(rows[-1, :3], [1.5, -2.5, 9.5])
        assert np.allclose(rows[-1, 3:], [1.0, 2.0, 3.0], atol=0.01)  # browsers round, against fingerprints
        assert np.median(np.diff(stamps)) == pytest.approx(1 / 60, abs=0.005)
        assert opened.evaluate("performance.now() / 1000") == pytest.approx(
            made.phones.now() - (phone.clock.offset or 0.0), abs=0.25
        )
        opened.evaluate("window.before = socket; socket.close()")
        until(lambda: opened.evaluate("socket !== window.before && socket.readyState === 1"), "it is back")
        phone.clear()
        until(lambda: phone.there and len(phone.rows(0.0, 1000)[1]) > 0, "samples come again")
        assert len(made.phones.all()) == 1


def test_an_iphone_is_asked_for_permission_and_its_signs_are_turned() -> None:
    with server() as made, page(user_agent=IPHONE) as opened:
        opened.add_init_script(PERMISSION % "granted")
        opened.goto(made.addresses.page)
        assert opened.evaluate("window.asked") is None  # only a press may ask
        opened.click("#start")
        until(lambda: any(p.status().received > 5 for p in made.phones.there()), "samples come")
        (phone,) = made.phones.there()
        assert opened.evaluate("window.asked") == 1
        rows, _ = phone.rows(DEADLINE, 1000)
        assert np.allclose(rows[-1, :3], [-1.5, 2.5, -9.5])
        assert np.allclose(rows[-1, 3:], [1.0, 2.0, 3.0], atol=0.01)
        assert phone.note == "the signs of iOS are converted"


def test_a_browser_that_grants_no_websocket_sends_by_posts() -> None:
    with server() as made, page() as opened:
        opened.add_init_script(
            "WebSocket = class { constructor() { setTimeout(() => this.onclose(), 1); } };"
        )
        opened.goto(made.addresses.page)
        opened.click("#start")
        until(lambda: any(p.status().received > 60 for p in made.phones.there()), "samples come")
        (phone,) = made.phones.there()
        rows, stamps = phone.rows(DEADLINE, 1000)
        assert np.allclose(rows[-1, :3], [1.5, -2.5, 9.5])
        assert np.median(np.diff(stamps)) == pytest.approx(1 / 60, abs=0.005)
        opened.wait_for_selector("#state:text-is('Sending.')")


def test_motion_that_is_not_allowed_is_said() -> None:
    with server() as made, page(user_agent=IPHONE) as opened:
        opened.add_init_script(PERMISSION % "denied")
        opened.goto(made.addresses.page)
        opened.click("#start")
        opened.wait_for_selector("#state:has-text('not allowed')")
        assert made.phones.all() == []


def test_the_page_of_this_computer_shows_the_code_and_who_is_connected() -> None:
    with server() as made, page() as opened:
        opened.goto(made.addresses.status)
        assert opened.evaluate("document.querySelector('img').decode().then(() => true)")
        assert opened.inner_text("#none") == "None yet."
        place = made.addresses.push.replace("http", "ws").removesuffix("push")
        with connect(f"{place}socket?id=0123456789&name=%3Cb%3Eben") as socket:
            samples = [[k / 50, 0, 0, 9.8, 1, 2, 3] for k in range(50)]
            socket.send(json.dumps({"samples": samples}))
            opened.wait_for_selector("tbody td:text-is('<b>ben')")
