"""The performer as a recording: one person's session as a depth camera and a wrist sensor give it."""

from collections.abc import Sequence

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU_CHANNELS, IMU_UNITS
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS, SKELETON_UNITS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.recording import RecordedStream, Recording

from .camera import CAMERA_RATE, capture
from .inertial import IMU_RATE, measure
from .person import draw_person
from .session import GESTURES, rehearse

ACTIONS: tuple[str, ...] = tuple(GESTURES)
"""Labels of the actions that can be performed: the wrist set of UTD-MHAD, its numbers 1 to 21."""


def _check(
    seed: int, person: int, actions: Sequence[str], repetitions: int, duration: float | None, pause: float
) -> None:
    """RecordingError for an action that cannot be performed, or a number out of range."""
    if not actions and duration is None:
        raise RecordingError("A session without actions needs a duration; none was given.")
    unknown = [a for a in actions if a not in GESTURES]
    if unknown:
        raise RecordingError(
            f"The synthetic performer was asked for {', '.join(unknown)}; it knows {', '.join(ACTIONS)}."
        )
    if seed < 0 or person < 0:
        raise RecordingError(f"seed and person must not be negative; asked for seed {seed}, person {person}.")
    if repetitions < 1 or pause <= 0.0 or (duration is not None and not 2.0 <= duration <= 86400.0):
        raise RecordingError(
            "The synthetic performer needs at least 1 repetition, a pause above 0 s and a duration of 2 s to "
            f"one day; asked for repetitions {repetitions}, pause {pause}, duration {duration}."
        )


def perform(
    *,
    seed: int,
    person: int,
    actions: Sequence[str] | None = None,
    repetitions: int = 1,
    duration: float | None = None,
    idle: bool = True,
    pause: float = 5.75,
    clean: bool = False,
) -> Recording:
    """One session of one person: streams "imu" (50 Hz) and "skeleton" (about 30 Hz), actions annotated.

    The same `seed` and `person` give the same session to the bit; the same `person` is the same body, style
    and sensor mounting in every session. `actions` (default: all of `ACTIONS`; empty: idle only, needs
    `duration`) come in random order, each `repetitions` times, or over and over while `duration` (s) lasts.
    `pause` is the median pause, s. Without `idle` there are no fidgets and the pauses last about a second.
    `clean` leaves out the sensors' errors (noise, bias, clipping, filter, contacts, jitter, lost frames,
    delay). What is not annotated is idle. Raises RecordingError for an action it cannot perform or a number
    out of range.
    """
    chosen = ACTIONS if actions is None else tuple(actions)
    _check(seed, person, chosen, repetitions, duration, pause)
    motion = rehearse(
        draw_person(person),
        np.random.default_rng([seed, person, 0]),
        chosen,
        repetitions=repetitions,
        duration=duration,
        idle=idle,
        pause=pause,
    )
    imu_times, imu = measure(motion, np.random.default_rng([seed, person, 1]), clean=clean)
    frame_times, skeleton = capture(motion, np.random.default_rng([seed, person, 2]), clean=clean)
    name = f"synthetic-{person}-{seed}"
    streams = (
        RecordedStream(
            StreamDescription(
                name="synthetic-imu",
                type="IMU",
                source_id=f"{name}-imu",
                channels=IMU_CHANNELS,
                units=IMU_UNITS,
                nominal_rate=IMU_RATE,
                placement="right wrist",
                manufacturer="hnhar synthetic performer",
            ),
            imu,
            imu_times,
            "imu",
        ),
        RecordedStream(
            StreamDescription(
                name="synthetic-skeleton",
                type="MoCap",
                source_id=f"{name}-skeleton",
                channels=SKELETON_CHANNELS,
                units=SKELETON_UNITS,
                nominal_rate=CAMERA_RATE,
                manufacturer="hnhar synthetic performer",
            ),
            skeleton,
            frame_times,
            "skeleton",
        ),
    )
    return Recording(
        wearer=f"synthetic-{person}",
        streams=streams,
        annotations=motion.annotations,
        name=name,
        provenance={"source": "synthetic performer", "seed": str(seed), "person": str(person)},
    )
