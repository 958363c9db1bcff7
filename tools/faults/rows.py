"""Lines of docs/reliability.md, as the tools that measure faults write them."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.processes import machine

Row = dict[str, Any]


def row(number: int, fault: str, figure: str, bar: str, met: bool, test: str) -> Row:
    """A line: the number of the promise, what was done, what was measured, what is promised."""
    return {"row": number, "fault": fault, "figure": figure, "bar": bar, "met": bool(met), "test": test}


def parser(description: str | None) -> argparse.ArgumentParser:
    """With what all these tools take."""
    made = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    made.add_argument("--json", type=Path, help="write the rows there")
    return made


def tell(rows: Iterable[Row], path: Path | None) -> int:
    """Print rows as they come, write all of them; 1 where a promise was missed."""
    told = []
    for one in rows:
        told.append(one)
        met = "met   " if one["met"] else "MISSED"
        print(f"{one['row']:>3} {met} {one['fault']}: {one['figure']} ({one['bar']})", flush=True)
    print(machine())
    if path:
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(not all(one["met"] for one in told))
