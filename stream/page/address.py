"""Addresses of the page: its default, and those by which other devices find this machine."""

import socket
from typing import Final

ADDRESS: Final = "127.0.0.1:8600"
"""Default address of the page."""


def neighbors_of(host: str) -> list[str]:
    """Hosts to write into a URL for another device: that of the way out of this machine, for every one."""
    if host not in ("0.0.0.0", "::"):
        return [f"[{host}]" if ":" in host else host]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # an address for documentation: nothing is sent
            found = str(way.getsockname()[0])
        except OSError:
            found = ""
    return [found] if found and not found.startswith(("127.", "0.")) else [socket.gethostname()]
