"""XML from outside, element by element, within bounds: no entities of its own, nothing built in memory."""

from functools import partial
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular

DEEPEST: Final = 64
"""Elements within each other."""
LONGEST: Final = 4 << 20
"""Letters of the text of one element."""

Attributes = dict[str, str]


class XmlVisitor:
    """Callbacks of a walk over a text of XML; names have no namespace."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str, text: str) -> None:
        """An element ends; `text` is its own, in front of any element inside."""


class _Target:
    def __init__(self, visitor: XmlVisitor) -> None:
        self._visitor = visitor
        self._depth = 0
        self._text: list[str] = []
        self._letters = 0

    def doctype(self, *_: object) -> None:
        raise RecordingError("it declares a document type, which such files do not")

    def start(self, tag: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise RecordingError(f"its elements lie more than {DEEPEST} deep in each other")
        self._clear()
        self._visitor.start(_plain(tag), attributes)

    def data(self, text: str) -> None:
        self._letters += len(text)
        if self._letters > LONGEST:
            raise RecordingError(f"an element has more than {LONGEST:,} letters")
        self._text.append(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        text = "".join(self._text)
        self._clear()
        self._visitor.end(_plain(tag), text)

    def close(self) -> None:
        """Nothing is left to do."""

    def _clear(self) -> None:
        self._text.clear()
        self._letters = 0


def read_xml(path: Path, largest: int, visitor: XmlVisitor) -> None:
    """Go over a file of XML of at most `largest` bytes. Raises RecordingError, with its path and the reason,
    for what cannot be read, is none, or lies beyond the bounds."""
    parser = ElementTree.XMLParser(target=_Target(visitor))
    try:
        with open_regular(path, largest) as file:
            for block in iter(partial(file.read, 1 << 18), b""):
                parser.feed(block)
        parser.close()
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RecordingError(f"{path}: it is no XML ({error})") from error


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
