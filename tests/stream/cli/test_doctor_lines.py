"""The doctor in short: a line a stream, and what helps."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hnhar.model.bundle import bundle
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.camera.layout import CHANNELS, JOINTS
from hnhar.stream.camera.layout import UNITS as CAMERA_UNITS
from hnhar.stream.cli.doctor import main
from hnhar.stream.cli.doctor_lines import Line, lines
from hnhar.stream.cli.doctor_report import report
from hnhar.stream.mapping.fitness import Surveyed
from hnhar.stream.messages import StreamDescription

from ..person import STANDING

IMU = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("g",) * 3 + ("deg/s",) * 3
LIMBS = JOINTS[11:]
"""Of MediaPipe's: without the face."""
BUNDLES = {name: bundle.read_info(path) for name, path in bundle.bundled().items()}


def heard(
    labels: tuple[str, ...] = IMU, units: tuple[str, ...] = UNITS, kind: str = "IMU", **more: Any
) -> Surveyed:
    samples = np.tile(np.eye(1, len(labels), 2), (75, 1))
    said = StreamDescription(
        "it", kind, "id", labels, units, 50.0, "here", more.pop("placement", "right wrist")
    )
    known: dict[str, Any] = {"samples": samples, "measured_rate": 50.0, "clock_offset": 0.0}
    return Surveyed("uid", said, **(known | more))


def line(surveyed: Surveyed) -> Line:
    (only,) = lines(report([surveyed], BUNDLES))
    return only


def test_a_stream_that_can_be_taken_is_one_line_that_says_by_which_weights() -> None:
    said = line(heard())
    assert (said.usable, said.problems) == (True, ())
    assert said.text == "it (IMU): 6 channels, 50 Hz, as watch for tug; as imu for utd-mhad-wrist"


def test_a_stream_of_another_kind_is_one_line_too() -> None:
    said = line(heard(("Fp1", "Fp2"), ("uV", "uV"), "EEG", measured_rate=250.0))
    assert (said.usable, said.problems) == (False, ())
    assert "neither an IMU nor a skeleton" in said.text


def test_markers_are_neither_good_nor_bad() -> None:
    assert line(heard(("",), ("",), "Markers", text=True, samples=None)).usable is None


def test_a_refusal_is_said_once_with_what_to_do() -> None:
    said = line(heard(IMU[:5], UNITS[:5]))
    assert not said.usable
    (why,) = said.problems
    assert "there is no gyro_z" in why
    labels = tuple(f"linear_{label}" for label in IMU[:3])
    assert "send the raw accelerometer" in line(heard(labels, ("g",) * 3)).problems[0]


def test_what_would_be_assumed_is_said_once() -> None:
    said = line(heard(units=("",) * 6, placement=""))
    assert said.usable
    assert "utd-mhad-wrist" in said.text
    assert "utd-mhad-thigh" in said.text
    assert [("--imu-unit" in p, "--imu-placement" in p) for p in said.problems] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]
    # a run with these is refused, so it is said where the stream is called fit
    assert (
        said.problems[-1]
        == "tug: nothing says which of phone and watch it is: --source phone=… or --source watch=…"
    )


@pytest.mark.parametrize(("name", "taken"), [("MyWatch", "watch"), ("iPhone", "phone")])
def test_a_name_that_decides_is_what_the_doctor_goes_by(name: str, taken: str) -> None:
    surveyed = heard(placement="")
    said = line(replace(surveyed, description=replace(surveyed.description, name=name)))
    assert f"as {taken} for tug; as imu for" in said.text
    contrary = [p for p in said.problems if "says by its name 'watch'" in p]
    assert len(contrary) == (name == "MyWatch")
    assert all(p.startswith("utd-mhad-thigh: ") for p in contrary)


def test_silence_a_wrong_rate_an_unknown_clock_and_a_fault_are_said_with_a_remedy() -> None:
    assert "is the device on" in line(heard(measured_rate=None)).problems[0]
    assert "declares 50 Hz but sends 40" in line(heard(measured_rate=40.0)).problems[0]
    assert "UDP" in line(heard(clock_offset=None)).problems[0]
    assert line(heard(fault="it was found but does not answer", samples=None)).problems == (
        "it was found but does not answer",
    )


@pytest.mark.parametrize("seconds", ["0", "31", "-1", "nan", "soon"])
def test_a_time_to_listen_that_is_out_of_bounds_is_refused(
    seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--listen", seconds]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: --listen {seconds} is ")


def seen(joint: str) -> list[float]:
    """A channel each of a joint of MediaPipe's, of somebody who stands."""
    side, _, part = joint.partition("_")
    near = {"heel": "ankle"}.get(part, part if f"{side}_{part}" in UTD_JOINTS else "hand")
    alike = joint if joint in UTD_JOINTS else f"{side}_{near}" if joint in LIMBS else "head"
    x, y, z = STANDING[UTD_JOINTS.index(alike)]
    return [-x, -y, z, 1.0]


def test_a_single_camera_s_skeleton_is_said_to_be_poor_for_weights_that_know_none() -> None:
    still = np.tile([value for joint in JOINTS for value in seen(joint)], (75, 1))
    said = line(heard(CHANNELS, CAMERA_UNITS, "MoCap", placement="", samples=still, measured_rate=50.0))
    assert said.usable
    assert said.text.endswith("as skeleton for utd-mhad-thigh, utd-mhad-wrist, utd-mhad-camera")
    poor = [p for p in said.problems if "learned from a depth camera" in p]
    assert [p.partition(":")[0] for p in poor] == ["utd-mhad-thigh", "utd-mhad-wrist"]
    assert ["--weights utd-mhad-camera" in p for p in poor] == [False, True]
