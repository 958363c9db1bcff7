"""Screenshots of the page, of a real run before a real browser: `python -m tools.screenshots`.

Two synthetic people are played over LSL, `hnhar page` recognizes, records and learns, and Chromium looks.
Needs Chromium, Playwright and Pillow. Writes docs/page/NAME.png, 1280 x 800 and 390 x 844, light and dark.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OUT: Final = Path("docs/page")
SIZES: Final = {"desktop": (1280, 800), "phone": (390, 844)}
COLORS: Final = 200
PATIENCE: Final = 90_000
"""ms."""
_HNHAR: Final = (sys.executable, "-c", "from hnhar.stream.cli.entry import hnhar; raise SystemExit(hnhar())")


@dataclass(slots=True)
class Lab:
    """A page that runs, and the people that are played to it."""

    url: str
    players: dict[str, "subprocess.Popen[bytes]"]
    browser: "Browser"
    session: str

    def look(self, size: str, scheme: str, view: str = "") -> "Page":
        """The page in a window of this size."""
        width, height = SIZES[size]
        page = self.browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            device_scale_factor=1,
            reduced_motion="reduce",
        )
        page.set_default_timeout(PATIENCE)
        page.goto(f"{self.url}#{view}")
        page.wait_for_selector("html[data-ready=true]")
        return page


@contextmanager
def lab() -> Iterator[Lab]:
    """Everything that the screenshots show, started and ended again."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("no Chromium is installed")
    session = f"hnhar-screenshots-{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        home = Path(folder)
        players = {name: player(name, number, session, stack) for number, name in enumerate(("anna", "ben"))}
        command = [*_HNHAR, "page", "--no-browser", "--address=127.0.0.1:0", "--folder=~/hnhar"]
        program = started([*command, f"--lsl-session={session}", "--lsl-scope=machine"], stack, home)
        assert program.stdout is not None
        url = program.stdout.readline().decode().partition("page on ")[2].strip()
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        stack.callback(browser.close)
        yield Lab(url, players, browser, session)


def player(name: str, number: int, session: str, stack: ExitStack) -> "subprocess.Popen[bytes]":
    """A synthetic person over LSL, again and again."""
    words = [
        *_HNHAR,
        "replay",
        "synthetic",
        f"--subject={1040 + number}",
        f"--seed={number}",
        "--loop",
        "--quiet",
    ]
    words += [f"--name-prefix={name}-", f"--lsl-session={session}", "--lsl-scope=machine"]
    return started(words, stack)


def started(words: list[str], stack: ExitStack, home: Path | None = None) -> "subprocess.Popen[bytes]":
    """A process that ends with the stack; `home`: a home of its own."""
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | ({"HOME": str(home)} if home is not None else {}),
    )

    def end() -> None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()

    stack.callback(end)
    return process


def keep(page: "Page", name: str) -> None:
    """A small PNG of what is seen now."""
    from PIL import Image

    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        OUT / f"{name}.png", optimize=True
    )
    print(f"docs/page/{name}.png", flush=True)


def choose(page: "Page", place: int, name: str) -> None:
    """Name a person, and give them the sensors that are named like them."""
    page.fill(f"#person-{place}", name)
    for modality in ("imu", "skeleton"):
        page.select_option(f"#source-{place}-{modality}", f"{name}-{modality}")


def until_activity(page: "Page", seconds: float = 60.0) -> None:
    """Wait until somebody does something, for a second already."""
    page.wait_for_selector("[data-state=going] .detail:has-text('100 %')", timeout=seconds * 1000)


def setup(here: Lab) -> None:
    """Sensors are found, and one person is set up."""
    page = here.look("desktop", "light", "setup")
    page.wait_for_selector(".found li[data-usable=true]")
    choose(page, 0, "anna")
    page.evaluate("scrollTo(0, 0)")
    keep(page, "setup-light")
    phone = here.look("phone", "dark", "setup")
    phone.wait_for_selector(".found li[data-usable=true]")
    keep(phone, "setup-phone-dark")
    phone.close()
    page.select_option("#source-0-imu", "\0other")
    page.fill("#source-0-imu-other", "sensor=wrist")
    page.click("#start")
    page.wait_for_selector(".trouble")
    page.evaluate("scrollTo(0, 0)")
    keep(page, "setup-error-light")
    page.close()


def live(here: Lab) -> None:
    """One person, recognized."""
    page = here.look("desktop", "light", "setup")
    page.wait_for_selector(".found li[data-usable=true]")
    choose(page, 0, "anna")
    page.click("#start")
    phone = here.look("phone", "dark", "live")
    until_activity(page)
    time.sleep(30)  # so that the last minute has something to show
    until_activity(page)
    keep(page, "live-light")
    keep(phone, "live-phone-dark")
    page.keyboard.press("f")
    until_activity(page)
    page.emulate_media(color_scheme="dark")
    keep(page, "big-dark")
    phone.emulate_media(color_scheme="light")
    keep(phone, "live-phone-light")
    page.close()
    phone.close()


def record(here: Lab) -> None:
    """A recording, with labels."""
    page = here.look("desktop", "light", "live")
    page.fill("#labels", "wave, clap, throw, boxing, draw_x, push")
    page.click(".record")
    page.wait_for_selector(".label")
    page.click(".label >> nth=1")
    time.sleep(3)
    page.click(".label >> nth=1")
    page.click(".label >> nth=0")
    time.sleep(4)
    page.evaluate("scrollTo(0, 0)")
    keep(page, "record-light")
    phone = here.look("phone", "light", "live")
    phone.wait_for_selector(".label")
    phone.evaluate("document.querySelector('.recorder').scrollIntoView()")
    keep(phone, "record-phone-light")
    phone.close()
    page.keyboard.press(" ")
    page.click(".tape .stop")
    page.wait_for_selector(".said:has-text('Recorded to')")
    page.close()


def teach(here: Lab) -> None:
    """A new activity, by the wizard."""
    page = here.look("desktop", "light", "teach")
    keep(page, "teach-light")
    page.click(".choice >> nth=0")
    page.fill("#label", "stir")
    page.fill("#times", "3")
    keep(page, "teach-form-light")
    page.click("#teach-begin")
    phone = here.look("phone", "dark", "teach")
    for number in range(3):
        page.wait_for_selector(".stage[data-phase=ready]")
        if number == 1:
            keep(page, "teach-ready-light")
        page.click("#go")
        phone.wait_for_selector(".countdown")
        if number == 0:
            keep(phone, "teach-countdown-phone-dark")
        page.wait_for_selector(".stage[data-phase=going]")
        time.sleep(2.5)
        if number == 1:
            keep(page, "teach-going-light")
        page.click("#go")
    phone.close()
    page.wait_for_selector("#use, .wrong")
    keep(page, "teach-done-light")
    page.click("#close")
    page.wait_for_selector(".choice")
    page.close()


def adapt(here: Lab) -> None:
    """One person's own way of moving, by the wizard."""
    page = here.look("desktop", "dark", "teach")
    page.click(".choice >> nth=1")
    for box in page.locator(".box input").all():
        if box.get_attribute("value") not in ("wave", "clap"):
            box.uncheck()
    page.fill("#times", "2")
    keep(page, "adapt-form-dark")
    page.click("#teach-begin")
    for number in range(4):
        page.wait_for_selector(f".stage[data-phase=ready] .hint:has-text('{number} of 4')")
        if number == 2:
            phone = here.look("phone", "light", "teach")
            phone.wait_for_selector("#go")
            keep(phone, "adapt-ready-phone-light")
            phone.close()
        time.sleep(9)
        page.click("#go")
        page.wait_for_selector(".stage[data-phase=going]")
        time.sleep(3)
        page.click("#go")
    page.wait_for_selector("#close", timeout=240_000)
    page.emulate_media(color_scheme="light")
    keep(page, "adapt-end-light")
    page.click("#close")
    page.close()


def phone(here: Lab) -> None:
    """A phone as the sensor: its address as a QR code."""
    page = here.look("desktop", "light", "setup")
    page.wait_for_selector("#start:not([disabled])")
    page.click("button:has-text('Remove ben')")
    page.select_option("#source-0-imu", "phone:0.0.0.0:8443")
    page.select_option("#source-0-skeleton", "")
    page.click("#start")
    page.wait_for_selector(".pill[data-state=starting]")
    page.wait_for_selector(".pill[data-state=running]")
    page.goto(f"{here.url}#live")
    page.wait_for_selector(".phone img")
    keep(page, "phone-light")
    page.close()


def several(here: Lab) -> None:
    """Two people at once, of whom one loses a sensor."""
    page = here.look("desktop", "light", "setup")
    page.wait_for_selector("#stop")
    page.click("#look")
    page.wait_for_selector(".found li[data-usable=true]")
    page.click("#add")
    choose(page, 1, "ben")
    page.click("#start")
    page.wait_for_selector(".pill[data-state=starting]")
    page.wait_for_selector(".pill[data-state=running]")
    page.goto(f"{here.url}#live")
    until_activity(page)
    time.sleep(25)
    until_activity(page)
    keep(page, "two-light")
    here.players["ben"].kill()
    page.wait_for_selector("#alarm:has-text('have stopped sending')")
    page.wait_for_selector(".stream[data-state=lost]")
    page.evaluate("scrollTo(0, 0)")
    page.emulate_media(color_scheme="dark")
    keep(page, "dropped-dark")
    small = here.look("phone", "light", "live")
    small.wait_for_selector("#alarm:has-text('stopped sending')")
    small.wait_for_selector(".wearer .now:has-text('No signal')")
    keep(small, "dropped-phone-light")
    small.close()
    page.close()


STEPS: Final[dict[str, Callable[[Lab], None]]] = {
    "setup": setup,
    "live": live,
    "record": record,
    "teach": teach,
    "adapt": adapt,
    "several": several,
    "phone": phone,
}
"""In this order: each goes on from where the one before ended."""


def main(argv: Sequence[str] | None = None) -> None:
    """All of them, or those steps that are named; what they go on from comes before."""
    names = list(sys.argv[1:] if argv is None else argv) or list(STEPS)
    OUT.mkdir(parents=True, exist_ok=True)
    with lab() as here:
        for name in names:
            STEPS[name](here)


if __name__ == "__main__":
    main()
