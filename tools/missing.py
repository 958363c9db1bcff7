"""Pins of constraints.txt that keep `make` from installing: pip finds them nowhere on this machine.

    python tools/missing.py constraints.txt

pip stops at the first package that it cannot get, and says nothing of the others. This asks it for each,
without the network, and names in one line the wheels that have to be put into a folder for `PIP_FIND_LINKS`.
It needs nothing but Python and pip: it runs where nothing is installed yet.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_PIP = (
    *(sys.executable, "-m", "pip", "install", "--dry-run", "--quiet"),
    *("--no-deps", "--no-index", "--disable-pip-version-check"),
)
_LACKING = re.compile(r"No matching distribution found for (\S+)")


def missing(pins: Sequence[str]) -> list[str]:
    """Those of `pins` (`name==version`) that pip has neither installed nor in its folders, in their order."""
    found: list[str] = []
    left = list(pins)
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "pins.txt")
        while left:
            asked.write_text("\n".join(left) + "\n", "utf-8")
            done = subprocess.run(
                [*_PIP, "--requirement", str(asked)],
                capture_output=True,
                text=True,
                check=False,
            )
            lacking = _LACKING.search(done.stderr)
            if lacking is None or lacking[1] not in left:
                break
            found.append(lacking[1])
            left.remove(lacking[1])
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Say what is missing; 0."""
    (path,) = sys.argv[1:] if argv is None else argv
    lines = Path(path).read_text("utf-8").splitlines()
    pins = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    lacking = missing(pins)
    if lacking:
        print(
            f"make: of {len(pins)} packages, {len(lacking)} are not on this machine: {' '.join(lacking)}. "
            "With a network, pip's lines above say why it could not get them; without one, put their wheels "
            "into a folder and say PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER make."
        )
    else:
        print("make: every pinned package is on this machine; pip's lines above say what it stumbled over.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
