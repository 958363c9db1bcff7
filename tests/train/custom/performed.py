"""Activities performed with several sensors, synthesized for a test: each feels them at its strength."""

from collections.abc import Mapping

import numpy as np

from ...stream.recordings.files import XdfStream, markers

RATES = {"walk": 1.9, "stir": 1.2, "jump": 2.6}
"""Label -> movements a second."""
STRENGTHS = {"ankle": 2.0, "neck": 0.5, "pocket": 1.5, "waist": 0.8, "wrist": 1.0}
"""Place -> strength at which a sensor there feels what is done."""
EACH, PAUSE = 3.0, 2.5
"""s."""


def performance(person: int, times: int = 6) -> tuple[float, list[tuple[float, float, str]]]:
    """Length of a session, s, and (begin, end, label) of what is done in it."""
    done = [
        (2 + n * (EACH + PAUSE), 2 + n * (EACH + PAUSE) + EACH, list(RATES)[(n + person) % 3])
        for n in range(times)
    ]
    return done[-1][1] + 2.0, done


def sensor(name: str, person: int, strength: float, rate: float = 50.0, **changes: object) -> XdfStream:
    """An IMU (its accelerometer alone where `type` says so) that feels the performance of a person."""
    length, done = performance(person)
    rng = np.random.default_rng(person)
    times = np.arange(0, length, 1 / rate)
    rows = rng.normal(0, 0.02, (len(times), 6)) + np.array([0, 0, 1, 0, 0, 0])
    rows[:, 3:] *= 100
    for begin, end, label in done:
        within = (times >= begin) & (times < end)
        phase = 2 * np.pi * RATES[label] * rng.uniform(0.95, 1.05) * times[within]
        rows[within, 0 if label == "stir" else 2] += 0.3 * strength * np.sin(phase)
        rows[within, 4] += 80 * strength * np.sin(phase + 0.4)
    labels = [f"{s}_{axis} [{unit}]" for s, unit in (("acc", "g"), ("gyro", "deg/s")) for axis in "xyz"]
    columns = 3 if changes.get("type") == "Accelerometer" else 6
    given: Mapping[str, object] = {"type": "IMU", "rate": rate, **changes}
    return XdfStream(
        name,
        labels=labels[:columns],
        times=(100.0 + times).tolist(),
        rows=rows[:, :columns].tolist(),
        **given,  # type: ignore[arg-type]
    )


def marked(person: int) -> XdfStream:
    """Markers of the performance of a person."""
    _, done = performance(person)
    edges = [(at, f"{label}/{word}") for b, e, label in done for at, word in ((b, "start"), (e, "stop"))]
    return markers(*((100 + at, text) for at, text in edges))
