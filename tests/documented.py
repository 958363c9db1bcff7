"""The worked examples of docs/extending.md, taken from the page so that it cannot rot."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def example(heading: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The package below a heading: module -> its source, in the order of the entry points that name them; and
    group -> name -> "module:object"."""
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    code, toml = (
        re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL) for language in ("python", "toml")
    )
    entries: dict[str, dict[str, str]] = tomllib.loads(toml[0])["project"]["entry-points"]
    names = dict.fromkeys(target.partition(":")[0] for named in entries.values() for target in named.values())
    return dict(zip(names, code, strict=True)), entries
