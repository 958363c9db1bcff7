"""Skeletons in other frames, scales, layouts and slots."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from tools.faults.field.session import COORDINATES, JOINTS, Array, session, skeleton
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import write

KIND: Final = "frames, scales and layouts of skeletons"


def _turn(axis: int, degrees: float) -> Array:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    i, j = [k for k in range(3) if k != axis]
    out = np.eye(3)
    out[i, i], out[i, j], out[j, i], out[j, j] = c, -s, s, c
    return out


def _write(matrix: Array, scale: float, changes: dict[str, Any], folder: Path) -> Path:
    joints = session().joints @ matrix.T * scale
    return write(folder / "a.xdf", skeleton(joints, **changes))


_EYE: Final = np.eye(3)
_Z_UP: Final = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
_X_UP: Final = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
_TURNED: Final = {
    "y down and x mirrored, as a camera's image (Azure Kinect)": np.diag([-1.0, -1, 1]),
    "y down, left and right as they were": np.diag([1.0, -1, 1]),
    "z up, right-handed (a motion capture's)": _Z_UP,
    "z up, z mirrored": np.diag([1.0, -1, 1]) @ _Z_UP,
    "x up": _X_UP,
    "z toward the camera (Unity, left-handed)": np.diag([1.0, 1, -1]),
    "x mirrored": np.diag([-1.0, 1, 1]),
    "seen from the side": _turn(1, 70),
    "seen from behind": _turn(1, 180),
    "a camera on its side": _turn(2, 90),
    "a camera that looks down by 25°": _turn(0, 25),
    "a camera that is rolled by 20°": _turn(2, 20),
    "upside down (a camera on the ceiling)": _turn(2, 180),
    "x down": -_X_UP,
}
_SCALED: Final = {"mm": 1000.0, "cm": 100.0, "millimeters": 1000.0, "inches": 39.37, "ft": 3.281, "dm": 10.0}


def _frames() -> Iterator[FieldInput]:
    for name, matrix in _TURNED.items():
        # a mirrored body is a body: which side is left, only the user knows
        yield FieldInput(KIND, name, partial(_write, matrix, 1.0, {}), readable="side" not in name)
    for unit, scale in _SCALED.items():
        yield FieldInput(
            KIND,
            f"positions in {unit}",
            partial(_write, _EYE, scale, {"units": (unit,) * 60}),
            readable=unit in ("mm", "cm", "millimeters"),
        )
    none: dict[str, Any] = {"units": ("",) * 60}
    for unit, scale in {"m": 1.0, "mm": 1000.0, "cm": 100.0, "inches": 39.37}.items():
        yield FieldInput(
            KIND, f"no unit: {unit}", partial(_write, _EYE, scale, none), readable=unit != "inches"
        )
    yield FieldInput(KIND, "says m, holds mm", partial(_write, _EYE, 1000.0, {}), readable=False)
    yield FieldInput(
        KIND, "says mm, holds m", partial(_write, _EYE, 1.0, {"units": ("mm",) * 60}), readable=False
    )
    yield FieldInput(KIND, "z up, in mm, no unit", partial(_write, _Z_UP, 1000.0, none))


def _put(values: Array, changes: dict[str, Any], folder: Path) -> Path:
    return write(folder / "a.xdf", skeleton(values, **changes))


def _images() -> Iterator[FieldInput]:
    joints = session().joints
    pixels = joints.copy()
    pixels[..., 0] = 320 + 525 * joints[..., 0] / joints[..., 2]
    pixels[..., 1] = 240 - 525 * joints[..., 1] / joints[..., 2]
    none: dict[str, Any] = {"units": ("",) * 60}
    yield FieldInput(KIND, "pixels, depth in mm", partial(_put, pixels * [1, 1, 1000], none), readable=False)
    yield FieldInput(
        KIND, "pixels, said to be", partial(_put, pixels, {"units": ("px", "px", "m") * 20}), readable=False
    )
    normal = pixels / [640, 480, 3.0]
    yield FieldInput(KIND, "an image's coordinates from 0 to 1", partial(_put, normal, none), readable=False)
    flat = joints * [1, 1, 0]
    yield FieldInput(KIND, "flat: z is always 0", partial(_put, flat, {}), readable=False)
    hips = joints - joints[:, 3:4]
    yield FieldInput(KIND, "relative to the hips, in m", partial(_put, hips, {}))


def _layouts() -> Iterator[FieldInput]:
    joints = session().joints
    m = len(joints)
    by_axis = np.ascontiguousarray(joints.transpose(0, 2, 1))
    labels = tuple(f"{joint}_{axis}" for axis in "xyz" for joint in JOINTS)
    yield FieldInput(KIND, "all x, then all y, then all z", partial(_put, by_axis, {"labels": labels}))
    rng = np.random.default_rng(0)
    order = rng.permutation(20)
    shuffled = tuple(f"{JOINTS[k]}_{axis}" for k in order for axis in "xyz")
    yield FieldInput(KIND, "joints in another order", partial(_put, joints[:, order], {"labels": shuffled}))
    wide = np.concatenate([joints, np.full((m, 20, 1), 0.9)], axis=2)
    more = tuple(f"{joint}_{c}" for joint in JOINTS for c in ("x", "y", "z", "confidence"))
    units = ("m", "m", "m", "") * 20
    yield FieldInput(KIND, "with confidences", partial(_put, wide, {"labels": more, "units": units}))
    turned = np.concatenate([joints, np.tile([0.0, 0, 0, 1], (m, 20, 1))], axis=2)
    more = tuple(f"{joint}_{c}" for joint in JOINTS for c in ("x", "y", "z", "qx", "qy", "qz", "qw"))
    seven = {"labels": more, "units": ("m", "m", "m", *("",) * 4) * 20}
    yield FieldInput(KIND, "with quaternions", partial(_put, turned, seven))
    names = {
        "hip_center": "SpineBase",
        "spine": "SpineMid",
        "shoulder_center": "SpineShoulder",
        "head": "Head",
    }
    camel = tuple(
        f"{names.get(j) or ''.join(w.title() for w in j.split('_'))}_{a}" for j in JOINTS for a in "XYZ"
    )
    yield FieldInput(KIND, "Kinect v2's names", partial(_put, joints, {"labels": camel}))
    short = tuple(c.replace("left_", "L").replace("right_", "R") for c in COORDINATES)
    yield FieldInput(KIND, "LShoulder, RShoulder …", partial(_put, joints, {"labels": short}))
    exchanged = tuple(
        c.replace("left", "?").replace("right", "left").replace("?", "right") for c in COORDINATES
    )
    yield FieldInput(
        KIND,
        "names of left and right exchanged",
        partial(_put, joints, {"labels": exchanged}),
        readable=False,
    )
    bare: dict[str, Any] = {"labels": ("",) * 60, "units": ("",) * 60}
    yield FieldInput(KIND, "no labels", partial(_put, joints, bare), readable=False)
    yield FieldInput(KIND, "no labels, --joints utd-20", partial(_put, joints, bare), ("--joints", "utd-20"))
    some = [k for k, c in enumerate(COORDINATES) if "ankle" not in c and "foot" not in c]
    few = {"labels": tuple(COORDINATES[k] for k in some), "units": ("m",) * len(some)}
    yield FieldInput(
        KIND, "without feet and ankles", partial(_put, joints.reshape(m, 60)[:, some], few), readable=False
    )


def _bodies() -> Iterator[FieldInput]:
    joints = session().joints.reshape(-1, 60)
    m = len(joints)
    nobody = np.full_like(joints, np.nan)
    labels = tuple(f"body{b}_{c}" for b in (1, 2) for c in COORDINATES)
    two: dict[str, Any] = {"labels": labels, "units": ("m",) * 120}
    yield FieldInput(
        KIND,
        "the person in the second of two slots",
        partial(_put, np.hstack([nobody, joints]), two),
        readable=False,
    )
    yield FieldInput(
        KIND, "the second slot, --body 2", partial(_put, np.hstack([nobody, joints]), two), ("--body", "2")
    )
    half = (np.arange(m) < m // 2)[:, None]
    moved = np.hstack([np.where(half, joints, nobody), np.where(half, nobody, joints)])
    yield FieldInput(KIND, "the person moves to another slot", partial(_put, moved, two))
    tracked = tuple(f"body{b}_{c}" for b in (1, 2) for c in ("tracking_id", *COORDINATES))
    ids = np.full((m, 1), 72057.0)
    zero = np.zeros((m, 1))
    first = np.hstack([np.where(half, ids, zero), np.where(half, joints, 0 * joints)])
    second = np.hstack([np.where(half, zero, ids), np.where(half, 0 * joints, joints)])
    units = ("", *("m",) * 60) * 2
    yield FieldInput(
        KIND,
        "the same with tracking ids, zeros where nobody is",
        partial(_put, np.hstack([first, second]), {"labels": tracked, "units": units}),
    )
    gone = joints.copy()
    gone[300:420] = 0
    yield FieldInput(KIND, "zeros while nobody is tracked (4 s)", partial(_put, gone, {}))
    gone = joints.copy()
    gone[300:420] = gone[300]
    yield FieldInput(KIND, "the last pose repeated for 4 s", partial(_put, gone, {}))
    gone = joints.copy()
    gone[300:420] = np.nan
    yield FieldInput(KIND, "no values for 4 s", partial(_put, gone, {}))
    still = np.repeat(joints[:1], m, axis=0)
    yield FieldInput(
        KIND, "the same pose all along", partial(_put, still, {}), readable=False, performed=False
    )
    yield FieldInput(KIND, "all zeros", partial(_put, 0 * joints, {}), readable=False, performed=False)
    slow = slice(None, None, 2)
    s = skeleton()
    values = np.asarray(s.values)[slow]
    half_rate = replace(s, times=s.times[slow], values=values, rate=15.0)
    yield FieldInput(KIND, "15 frames a second", lambda folder: write(folder / "a.xdf", half_rate))
    fifth = replace(s, times=s.times[::6], values=np.asarray(s.values)[::6], rate=5.0)
    yield FieldInput(KIND, "5 frames a second", lambda folder: write(folder / "a.xdf", fifth), readable=False)


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _frames()
    yield from _images()
    yield from _layouts()
    yield from _bodies()
