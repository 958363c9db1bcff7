"""Addresses of sources: `phone:[[HOST:]PORT][/NAME]`, and host and port of the others."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import ConfigError

PORT: Final = 8443
"""Of our page; Sensor Logger pushes to the one after it."""
# NAME may be written name=NAME too, as errors about several streams say it
_LISTEN: Final = re.compile(r"(?:(?:\[([0-9A-Fa-f:.]+)\]|([^:/\[\]\s]+)):)?(\d{1,5})?(?:[/,](.*))?")


@dataclass(frozen=True, slots=True)
class Listen:
    """Place where our server listens."""

    host: str = "127.0.0.1"
    port: int = PORT
    """0: any free one."""

    @property
    def open(self) -> bool:
        """True where other machines reach it."""
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True


def parse_listen(address: str, scheme: str = "phone") -> tuple[Listen, str]:
    """Where to listen, and the name of the phone that is meant; "" for the only one. Raises ConfigError."""
    match = _LISTEN.fullmatch(address.strip())
    if match is None:
        raise ConfigError(
            f"the source '{scheme}:{address}' is no {scheme}:[[HOST:]PORT][/NAME], such as {scheme}:, "
            f"{scheme}:{PORT}/anna or {scheme}:0.0.0.0:{PORT}."
        )
    host, port = match[1] or match[2] or "127.0.0.1", int(match[3] or PORT)
    if port > 65534:
        raise ConfigError(
            f"port {port} of '{scheme}:{address}' does not exist: ports go from 1 to 65534 here."
        )
    return Listen(host, port), (match[4] or "").strip().removeprefix("name=")
