"""Inputs as the field sends them, each with a known truth: how many are recognized rightly, how many refused.

A short session of a performer, of which every action is recognized from clean streams, is written as devices,
recorders and loggers would write it, rightly and wrongly, and goes through `hnhar-stream --recording`. A
wrong answer without a word is a finding.

    python -m tools.faults.field
    python -m tools.faults.field --only frames --words
    python -m tools.faults.field --rows
    python -m tools.faults.field --markdown field.md
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tools.faults.field.all_kinds import inputs
from tools.faults.field.rows import rows
from tools.faults.field.trial import BAD, Outcome, Result, attempt

TITLE = (
    "## What the field sends",
    "",
    "Inputs as devices, recorders and loggers write them, made by `python -m tools.faults.field` of a",
    "performer whose five actions are all recognized from clean streams, so that a wrong answer is measured.",
    "Those that were found to go wrong first; `tests/tools/test_field.py` holds each:",
    "",
)
SAID = (
    "And hundreds more of the same kinds. *Right*: all actions are recognized, none falsely. *Worse, and",
    "said*: fewer are, and what was dropped, masked or assumed is said. A silent wrong answer is a finding:",
    "",
)
SHOWN = 240
"""Letters of what is said that the table shows."""


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


def described(base: Path) -> list[str]:
    """The rows that were found first, with command, words and exit code, in Markdown."""
    lines = ["| # | input | command | what is said | exit code | outcome |", "|---|---|---|---|---|---|"]
    for number, row in enumerate(rows()):
        folder = base / f"row {number}"
        folder.mkdir()
        result = attempt(row.given, folder)
        met = result.outcome in row.outcomes and row.says in result.words
        options = " ".join(f"'{o}'" if " " in o else o for o in row.given.options)
        cells = [
            row.number,
            row.given.name.replace("<", "&lt;"),
            f"`hnhar-stream --recording {result.file} {options}".rstrip() + "`",
            " ".join(result.words.split())[:SHOWN].replace("|", "\\|").replace("<", "&lt;"),
            str(result.code),
            result.outcome.value if met else f"**{result.outcome.value}**",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def tried(base: Path, only: str, words: bool) -> list[tuple[str, Result]]:
    """Kind and result of each input, printed where it is a finding, or wanted."""
    results = []
    for number, given in enumerate(inputs()):
        if only not in f"{given.kind} {given.name}":
            continue
        folder = base / f"input {number}"
        folder.mkdir()
        result = attempt(given, folder)
        results.append((given.kind, result))
        if words or result.outcome in BAD:
            figures = f"{result.hits} hits, {result.false} false"
            print(f"{result.outcome}: {given.kind}: {given.name} ({figures}): {result.words}", flush=True)
    return results


def main(argv: list[str] | None = None) -> int:
    """Try all inputs; 1 where one is answered wrongly without a word, breaks, or is refused for nothing."""
    parser = argparse.ArgumentParser(description="Try inputs as the field sends them.")
    parser.add_argument("--only", default="", help="inputs whose kind or name has this in it")
    parser.add_argument("--words", action="store_true", help="say of each input what came of it")
    parser.add_argument("--rows", action="store_true", help="try the inputs that were found first instead")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write both as a part of a document")
    arguments = parser.parse_args(argv)
    first: list[str] = []
    results: list[tuple[str, Result]] = []
    with tempfile.TemporaryDirectory() as base:
        if arguments.rows or arguments.markdown:
            first = described(Path(base))
        if not arguments.rows:
            results = tried(Path(base), arguments.only, arguments.words)
    print("\n".join(first if arguments.rows else table(results)))
    if arguments.markdown:
        arguments.markdown.write_text("\n".join([*TITLE, *first, "", *SAID, *table(results), ""]), "utf-8")
    found = any(result.outcome in BAD for _, result in results)
    return int(found or any("**" in line for line in first))


if __name__ == "__main__":
    sys.exit(main())
