"""ZeroMQ addresses: checked before libzmq sees them, because it takes port 99999 and binds another one."""

import ipaddress
import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import PublishError

_LONGEST = 103 if sys.platform == "darwin" else 107
"""bytes of an ipc path: what the kernel's sun_path holds before its closing zero."""
_EXAMPLES = "tcp://127.0.0.1:5557, tcp://[::1]:5557 or ipc:///run/user/1000/hnhar"


@dataclass(frozen=True, slots=True)
class Address:
    """A `tcp` or `ipc` address, taken apart."""

    scheme: str
    host: str
    """Host or interface; the path of an ipc address."""
    port: int = 0
    """0: any free one (tcp only)."""

    @property
    def text(self) -> str:
        """As libzmq takes it."""
        if self.scheme == "ipc":
            return f"ipc://{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port or '*'}"

    @property
    def local(self) -> bool:
        """True where only this machine can reach it."""
        if self.scheme == "ipc" or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """Take an address apart. Raises PublishError, with the fault and an example."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "ipc":
        if not rest:
            raise PublishError(f"{text!r} names no path. An address looks like {_EXAMPLES}")
        if len(os.fsencode(rest)) > _LONGEST:
            raise PublishError(
                f"the path of {text!r} is longer than the {_LONGEST} bytes that a socket takes"
            )
        return Address("ipc", rest)
    if not separator or scheme != "tcp":
        raise PublishError(
            f"{text!r} is not an address of the kind tcp://HOST:PORT or ipc://PATH, such as {_EXAMPLES}"
        )
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:\[\]/\s]+)):(\*|\d{1,9})", rest)
    if found is None:
        raise PublishError(f"{text!r} needs a host and a port, such as {_EXAMPLES}")
    port = 0 if found[3] == "*" else int(found[3])
    if port > 65535:
        raise PublishError(f"port {port} of {text!r} does not exist: ports go from 1 to 65535")
    return Address("tcp", found[1] or found[2], port)


def unresolved(address: str) -> str:
    """Reason for which the host of a valid address cannot be found; "" where it can. May take seconds."""
    asked = parse_address(address)
    if asked.scheme != "tcp":
        return ""
    try:
        socket.getaddrinfo(asked.host, asked.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error.strerror or str(error)
    except UnicodeError:
        return "no host can have this name"
    return ""


def holder(port: int) -> str | None:
    """The process that listens on a TCP port here, as "process 123 (python)"; None where it is not known."""
    try:
        inodes = _listening(port)
        for folder in Path("/proc").iterdir():
            if inodes and folder.name.isdigit() and inodes & _sockets(folder):
                # cut off after 15 bytes, so maybe within a letter
                name = (folder / "comm").read_bytes().decode(errors="replace").strip()
                return f"process {folder.name} ({name})"
    except OSError:
        return None
    return None


def _listening(port: int) -> set[str]:
    """Inodes of the sockets that listen on `port`, from the kernel's tables (Linux)."""
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            columns = line.split()
            listens = columns[3] == "0A"
            if listens and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(columns[9])
    return inodes


def _sockets(folder: Path) -> set[str]:
    """Inodes of the sockets that a process has open; empty where we may not look."""
    found = set()
    try:
        for entry in (folder / "fd").iterdir():
            target = os.readlink(entry)
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        return found
    return found
