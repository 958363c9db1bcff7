"""Units in the first line of a CSV file."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import imu
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.feeds import recorded_feeds


def written(folder: Path, gyro: str) -> Path:
    path = folder / "watch.csv"
    heads = [*(f"acc_{a} (g)" for a in "xyz"), *(gyro.replace("?", a) for a in "xyz")]
    lines = [",".join([str(k / 50), "0", "0", "1", "0.1", "0.1", "0.1"]) for k in range(100)]
    path.write_text("\n".join([",".join(["time", *heads]), *lines]))
    return path


@pytest.mark.parametrize(
    "gyro", ["gyro_? (rad/s)", "gyro_? [rad/s]", "gyro?(rad/s)", "Gyroscope ? ( rad/sec )"]
)
def test_a_unit_in_round_brackets_is_read_as_in_square_ones(tmp_path: Path, gyro: str) -> None:
    (fed,), notes = recorded_feeds(open_recording(written(tmp_path, gyro)), [imu()])
    assert notes == ()
    np.testing.assert_allclose(fed.samples[0], [0, 0, 1, *[np.degrees(0.1)] * 3], rtol=1e-5)


@pytest.mark.parametrize("unit", ["(rpm)", "[rpm]", "(counts)", "(LSB)"])
def test_an_unknown_unit_is_refused_and_not_guessed_at(tmp_path: Path, unit: str) -> None:
    with pytest.raises(ChannelError, match=r"the unit of gyro must be one of.*--imu-unit"):
        recorded_feeds(open_recording(written(tmp_path, f"gyro_? {unit}")), [imu()])
