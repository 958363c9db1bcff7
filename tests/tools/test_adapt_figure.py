"""The figure of a live session before and after adapting."""

from xml.etree import ElementTree

from tools.adapt_figure import Track, drawn
from tools.live_session import Live

from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.score import Recognized, match


def track(name: str, found: list[tuple[float, str]]) -> Track:
    performed = (Annotation(100.0, 2.0, "wave"), Annotation(110.0, 2.0, "clap"))
    events = [Recognized(onset, 2.0, label, 0.9) for onset, label in found]
    return Track(name, 98.0, performed, Live(match(performed, events), events, 10, 0, 0))


def test_the_figure_says_how_many_were_recognized_before_and_after_and_draws_each() -> None:
    wrong, right = [(100.0, "clap"), (110.0, "wave")], [(100.0, "wave"), (110.1, "clap")]
    tracks = [track("a", wrong), track("b", wrong), track("c", []), track("d", right)]
    text = drawn(tracks, "some<weights>", 70.0, 60.0)
    root = ElementTree.fromstring(text)
    words = " ".join(element.text or "" for element in root.iter())
    assert "as shipped: 0 of 2" in words
    assert "adapted: 2 of 2" in words
    assert "some<weights>" in words
    drawn_right = [e for e in root.iter() if e.get("fill") == "#2a8f4a" and e.get("rx")]
    assert len(drawn_right) == 2
