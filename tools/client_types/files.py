"""Generated files of the clients, and what makes the text of each."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from . import csharp, typescript

CLIENTS: Final = Path(__file__).parents[2] / "clients"
FILES: Final[dict[Path, Callable[[], str]]] = {
    CLIENTS / "js" / "messages.d.ts": typescript.declarations,
    CLIENTS / "js" / "messages.js": typescript.required_fields,
    CLIENTS / "unity" / "Runtime" / "Messages.cs": csharp.classes,
}
"""Path -> function that gives its text."""
