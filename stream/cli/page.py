"""`hnhar page`: sensors, recognition, recording and teaching from one page in a browser."""

import argparse
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hnhar.model.errors import ConfigError, PublishError

from ..page.address import ADDRESS, neighbors_of
from ..publish.addresses import Address, parse_address
from ..sinks.websocket_door import Door, token_of
from .common import guarded, say, stopping
from .demo import isolate
from .handles import ensure_handles
from .options.network import add_lsl_options, configure_lsl
from .parsing import Parser, parser

if TYPE_CHECKING:
    from ..page.server import Page

_EPILOG: Final = """examples:
  hnhar page                         opens the page in this computer's browser; Ctrl-C ends it
  hnhar page --demo                  the same, with a drawn person, to look around
  hnhar page --open                  for a phone or a tablet too: prints an address with a token, as a QR code
  hnhar page --folder study --address 127.0.0.1:9000

Everything that the page makes lies in its folder: settings (page.toml, which hnhar stream --config reads),
recordings (.xdf) and what was taught (.safetensors).
"""
FOLDER: Final = "~/hnhar"
_HANDLES: Final = 64


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-page") -> int:
    """Entry point; 0 when stopped, 2 for what cannot be done."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-page") -> Parser:
    """The options of hnhar page."""
    made = parser(prog, "Choose sensors, recognize, record and teach, in a browser.", _EPILOG)
    made.add_argument(
        "--address", metavar="HOST:PORT", help=f"address of the page; port 0 picks one (default: {ADDRESS})"
    )
    made.add_argument(
        "--open",
        action="store_true",
        help="let other devices of the network open it, with a token (default: this computer only)",
    )
    made.add_argument(
        "--token", metavar="FILE", help="with --open, the token's file (default: a new one each time)"
    )
    made.add_argument(
        "--folder", metavar="DIR", default=FOLDER, help=f"where all that it makes lies (default: {FOLDER})"
    )
    made.add_argument(
        "--config", metavar="FILE.toml", help="the settings' file (default: page.toml in the folder)"
    )
    made.add_argument("--demo", action="store_true", help="begin with a drawn person")
    made.add_argument("--no-browser", action="store_true", help="open no browser, print the address only")
    add_lsl_options(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    from ..sinks.websocket_server import check_extra

    check_extra("hnhar page")
    address, door = _door(arguments)
    folder = Path(arguments.folder).expanduser()
    _check(folder)
    if arguments.demo:
        arguments.seed, arguments.duration = 0, None
        isolate(arguments)
    from ..page.server import make_token
    from ..phone.server import TOKEN

    # a phone that was opened for one run goes on with the next, and with a wizard
    os.environ.setdefault(TOKEN, make_token())
    configure_lsl(arguments)
    ensure_handles(_HANDLES)
    from ..page.server import Page
    from ..sinks.context import SinkContext
    from .page_desk import PageDesk
    from .page_settings import SettingsFile

    config = Path(arguments.config).expanduser() if arguments.config else folder / "page.toml"
    desk = PageDesk(arguments, folder, SettingsFile(config))
    page = Page(address, door, desk, SinkContext("", "", (), ()))
    desk.attach(page)
    try:
        url = _announce(arguments, page, address)
        if arguments.demo:
            desk.begin_demo()
        with stopping() as stop:
            if not arguments.no_browser:
                _open(url)
            while not stop.wait(1.0):
                continue
    finally:
        desk.close()
        page.close()
    return 0


def _check(folder: Path) -> None:
    """Raise ConfigError where nothing can be kept there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--folder {folder} cannot be made: {error.strerror or error}.") from error


def _door(arguments: argparse.Namespace) -> tuple[Address, Door]:
    """Where the page is served, and who is let in. Raises ConfigError."""
    text = arguments.address or (f"0.0.0.0:{ADDRESS.rpartition(':')[2]}" if arguments.open else ADDRESS)
    try:
        address = parse_address(f"tcp://{text}")
    except PublishError as error:
        raise ConfigError(f"--address {text!r} is no HOST:PORT, such as {ADDRESS}.") from error
    if not (address.local or arguments.open):
        raise ConfigError(f"--address {text} lets other devices in: add --open, which asks them for a token.")
    if arguments.token and not arguments.open:
        raise ConfigError("--token is for --open.")
    if not arguments.open:
        return address, Door()
    from ..page.server import make_token

    token = token_of(arguments.token, "--token") if arguments.token else make_token()
    return address, Door(token, address.local)


def _announce(arguments: argparse.Namespace, page: "Page", address: Address) -> str:
    """Print where it is opened; the URL for this computer's own browser."""
    token = f"?token={quote(page.token)}" if page.token else ""
    any_host = address.host in ("0.0.0.0", "::")
    local = f"http://127.0.0.1:{page.port}/{token}" if any_host else f"{page.url}{token}"
    say(f"page on {local}")
    if arguments.open:
        for host in neighbors_of(address.host):
            url = f"http://{host}:{page.port}/{token}"
            say(f"from other devices of this network: {url}")
            _print_qr(url)
        say("Whoever has this address may use the page. What is sent is not encrypted.")
    return local


def _open(url: str) -> None:
    """Open it where there is a screen: a browser of text would take this terminal, and runs no script."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in screens):
        webbrowser.open(url)


def _print_qr(url: str) -> None:
    if sys.stdout is not None and sys.stdout.isatty():
        import segno

        segno.make(url, error="l").terminal(compact=True)
