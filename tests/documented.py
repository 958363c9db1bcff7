"""The worked examples of docs/extending.md, taken from the page so that it cannot rot."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def example(heading: str) -> tuple[str, dict[str, dict[str, str]]]:
    """The module below a heading, and its entry points: group -> name -> "module:object"."""
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    code, toml = (
        re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL) for language in ("python", "toml")
    )
    entries: dict[str, dict[str, str]] = {}
    for block in toml:
        entries |= tomllib.loads(block)["project"]["entry-points"]
    return "\n".join(code), entries


def module_of(entries: dict[str, dict[str, str]]) -> str:
    """The one module that entry points of an example name."""
    (name,) = {target.partition(":")[0] for group in entries.values() for target in group.values()}
    return name
