"""The wrist sensor that a motion implies.

Mounting convention, as in UTD-MHAD: right-handed, x along the forearm to the hand, y to the little finger,
z out of the palm; the acceleration is the specific force (+1 g on an axis that points up). Standing with the
arm hanging it reads about (-1, -0.2, 0) g. Found in the recordings thus: of all 48 signed axis permutations
only the identity carries gravity along by the gyroscope (9° error between quiet moments of a trial, the
next best 49°); the height of the forearm's direction in the skeleton is the x reading; and the gyroscope's
components along gravity and across the forearm agree in sign with the forearm's turning in the skeleton. z
follows from forearms that lie level: palm up in the curl (z up), palm down in the push (z down).
"""

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.mapping.units import STANDARD_GRAVITY

from .body import JOINT, joints
from .geometry import Array, about_y, angular_velocity, rotation, turn
from .session import RATE, Motion

IMU_RATE = 50.0
"""Hz."""
_BLOCK = 30_000
"""Samples computed at a time: bounds the memory of long sessions."""


def wrist(motion: Motion, at: Array) -> tuple[Array, Array]:
    """Place (n, 3), m, of the sensor and its axes (n, 3, 3; columns x y z in the world) before mounting."""
    posture = motion.posture(at)
    places = joints(motion.person.body, posture)
    facing = about_y(posture.heading)
    fore = turn(facing, posture.arms["right"][1])
    palm = turn(facing, motion.arm("right", at)[3])
    axes = np.stack([fore, np.cross(palm, fore), palm], axis=-1)
    # on the back of the wrist, a little above it
    elbow = places[:, JOINT["right_elbow"]]
    return elbow + 0.93 * motion.person.body.forearm * fore - 0.03 * palm, axes


def ideal(motion: Motion) -> tuple[Array, Array]:
    """Specific force (n, 3), g, and angular velocity (n, 3), deg/s, at `RATE`, without contacts or errors."""
    n = int(motion.duration * RATE) + 1
    mounting = rotation(motion.person.mounting)
    force, rate = np.empty((n, 3)), np.empty((n, 3))
    for begin in range(0, n, _BLOCK):
        end = min(begin + _BLOCK, n)
        # one more sample on both sides for the differences
        index = np.clip(np.arange(begin - 1, end + 1), 0, n - 1)
        place, axes = wrist(motion, index / RATE)
        acceleration = (place[2:] - 2.0 * place[1:-1] + place[:-2]) * RATE**2
        acceleration[:, 1] += STANDARD_GRAVITY
        if begin == 0:
            acceleration[0] = (0.0, STANDARD_GRAVITY, 0.0)
        if end == n:
            acceleration[-1] = (0.0, STANDARD_GRAVITY, 0.0)
        frames = axes @ mounting
        force[begin:end] = np.einsum("nji,nj->ni", frames[1:-1], acceleration) / STANDARD_GRAVITY
        rate[begin:end] = np.rad2deg(angular_velocity(frames, 1.0 / RATE)[1:-1])
    return force, rate


def _shake(motion: Motion, force: Array, rng: np.random.Generator) -> None:
    """Add, in place, the damped ringing of the sensor after each contact."""
    after = np.arange(int(0.20 * RATE)) / RATE
    for contact in motion.contacts:
        begin = round(contact.time * RATE)
        m = min(len(after), len(force) - begin)
        if begin < 0 or m <= 0:
            continue
        decay, pitch = rng.uniform(0.02, 0.045), rng.uniform(10.0, 20.0)
        ring = np.exp(-after[:m] / decay) * np.cos(2.0 * np.pi * pitch * after[:m] + rng.normal(0.0, 0.3))
        rise = np.minimum(after[:m] / 0.008, 1.0)
        way = contact.direction / np.linalg.norm(contact.direction) + rng.normal(0.0, 0.15, 3)
        force[begin : begin + m] += contact.strength * (rise * ring)[:, None] * way


def _low_pass(x: Array) -> Array:
    """Mean over 20 ms, the bandwidth of a sensor sampled at 50 Hz."""
    width = round(RATE / IMU_RATE)
    padded = np.concatenate([np.repeat(x[:1], width // 2, axis=0), x, np.repeat(x[-1:], width // 2, axis=0)])
    total = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(padded, axis=0)])
    mean: Array = (total[width:] - total[:-width]) / width
    return mean


def measure(
    motion: Motion, rng: np.random.Generator, *, clean: bool
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Time stamps (n,), s, and samples (n, 6), g and deg/s, at 50 Hz; clipped like the real sensor."""
    force, rate = ideal(motion)
    if clean:
        step = round(RATE / IMU_RATE)
        samples = np.concatenate([force, rate], axis=1)[::step]
        return np.arange(len(samples)) / IMU_RATE, samples.astype(np.float32)
    _shake(motion, force, rng)
    samples = _low_pass(np.concatenate([force, rate], axis=1))[:: round(RATE / IMU_RATE)]
    n = len(samples)
    samples[:, :3] *= 1.0 + rng.normal(0.0, 0.008, 3)
    samples[:, :3] += rng.normal(0.0, 0.012, 3) + rng.normal(0.0, 0.005, (n, 3))
    samples[:, 3:] *= 1.0 + rng.normal(0.0, 0.01, 3)
    samples[:, 3:] += rng.normal(0.0, 2.0, 3) + rng.normal(0.0, 0.35, (n, 3))
    samples[:, :3] = np.clip(samples[:, :3], -8.0, 8.0)
    samples[:, 3:] = np.clip(samples[:, 3:], -1000.0, 1000.0)
    return np.arange(n) / IMU_RATE, samples.astype(np.float32)
