"""A small third-party package, as pip would have installed it: modules and entry points on the path."""

from collections.abc import Mapping
from pathlib import Path

import pytest


def install(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    package: str,
    modules: Mapping[str, str],
    entry_points: Mapping[str, Mapping[str, str]],
) -> None:
    """Put a package into a folder that this test's process imports from.

    Args:
        monkeypatch: Takes the folder from the path again.
        folder: Where; made where it is not there.
        package: Name of the distribution.
        modules: Module -> its source.
        entry_points: Group -> name -> "module:object".
    """
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in named.items())])
        for group, named in entry_points.items()
    ]
    (info / "entry_points.txt").write_text("\n\n".join([*groups, ""]))
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
