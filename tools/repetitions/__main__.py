"""How well repetitions are counted: on the performer, whose counts are known, and on real people.

    python -m tools.repetitions performer            # given onsets and offsets, some tenths of a second off
    python -m tools.repetitions recognized           # with the shipped weights, from onset to offset
    python -m tools.repetitions utd DATA/utd_mhad    # actions that are done once count once
    python -m tools.repetitions smartfallmm DATA/smartfallmm
    python -m tools.repetitions cost                 # time of a window, of an offset, and of an hour

Constants were chosen on seeds 1 to 3 and subjects 1 and 3; the defaults are others.
"""

import argparse
import sys
from pathlib import Path

from .cost import cost
from .people import smartfallmm, utd
from .performer import performer, recognized


def main() -> int:
    """Print one part's tables."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.repetitions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", choices=("performer", "recognized", "utd", "smartfallmm", "cost"))
    parser.add_argument("data", nargs="?", type=Path, help="folder of the corpus")
    parser.add_argument(
        "--seeds", default="11,12,13,14", help="of the performer's sessions (default: 11,12,13,14)"
    )
    parser.add_argument("--subjects", default="5,7", help="of UTD-MHAD (default: 5,7)")
    parser.add_argument("--each", action="store_true", help="list every activity that was not counted right")
    options = parser.parse_args()
    seeds = tuple(int(part) for part in options.seeds.split(","))
    if options.part in ("utd", "smartfallmm") and options.data is None:
        parser.error(f"{options.part} needs the folder of the corpus")
    if options.part == "performer":
        print(performer(seeds, each=options.each))
    elif options.part == "recognized":
        print(recognized(seeds, each=options.each))
    elif options.part == "utd":
        print(utd(options.data, tuple(int(part) for part in options.subjects.split(",")), each=options.each))
    elif options.part == "smartfallmm":
        print(smartfallmm(options.data, each=options.each))
    else:
        print(cost())
    return 0


if __name__ == "__main__":
    sys.exit(main())
