"""An event is unknown where even its best windows are strange or doubtful; brief ends of it do not count."""

from dataclasses import replace

from hnhar.model.bundle.decision import Decision
from hnhar.model.bundle.novelty import EventNovelty, Novelty, Usual
from hnhar.stream.decide.decider import Decider
from hnhar.stream.decide.evidence import Evidence
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.score import match, recognized

from ..examples import LABELS, prediction

KNOWN = EventNovelty(3.0, 0.02, Usual(0.2, 0.1), Usual(0.1, 0.1))
NOVELTY = Novelty(1.0, 0.02, events=KNOWN)
SETTINGS = Decision(smoothing=0.0, enter=0.6, leave=0.4, minimum=0.0, refractory=0.0)
HOP = 0.25


def window(number: int, wave: float, strangeness: float | None, *other: str) -> Prediction:
    """A window of `wave`, whose rest is idle's, or another label's."""
    rest = other[0] if other else "idle"
    values = dict.fromkeys(LABELS, 0.0) | {"wave": wave, rest: 1.0 - wave}
    made = replace(prediction(end=100 + number * HOP), probabilities=values)
    return replace(made, coverage={"imu": 1.0}, strangeness=strangeness)


def decided(windows: list[Prediction], novelty: Novelty | None = NOVELTY) -> list[Event]:
    subject = Decider("p1", LABELS, "idle", SETTINGS, 3.0, lambda modalities: novelty)
    return [e for w in windows for e in subject.update(w)] + subject.finish()


def wave(strangeness: float | None, sure: float = 0.95) -> list[Prediction]:
    return [window(k, sure if 2 <= k < 10 else 0.0, strangeness) for k in range(14)]


def test_an_event_far_from_all_examples_is_unknown_and_its_offset_says_so() -> None:
    onset, offset = decided(wave(0.6))
    assert (onset.kind, onset.label, onset.unknown) == ("onset", "wave", False)
    assert (offset.kind, offset.label, offset.unknown) == ("offset", "wave", True)


def test_an_event_that_is_as_events_are_is_known() -> None:
    assert [e.unknown for e in decided(wave(0.2))] == [False, False]


def test_a_strange_window_at_either_end_does_not_count() -> None:
    windows = wave(0.2)
    windows[2], windows[9] = (replace(windows[k], strangeness=2.0) for k in (2, 9))
    assert not decided(windows)[1].unknown


def test_without_thresholds_or_examples_no_event_is_unknown() -> None:
    assert not any(e.unknown for e in decided(wave(0.9), None))
    assert not any(e.unknown for e in decided(wave(0.9), replace(NOVELTY, events=None)))
    assert not any(e.unknown for e in decided(wave(None)))


def test_the_modalities_of_most_windows_judge_an_event() -> None:
    evidence = Evidence("wave")
    assert evidence.settled() is None
    for number in range(5):
        evidence.add(window(number, 0.9, 0.1))
    evidence.add(replace(window(9, 0.9, 2.0), modalities=("imu",)))
    settled = evidence.settled()
    assert settled is not None
    assert settled.modalities == {"imu", "skeleton"}
    assert settled.strangeness == 0.1


def test_motion_without_an_activity_is_an_unknown_event_when_it_is_over() -> None:
    restless = [
        window(k, 0.5 if 3 <= k < 9 else 0.0, 0.5, *(["throw"] if 3 <= k < 9 else [])) for k in range(12)
    ]
    events = decided(restless)
    assert [(e.kind, e.label, e.unknown, e.decided) for e in events] == [
        ("onset", "unknown", True, 102.25),
        ("offset", "unknown", True, 102.25),
    ]
    assert (events[1].onset, events[1].duration, events[1].confidence) == (100.75, 1.25, 1.0)
    assert decided(restless, None) == []


def test_motion_that_becomes_an_activity_or_is_over_at_once_is_no_event_of_its_own() -> None:
    begins = [window(k, 0.5 if k < 6 else 0.95, 0.2, "throw") for k in range(9)]
    assert [e.label for e in decided(begins)] == ["wave", "wave"]
    brief = [window(k, 0.5 if 3 <= k < 6 else 0.0, 0.5, *(["throw"] if 3 <= k < 6 else [])) for k in range(9)]
    assert decided(brief) == []


def test_motion_that_goes_on_at_the_end_of_a_stream_is_told() -> None:
    assert [e.label for e in decided([window(k, 0.5, 0.5, "throw") for k in range(9)])] == ["unknown"] * 2


def test_an_unknown_event_is_named_so_and_is_no_recognition_of_anything() -> None:
    found = recognized(decided(wave(0.6)))
    assert [event.label for event in found] == ["unknown"]
    score = match([Annotation(100.5, 2.0, "wave")], found)
    assert (score.hits, len(score.misses), score.false_events) == ((), 1, ())
