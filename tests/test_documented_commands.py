"""Every command line that the documents and the help show is one that the parsers take."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hnhar.stream.cli.family import Family
from hnhar.stream.cli.overview import family
from hnhar.train.cli import main as train

ROOT = Path(__file__).parent.parent
NAME = re.compile(r"hnhar(-[a-z]+)?")


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "Makefile", *sorted((ROOT / "docs").glob("*.*"))]


def documented(path: Path) -> Iterator[str]:
    """Command lines of a document: after a prompt, and what a unit or a Makefile starts."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        found = re.match(r"\s*(?:\$ |ExecStart=\S*/|\t\$\(BIN\)/)(hnhar\b.*)", line)
        if found and path.suffix in (".md", ".service", ""):
            yield found[1]


def words_of(line: str) -> list[str]:
    """The words before a redirection, a pipe or a comment."""
    words = shlex.split(line, comments=True)
    ends = [words.index(end) for end in (">", "|", "2>", "&") if end in words]
    return words[: min(ends, default=len(words))]


def parse(line: str) -> Any:
    """What the parser of the command makes of its words. Raises ConfigError."""
    prog, *words = words_of(line)
    assert NAME.fullmatch(prog), line
    if "-" in prog:
        prog, name = prog.split("-")
        words = [name, *words]
    program: Any = family()
    if words[:1] == ["help"] or (words and words[0] in program.extras):
        return None
    while isinstance(program, Family) or program is train:
        commands = program.commands if isinstance(program, Family) else train.COMMANDS
        name, *words = words
        if name.startswith("-"):
            return None  # --help of the family
        prog, program = f"{prog} {name}", commands[name].load()
    return program.build_parser(prog).parse_args(words)


def lines() -> list[str]:
    return list(dict.fromkeys(line for path in documents() for line in documented(path)))


@pytest.mark.parametrize("line", lines())
def test_a_command_line_of_the_documents_is_taken(line: str) -> None:
    parse(line)


def test_the_documents_show_every_command() -> None:
    shown = {words_of(line)[0].removeprefix("hnhar-") for line in lines()}
    shown |= {words[1] for line in lines() if len(words := words_of(line)) > 1}
    assert {"stream", "watch", "doctor", "replay", "keys", "enroll", "train"} <= shown


def programs() -> Iterator[tuple[str, Any]]:
    """Every command, by what is typed for it."""
    for name, command in family().commands.items():
        if name == "train":
            for below, of_train in train.COMMANDS.items():
                yield f"hnhar train {below}", of_train.load()
        else:
            yield f"hnhar {name}", command.load()


@pytest.mark.parametrize(("prog", "program"), list(programs()))
def test_the_examples_of_a_commands_help_are_taken(prog: str, program: Any) -> None:
    epilog = program.build_parser(prog).epilog or ""
    # without the words beside an example, which stand apart
    shown = [re.split(r"\s{2,}", line.strip())[0] for line in epilog.splitlines()]
    examples = [line for line in shown if re.match(r"hnhar(-[a-z]+)? [a-z-]", line)]
    assert examples or prog == "hnhar train data"
    for line in examples:
        parse(line)
