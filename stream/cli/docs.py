"""`hnhar-docs`: the documentation's texts, which are installed with the package."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from hnhar.model.errors import ConfigError

from .common import guarded
from .parsing import Parser, did_you_mean, parser

PACKAGE: Final = "hnhar.docs"
_UNIT: Final = ".service"
_EPILOG = f"""examples:
  hnhar-docs                               the names of the texts, each with its title
  hnhar-docs messages | less               one of them, as Markdown
  hnhar-docs hnhar-stream{_UNIT}          the systemd unit
  hnhar-docs operations --path             where it lies
"""


def build_parser(prog: str = "hnhar-docs") -> Parser:
    """The options of hnhar-docs."""
    made = parser(prog, "Print the documentation that is installed with hnhar.", _EPILOG)
    made.add_argument("name", nargs="?", metavar="NAME", help="a text; without one, all are listed")
    made.add_argument("--path", action="store_true", help="where its file lies, instead of the text")
    return made


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-docs") -> int:
    """Entry point; 0, or 2 where there is no such text."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def texts() -> dict[str, Traversable]:
    """Name -> file of every text, a Markdown file's without its ending. Raises ConfigError for none."""
    try:
        root = files(PACKAGE)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "this installation holds no documentation: install hnhar from a wheel anew"
        ) from error
    found = dict(_below(root, ""))
    return {name: found[name] for name in sorted(found)}


def _below(folder: Traversable, prefix: str) -> "list[tuple[str, Traversable]]":
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _below(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".md", _UNIT)):
            found.append((prefix + entry.name.removesuffix(".md"), entry))
    return found


def _run(arguments: argparse.Namespace) -> int:
    known = texts()
    if arguments.name is None:
        if arguments.path:
            raise ConfigError("--path needs the name of a text, such as hnhar-docs operations --path")
        width = max(map(len, known))
        for name, text in known.items():
            print(f"{name:{width}}  {_title(text)}")
        return 0
    text = _named(arguments.name, known)
    if arguments.path:
        print(text)
    else:
        sys.stdout.write(text.read_text(encoding="utf-8"))
    return 0


def _named(asked: str, known: Mapping[str, Traversable]) -> Traversable:
    """The text of a name, also of one as in a link (`docs/messages.md`). Raises ConfigError."""
    name = asked.removeprefix("docs/").partition("#")[0].removesuffix(".md")
    if name not in known:
        near = did_you_mean(name, known)
        listed = ", ".join(known)
        raise ConfigError(f"there is no text '{asked}'{near or f': there are {listed}'}")
    return known[name]


def _title(text: Traversable) -> str:
    """The first heading of a Markdown file, or the first line of a comment; "" where there is neither."""
    with text.open("r", encoding="utf-8") as lines:
        return next((line.lstrip("#").strip() for line in lines if line.startswith("#")), "")
