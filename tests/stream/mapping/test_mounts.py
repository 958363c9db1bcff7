"""Worn sensors are turned into the weights' axes where that is asked, and warned of where it is not."""

from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.mapping.mount_search import about
from hnhar.stream.mapping.mounts import MountedSensor, Mounts, mounts_of
from hnhar.stream.messages import StreamState, StreamStatus, Window

from ..mounted import described, windows

TURNED = about(np.array([0.0, 1.0, 0.0]), 90)
STATUS = StreamStatus("ann", "imu", "imu", StreamState.LIVE, "watch")


def fed(mounts: Mounts, count: int, turn: np.ndarray = TURNED, *, seen: bool = False) -> list[Window]:
    """What becomes of so many windows."""
    out = []
    for number, samples in enumerate(windows(count, turn)):
        end = 3.0 + 0.4 * number
        given = {"imu": samples}
        if seen:
            given["skeleton"] = np.zeros((75, 60), np.float32)
        window = Window("ann", number, end - 3, end, given, dict.fromkeys(given, 1.0), end)
        out.append(mounts.corrected(window))
    return out


def mounts(axes: str | None = None, **changes: object) -> Mounts:
    options = MappingOptions(imu_axes=axes)
    return mounts_of({"ann": described(**changes)}, {"ann": options})


def test_a_turned_sensor_is_taken_as_doubtful_until_its_rotation_is_known_and_then_turned_back() -> None:
    auto = mounts("auto")
    got = fed(auto, 80)
    assert got[0].doubtful
    assert not got[-1].doubtful
    straight = windows(80, np.eye(3))[-1]
    assert np.abs(got[-1].samples["imu"][:, :3] - straight[:, :3]).max() < 0.5
    told = auto.told(STATUS)
    assert "about its y axis; corrected" in told.mount
    assert told.mount in told.note
    assert not told.faults


def test_until_then_the_other_modality_is_recognized_alone() -> None:
    auto = mounts("auto", modalities=(imu(), skeleton()))
    got = fed(auto, 80, seen=True)
    assert set(got[0].samples) == {"skeleton"}
    assert not got[0].doubtful
    assert set(got[-1].samples) == {"imu", "skeleton"}


def test_a_search_that_goes_on_is_a_fault_of_the_stream() -> None:
    auto = mounts("AUTO")
    fed(auto, 5)
    assert any("not known yet" in fault for fault in auto.told(STATUS).faults)


def test_without_auto_samples_are_left_alone_and_a_turned_sensor_is_warned_of() -> None:
    watched = mounts()
    got = fed(watched, 80)
    assert not any(window.doubtful for window in got)
    assert np.array_equal(got[-1].samples["imu"], windows(80, TURNED)[-1])
    assert "--imu-axes auto" in watched.told(STATUS).faults[0]


def test_without_auto_a_sensor_worn_as_learned_is_not_warned_of() -> None:
    watched = mounts()
    fed(watched, 80, np.eye(3))
    assert watched.told(STATUS) is STATUS


def test_windows_that_overlap_wholly_and_those_of_a_sensor_at_rest_say_nothing() -> None:
    auto = mounts("auto")
    still = np.tile(np.array([0, 0, 1, 0, 0, 0], np.float32), (150, 1))
    for number in range(100):
        end = 3.0 + 0.4 * number
        auto.corrected(Window("ann", number, end - 3, end, {"imu": still}, {"imu": 1.0}, end))
    assert "after 0 s of motion" in auto.told(STATUS).mount


def test_auto_is_refused_where_the_weights_have_nothing_to_find_it_by() -> None:
    with pytest.raises(ConfigError, match="hnhar-train mount"):
        mounts("auto", mounts={})
    both = {"ann": replace(described(), mounts={})}
    assert mounts_of(both, {"ann": MappingOptions(imu_axes="x,-z,y")}).told(STATUS) is STATUS


@pytest.mark.parametrize("asked", [1, 7, 90])
def test_a_watched_sensor_is_known_as_well_however_many_of_its_points_are_learned_from_together(
    asked: int,
) -> None:
    together, at_once = mounts(), MountedSensor(described(), imu(), auto=False)
    for number, samples in enumerate(windows(90, TURNED)):
        end = 3.0 + 0.4 * number
        window = Window("ann", number, end - 3, end, {"imu": samples}, {"imu": 1.0}, end)
        together.corrected(window)
        at_once.learn(window)
        if number % asked == 0:
            together.told(STATUS)
    assert together.notes("ann") == (f"imu: {at_once.words()[0]}",)
    assert "90°" in at_once.words()[0]
