"""Meanings that a user gives to markers: `1=walk/start,2=walk/stop`, for triggers that are numbers."""

from collections.abc import Mapping

from hnhar.model.errors import RecordingError


def parse_map(text: str) -> dict[str, str]:
    """Marker -> its meaning. Raises RecordingError for what is no map, or gives a marker two meanings."""
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        marker, equals, meaning = (piece.strip() for piece in part.partition("="))
        if not marker or not equals or not meaning:
            raise RecordingError(
                f"'{part}' in the map of markers is no MARKER=MEANING: write for instance "
                "1=walk/start,2=walk/stop"
            )
        key = _key(marker)
        if key in found:
            raise RecordingError(f"the map of markers gives '{marker}' two meanings: give it one")
        found[key] = meaning
    return found


def meaning(text: str, meanings: Mapping[str, str]) -> str:
    """Meaning of a marker, of which 1 is the same as 1.0; the marker itself where none is given."""
    return meanings.get(_key(text), text) if meanings else text


def _key(text: str) -> str:
    text = " ".join(text.split())
    try:
        return f"{float(text):.17g}"
    except ValueError:
        return text
