"""Inputs as the field sends them, each with a known truth: how many are recognized rightly, how many refused.

A short session of a performer, of which every action is recognized from clean streams, is written as devices,
recorders and loggers would write it, rightly and wrongly, and goes through `hnhar-stream --recording`. A
wrong answer without a word is a finding.

    python -m tools.faults.field
    python -m tools.faults.field --only frames --words
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tools.faults.field.all_kinds import inputs
from tools.faults.field.trial import BAD, Outcome, Result, attempt


def table(results: list[tuple[str, Result]]) -> list[str]:
    """Counts by kind, in Markdown."""
    head = ["kind", "inputs", *(outcome.value for outcome in Outcome)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    kinds = [*dict.fromkeys(kind for kind, _ in results), "all"]
    for kind in kinds:
        counts = Counter(result.outcome for of, result in results if kind in (of, "all"))
        cells = [kind, str(counts.total()), *(str(counts[outcome]) for outcome in Outcome)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main(argv: list[str] | None = None) -> int:
    """Try all inputs; 1 where one is answered wrongly without a word, breaks, or is refused for nothing."""
    parser = argparse.ArgumentParser(description="Try inputs as the field sends them.")
    parser.add_argument("--only", default="", help="inputs whose kind or name has this in it")
    parser.add_argument("--words", action="store_true", help="say of each input what came of it")
    arguments = parser.parse_args(argv)
    results = []
    with tempfile.TemporaryDirectory() as base:
        for number, given in enumerate(inputs()):
            if arguments.only not in f"{given.kind} {given.name}":
                continue
            folder = Path(base) / str(number)
            folder.mkdir()
            result = attempt(given, folder)
            results.append((given.kind, result))
            if arguments.words or result.outcome in BAD:
                figures = f"{result.hits} hits, {result.false} false"
                print(f"{result.outcome}: {given.kind}: {given.name} ({figures}): {result.words}", flush=True)
    print("\n".join(table(results)))
    return 1 if any(result.outcome in BAD for _, result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
