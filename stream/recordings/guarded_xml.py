"""XML from outside, element by element, within bounds: no entities of its own, nothing built in memory."""

from collections.abc import Callable, Iterable
from typing import Final
from xml.etree import ElementTree

from hnhar.model.errors import RecordingError

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


def walk_xml(blocks: Iterable[bytes], visitor: XmlVisitor) -> None:
    """Go over a text of XML. Raises RecordingError for what is none, or beyond the bounds."""
    target = _Target(visitor)
    parser = ElementTree.XMLParser(target=target)
    try:
        for block in blocks:
            parser.feed(block)
        parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RecordingError(f"it is no XML ({error})") from error


def blocks_of(read: Callable[[int], bytes]) -> Iterable[bytes]:
    """The content of a file, in blocks."""
    return iter(lambda: read(1 << 18), b"")


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
