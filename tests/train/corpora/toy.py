"""The corpus of docs/extending.md, as the package that the page describes."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "extending.md"
PACKAGE = "hnhar-toys"
MODULE = "toys"


def section() -> str:
    """The page's section on corpora."""
    text = PAGE.read_text(encoding="utf-8")
    return re.split(r"^## ", text.split("\n## Corpora\n", 1)[1], flags=re.MULTILINE)[0]


def source() -> str:
    """The page's file."""
    (found,) = re.findall(r"```python\n(.*?)```", section(), re.DOTALL)
    return str(found)


def entries() -> dict[str, str]:
    """The page's entry points."""
    (found,) = re.findall(r'\[project\.entry-points\."hnhar\.corpora"\]\n(.*?)```', section(), re.DOTALL)
    return {name: value.strip('"') for name, value in re.findall(r"^(\S+) = (\S+)$", found, re.MULTILINE)}


def comparison() -> str:
    """The page's preset."""
    (found,) = re.findall(r"```toml\n(title = .*?)```", section(), re.DOTALL)
    return str(found)


def write(folder: Path, subjects: tuple[int, ...] = (1, 2, 3, 4), repetitions: int = 3) -> Path:
    """Recordings in the page's layout: three toys that swing at different rates."""
    for subject in subjects:
        for toy, rate in (("yoyo", 1.0), ("top", 3.0), ("kite", 0.5)):
            for k in range(repetitions):
                path = folder / "toys" / f"{subject:02d}_{toy}_{k}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                rows = [
                    f"{i / 50:.3f},{(i * rate + k) % 7 / 7:.3f},0.1,1,{subject * 5},{i % 5},0"
                    for i in range(60)
                ]
                path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
