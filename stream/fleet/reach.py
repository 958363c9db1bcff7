"""Look at a cluster's address before Ray does, which says only after a minute that none is there."""

import os
import socket
from typing import Final

from hnhar.model.errors import ConfigError

REACH: Final = 5.0
"""s to reach a cluster's address."""
ANSWER: Final = 5.0
"""s for what listens there to speak."""
_HELLO: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
"""Begin of HTTP/2 (RFC 9113, 3.4): preface and empty settings. Ray's head speaks gRPC, and so HTTP/2."""
_SETTINGS: Final = 4
"""Type of the frame with which an HTTP/2 server begins."""
_HEADER: Final = 9
"""Bytes of a frame's header; its type is the fourth."""


def check_reach(address: str) -> None:
    """Raise ConfigError where no head can be at HOST:PORT: malformed, not reached, or of another protocol."""
    if address.startswith("ray://"):
        raise ConfigError(
            f"--ray {address}: it is run on a machine of the cluster, not by Ray's client: give the head's "
            "HOST:PORT, or auto on a machine that ray start has made one of it."
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(
            f"--ray {address}: give the HOST:PORT that ray start --head says, auto for a cluster that runs "
            "on this machine, or local for one of this machine alone."
        )
    try:
        with socket.create_connection((host.strip("[]"), int(port)), REACH) as connection:
            # behind TLS, whose keys are Ray's, nothing can be seen
            found = "" if os.environ.get("RAY_USE_TLS", "0") not in ("0", "") else _stranger(connection)
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise ConfigError(
            f"no Ray cluster can be reached at {address}: {reason}. ray start --head begins one and says its "
            "address; --ray local needs none."
        ) from error
    if found:
        raise ConfigError(
            f"no Ray cluster is at {address}: what listens there {found}. Give the address that ray start "
            "--head said (its port is 6379 unless --port said another), not that of its dashboard."
        )


def _stranger(connection: socket.socket) -> str:
    """Behavior of a server that does not speak HTTP/2; "" for one that does."""
    connection.settimeout(ANSWER)
    answer = b""
    try:
        connection.sendall(_HELLO)
        while len(answer) < _HEADER:
            part = connection.recv(256)
            if not part:
                break
            answer += part
    except TimeoutError:
        if not answer:
            return f"said nothing within {ANSWER:g} s"
    except OSError:
        pass
    if len(answer) >= _HEADER and answer[3] == _SETTINGS:
        return ""
    return f"answers {answer[:24]!r}" if answer else "hung up at once"
