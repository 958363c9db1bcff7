"""Door of everything here that a browser may reach: who is let in, by Host, Origin and token.

A page of any site may send requests to this machine, and open websockets to it; a browser says in `Origin`
whose page it is, and in `Host` under which name it looked for us. A name of theirs that was led to our
address (DNS rebinding) shows as a Host that is none of ours.
"""

import hmac
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hnhar.model.errors import ConfigError
from hnhar.model.files import read_regular

SHORTEST: Final = 16
"""Letters of a token, at least."""
LONGEST: Final = 256
_TOKEN: Final = re.compile(rf"[A-Za-z0-9._~-]{{{SHORTEST},{LONGEST}}}")


@dataclass(frozen=True, slots=True)
class Knock:
    """Request as far as the door looks at it."""

    hosts: tuple[str, ...]
    """Every Host header: one, of an honest client."""
    origins: tuple[str, ...] = ()
    """Every Origin header: none of a program that is no browser."""
    token: str = ""
    site: str = ""
    """Sec-Fetch-Site, by which a browser says whether the page is of another site."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason for which a request is not served."""

    status: int
    """Of HTTP: 401 for the token, 403 for all else."""
    reason: str


@dataclass(frozen=True, slots=True)
class Door:
    """Rule by which requests are let in."""

    token: str = ""
    """"": nobody needs one."""
    local: bool = True
    """Only this machine reaches it."""
    neighbors: bool = False
    """Pages of other servers on this machine may come in, such as one under development."""
    origins: frozenset[str] = frozenset()
    """Further origins of pages, "https://lab.example"."""

    def refusal(self, knock: Knock) -> Refusal | None:
        """The reason not to let it in; None: it may come in."""
        host = _host_of(knock.hosts[0]) if len(knock.hosts) == 1 else None
        if host is None or not self._is_ours(host):
            return Refusal(403, "the address in Host is none of this server")
        if len(knock.origins) > 1 or (knock.origins and not self._may(knock.origins[0], knock.hosts[0])):
            return Refusal(403, "pages of another origin may not read this")
        if not knock.origins and knock.site in ("cross-site", "same-site") and not self.neighbors:
            return Refusal(403, "pages of another site may not read this")
        if self.token and not hmac.compare_digest(knock.token.encode(), self.token.encode()):
            return Refusal(401, "the token is missing or wrong")
        return None

    def _is_ours(self, host: str) -> bool:
        if host == "localhost" or _loopback(host):
            return True
        if self.local:
            return False
        listed = {_host_of(urlsplit(origin).netloc) for origin in self.origins}
        # a number is no name that somebody could lead here
        return _is_number(host) or host in own_names() or host in listed

    def _may(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
            named = parts.hostname or ""
        except ValueError:
            return False
        if origin in self.origins:
            return True
        if parts.scheme not in ("http", "https"):
            return False
        if parts.netloc.lower() == host.lower():
            return True
        return self.neighbors and self.local and (named == "localhost" or _loopback(named))


def own_names() -> frozenset[str]:
    """Names under which other machines may look for this one."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return frozenset({name, short, f"{short}.local"})


def check_origins(origins: Sequence[str], where: str) -> frozenset[str]:
    """Origins as a browser writes them. Raises ConfigError for what is none."""
    for origin in origins:
        if re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", origin) is None:
            raise ConfigError(f"{where}: the origin {origin!r} is none, such as https://lab.example:8443.")
    return frozenset(origins)


def token_of(path: str | Path, where: str) -> str:
    """The token in a file, which is made, for its owner only, where it is not there.

    Raises ConfigError where it cannot be read or made, or holds no token.
    """
    path = Path(path).expanduser()
    try:
        if not path.exists():
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w") as file:
                file.write(secrets.token_urlsafe(24) + "\n")
        text = read_regular(path, 4 * LONGEST).decode("ascii", "replace").strip()
    except OSError as error:
        raise ConfigError(
            f"{where}: the token's file {path} cannot be used: {error.strerror or error}."
        ) from error
    if _TOKEN.fullmatch(text) is None:
        raise ConfigError(
            f"{where}: {path} holds no token: write {SHORTEST} to {LONGEST} letters, digits, '.', '_', '~' "
            "or '-' into it, or delete it and one is made."
        )
    return text


def _host_of(text: str) -> str | None:
    """Name or number of HOST or HOST:PORT, in small letters; None for what is none."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/@\[\]]+))(?::\d{1,5})?", text)
    return (found[1] or found[2]).lower().rstrip(".") if found else None


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _loopback(host: str) -> bool:
    return _is_number(host) and ipaddress.ip_address(host).is_loopback
