"""Loggers whose tables leave something unsaid: a row each. Pure."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from hnhar.model.labels import words

from ..mapping.imu_channels import sensor_named, without_gravity


class Logger(NamedTuple):
    """One kind of table."""

    name: str
    headings: frozenset[str]
    """Labels that only it has, in lower case."""
    units: tuple[str, str]
    """Of acceleration and angular velocity, where its headings give none."""
    stem: str = ""
    """Pattern of its files' stems; "": any."""
    linear: str = ""
    """Stem of the files whose acceleration has no gravity, though nothing in them says so."""
    twice: tuple[tuple[str, str], ...] = ()
    """Patterns of labels of one quantity, of which the second is left out where the first is there."""


LOGGERS: Final = (
    Logger(
        "SensorLog",
        frozenset(("accelerometeraccelerationx",)),
        ("g", "rad/s"),
        twice=((r"(?i)^gyroRotation[XYZ]$", r"(?i)^motionRotationRate[XYZ]$"),),
    ),
    Logger("Xsens DOT", frozenset(("packetcounter", "sampletimefine")), ("m/s²", "deg/s")),
    Logger("Sensor Logger", frozenset(("seconds_elapsed",)), ("m/s²", "rad/s"), linear="accelerometer"),
    Logger(
        "Mentalab Explore", frozenset(("timestamp", "ax", "gx", "mx")), ("mg", "mdps"), stem=r"(?i)(^|_)orn$"
    ),
)
ALONE: Final = re.compile(
    r"(?i)^(total|raw|linear|user|uncalibrated)?[ _-]*(acceleration|accelerometer|acc|gyroscope|gyro)"
    r"[ _-]*(uncalibrated)?$"
)
"""Stems of files that are named after their sensor alone: the recording is their folder."""


def logger_of(stem: str, labels: Sequence[str]) -> Logger | None:
    """The logger that wrote a table with these headings; None where it is none of `LOGGERS`."""
    there = {label.strip().lower() for label in labels}
    fitting = (logger for logger in LOGGERS if logger.headings <= there)
    return next((logger for logger in fitting if re.search(logger.stem, stem)), None)


def completed(
    stem: str, labels: Sequence[str], units: Sequence[str], logger: Logger | None
) -> tuple[list[str], list[str], list[str]]:
    """Labels and units with what the file's name and its logger say, and notes on that."""
    full, given, notes = list(labels), list(units), list[str]()
    sensor = sensor_named(re.sub(r"(?i)^total", "", stem))
    axes = [k for k, label in enumerate(labels) if re.fullmatch(r"(?i)([xyz])([ _-]?axis)?", label.strip())]
    if sensor and len(axes) == 3:
        linear = without_gravity(stem) or (logger is not None and stem.lower() == logger.linear)
        for k in axes:
            full[k] = (
                f"{'linear_' if linear and sensor == 'acc' else ''}{sensor}_{labels[k].strip()[0].lower()}"
            )
    wide = [k for k, label in enumerate(full) if re.search(r"(?i)accel_wr_[xyz]", label)]
    if wide and any(re.search(r"(?i)accel_ln_[xyz]", label) for label in full):  # Shimmer has two
        for k in wide:
            full[k] = f"wide_range_{k}"
        notes.append("of its two accelerometers that of low noise (LN) is read")
    forms = {label.lower() for label in full if label.lower().endswith("_cal")}
    raw = [
        k
        for k, label in enumerate(full)
        if f"{label.lower()[:-4]}_cal" in forms and label[-4:].lower() == "_raw"
    ]
    for k in raw:
        full[k] = f"uncalibrated {k}"
    if logger is None:
        return full, given, notes
    for first, second in logger.twice:
        spare = [k for k, label in enumerate(full) if re.search(second, label)]
        if spare and any(re.search(first, label) for label in full):
            names = f"'{full[spare[0]]}' …"
            for k in spare:
                full[k] = f"spare {k}"
            notes.append(f"{logger.name} has angular velocity twice; {names} was left out")
    filled = []
    for k, label in enumerate(full):
        known = sensor_named(re.sub(r"(?i)[xyz]$", "", label)) or _short(label)
        if known and not given[k] and set(words(label)[-1][-1:]) <= set("xyz"):
            given[k] = logger.units[0 if known == "acc" else 1]
            filled.append(given[k])
    if filled:
        notes.append(f"it gives no units: {' and '.join(dict.fromkeys(filled))} are those of {logger.name}")
    return full, given, notes


def _short(label: str) -> str:
    """Sensor of ax … gz; "" of anything else."""
    found = re.fullmatch(r"(?i)([ag])[_ ]?[xyz]", label.strip())
    return {"a": "acc", "g": "gyro"}[found[1].lower()] if found else ""
