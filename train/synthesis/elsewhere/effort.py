"""People who move more or less: with other vigor, at another tempo, not as far."""

from dataclasses import replace

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.recordings import RecordedStream, Recording

from ..compose.body import SkeletonPosture, limbs, unit
from .gravity import between, gravity
from .streams import Array, at_rest, of_inertial, of_joints

ANKLES = [UTD_JOINTS.index("left_ankle"), UTD_JOINTS.index("right_ankle")]


def vigorous_imu(imu: Array, down: Array, vigor: float) -> Array:
    """(n, 6) g and deg/s of the same way at `vigor` times the speed: rotation by it, motion by its square.

    Time stays as it is, so this is a tempo without its change of duration. `down`: (n, 3) of `gravity`.
    """
    return np.concatenate([down + vigor**2 * (imu[:, :3] - down), vigor * imu[:, 3:]], axis=1)


def vigorous(recording: Recording, vigor: float) -> Recording:
    """The recording with its IMUs as of `vigor` times the speed, durations as they are; skeletons too."""
    return of_inertial(recording, lambda imu, times: vigorous_imu(imu, gravity(imu, times), _positive(vigor)))


def paced(recording: Recording, tempo: float) -> Recording:
    """The recording at `tempo` times the speed: streams and annotations last 1 / `tempo` as long.

    It keeps its start. The IMUs' signals follow the speed; the rates of all streams become `tempo` times as
    high.
    """
    changed, start = vigorous(recording, tempo), recording.start

    def at(time: float) -> float:
        return start + (time - start) / tempo

    def stretched(stream: RecordedStream) -> RecordedStream:
        rate = stream.description.nominal_rate * tempo
        return replace(
            stream,
            description=replace(stream.description, nominal_rate=rate),
            timestamps=start + (stream.timestamps - start) / tempo,
        )

    return replace(
        changed,
        streams=tuple(stretched(stream) for stream in changed.streams),
        annotations=tuple(
            replace(a, onset=at(a.onset), duration=a.duration / tempo) for a in recording.annotations
        ),
        unfinished=tuple(replace(u, onset=at(u.onset), offset=at(u.offset)) for u in recording.unfinished),
        first=None if recording.first is None else at(recording.first),
    )


def smaller_imu(imu: Array, down: Array, rest: Array, amplitude: float) -> Array:
    """(n, 6) g and deg/s of motion that goes `amplitude` times as far about where the sensor rests.

    `down`: (n, 3) of `gravity`; `rest`: (3,) the same at rest.
    """
    felt = between(rest, down, amplitude) + amplitude * (imu[:, :3] - down)
    return np.concatenate([felt, amplitude * imu[:, 3:]], axis=1)


def smaller_pose(joints: Array, rest: Array, amplitude: float) -> Array:
    """(n, 20, 3) m of poses that go `amplitude` times as far about a resting one; bones keep their lengths.

    `rest`: (20, 3) unit vectors of the bones at rest. Limbs turn back to these; the ankles stay where they
    were, so that who squats half squats half.
    """
    root, directions, lengths = limbs(joints)
    posture = SkeletonPosture(root, between(rest, directions, amplitude), lengths, root)
    made = posture.positions()
    return np.asarray(made + (joints[:, ANKLES] - made[:, ANKLES]).mean(axis=1)[:, None])


def smaller(recording: Recording, amplitude: float) -> Recording:
    """The recording of somebody who moves `amplitude` times as far about the rest between the activities.

    The rest is the median of the time in which nothing is annotated, of the whole recording where there is
    none.
    """
    share = _positive(amplitude)

    def felt(imu: Array, times: Array) -> Array:
        down = gravity(imu, times)
        rest = unit(np.median(down[at_rest(recording, times)], axis=0))
        return smaller_imu(imu, down, rest, share)

    def seen(joints: Array, times: Array) -> Array:
        _, directions, _ = limbs(joints[at_rest(recording, times)])
        return smaller_pose(joints, unit(np.median(directions, axis=0)), share)

    return of_joints(of_inertial(recording, felt), seen)


def _positive(factor: float) -> float:
    if not 0.05 <= factor <= 20:
        raise RecordingError(f"a factor of effort lies between 0.05 and 20, not {factor:g}")
    return factor
