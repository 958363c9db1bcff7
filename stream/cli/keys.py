"""`hnhar-keys`: keys of an encrypted publisher (`--curve-keys`) and of the subscribers that it lets in."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hnhar.model.errors import ConfigError

from ..publish import keys as curve
from .common import guarded
from .parsing import Parser, as_typed, parser

_EPILOG = """examples:
  hnhar-keys make ~/.config/hnhar/keys                 once, on the recognizer's machine
  hnhar-keys add ~/.config/hnhar/keys ward-3           writes ward-3.subscriber, all that it needs
  hnhar-keys list ~/.config/hnhar/keys
  hnhar-keys revoke ~/.config/hnhar/keys ward-3        holds within seconds, without a restart

  hnhar-stream --publish tcp://0.0.0.0:5557 --curve-keys ~/.config/hnhar/keys --imu-source MyWatch
  hnhar-watch tcp://recognizer:5557 --curve-keys ward-3.subscriber

Give a subscriber's file to it over a way that you trust (scp, a USB stick), then delete it here: whoever has
it reads along. The publisher keeps public keys only. All of it: hnhar-docs security
"""


def build_parser(prog: str = "hnhar-keys") -> Parser:
    """The options of hnhar-keys."""
    made = parser(prog, "Make and revoke the keys of an encrypted publisher and its subscribers.", _EPILOG)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    described = {
        "make": "make the publisher's keys, and a list of subscribers with nobody on it",
        "add": "let a subscriber in, and export what it needs as one file",
        "list": "who is let in",
        "revoke": "let a subscriber in no more",
    }
    for name, what in described.items():
        example = next(line for line in _EPILOG.splitlines() if line.startswith(f"  hnhar-keys {name} "))
        command = commands.add_parser(name, help=what, description=what, epilog=f"example:\n{example}")
        command.add_argument("folder", metavar="DIR", type=Path, help="the publisher's folder of keys")
        if name in ("add", "revoke"):
            command.add_argument("name", metavar="NAME", help="of the subscriber: letters, digits, . - _")
        if name == "add":
            command.add_argument(
                "--out",
                metavar="FILE",
                type=Path,
                help=f"the file to write (default: NAME{curve.SUFFIX}, here)",
            )
    return made


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-keys") -> int:
    """Run `hnhar-keys`; 0, or 2 for what cannot be done."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def _run(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    if arguments.command == "make":
        keys = curve.make(folder)
        print(f"{folder / curve.PUBLISHER}: the publisher's keys; its public key is {keys.public}")
        print(as_typed(f"next: hnhar-keys add {folder} NAME"))
    elif arguments.command == "add":
        out = arguments.out or Path(f"{curve.check_name(arguments.name)}{curve.SUFFIX}")
        curve.add(folder, arguments.name, out, date.today().isoformat())
        print(f"{out}: all that {arguments.name} needs, also its secret. Hand it over, then delete it here.")
        print(as_typed(f"there: hnhar-watch ADDRESS --curve-keys {out.name}"))
    elif arguments.command == "revoke":
        curve.revoke(folder, arguments.name)
        print(
            f"{arguments.name} is let in no more; a publisher that runs ends its connection within seconds."
        )
    else:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is no folder of keys: make one with hnhar-keys make {folder}")
        known = curve.allowed(folder)
        width = max((len(entry.name) for entry in known), default=0)
        for entry in known:
            print(f"{entry.name:{width}}  {entry.day}  {entry.public}")
        if not known:
            print("nobody is let in yet")
    return 0
