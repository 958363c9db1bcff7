"""Who is at the other end of a socket."""

import os
from pathlib import Path

import pytest

from hnhar.stream.publish.addresses import Address
from hnhar.stream.publish.peers import hang_up

DESCRIPTORS = Path("/proc/self/fd")


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="needs Linux's /proc")
def test_a_descriptor_that_has_become_a_file_is_left_alone_and_no_copy_stays_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        before = len(os.listdir(DESCRIPTORS))
        hang_up(file.fileno(), Address("tcp", "127.0.0.1", 5557))
        assert len(os.listdir(DESCRIPTORS)) == before
        assert file.write(b"still open") == 10
