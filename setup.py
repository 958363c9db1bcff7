"""What pyproject.toml cannot say: the project's URLs, and the README as a package index shows it.

On an index there are no files beside the README: its relative links would lead nowhere. Where
`tool.hnhar.repository` in pyproject.toml gives the address at which the repository is published, they lead
there, to the tag of this version; where it gives none, their text stays and names the file.
"""

import re
import tomllib
from pathlib import Path
from typing import Final

from setuptools import setup

PAPER: Final = "https://arxiv.org/abs/2309.01262"
_ROOT: Final = Path(__file__).resolve().parent
_LINK: Final = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\)")
_ABSOLUTE: Final = ("https://", "http://", "mailto:")


def project_urls(repository: str, version: str) -> dict[str, str]:
    """Label -> address, as an index lists them; only those that are known."""
    urls = {"Paper": PAPER}
    if repository:
        urls |= {
            "Source": repository,
            "Documentation": f"{repository}/tree/v{version}/docs",
            "Changelog": f"{repository}/blob/v{version}/CHANGELOG.md",
            "Issues": f"{repository}/issues",
        }
    return urls


def for_the_index(readme: str, repository: str, version: str) -> str:
    """A README without relative links: they lead into `repository`; where that is "", their text is left."""

    def absolute(found: re.Match[str]) -> str:
        image, text, target = found.group("image", "text", "target")
        if target.startswith(_ABSOLUTE):
            return found[0]
        path = f"README.md{target}" if target.startswith("#") else target
        if repository:
            return f"{image}[{text}]({repository}/{'raw' if image else 'blob'}/v{version}/{path})"
        if image:
            return ""
        file = path.partition("#")[0]
        return text if target.startswith("#") or file in text else f"{text} (`{file}`)"

    # what looks like a link in a block of code is none
    parts = re.split(r"(^```.*?^```)", readme, flags=re.MULTILINE | re.DOTALL)
    parts[::2] = [_LINK.sub(absolute, part) for part in parts[::2]]
    return "".join(parts)


def main() -> None:
    """Hand over to setuptools, which reads the rest from pyproject.toml."""
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))
    repository, version = settings["tool"]["hnhar"]["repository"].rstrip("/"), settings["project"]["version"]
    setup(
        long_description=for_the_index((_ROOT / "README.md").read_text("utf-8"), repository, version),
        long_description_content_type="text/markdown",
        project_urls=project_urls(repository, version),
    )


if __name__ == "__main__":
    main()
