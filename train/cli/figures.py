"""Figures of a bundle as lines: a subset of its modalities each."""

from typing import Any

from rich.console import Console


def print_figures(metrics: dict[str, Any]) -> None:
    """Print what was measured, of each session or part: subset of modalities -> figure -> value."""
    console = Console()
    for name, figures in metrics.items():
        console.print(name, markup=False, highlight=False)
        for subset, values in figures.items():
            if isinstance(values, dict):
                text = "  ".join(f"{key} {value}" for key, value in values.items())
                console.print(f"  {subset}: {text}", markup=False, highlight=False, soft_wrap=True)
        for line in figures.get("lacking", ()):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
