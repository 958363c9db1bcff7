"""`hnhar phone`: phones and watches as LSL streams, by a QR code."""

import argparse
import time
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from rich.live import Live
from rich.text import Text

from hnhar.model.errors import ConfigError, SourceError

from .common import Stop, guarded, stopping, warn
from .console import SafeConsole
from .options.network import add_lsl_options, configure_lsl
from .parsing import Parser, parser

if TYPE_CHECKING:
    from ..phone.server import PhoneServer
    from .phone_relay import Relays

_EPILOG = """examples:
  hnhar-phone --open                                     phones on this network: scan the code, press Start
  hnhar-phone --open --token my-own-token                an address that stays right in Sensor Logger
  hnhar-phone --open --certificate ~/.config/hnhar/phone a certificate that stays, so that a phone warns once
  hnhar-phone sensorserver:ws://192.168.1.7:8080         an Android phone that serves, as an LSL stream

Each phone is an LSL stream of type IMU, with the name that was entered: hnhar-stream --imu-source NAME reads
it, and so do LabRecorder and hnhar-record. hnhar-stream --imu-source phone: takes a phone without LSL.
Without --open only this machine is let in. Nothing is stored, and nothing is sent anywhere but as LSL.
"""
_LOOK: Final = 0.5
"""s between two looks at who is connected."""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-phone") -> int:
    """Entry point; 0 when stopped, 2 for what cannot be done."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-phone") -> Parser:
    """The options of hnhar-phone."""
    made = parser(prog, "Take the motion of phones and watches, and send it on as LSL streams.", _EPILOG)
    made.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="*",
        help="phones that serve or publish themselves, such as sensorserver:ws://192.168.1.7:8080, "
        "phyphox:http://192.168.1.7:8080, osc:9000 or mqtt:broker/sensor-logger; without any, our own server",
    )
    door = made.add_argument_group("server")
    door.add_argument(
        "--listen",
        metavar="[HOST:]PORT",
        help="where phones find it: the page at PORT, Sensor Logger's push at the next one (default: "
        "127.0.0.1:8443)",
    )
    door.add_argument(
        "--open", action="store_true", help="let other machines in, with the token: all that phones need"
    )
    door.add_argument(
        "--token",
        metavar="TOKEN",
        help="8 to 64 letters, digits, - or _ (default: HNHAR_PHONE_TOKEN, or a new one each time)",
    )
    door.add_argument(
        "--certificate",
        metavar="FOLDER",
        help="keeps certificate.pem and key.pem, made there where they are missing (default: a new one each "
        "time)",
    )
    made.add_argument("--no-lsl", action="store_true", help="only show who is connected")
    made.add_argument(
        "--duration", metavar="S", type=float, help="end after S seconds (default: when stopped)"
    )
    add_lsl_options(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    from ..phone.address import Listen, parse_listen

    if arguments.duration is not None and not arguments.duration > 0:
        raise ConfigError(f"--duration {arguments.duration:g} would end at once: give seconds above 0.")
    listen, name = parse_listen(arguments.listen or "")
    if name:
        raise ConfigError(f"--listen {arguments.listen} is no [HOST:]PORT, such as 127.0.0.1:8443.")
    if arguments.open and not listen.open:
        if arguments.listen and ":" in arguments.listen:
            raise ConfigError(f"--open and --listen {arguments.listen} contradict each other: leave one out.")
        listen = Listen("0.0.0.0", listen.port)
    configure_lsl(arguments)
    from ..phone.server import PhoneServer
    from .phone_relay import Relays

    console = SafeConsole()
    with stopping() as stop, closing(Relays(publish=not arguments.no_lsl)) as relays:
        server = None
        if not arguments.sources:
            server = PhoneServer(listen, token=arguments.token, certificate=arguments.certificate)
            _start(server)
            relays.serve(server.phones)
            _greet(console, server)
        for source in arguments.sources:
            relays.follow(source)
        try:
            _watch(console, server, relays, stop, arguments.duration)
        finally:
            if server is not None:
                server.stop()
        return stop.code


def _start(server: "PhoneServer") -> None:
    try:
        server.start()
    except OSError as error:
        raise SourceError(
            f"{error.strerror or error}: another hnhar-phone? Give --listen another port."
        ) from error


def _greet(console: SafeConsole, server: "PhoneServer") -> None:
    """The addresses, and a QR code where there is a terminal."""
    from ..phone.qr import as_text

    found = server.addresses
    if console.is_terminal:
        # in colors of its own, whatever the terminal's are: not every phone reads an inverted code
        console.print(Text(as_text(found.page).rstrip("\n"), "#ffffff on #000000"))
    console.say(f"phone's browser   {found.page}")
    console.say(f"Sensor Logger     {found.push}   (HTTP Push)")
    console.say(f"on this computer  {found.status}")
    console.say(
        "The phone's browser will warn: this computer made the certificate itself, and nobody vouches for "
        f"it. Its SHA-256 begins with {found.fingerprint[:23]}.",
        "dim",
    )
    if server.listen.open:
        warn(
            "other machines are let in that know the token; Sensor Logger's push and LSL are not encrypted: "
            "use a network that you trust"
        )
    else:
        warn("only this machine is let in: --open lets phones in")


def _watch(
    console: SafeConsole, server: "PhoneServer | None", relays: "Relays", stop: Stop, duration: float | None
) -> None:
    """Show who is connected until it is stopped."""
    from .phone_screen import Changes, picture

    until = float("inf") if duration is None else time.monotonic() + duration
    if console.draws:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while not stop.wait(min(_LOOK, max(until - time.monotonic(), 0.0))) and time.monotonic() < until:
                refused = server.phones.refused if server is not None else {}
                live.update(picture(relays.statuses(), refused, relays.absent()), refresh=True)
        return
    changes = Changes()
    while True:
        refused = server.phones.refused if server is not None else {}
        for line in changes.lines(relays.statuses(), refused, relays.absent()):
            console.say(line)
        if stop.wait(min(_LOOK, max(until - time.monotonic(), 0.0))) or time.monotonic() >= until:
            return
