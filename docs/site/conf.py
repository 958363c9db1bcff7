"""Sphinx's settings for the documentation as a site: `make docs`."""

import re
import sys
from importlib.metadata import version as installed
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # command_help

project = "hnhar"
author = "the hnhar developers"
release = installed("hnhar")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton", "command_help"]
exclude_patterns = ["site"]
# a card of weights begins where its figures do; a field that several messages have is no link
suppress_warnings = ["myst.header", "ref.python"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4  # the same anchors as where the repository is read

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
python_use_unqualified_type_names = True

copybutton_prompt_text = "$ "

html_theme = "furo"
html_title = f"hnhar {release}"
html_show_copyright = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

ELSEWHERE = {"project/changelog": "CHANGELOG.md", "project/contributing": "CONTRIBUTING.md"}


def from_root(app: object, name: str, source: list[str]) -> None:
    """Pages that lie in the repository's root, their links as seen from docs/project/."""
    if name in ELSEWHERE:
        text = (ROOT / ELSEWHERE[name]).read_text("utf-8")
        source[0] = re.sub(r"\]\((?!https?:|#)(docs/)?", lambda m: "](../" if m[1] else "](../../", text)


def setup(app: Sphinx) -> None:
    """Registers what is above."""
    app.connect("source-read", from_root)
