"""All inputs, kind by kind."""

from collections.abc import Iterator

from tools.faults.field import (
    clocks,
    combined,
    devices,
    frames,
    labels,
    limits,
    sensing,
    stamps,
    tables,
    units,
)
from tools.faults.field.trial import FieldInput


def inputs() -> Iterator[FieldInput]:
    """Every input."""
    for kind in (stamps, units, clocks, frames, sensing, devices, limits, tables, labels, combined):
        yield from kind.inputs()
