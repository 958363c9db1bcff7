"""The doctor says what the stream does: over devices as labs have them, on LSL, in a file, and by rule."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ChannelError, RecordingError, SourceError
from hnhar.model.kinds.imu import imu
from hnhar.stream.intake.backend import Found
from hnhar.stream.intake.choice import choose
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.lsl.inlet import now
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.lsl.survey import matching, survey
from hnhar.stream.mapping.fitness import Fit, Surveyed, fit_of
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.mapping.selection import parse_selection, split_sensor
from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.feeds import recorded_feeds

from ..devices import CASES, Case, samples, with_prefix
from ..recordings.files import XdfStream, xdf

LIVE = (0, 2)
"""Cases that run on real LSL in every run; the others in the slow one."""


def ids(case: Case) -> str:
    return case.name


def surveyed(case: Case) -> list[Surveyed]:
    return [
        Surveyed(str(k), d, samples=samples(d), measured_rate=50.0, clock_offset=0.0, number=k + 1)
        for k, d in enumerate(case.streams)
    ]


def told(case: Case) -> Fit:
    """The doctor's answer."""
    found, selection = surveyed(case), parse_selection(case.asked)
    there = [s for s in found if selection.matches(s.description, s.number)]
    return fit_of(case.asked, there, found, imu(), "")


def check(case: Case, fit: Fit) -> None:
    if case.taken:
        assert fit.fits, fit.notes
        assert sorted(map(int, fit.streams)) == list(case.taken)
    else:
        assert not fit.fits
        assert case.words in fit.notes[0]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_doctor_knows_the_streams_of_every_device(case: Case) -> None:
    check(case, told(case))


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_choice_of_a_live_run_is_the_doctor_s(case: Case) -> None:
    fit, selection = told(case), parse_selection(case.asked)
    found = [Found(str(k), d) for k, d in enumerate(case.streams)]
    there = [f for f, k in zip(found, range(99), strict=False) if selection.matches(f.description, k + 1)]
    options = MappingOptions(sensor=split_sensor(case.asked)[1])
    refused = ""
    try:
        taken = choose(case.asked, there, imu(), beside=lambda _: found)
        map_streams(
            [f.description for f in taken], imu(), options, samples=[samples(f.description) for f in taken]
        )
    except (SourceError, ChannelError) as error:
        refused = str(error).replace(", or --pick newest", "")
    assert fit.fits is not bool(refused)
    if refused:
        assert refused == fit.notes[0]
    else:
        assert tuple(f.key for f in taken) == fit.streams


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_file_with_the_streams_is_read_or_refused_alike(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "it.xdf"
    path.write_bytes(xdf(*(recorded(d, k) for k, d in enumerate(case.streams))))
    refused = ""
    try:
        recording = open_recording(path, select={"imu": case.asked})
        recorded_feeds(recording, [imu()])
    except (RecordingError, ChannelError) as error:
        refused = str(error)
    assert bool(case.taken) is not bool(refused), refused
    if refused:
        assert case.words in refused
    else:
        assert [s.description for s in recording.of("imu")] == [case.streams[k] for k in case.taken]


def recorded(description: StreamDescription, seed: int) -> XdfStream:
    rows = samples(description, 100, seed)
    rate = description.nominal_rate
    return XdfStream(
        description.name,
        description.type,
        description.channels,
        [100.0 + k / rate for k in range(len(rows))],
        rows.tolist(),
        description.units,
        rate,
        description.source_id,
        hostname=description.hostname,
    )


class Verdict:
    """A sink that waits for samples of all feeds, or a refusal."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.feeds: set[str] = set()
        self.refused = ""

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        with self.changed:
            self.feeds.add(feed.name)
            self.changed.notify_all()

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        with self.changed:
            if state is StreamState.REFUSED:
                self.refused = note
            self.changed.notify_all()

    def wait(self, feeds: int) -> None:
        """Until samples of so many feeds came, or it was refused."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.refused or len(self.feeds) >= feeds, 20.0)


@contextmanager
def sending(case: Case) -> Iterator[None]:
    """All streams of a case on the network, each at its rate."""
    outlets = [(DataOutlet(d), samples(d, 4000), d.nominal_rate) for d in case.streams]
    end = threading.Event()

    def send() -> None:
        begun, sent = time.monotonic(), [0] * len(outlets)
        while not end.wait(0.02):
            for place, (outlet, rows, rate) in enumerate(outlets):
                due = int((time.monotonic() - begun) * rate)
                outlet.push(rows[sent[place] : due].astype(np.float32), 0.0)  # type: ignore[arg-type]
                sent[place] = due

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def live(case: Case, prefix: str) -> None:
    case = with_prefix(case, prefix)
    sink = Verdict()
    reader = SourceReader("p", imu(), case.asked, sink, now=now)
    with sending(case):
        found = survey(listen=0.6)
        mine = [s for s in found if s.description.name.startswith(prefix)]
        address = split_sensor(case.asked)[0]
        fit = fit_of(case.asked, matching(address, mine), mine, imu(), "")
        reader.start()
        try:
            sink.wait(max(len(case.taken), 1))
            taken = [s.description for s in reader.statuses(now()) if s.description is not None]
        finally:
            assert reader.stop(25.0)
    by_uid = {s.uid: replace(s.description, hostname="", manufacturer="") for s in mine}
    if case.taken:
        expected = sorted(map(str, (case.streams[k] for k in case.taken)))
        assert not sink.refused
        assert sorted(str(replace(d, hostname="", manufacturer="")) for d in taken) == expected
        assert sorted(str(by_uid[uid]) for uid in fit.streams) == expected
    else:
        assert not fit.fits
        assert case.words in sink.refused
        assert sink.refused.replace(", or --pick newest", "") == fit.notes[0]


@pytest.mark.lsl
@pytest.mark.parametrize("case", [CASES[k] for k in LIVE], ids=ids)
def test_the_stream_does_what_the_doctor_says(case: Case) -> None:
    live(case, f"a{CASES.index(case)}-")


@pytest.mark.lsl
@pytest.mark.slow
@pytest.mark.parametrize("case", [case for k, case in enumerate(CASES) if k not in LIVE], ids=ids)
def test_the_stream_does_what_the_doctor_says_of_all_devices(case: Case) -> None:
    live(case, f"b{CASES.index(case)}-")
