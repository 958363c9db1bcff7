"""docs/reliability.md from what was measured: the table of faults, the soak and the fuzzing.

python -m tools.faults.publisher --json rows-publisher.json
python -m tools.faults.streams --json rows-streams.json --figure docs/reliability/two-streams.png
python -m tools.faults.windows --json rows-windows.json
python -m tools.faults.many --json rows-many.json
python -m tools.faults.inside --json rows-inside.json
python -m tools.faults.signals --json rows-signals.json
python -m tools.soak.run --json soak.json --figure docs/reliability/soak.png
python -m tools.fuzz.run --aim --json fuzz.json
python -m tools.faults.field --markdown field.md
python -m tools.soak.growth --markdown growth.md
python -m tools.reliability_doc --rows rows-*.json --field field.md --soak soak.json --fuzz fuzz.json
    --growth growth.md
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.soak.report import rows as soak_rows
from tools.soak.report import summary

HAPPENS = {
    1: "the stream is LOST and said so; windows go on from what is left; others are not affected",
    2: "the stream is found, validated and read anew; windows resume after one full window",
    3: "what no longer fits is REFUSED with its reason, never classified; another order is mapped",
    4: "refused and listed, or picked as configured; a wearer is never exchanged silently",
    5: "STALLED after max(0.5 s, 5 periods); the last label is not repeated",
    6: "samples older than the lifespan are dropped and counted; caught up at once",
    7: "the connection is made anew",
    8: "holes over 0.25 s are missing, and coverage says so; a modality under 60 % is left out",
    9: "the value is missing; coverage drops; nothing that is not finite is published",
    10: "the sample is dropped and counted; a jump that persists begins a new segment",
    11: "samples are held until the offset is known; a new segment begins",
    12: "arrival time stands in for the sender's clock, and the status says so",
    13: "all are read in one process; too low a limit of open files is raised, or refused at the start",
    14: "the publisher is not affected; the subscriber sees by sequence what it lost",
    15: "subscribers connect again and see another publisher id",
    16: "nothing leaks, also where the authenticator has died",
    17: "an error of our own that names the file or frame; nothing is executed",
    18: "the newest window of each wearer is taken, the others are counted and published",
    19: "a clean end; files are whole; a figure is drawn to its end or not at all",
    20: "counters balance, nothing leaks",
    21: "begun anew up to three times a minute, then exit code 1; signs of life come from progress",
}


FUZZING = (
    "Whole inputs of each kind, written by our own code, are damaged: bits, numbers, lengths, nesting, "
    "repetition, words of their format. A finding is a case that ends the process, raises anything but an "
    "error for the user that names the file, takes over 1 s of processor time, or raises the peak of memory "
    "by more than 256 MiB. Cases once found are kept in `tests/tools/corpus` and replayed by "
    "`tests/tools/test_fuzz.py`. Mutations are not guided by coverage (atheris is not used); beside them, "
    "Hypothesis drives streams, windows, messages and files in the tests."
)


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The faults, one a line, by their number."""
    lines = [
        "| # | fault | what happens | measured | promised | met | test |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda r: int(r["row"])):
        happens = row.get("behavior") or HAPPENS.get(int(row["row"]), "")
        met = {True: "yes", False: "**no**", None: "not measured"}[row.get("met")]
        test = f"`{row['test']}`" if row.get("test") else ""
        cells = (row["row"], row["fault"], happens, row["figure"], row["bar"], met, test)
        lines.append(
            "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        )
    return lines


MEMORY = (
    "What an event leaves allocated, in a process of its own: `python -m tools.soak.growth`. A run that "
    "grew by 3.3 MiB an hour did so for three reasons: pylsl's `as_xml` never frees what liblsl writes "
    "out, whenever a stream is found or opened (`hnhar.stream.lsl.describe` frees it); glibc kept up to "
    "eight arenas a core for the threads that come and go with connections, and each grew "
    "(`hnhar.stream.cli.memory` allows two); and a lost connection referred to itself, until Python's "
    "full garbage collection. Since then: two hours under 1,687 faults at commit 6e38264, with "
    "scheduling priority, while other jobs had both cores for 100 of the minutes (a load of 3 to 28): "
    "-0.01 ± 0.01 MiB an hour in the last third, 0 of 57,615 predictions lost, no sample unexplained. "
    "Nine times a wearer's prediction came 0.52 to 0.75 s after the end of its window by another's "
    "fault (0.5 s are allowed), as it did not in the calm run of half an hour before; whether the load "
    "alone made them is not shown."
)


def fuzzing(campaign: dict[str, Any]) -> list[str]:
    """Outcome of the campaign, a line for each kind of input."""
    lines = [
        "## Fuzzing",
        "",
        f"`python -m tools.fuzz.run --aim --seed {campaign['seed']}`. {FUZZING}",
        "",
        "| input | cases | accepted | findings | slowest, s | memory, MiB |",
        "|---|---|---|---|---|---|",
    ]
    for name, tally in campaign["targets"].items():
        found = f"{len(tally['findings'])}"
        if tally["deaths"]:
            found += f" ({tally['deaths']} deaths of the reader's child, as it may)"
        lines.append(
            f"| {name} | {tally['cases']:,} | {tally['accepted']:,} | {found} | {tally['slowest']:.3f} | "
            f"+{tally['raised'] / (1 << 20):.0f} |"
        )
    return [*lines, ""]


def document(options: argparse.Namespace) -> str:
    """The whole text."""
    rows = [row for path in options.rows for row in json.loads(path.read_text("utf-8"))]
    soak = json.loads(options.soak.read_text("utf-8")) if options.soak else None
    rows += soak_rows(soak) if soak else []
    lines = [
        "# Reliability",
        "",
        "Written by `tools/reliability_doc.py` from runs of the tools that it names: do not edit.",
        "The figures are of one machine of two cores. Tests hold the behavior, under deadlines ten",
        "times what is promised; the figures are the tools'.",
        "",
        *([options.remark, ""] if options.remark else []),
        "## Faults",
        "",
        *table(rows),
        "",
    ]
    missing = sorted(set(HAPPENS) - {int(row["row"]) for row in rows})
    if missing:
        lines += [f"Rows without a measurement: {', '.join(map(str, missing))}.", ""]
    if options.streams_figure:
        lines += [
            "Two streams, one of which is killed, stopped, and restarted with another channel order:",
            "",
        ]
        lines += [f"![Predictions and states over time]({options.streams_figure})", ""]
    if options.field:
        lines += [*options.field.read_text("utf-8").splitlines(), ""]
    if soak:
        lines += ["## Soak", "", "`tools/soak/run.py`:", "", "```text", *summary(soak), "```", ""]
        if options.soak_figure:
            lines += [f"![Memory, threads, handles and latency over the soak]({options.soak_figure})", ""]
    if options.growth:
        lines += ["## Memory", "", MEMORY, "", *options.growth.read_text("utf-8").splitlines(), ""]
    if options.fuzz:
        lines += fuzzing(json.loads(options.fuzz.read_text("utf-8")))
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", type=Path, nargs="+", required=True, help="JSON of the fault tools")
    parser.add_argument("--field", type=Path, help="what tools.faults.field --markdown wrote")
    parser.add_argument("--soak", type=Path, help="JSON of tools/soak/run.py")
    parser.add_argument("--soak-figure", help="its figure, as the document links to it")
    parser.add_argument("--streams-figure", help="the figure of tools/faults/streams.py, likewise")
    parser.add_argument("--fuzz", type=Path, help="JSON of tools/fuzz/run.py")
    parser.add_argument("--growth", type=Path, help="what tools.soak.growth --markdown wrote")
    parser.add_argument("--remark", help="a paragraph on how it was measured")
    parser.add_argument("--out", type=Path, default=Path("docs/reliability.md"))
    options = parser.parse_args(argv)
    options.out.write_text(document(options), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
