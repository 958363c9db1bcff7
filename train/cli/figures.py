"""Figures of a bundle as lines: a subset of its modalities each."""

from typing import Any

from hnhar.stream.cli.common import say


def print_figures(metrics: dict[str, Any]) -> None:
    """Print the figures of each session or part: subset of modalities -> figure -> value."""
    for name, figures in metrics.items():
        say(name)
        for subset, values in figures.items():
            if isinstance(values, dict):
                say(f"  {subset}: {'  '.join(f'{key} {value}' for key, value in values.items())}")
        for line in figures.get("lacking", ()):
            say(f"  {line}")
