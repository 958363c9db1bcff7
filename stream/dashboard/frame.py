"""The dashboard's first and last row: what runs and who listens, how late it is, and the keys. Pure."""

from typing import Final

from rich.text import Text

from hnhar.model.labels import counted

from ..messages import Status
from .state import DashboardState
from .words import cut, duration, fitted, middle, milliseconds

_MODEL: Final = 15
"""Columns that the model's name is to have in the header."""


def header(state: DashboardState, now: float, width: int) -> Text:
    """One row: what runs, how long, where it publishes, who listens; of a publisher afar, how the link is."""
    brand = Text.assemble((" hnhar ", "bold reverse"))
    status = state.status
    if status is None:
        where = f" {_link(state, width - brand.cell_len - 2)}" if state.remote else " starting"
        return cut(brand.append(where, style="bold"), width)
    if state.remote and not state.connected:
        ago = f"last heard {duration(now - state.status_arrived)} ago"
        short = "not let in" if state.refused else "no connection"
        lines = [Text(f"✖ {words}, {ago}", "bold red") for words in (_link(state, 10**6), short)]
        right = fitted(lines, width - brand.cell_len - 2)
    else:
        facts = [f"up {duration(status.uptime + now - state.status_arrived)}"]
        if status.address:
            facts += [status.address, counted(status.subscribers, "subscriber")]
        variants = [Text(" · ".join(facts[:most])) for most in range(len(facts), 0, -1)]
        room = width - brand.cell_len - 2
        right = next((text for text in variants if text.cell_len + _MODEL <= room), fitted(variants, room))
    space = width - right.cell_len - 1
    if space < brand.cell_len:
        return cut(right, width)
    if space >= brand.cell_len + _MODEL:
        brand.append_text(fitted([Text(f" {n}") for n in _models(status)], space - 1 - brand.cell_len))
    return Text.assemble(brand, " " * (width - brand.cell_len - right.cell_len - 1), right)


def _models(status: Status) -> list[str]:
    """Bundles of all wearers, from the longest wording to the shortest."""
    models = list(dict.fromkeys((status.model, *status.weights.values())))
    names = [model.partition("@")[0] for model in models]
    others = [f"{names[0]} and {counted(len(names) - 1, 'other bundle')}"] if len(names) > 1 else []
    return [", ".join(models), ", ".join(names), *others, names[0]]


def _link(state: DashboardState, width: int) -> str:
    """State of the connection to a publisher that is not there, or lets us not in."""
    if state.refused:
        verb = "not let in at"
    else:
        verb = "waiting for a publisher at" if state.status is None else "no connection to"
    return f"{verb} {middle(state.address, max(12, width - len(verb) - 1))}"


def footer(state: DashboardState, width: int) -> Text:
    """One row: latency and counts; the keys, where they are read."""
    status = state.status
    parts = []
    if status is not None:
        total = status.latency.get("total")
        if total is not None:
            parts.append(f"latency p50 {milliseconds(total.p50)}  p99 {milliseconds(total.p99)}")
        if state.remote:
            parts.append(f"{state.lost} lost")
        parts.append(f"{status.skipped} skipped")
        parts.extend((counted(status.predictions, "prediction"), counted(status.events, "event")))
    keys = Text.assemble(("q", "bold"), " quit  ", ("?", "bold"), " help ") if state.keys else Text()
    room = width - keys.cell_len - 2
    text = fitted([Text(" " + " · ".join(parts[:most])) for most in range(len(parts), -1, -1)], room)
    if status is not None and (status.skipped or state.lost):
        text.highlight_regex(r"[1-9]\d* (skipped|lost)", "bold red")
    return Text.assemble(text, " " * max(0, width - text.cell_len - keys.cell_len), keys)
