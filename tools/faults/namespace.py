"""A network between us and a sender in a namespace of its own, which can be cut."""

import subprocess
import time
from pathlib import Path
from typing import Final

THERE: Final = "10.77.0.2"
"""The sender's address, across the veth pair."""


def here(*command: str) -> None:
    """A command in our own namespace."""
    subprocess.run(command, check=True)


def there(*command: str, pid: int) -> None:
    """A command in the sender's network namespace."""
    subprocess.run(("nsenter", "-t", str(pid), "-n", *command), check=True)


def connect(pid: int) -> None:
    """A veth pair between us and the process's namespace."""
    subprocess.run(("ip", "link", "del", "v0"), check=False, stderr=subprocess.DEVNULL)
    here("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink():
        if time.monotonic() > deadline:
            raise SystemExit("the sender got no network of its own")
        time.sleep(0.05)
    here("ip", "link", "set", "v1", "netns", str(pid))
    here("ip", "addr", "replace", "10.77.0.1/24", "dev", "v0")
    here("ip", "link", "set", "v0", "up")
    here("ip", "route", "replace", "224.0.0.0/4", "dev", "v0")
    there("ip", "link", "set", "lo", "up", pid=pid)
    there("ip", "addr", "add", f"{THERE}/24", "dev", "v1", pid=pid)
    plug(pid)


def plug(pid: int) -> None:
    """Bring the sender's end up."""
    there("ip", "link", "set", "v1", "up", pid=pid)
    there("ip", "route", "replace", "224.0.0.0/4", "dev", "v1", pid=pid)
