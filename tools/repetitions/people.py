"""Real people's repetitions."""

from collections import defaultdict
from pathlib import Path

from .corpora import BLIND, Trial, smartfall_trials, utd_trials
from .measuring import Span, repetitions
from .performer import SETS
from .tables import HEAD, Pair, row, table


def counted(trial: Trial, names: tuple[str, ...] | None = None) -> Pair:
    """The count of a trial, which is one activity from its first sample to its last."""
    signals = [s for s in trial.signal if names is None or s.modality.name in names]
    (found,) = repetitions(signals, [Span(*trial.ends)])
    return Pair(trial.known, found.count if found is not None else 0)


def utd(folder: Path, subjects: tuple[int, ...], *, each: bool) -> str:
    """What is done once: how often it counts once; what is repeated: the counts found."""
    trials = list(utd_trials(folder, subjects))
    parts = []
    for names in SETS:
        once, wrong = [], []
        found: dict[str, list[int]] = defaultdict(list)
        for trial in trials:
            pair = counted(trial, names)
            if trial.known:
                once.append(pair)
                wrong += [f"{trial.name} {trial.label} {pair.found}"] if pair.found != 1 else []
            else:
                found[trial.label].append(pair.found)
        parts.append(f"from {' and '.join(names)}\n\n{table(HEAD, [row('done once', once)])}")
        rows = [(label, " ".join(map(str, sorted(counts)))) for label, counts in found.items()]
        parts.append(table(("repeated", "counts found, sorted"), rows))
        parts += ["; ".join(wrong)] if each and wrong else []
    return "\n\n".join(parts)


def smartfallmm(folder: Path, *, each: bool) -> str:
    """Waves and sit-to-stands beside what was counted by eye."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    lines = []
    for trial in smartfall_trials(folder):
        pair = counted(trial)
        what = "waves" if "A07" in trial.name else "sit down and stand up"
        what += ", blind" if trial.name in BLIND else ""
        pairs[f"{what}, {trial.label}"].append(pair)
        if pair.found != pair.known:
            lines.append(f"{trial.name} {trial.label}: {pair.found} for {pair.known} by eye")
    text = table(HEAD, [row(name, found) for name, found in pairs.items()])
    return "\n".join([text, "", *lines]) if each else text
