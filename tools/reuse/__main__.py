"""What windows that overlap by 92 % could share, and what that would lose: the study behind docs/reuse.md.

    python -m tools.reuse cost              # steps, FLOP, and processor time beside whole windows
    python -m tools.reuse answers           # by how much the shipped weights' answers differ
    python -m tools.reuse loss --data DATA  # event F1 on training people, each left out of short trainings

No test subject is read.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from tools.bench.stages import measured as measured_stages

from .answers import differences, rounding
from .cost import BATCHES, HOP, arithmetic, gathered, measured, states, together, trunks
from .loss import study
from .steps import new_steps, repeats_after

TODAY = 0.25
"""s, hop of the shipped weights: steps fall on others, and meet those of some hops before."""
SECONDS = 120.0
"""Of the performer whose answers are compared."""


def cost(rounds: int, console: Console) -> dict[str, object]:
    """Print the tables of cost."""
    out: dict[str, object] = {}
    table = Table("trunk", "form", "steps of stem and blocks", "MFLOP", "×")
    for trunk, hop in [(t, h) for h in (HOP, TODAY) for t in trunks()]:
        rows = arithmetic(trunk, new_steps(hop, trunk.points / 3.0, trunk.config.stride))
        out[f"{trunk.name}, hop {hop}"] = rows
        for form, row in rows.items():
            ratio = rows["whole"]["mflop"] / row["mflop"]
            table.add_row(
                f"{trunk.name}, hop {hop}",
                form,
                ", ".join(map(str, row["steps"])),
                f"{row['mflop']}",
                f"{ratio:.1f}",
            )
    console.print(table)
    for hop in (TODAY, HOP):
        hops = {t.name: repeats_after(hop, t.points / 3.0, t.config.stride) for t in trunks()}
        console.print(f"Steps lie where they lay after so many hops of {hop} s: {hops}")
    console.print(f"State of a wearer, bytes: {states()}")
    moved = {batch: round(gathered(1000, batch, rounds), 4) for batch in (1, 16)}
    console.print(
        f"The open form's states of a batch of 1,000 wearers together and back, ms a window: {moved}"
    )
    found = measured(rounds)
    out["ms"] = found
    for library, of in found.items():
        table = Table(f"{library}, ms a window", *[f"batch {b}" for b in BATCHES])
        for name, forms in of.items():
            for form, row in forms.items():
                table.add_row(f"{name}, {form}", *[f"{row[b]:.3f}" for b in BATCHES])
        for way in ("whole", "exact", "open", "late"):
            both = [together(of, b) for b in BATCHES]
            cells = [f"{row[way]:.3f} ({row['whole'] / row[way]:.2f} ×)" for row in both]
            table.add_row(f"both, {way}", *cells)
        console.print(table)
    return out


def whole_cost(found: dict[str, dict[str, dict[str, dict[int, float]]]], console: Console) -> None:
    """What the saving is of a whole prediction, without LSL and threads (`tools.bench.stages`)."""
    stages = measured_stages("auto")
    console.print(stages)
    rest = sum(of for name, of in stages.items() if name.startswith(("windows", "decisions", "publishing")))
    rest += stages["stamps, channels, quality (as pulled)"]
    for batch in (1, 16):
        network = stages[f"network and novelty, batch {batch}"]
        ways = together(found["ONNX Runtime"], batch)
        for way, of in ways.items():
            # as if head and novelty became cheaper as well
            cost = rest + network * of / ways["whole"]
            ratio = (rest + network) / cost
            console.print(f"batch {batch}, {way}: {cost:.0f} µs a prediction, {ratio:.2f} ×")
        console.print(f"batch {batch}, a network that costs nothing: {(rest + network) / rest:.2f} ×")


def main() -> int:
    """Print one part's tables."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.reuse",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", choices=("cost", "answers", "loss"))
    parser.add_argument("--rounds", type=int, default=20, help="of the measurements of cost (20)")
    parser.add_argument("--data", help="folder of UTD-MHAD, or one that holds utd_mhad/")
    parser.add_argument("--subjects", default="7,5", help="training subjects that are left out in turn (7,5)")
    parser.add_argument("--steps", type=int, default=200, help="batches of 64 of each training (200)")
    parser.add_argument("--sessions", type=int, default=1, help="compositions of each that are watched (1)")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    console = Console(width=110)
    torch.set_num_threads(1)
    if options.part == "cost":
        found = cost(options.rounds, console)
        whole_cost(found["ms"], console)  # type: ignore[arg-type]
        if options.json is not None:
            options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        return 0
    if options.part == "answers":
        console.print_json(data={"a past": differences(SECONDS), "exact": rounding(SECONDS)})
        return 0
    subjects = [int(part) for part in options.subjects.split(",")]
    figures = study(
        options.data,
        subjects,
        options.steps,
        options.sessions,
        lambda line: print(line, file=sys.stderr),
        options.json,
    )
    console.print_json(data=figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
