"""Falls found, as Markdown: recall, false falls an hour and delays, by sensors."""

from collections.abc import Sequence
from statistics import mean, median, stdev

from hnhar.model.modality import kind_called

from ...output.document import table
from .decide import FallsFound
from .fold import NAMES, FallsConfig
from .study import FallsFold, Scored
from .windows import WINDOW

AIMS = (0.95, 1.0)
"""Recall of falls, at least, and false falls an hour of other activities, at most: any one sensor missing."""


def section(folds: Sequence[FallsFold], scored: Sequence[Scored], config: FallsConfig, command: str) -> str:
    """The study's section of a document."""
    all_ = scored[0].whole
    seconds = [fold.seconds for fold in folds]
    people = "; ".join(", ".join(map(str, fold.tested)) for fold in folds)
    lines = [
        "## UP-Fall: falls of people left out, any sensor missing",
        "",
        f"`{command}`: {all_.falls} falls and {all_.hours:.2f} hours of other activities, people left out in "
        f"folds ({people}), each read by one network trained on the others: {folds[0].parameters:,} "
        f"parameters, {min(seconds):.0f} to {max(seconds):.0f} s of one core, {folds[0].windows:,} windows "
        f"of {WINDOW:g} s. A window every {config.test_hop:g} s, in which each sensor says by itself how "
        "probable a fall is; their mean is decided on by the decision stage that serves live. Its settings "
        "were chosen, for each set of sensors, on what the other folds' networks say of their people. A fall "
        "is found by an event that overlaps it, 1.5 s more at either end. False falls are events in "
        "recordings without a fall, an hour of these; more events than falls in recordings of falls stand "
        "beside. Who wore none of the sensors is not counted. Recall over folds is mean ± standard "
        f"deviation. Aims: recall of {AIMS[0]:g}, at most {AIMS[1]:g} false falls an hour, all sensors or "
        "any one missing.",
        "",
    ]
    heading = ["sensors", "falls found", "recall", "recall over folds", "false falls", "an hour"]
    heading += ["more in recordings of falls", "delay, median s", "aims met"]
    rows = []
    for each in scored:
        whole = each.whole
        recalls = [f.recall for f in each.folds.values()]
        around = f" ± {stdev(recalls):.3f}" if len(recalls) > 1 else ""
        delay = f"{median(whole.delays):.1f}" if whole.delays else "–"
        rows.append(
            [
                titled(each.subset),
                f"{whole.hits} of {whole.falls}",
                f"{whole.recall:.3f}",
                f"{mean(recalls):.3f}{around}",
                str(whole.false_elsewhere),
                f"{whole.false_per_hour:.2f}",
                str(whole.false_beside),
                delay,
                "yes" if met(whole) else "no",
            ]
        )
    return "\n".join([*lines, table(heading, rows)]) + "\n"


def met(found: FallsFound) -> bool:
    """True where both aims are met."""
    return found.recall >= AIMS[0] and found.false_per_hour <= AIMS[1]


def titled(subset: Sequence[str]) -> str:
    """A set of sensors in words."""
    places = [name.removeprefix(f"{kind_called(name)}.") for name in subset]
    missing = [name.removeprefix(f"{kind_called(name)}.") for name in NAMES if name not in subset]
    if not missing:
        return "all five"
    return f"without {missing[0]}" if len(missing) == 1 else f"{' + '.join(places)} alone"


def look(scored: Sequence[Scored], folds: Sequence[FallsFold]) -> str:
    """Line for the log of looks at the tested people, without its date."""
    parts = [f"{titled(s.subset)} {s.whole.recall:.3f} at {s.whole.false_per_hour:.2f}" for s in scored]
    people = ", ".join(str(p) for fold in folds for p in fold.tested)
    return f"UP-Fall, people {people} left out: recall of falls at false falls an hour: {', '.join(parts)}"
