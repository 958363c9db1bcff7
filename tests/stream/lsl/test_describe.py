"""Meta-data of a stream, as often as it is asked for."""

import sys
from pathlib import Path

import pylsl
import pytest

from hnhar.stream.lsl.describe import describe, xml_of

TIMES = 3000


def skeleton() -> pylsl.StreamInfo:
    info = pylsl.StreamInfo("Kinect", "MoCap", 80, 30, "float32", "kinect-id")
    channels = info.desc().append_child("channels")
    for number in range(80):
        channel = channels.append_child("channel")
        channel.append_child_value("label", f"joint_{number}_é")
        channel.append_child_value("unit", "meters")
    return info


def resident() -> float:
    """Memory of this process, MiB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024


def test_it_is_what_pylsl_says() -> None:
    info = skeleton()
    assert xml_of(info) == info.as_xml()
    assert describe(info).channels[79] == "joint_79_é"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_stream_that_is_described_for_days_takes_no_memory() -> None:
    info = skeleton()
    for _ in range(100):
        xml_of(info)
    before = resident()
    for _ in range(TIMES):
        xml_of(info)
    # pylsl's own takes 20 MiB
    assert resident() - before < TIMES * len(xml_of(info)) / 2**20 / 10
