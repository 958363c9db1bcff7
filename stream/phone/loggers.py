"""Phones that send Sensor Logger's messages, by whichever way they come."""

from typing import Final

from ..printable import printable
from . import sensor_logger
from .phones import PHONES, Identity, Phones

_NAME: Final = 64
TWICE: Final = "sent again"


class Loggers:
    """Messages of several phones and watches, each with what was found of its units."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones
        self._loggers: dict[str, tuple[str, sensor_logger.SensorLogger]] = {}
        """Device -> the session by which its units are told: between two the app's settings may change."""
        self._last: dict[str, tuple[str, int]] = {}
        """Device -> session and number of its last message."""

    def take(
        self, message: sensor_logger.Message, name: str, host: str, arrived: float, *, apple: bool = False
    ) -> str:
        """Hand on a message that came at `arrived`, s; "" where it was, else the reason why not.

        `name`: as its phone is called, "" where nobody says; `apple`: it is known to be of iOS.
        """
        turn = message.session, message.number
        if message.number >= 0 and self._last.get(message.device) == turn:
            return TWICE
        name = clean_name(name) or f"phone-{printable(message.device)[:6]}"
        for watch in (False, True):
            if watch and sensor_logger.WATCH not in message.items:
                continue
            key = f"{message.device}{'/watch' if watch else ''}"
            phone = self._phones.phone(
                Identity(key, f"{name} watch" if watch else name, "Sensor Logger", host)
            )
            if phone is None:
                return "one phone too many"
            if key not in self._loggers and len(self._loggers) >= 4 * PHONES:
                self._loggers.pop(next(iter(self._loggers)))
            session, logger = self._loggers.get(key, (None, None))
            if logger is None or session != message.session:
                logger = sensor_logger.SensorLogger(watch=watch, apple=apple)
                self._loggers[key] = message.session, logger
            found = logger.read(message)
            phone.note = logger.note
            phone.touch()
            phone.take(found, arrived)
        if len(self._last) >= 4 * PHONES:
            self._last.clear()
        self._last[message.device] = turn
        return ""


def clean_name(text: str) -> str:
    """A name that can be shown, and named in a source."""
    return " ".join(printable(text).replace("/", " ").replace(",", " ").split())[:_NAME]
