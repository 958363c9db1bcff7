"""Who holds an address that is taken."""

import os
import socket
from pathlib import Path

import pytest

from hnhar.stream.publish.addresses import holder

NAME = Path("/proc/self/comm")


@pytest.mark.skipif(not NAME.exists(), reason="needs Linux's /proc")
def test_the_holder_of_a_port_is_named_also_where_its_name_is_cut_within_a_letter() -> None:
    before = NAME.read_bytes().strip()
    with socket.create_server(("127.0.0.1", 0)) as server:
        NAME.write_bytes("grün".encode()[:3])
        try:
            named = holder(server.getsockname()[1])
        finally:
            NAME.write_bytes(before)
    assert named == f"process {os.getpid()} (gr\N{REPLACEMENT CHARACTER})"
