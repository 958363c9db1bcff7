"""Grid of t, β and τ⁺ on training subjects, each left out once."""

from collections.abc import Sequence
from itertools import product
from statistics import mean
from typing import Annotated

import msgspec

from ...corpora.utd_mhad.splits import CONSULTED
from ...output.document import table
from .diagnostics import choose_kappa
from .folds import run_folds
from .method import Budget, Method, Positive, Share
from .preset import Entry, Preset
from .ray_workers import OnRay
from .table import Advance, Place


class Grid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grid of settings; read from TOML."""

    title: str
    corpus: str = "utd-mhad"
    modalities: Annotated[tuple[str, ...], msgspec.Meta(min_length=2)] = ("imu", "skeleton")
    """The first two of them are those whose negatives are measured."""
    method: Method = Method()
    """All but what the grid sets."""
    budget: Budget = Budget(epochs=30)
    temperatures: Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1)] = (0.2, 0.5, 1.0)
    kappas: Annotated[tuple[float, ...], msgspec.Meta(min_length=1)] = (0.0, 1.0, 2.0, 4.0)
    """β/t."""
    tau_plus: Annotated[tuple[Share, ...], msgspec.Meta(min_length=1)] = (0.0, 1 / 27)
    subjects: tuple[int, ...] = CONSULTED
    """Trained on, but for the one left out."""
    left_out: tuple[int, ...] = CONSULTED
    """Of these each once."""
    minutes: float | None = None
    """As of `Preset`."""

    def __post_init__(self) -> None:
        preset_of(self)


class Point(msgspec.Struct, frozen=True):
    """A setting and its means over the subjects left out."""

    temperature: float
    kappa: float
    tau_plus: float
    accuracy: dict[str, float]
    """Subset -> percent, linear probe on all labels."""
    one_label: dict[str, float]
    """Likewise on one label a class."""
    diagnostics: dict[str, float]
    presumed: dict[str, float] = {}
    """Where κ = 0: κ -> weight that presumed false negatives would have (`diagnostics.presumed_curve`)."""


def preset_of(grid: Grid) -> Preset:
    """The grid as a table of one seed; ValueError for subjects that cannot be left out."""
    entries = tuple(
        Entry(
            name=_name(t, kappa, tau),
            title=f"t {t:g}, κ {kappa:g}, τ⁺ {tau:.3g}",
            modalities=grid.modalities,
            method=msgspec.structs.replace(grid.method, temperature=t, beta=kappa * t, tau_plus=tau),
        )
        for t, kappa, tau in product(grid.temperatures, grid.kappas, grid.tau_plus)
    )
    return Preset(
        title=grid.title,
        entry=entries,
        budget=grid.budget,
        amounts=(1,),
        corpus=grid.corpus,
        subjects=grid.subjects,
        left_out=grid.left_out,
    )


def sweep(grid: Grid, place: Place, *, workers: int | OnRay, advance: Advance) -> list[Point]:
    """Every point of the grid; in the place's run folder, each subject left out has its own."""
    cells = run_folds(preset_of(grid), place, workers=workers, advance=advance)
    points = []
    for t, kappa, tau in product(grid.temperatures, grid.kappas, grid.tau_plus):
        results = [result for cell, result in cells if cell.entry == _name(t, kappa, tau)]
        points.append(
            Point(
                t,
                kappa,
                tau,
                _mean([r["linear"] for r in results]),
                _mean([few["plain"] for r in results for few in r["few"]]),
                _mean([r["diagnostics"] for r in results]),
                _mean([r.get("presumed_curve", {}) for r in results]),
            )
        )
    return points


def text(points: Sequence[Point]) -> str:
    """The grid as a Markdown table."""
    subsets = list(points[0].accuracy)
    heading = [
        "t",
        "κ",
        "τ⁺",
        *(f"{s}, all labels" for s in subsets),
        *(f"{s}, one a class" for s in subsets),
    ]
    heading += ["clamped", "effective negatives", "false-negative mass", "presumed"]
    rows = [
        [
            f"{p.temperature:g}",
            f"{p.kappa:g}",
            f"{p.tau_plus:.3g}",
            *(f"{p.accuracy[s]:.1f}" for s in subsets),
            *(f"{p.one_label[s]:.1f}" for s in subsets),
            f"{p.diagnostics['clamped']:.2f}",
            f"{p.diagnostics['effective']:.0f}",
            f"{p.diagnostics['false']:.3f}",
            f"{p.diagnostics['presumed']:.3f}",
        ]
        for p in points
    ]
    return table(heading, rows)


def advice(points: Sequence[Point]) -> str:
    """Values of κ that the rule without labels takes at each temperature, beside the best by the labels.

    Accuracies are of all modalities together, on all labels and on one label a class.
    """
    lines = []
    for point in points:
        if point.kappa > 0:
            continue
        tried = [p for p in points if (p.temperature, p.tau_plus) == (point.temperature, point.tau_plus)]
        curve = {float(kappa): share for kappa, share in point.presumed.items()}
        taken = choose_kappa(curve, [p.kappa for p in tried if p.kappa in curve])
        subset = next(iter(point.accuracy))
        found = {p.kappa: (p.accuracy[subset], p.one_label[subset]) for p in tried}
        best = max(tried, key=lambda p: p.accuracy[subset]).kappa
        best_of_one = max(tried, key=lambda p: p.one_label[subset]).kappa
        text_of = {
            kappa: f"κ = {kappa:g} ({every:.1f} and {single:.1f} %)"
            for kappa, (every, single) in found.items()
        }
        lines.append(
            f"- t = {point.temperature:g}, τ⁺ = {point.tau_plus:.3g}: the rule takes {text_of[taken]}; "
            f"{text_of[0.0]}; with labels the best is {text_of[best]} on all labels and "
            f"{text_of[best_of_one]} on one a class."
        )
    return "\n".join(lines)


def _name(temperature: float, kappa: float, tau: float) -> str:
    return f"t{temperature:g}-k{kappa:g}-p{tau:.3g}".replace(".", "p")


def _mean(values: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: mean(value[key] for value in values) for key in values[0]}
