"""Packages of the extra `phone`, asked for where they are used."""

import importlib.util

from hnhar.model.errors import MissingExtraError


def demand(module: str, scheme: str) -> None:
    """Raises MissingExtraError where a module that a source needs is not installed."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # of a package within one
        found = None
    if found is None:
        raise MissingExtraError(NAMES.get(module, module), "phone", f"{scheme}:")


NAMES = {"paho.mqtt": "paho-mqtt", "pythonosc": "python-osc"}
"""Module -> its package, where they differ."""
