"""`HOST[:PORT]/PREFIX?login=FILE&ca=FILE&discovery=PREFIX` of the sinks of MQTT, and who logs in."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hnhar.model.errors import ConfigError, PublishError
from hnhar.model.files import read_regular

from ..publish.addresses import parse_address

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
PREFIX: Final = "hnhar"
USER: Final = "HNHAR_MQTT_USER"
PASSWORD: Final = "HNHAR_MQTT_PASSWORD"
_OPTIONS: Final = ("login", "ca", "discovery")
_MOST_LOGIN: Final = 4096
"""bytes of a file with a user and a password."""
_SHAPE: Final = "HOST[:PORT]/PREFIX, such as mqtt:127.0.0.1/hnhar"


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """A broker, and how it is spoken to."""

    scheme: str
    """"mqtt" or "mqtts"."""
    host: str
    port: int
    prefix: str = PREFIX
    """Begin of every topic, without a closing slash."""
    discovery: str = "homeassistant"
    """Begin of Home Assistant's topics; "" where it is not told."""
    ca: str = ""
    """File of the certificate that vouches for the broker's; "" for those of the system."""
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def broker(self) -> str:
        """The broker for a person."""
        return f"{self.scheme}:{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def parse_mqtt(scheme: str, text: str, *, insecure: bool, environment: Mapping[str, str]) -> MqttAddress:
    """Take an address apart. Raises ConfigError, also where others could listen in without `insecure`."""
    where, _, query = text.partition("?")
    host, _, path = where.partition("/")
    if "@" in where:
        raise ConfigError(
            f"the sink {scheme}: takes no user or password in its address, which others see: write them on "
            f"two lines of a file and name it, {scheme}:HOST/PREFIX?login=FILE, or set {USER} and {PASSWORD}."
        )
    try:
        address = parse_address(f"tcp://{host}" if _has_port(host) else f"tcp://{host}:{PORTS[scheme]}")
    except PublishError as error:
        raise ConfigError(f"the sink '{scheme}:{text}' is no {scheme}:{_SHAPE}.") from error
    if not address.port or address.host == "*":
        raise ConfigError(f"the sink '{scheme}:{text}' names no broker: write {scheme}:{_SHAPE}.")
    if scheme == "mqtt" and not (address.local or insecure):
        raise ConfigError(
            f"the sink 'mqtt:{text}' would send to another machine, unprotected: write mqtts: where the "
            "broker speaks TLS, or add --insecure if the network is trusted."
        )
    options = _options(scheme, query)
    user, password = _login(options.get("login"), environment)
    discovery = options.get("discovery", "homeassistant")
    return MqttAddress(
        scheme,
        address.host,
        address.port,
        _topic(path, "prefix") if path.strip("/") else PREFIX,
        "" if discovery in ("", "off") else _topic(discovery, "discovery"),
        options.get("ca", ""),
        user,
        password,
    )


def level(name: str) -> str:
    """A name as one level of a topic: what MQTT forbids in one is written %XX."""
    return re.sub(r"[+#/%\x00-\x1f]", lambda found: f"%{ord(found[0]):02X}", name)


def _has_port(host: str) -> bool:
    return re.search(r":(?:\*|\d+)$", host) is not None and (not host.startswith("[") or "]:" in host)


def _options(scheme: str, query: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in query.split("&")] if query else []
    options = {name: value for name, _, value in pairs}
    if len(pairs) != len(options) or not options.keys() <= set(_OPTIONS):
        raise ConfigError(
            f"'?{query}' of the sink {scheme}: is none of {', '.join(f'{o}=' for o in _OPTIONS)}"
        )
    return options


def _login(path: str | None, environment: Mapping[str, str]) -> tuple[str, str]:
    """User and password: of the file where one is named, else of the environment. Raises ConfigError."""
    if path is None:
        return environment.get(USER, ""), environment.get(PASSWORD, "")
    try:
        lines = read_regular(os.path.expanduser(path), _MOST_LOGIN).decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text"
        raise ConfigError(f"login={path} cannot be read: {reason}.") from error
    if len(lines) != 2 or not lines[0]:
        raise ConfigError(f"login={path} must have two lines, the user and the password.")
    return lines[0], lines[1]


def _topic(text: str, what: str) -> str:
    bare = text.strip("/")
    if not bare or len(bare.encode()) > 256 or not bare.isprintable() or re.search(r"[+#]|^\$|//", bare):
        raise ConfigError(
            f"the {what} {text[:80]!r} of the sink cannot begin a topic: give 1 to 256 bytes of printable "
            "text without + and #, such as hnhar."
        )
    return bare
