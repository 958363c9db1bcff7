"""Which windows of a recording teach an activity, and which teach what it is not."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.classifier import Classified
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.messages import Window
from hnhar.stream.recordings import Annotation, Recording, enrolling
from hnhar.stream.recordings.enrolling import (
    MOST_OTHERS,
    NONE,
    WHOLE,
    Span,
    annotated,
    checked,
    examples,
    parse_segments,
)
from hnhar.stream.recordings.feeds import Feeds, RecordedFeed, recorded_feeds, windows_of
from hnhar.stream.windows.windower import Windower
from hnhar.train.synthesis.performer import perform

from .session_xdf import SHIFT, write_session


@pytest.fixture(scope="module")
def session() -> Recording:
    return perform(seed=4, person=30, actions=["wave", "clap"], repetitions=2)


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime(*load(find(DEFAULT)))


def test_windows_that_hold_most_of_a_performance_are_its_examples(
    session: Recording, runtime: Runtime
) -> None:
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    spans = annotated("wave", session)
    found = examples(feeds, runtime.info, runtime, spans)
    assert set(found.performance) == {0, 1}
    assert found.vectors.shape[1:] == (2, found.others.shape[2])
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=2), 1.0, atol=1e-5)
    lasting = sum(span.end - span.start for span in spans)
    assert len(found.vectors) < 4 * (lasting + 2 * 3.0)
    everything = (session.end - session.start) / runtime.info.hop
    assert 0.4 * everything < len(found.vectors) + len(found.others) < everything


def test_a_recording_of_one_modality_gives_examples_of_it_alone(session: Recording, runtime: Runtime) -> None:
    feeds, _ = recorded_feeds(session, runtime.info.modalities[:1])
    found = examples(feeds, runtime.info, runtime, annotated("clap", session))
    assert found.vectors[:, 0].any()
    assert not found.vectors[:, 1].any()


def test_a_performance_before_the_first_window_gives_nothing(session: Recording, runtime: Runtime) -> None:
    feeds, _ = recorded_feeds(session, runtime.info.modalities)
    with pytest.raises(RecordingError, match="none of the 1 performances"):
        examples(feeds, runtime.info, runtime, [Span(session.start - 9.0, session.start - 8.0)])


class Means:
    """In the place of a runtime: a window's embedding is the mean of each channel."""

    def classify(self, windows: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        assert 0 < len(windows) <= 64
        means = [np.concatenate([w["imu"].mean(axis=0), w["skeleton"].mean(axis=0)[:6]]) for w in windows]
        return Classified(
            np.zeros((len(windows), 0), np.float32), np.array(means, np.float32), np.zeros(len(windows)), ()
        )


MEANS = Means()


def longer(recording: Recording, runtime: Runtime, times: int) -> Feeds:
    """Its feeds, performed again and again."""
    feeds, _ = recorded_feeds(recording, runtime.info.modalities)
    length = recording.end - recording.start
    return [
        RecordedFeed(
            f.feed,
            np.concatenate([f.times + k * length for k in range(times)]),
            np.concatenate([f.samples] * times),
        )
        for f in feeds
    ]


@pytest.mark.parametrize("most", [MOST_OTHERS, 40, 7])
def test_the_others_are_an_even_stride_over_all_windows_without_the_activity(
    session: Recording, runtime: Runtime, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    info, spans = runtime.info, annotated("wave", session)
    monkeypatch.setattr(enrolling, "MOST_OTHERS", most)

    def held(window: Window) -> float:
        overlaps = [min(window.end, s.end) - max(window.start, s.start) for s in spans]
        lengths = [min(info.window, s.end - s.start) for s in spans]
        return max(max(o, 0.0) / length for o, length in zip(overlaps, lengths, strict=True))

    windows = list(windows_of(session, info.modalities, window=info.window, hop=info.hop))
    mine = [w for w in windows if held(w) >= WHOLE]
    others = [w for w in windows if held(w) <= NONE]
    assert 40 < len(others) < MOST_OTHERS
    if len(others) > most:
        others = [others[i] for i in np.linspace(0, len(others) - 1, most).astype(int)]
    feeds, _ = recorded_feeds(session, info.modalities)
    found = examples(feeds, info, MEANS, spans)
    for vectors, expected in ((found.vectors, mine), (found.others, others)):
        parts = [MEANS.classify([w.samples]).embeddings for w in expected]
        raw = np.concatenate(parts).reshape(len(parts), 2, 6)
        np.testing.assert_allclose(vectors, raw / np.linalg.norm(raw, axis=2, keepdims=True), atol=1e-6)


def test_however_long_a_recording_is_no_more_than_some_batches_of_its_windows_are_held(
    session: Recording, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = Windower.due
    made = held = most = 0

    def gone() -> None:
        nonlocal held
        held -= 1

    def due(windower: Windower, now: float | None = None) -> list[Window]:
        nonlocal made, held, most
        windows = cut(windower, now)
        for window in windows:
            weakref.finalize(window.samples["imu"], gone)
        made, held = made + len(windows), held + len(windows)
        most = max(most, held)
        return windows

    monkeypatch.setattr(Windower, "due", due)
    found = examples(longer(session, runtime, 6), runtime.info, MEANS, annotated("wave", session))
    assert len(found.others) > 500
    assert made > len(found.others)
    assert most < 3 * 64


def test_segments_count_from_the_start_of_the_recording(session: Recording) -> None:
    found = parse_segments("12-14.5, 2.25-4", session)
    assert found == [
        Span(session.start + 2.25, session.start + 4),
        Span(session.start + 12, session.start + 14.5),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12", "'12' is no segment"),
        ("5-4", "'5-4' is no segment"),
        ("a-b", "'a-b' is no segment"),
        ("1-nan", "'1-nan' is no segment"),
        ("1-2,1.5-3", "overlaps"),
        ("1-1.1", "shorter than 0.3"),
        ("1-99999", "outside of the recording"),
        ("", "no performance was named"),
    ],
)
def test_segments_that_cannot_be_are_refused(session: Recording, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_segments(text, session)


def test_a_label_that_is_not_annotated_is_refused_with_those_that_are(session: Recording) -> None:
    with pytest.raises(ConfigError, match=r"no annotation 'dance'.*clap, wave"):
        annotated("dance", session)


def test_performances_are_put_in_order(session: Recording) -> None:
    early, late = Span(session.start + 1, session.start + 2), Span(session.start + 3, session.start + 4)
    assert checked([late, early], session) == [early, late]


def test_the_written_session_is_read_as_it_was(session: Recording, tmp_path: Path) -> None:
    from hnhar.stream.recordings import open_recording

    read = open_recording(write_session(tmp_path / "a.xdf", session))
    for mine, theirs in zip(session.streams, read.streams, strict=True):
        np.testing.assert_array_equal(mine.samples, theirs.samples)
        np.testing.assert_allclose(mine.timestamps + SHIFT, theirs.timestamps, atol=1e-9)
        assert mine.description.channels == theirs.description.channels
        assert (mine.modality, mine.description.placement) == (theirs.modality, theirs.description.placement)
    assert [a.label for a in read.annotations] == [a.label for a in session.annotations]
    assert read.annotations[0].duration == pytest.approx(session.annotations[0].duration, abs=1e-6)


def test_of_thousands_of_labels_an_error_names_some_and_says_how_many_there_are(session: Recording) -> None:
    labels = tuple(Annotation(float(k), 1.0, f"label {k:04d}") for k in range(3000))
    with pytest.raises(ConfigError, match=r"it has: label 0000, .* and 2,980 more\. With") as refused:
        annotated("wave", replace(session, annotations=labels))
    assert len(str(refused.value)) < 500
