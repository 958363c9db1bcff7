"""The log of a command on stderr: lines for a person, or JSON lines for a collector."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

from ..printable import printable

FORMATS: Final = ("text", "json")
_CONTEXT: Final = ("wearer", "stream")
"""Keys of a line that name its subject, given as `extra` where it is logged."""


class TextLines(logging.Formatter):
    """`time LEVEL message`; what streams say of themselves cannot command the terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One line."""
        return printable(super().formatMessage(record))


class JsonFormatter(logging.Formatter):
    """A JSON object a line: `time` (UTC, ISO 8601), `level`, `logger`, `message`; `wearer`, `stream` and
    `exception` where there are some."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= {key: value for key in _CONTEXT if (value := getattr(record, key, None)) is not None}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str)


def logs_to(level: int, form: str = "text") -> None:
    """The package's log on stderr, from `level` on, in one of `FORMATS`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if form == "json" else TextLines())
    logger = logging.getLogger("hnhar")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def as_json() -> bool:
    """True if the log is JSON lines, so that nothing else may be written to stderr."""
    handlers = logging.getLogger("hnhar").handlers
    return any(isinstance(handler.formatter, JsonFormatter) for handler in handlers)
