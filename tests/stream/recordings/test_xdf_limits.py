"""XDF files of many streams, and with numbers written as their readers do not expect them."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.xdf.numerals import mended

from .files import chunk, header, imu, samples


def numbered(folder: Path, *, footer: str, rate: str = "50.0", count: str = "6") -> Recording:
    """One IMU of 100 samples, whose header and footer hold these texts."""
    stream = imu()
    head = header(1, stream).replace(b">50.0<", f">{rate}<".encode()).replace(b">6<", f">{count}<".encode())
    end = struct.pack("<I", 1) + f"<info><sample_count>{footer}</sample_count></info>".encode()
    head = chunk(2, head[11:])  # its length is another
    path = folder / "numbers.xdf"
    path.write_bytes(b"XDF:" + head + samples(1, stream) + chunk(6, end))
    return open_recording(path)


@pytest.mark.parametrize(
    "footer", ["100", "100.0", "1e2", " 100 ", "99.5", "many", "100,0", "nan", "inf", ""]
)
def test_a_count_of_samples_in_a_footer_may_be_any_text(tmp_path: Path, footer: str) -> None:
    recording = numbered(tmp_path, footer=footer)
    assert recording.streams[0].samples.shape == (100, 6)
    assert recording.notes == ()


@pytest.mark.parametrize(
    ("rate", "expected"), [("50", 50.0), ("50 Hz", 50.0), ("50,0", 50.0), ("variable", 0.0), ("5e1", 50.0)]
)
def test_a_rate_may_have_its_unit_or_a_comma(tmp_path: Path, rate: str, expected: float) -> None:
    stream = numbered(tmp_path, footer="100", rate=rate).streams[0]
    assert stream.description.nominal_rate == expected
    assert stream.samples.shape == (100, 6)


def test_a_count_of_channels_may_be_a_decimal_number(tmp_path: Path) -> None:
    assert numbered(tmp_path, footer="100", count="6.0").streams[0].samples.shape == (100, 6)


@pytest.mark.parametrize("text", [b"1500.0", b"x", b"1e3", b"7" * 400, b"1e999", b"\xff.5", b"-3.0"])
@pytest.mark.parametrize("name", [b"sample_count", b"channel_count", b"nominal_srate"])
def test_what_is_written_in_place_of_a_number_is_as_long(name: bytes, text: bytes) -> None:
    xml = b"<info><" + name + b">" + text + b"</" + name + b"></info>"
    assert len(mended(xml)) == len(xml)


def test_a_footer_may_hold_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty_footer.xdf"
    end = struct.pack("<I", 1) + b"<info>\n  </info>"
    path.write_bytes(b"XDF:" + header(1, imu()) + samples(1, imu()) + chunk(6, end))
    assert open_recording(path).streams[0].samples.shape == (100, 6)


def crowd(folder: Path, streams: int, jumps: int) -> Path:
    """A file of many IMUs, each with clock offsets and as many jumps of its clock."""
    path = folder / "crowd.xdf"
    parts = [b"XDF:"]
    every = [imu(f"IMU {k}", 0.2, source_id=f"id-{k}") for k in range(streams)]
    parts += [header(number, stream) for number, stream in enumerate(every, 1)]
    for number, stream in enumerate(every, 1):
        parts.append(samples(number, stream))
        for jump in range(jumps + 1):
            parts.append(chunk(4, struct.pack("<Idd", number, 100.0 + jump, 10.0 * jump)))
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize("jumps", [0, 1])
def test_many_streams_are_no_damage(tmp_path: Path, jumps: int) -> None:
    recording = open_recording(crowd(tmp_path, 80, jumps), select={"imu": "source_id=id-70"})
    assert [s.description.name for s in recording.streams] == ["IMU 70"]
    assert len(recording.streams[0].samples) == 10
    assert recording.notes == (
        "80 streams have no footer: the recorder did not finish",
        "79 further streams of IMU or skeleton left out, since others were selected: 'IMU 0', 'IMU 1', "
        "'IMU 2', 'IMU 3', 'IMU 4' and 74 more",
    )


def test_more_jumps_than_are_read_are_not_called_damage(tmp_path: Path) -> None:
    recording = open_recording(crowd(tmp_path, 1, 90))
    assert recording.notes[0].startswith("the file has more than is read, what came before was read")
    assert "clocks jumped 66 times" in recording.notes[0]


def test_a_stream_that_is_selected_leaves_no_note_on_itself(tmp_path: Path) -> None:
    path = tmp_path / "two.xdf"
    one, other = imu("A"), replace(imu("B"), times=[100.0 + k / 50 for k in range(100)])
    parts = [header(1, one), header(2, other), samples(1, one), samples(2, other)]
    path.write_bytes(b"XDF:" + b"".join(parts))
    notes = open_recording(path, select={"imu": "A"}).notes
    assert notes[1:] == ("1 further stream of IMU or skeleton left out, since others were selected: 'B'",)
