"""XDF files as they are written: what pyxdf reads from them, and what is left where writing breaks off."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyxdf

from hnhar.stream.recordings.xdf import writing
from hnhar.stream.recordings.xdf.scan import scan
from hnhar.stream.recordings.xdf.writing import XdfWriter

BEGUN = "2026-11-30T14:05:02+01:00"
FORMATS = {"float32": "<f4", "double64": "<f8", "int8": "i1", "int16": "<i2", "int32": "<i4", "int64": "<i8"}


def header(number: int, form: str, channels: int = 2) -> bytes:
    xml = (
        f"<?xml version='1.0'?><info><name>{form}</name><type>T</type>"
        f"<channel_count>{channels}</channel_count>"
        f"<nominal_srate>10</nominal_srate><channel_format>{form}</channel_format></info>"
    )
    return writing.stream_header(number, xml)


def loaded(path: Path) -> dict[str, Any]:
    streams, _ = pyxdf.load_xdf(str(path), dejitter_timestamps=False)
    return {stream["info"]["name"][0]: stream for stream in streams}


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file grows beyond `size` bytes meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_numbers_of_every_format_are_read_back_as_they_were(tmp_path: Path) -> None:
    file = XdfWriter(tmp_path / "a.xdf", BEGUN)
    stamps = 100 + np.arange(300) / 10
    values = {form: np.arange(600).reshape(300, 2).astype(kind) for form, kind in FORMATS.items()}
    for form, rows in values.items():
        number = file.number()
        assert file.write(header(number, form))
        assert file.write(writing.samples(number, stamps[:200], rows[:200]))
        assert file.write(writing.clock_offset(number, 105.0, 2.0))
        assert file.write(writing.samples(number, stamps[200:], rows[200:]))
        assert file.write(writing.stream_footer(number, 100.0, 129.9, 300))
    file.close()
    found = loaded(file.path)
    assert set(found) == set(FORMATS)
    for form, rows in values.items():
        assert np.array_equal(found[form]["time_series"], rows)
        assert found[form]["time_stamps"] == pytest.approx(stamps + 2.0, abs=1e-9)
        assert found[form]["footer"]["info"]["sample_count"] == ["300"]
    looked = scan(file.path)
    assert (looked.fault, looked.headers, looked.footers) == ("", 6, 6)


def test_texts_of_any_letters_and_lengths_are_read_back_as_they_were(tmp_path: Path) -> None:
    file = XdfWriter(tmp_path / "a.xdf", BEGUN)
    texts = [["", "Zoë/start"], ["x" * 300, "ü" * 200], ["<&>", "\n"]]
    rows = np.array([[text.encode() for text in row] for row in texts], dtype=object)
    file.write(header(1, "string"))
    file.write(writing.samples(1, np.array([1.0, 2.0, 3.0]), rows))
    file.close()
    (stream,) = loaded(file.path).values()
    assert stream["time_series"] == texts
    assert stream["time_stamps"].tolist() == [1.0, 2.0, 3.0]


def test_a_file_that_breaks_off_at_any_byte_is_read_up_to_its_last_whole_chunk(tmp_path: Path) -> None:
    file = XdfWriter(tmp_path / "a.xdf", BEGUN)
    file.write(header(1, "float32"))
    ends = [file.size]
    for k in range(3):
        file.write(writing.samples(1, np.array([k + 1.0]), np.full((1, 2), k, np.float32)))
        ends.append(file.size)
    file.close()
    whole = file.path.read_bytes()
    for size in range(ends[1], len(whole)):
        file.path.write_bytes(whole[:size])
        assert scan(file.path).counts == {1: sum(end <= size for end in ends[1:])}


def test_a_chunk_without_room_leaves_the_file_as_it_was_and_can_be_written_later(tmp_path: Path) -> None:
    file = XdfWriter(tmp_path / "a.xdf", BEGUN)
    file.write(header(1, "float32"))
    chunk = writing.samples(1, np.arange(100.0), np.zeros((100, 2), np.float32))
    with room(file.size + 50):
        before = file.path.read_bytes()
        assert not file.write(chunk)
        assert "large" in file.fault
        assert file.path.read_bytes() == before
    assert file.write(chunk)
    assert file.fault == ""
    file.close()
    assert scan(file.path).counts == {1: 100}


def test_no_file_is_replaced_and_none_is_left_where_it_cannot_begin(tmp_path: Path) -> None:
    (tmp_path / "a.xdf").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        XdfWriter(tmp_path / "a.xdf", BEGUN)
    with room(20), pytest.raises(OSError, match="large"):
        XdfWriter(tmp_path / "b.xdf", BEGUN)
    assert [path.name for path in tmp_path.iterdir()] == ["a.xdf"]


def test_a_file_that_is_deleted_comes_back_with_all_that_was_in_it(tmp_path: Path) -> None:
    file = XdfWriter(tmp_path / "a.xdf", BEGUN)
    file.write(header(1, "float32"))
    file.path.unlink()
    assert file.deleted
    assert file.restore()
    assert not file.deleted
    file.write(writing.samples(1, np.array([1.0]), np.zeros((1, 2), np.float32)))
    file.flush()
    file.close()
    assert scan(file.path).counts == {1: 1}
