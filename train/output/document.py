"""docs/results.md: sections that a command writes anew, and the log of looks that is only added to."""

from collections.abc import Callable, Sequence
from pathlib import Path

from hnhar.model.errors import ConfigError
from hnhar.model.files import write_whole

LOOKS = "# Looks at the test subjects"
"""Heading of the log, the last part of the document."""


def put_section(text: str, name: str, section: str) -> str:
    """The document with the section `name` replaced, or put before the log of looks."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    block = f"{begin}\n{section.strip()}\n{end}\n"
    before, _, rest = text.partition(begin)
    if end in rest:
        after = rest.split(end, 1)[1].removeprefix("\n")
        return before + block + after
    if LOOKS in text:
        before, after = text.split(LOOKS, 1)
        return f"{before}{block}\n{LOOKS}{after}"
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block


def add_look(text: str, look: str) -> str:
    """The document with one line more in the log of looks, which is its end."""
    return f"{with_log(text).rstrip()}\n- {look}\n"


def with_log(text: str) -> str:
    """The document, with an empty log of looks at its end where it has none."""
    if LOOKS in text:
        return text
    return f"{text.rstrip()}\n\n{LOOKS}\n\nEvery evaluation of subjects 2, 4, 6.\n\n".lstrip()


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def update(path: Path, name: str, section: str, look: str | None) -> None:
    """Write both into the file at `path`, or neither; ConfigError where it cannot be written."""

    def changed(text: str) -> str:
        text = put_section(text, name, section)
        return text if look is None else add_look(text, look)

    change(path, changed)


def change(path: Path, changed: Callable[[str], str]) -> None:
    """Write what is made of the text at `path`, "" where there is none yet; ConfigError if that fails."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"'{path}' is no text in UTF-8: name a Markdown file, or a new one") from error
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be read: {error.strerror or error}") from error
    write_text(path, changed(text))


def write_text(path: Path, text: str) -> None:
    """Whole or not at all, its folder made; ConfigError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error
