"""`hnhar-stream --recording`: recognized as it would be live; events, predictions, a figure in files."""

import argparse
import importlib.util
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.labels import counted
from hnhar.model.modality import named_modalities

from ..config.config import check_hop
from ..decide.settings import place, settings
from ..engine.engine import Engine
from ..engine.recording_run import RecordingRun
from ..mapping.mounts import mounts_of
from ..messages import Event
from ..progress import progress_bars
from ..recordings import Annotation, Recording, open_recording
from ..recordings.drawn import lacking_note
from ..recordings.events_tsv import write_events
from ..recordings.exported import ExportedRun, ExportedStream
from ..recordings.exports import ExportTarget, export, parse_exports
from ..recordings.feeds import Feeds
from ..recordings.figure import WearerTrack, save_figure
from ..recordings.score import Recognized, recognized
from ..recordings.served import served
from ..sinks.collector import Collector
from ..sinks.recorder import Recorder
from .common import EXIT_BROKE_OFF, EXIT_ERROR, Stop, complain, stopping, warn
from .console import SafeConsole
from .default_weights import weights_of_recording
from .logs import logs_to
from .options.compute import load_weights, threads_of
from .options.reading import clock_of, columns_of
from .options.recorded import speed_of
from .options.sources import mapping_options, selection
from .options.values import split
from .out_folder import cleared, out_folder
from .summary import print_score, print_summary
from .unrecognized import dropped, mounted, nearly_all_missing, partly_there, reason

_log = logging.getLogger(__name__)

_REDRAW: Final = 0.1
"""s between two positions of the progress bar."""


def run_recording(arguments: argparse.Namespace) -> int:
    """Recognize a recording and write what was found; the exit code."""
    speed = _speed(arguments.speed or "max")
    arguments.weights = arguments.weights or weights_of_recording(arguments.recording)
    info = bundle.read_info(bundle.find(arguments.weights))
    info = replace(info, decision=settings(info, arguments.latency))
    check_hop(arguments.hop)
    out = out_folder(arguments.out)
    targets = parse_exports(arguments.export)
    console = SafeConsole()
    if arguments.latency is not None:
        console.say(place(info, arguments.latency), "dim")
    logs_to(logging.WARNING, arguments.log_format)
    with ExitStack() as stack:
        stop = stack.enter_context(stopping())
        with _interruptible(stop, "it was stopped before its end: nothing was recognized yet"):
            recording, feeds = read_recording(console, arguments, info)
            engine = _engine(console, arguments, info, recording)
        name = _name(arguments.recording, recording)
        lines = Path(arguments.record) if arguments.record else cleared(out / f"{name}.predictions.jsonl")
        # not before it can begin: a run that is stopped while it loads leaves no file without events
        recorder, kept = Recorder(lines), Collector()
        stack.callback(recorder.close)
        run = RecordingRun(engine, recording, feeds, speed=speed, sinks=[kept, recorder])
        try:
            with _progress(console, recording) as advance:
                whole = run.run(stop, advance)
        except Exception as error:
            _log.debug("the run broke off", exc_info=True)
            complain(f"recognition broke off: {error!r}. Please report this.")
            return EXIT_BROKE_OFF
        print_summary(console, run, "", [recorder])
        if recorder.lost:
            lost = counted(recorder.lost, "line")
            complain(f"{lost} could not be written to {lines}: {recorder.failed}")
        found = _write_events(console, out / name, recording, kept.events)
        comparison = cleared(out / f"{name}.comparison.tsv")
        if not whole:
            warn("it was stopped before its end, so it is not scored and no figure is drawn")
            return stop.code
        score = print_score(
            console,
            kept.events,
            recording.annotations,
            (),
            info=info,
            span=(recording.start, recording.end),
            unfinished=recording.unfinished,
            since="the recording's start",
            zero=recording.zero,
            file=comparison,
        )
        if score is not None:
            console.say(f"comparison: {comparison}")
        performed = tuple(a for a in recording.annotations if a.duration > 0 and a.label != info.idle)
        track = WearerTrack(
            recording.wearer,
            recording.start,
            recording.end,
            performed,
            found,
            tuple(kept.predictions),
            score,
            recording.zero,
        )
        _export(console, targets, arguments.recording, recording, feeds, performed, found, info)
        with _interruptible(stop, "it was stopped before its figure was drawn; all of it was recognized"):
            _draw(console, out / name, track, recording.name or recording.wearer)
    streams = () if run.status is None else run.status.streams
    if not kept.predictions:
        complain(reason(info, feeds, streams, run.counts()[1]))
        return EXIT_ERROR
    if nothing := nearly_all_missing(streams):
        complain(nothing)
        return EXIT_ERROR
    for note in (*partly_there(feeds), *dropped(streams), *mounted(streams)):
        warn(note)
    return EXIT_ERROR if recorder.lost else 0


@contextmanager
def _interruptible(stop: Stop, note: str) -> Iterator[None]:
    """Work that a signal ends at once, with a note on what was left undone."""
    try:
        with stop.interrupting():
            yield
    except (KeyboardInterrupt, SystemExit):
        warn(note)
        raise


def read_recording(
    console: SafeConsole, arguments: argparse.Namespace, info: BundleInfo
) -> tuple[Recording, Feeds]:
    """The recording, and its streams as the weights want them; warns of what was assumed.

    Raises RecordingError, and ChannelError where a stream does not fit.
    """
    recording = _open(console, arguments, info)
    options = mapping_options(arguments, finds=True)
    feeds, notes = served(recording, info, options)
    if arguments.only:
        named = [named_modalities(name, info.modalities) for name in split(arguments.only)]
        asked = {modality.name for meant in named for modality in meant}
        if not all(named) or not asked:
            known = " and ".join(modality.name for modality in info.modalities)
            raise ConfigError(f"--only {arguments.only}: {info.id} takes {known}.")
        feeds = [f for f in feeds if f.feed.modality in asked]
        if not feeds:
            raise RecordingError(f"--only {arguments.only}: the recording has no stream of it")
    for note in (*recording.notes, *notes):
        warn(note)
    return recording, feeds


def _open(console: SafeConsole, arguments: argparse.Namespace, info: BundleInfo) -> Recording:
    placement = arguments.placement or (info.placement.split() or ["wrist"])[-1]
    with console.status("reading the recording …"):
        return open_recording(
            arguments.recording,
            subject=arguments.subject,
            placement=placement,
            seed=arguments.seed,
            select=selection(arguments, info) or None,
            columns=columns_of(arguments),
            clock=clock_of(arguments),
            labels=arguments.labels,
            tier=arguments.tier,
        )


def _engine(
    console: SafeConsole, arguments: argparse.Namespace, info: BundleInfo, recording: Recording
) -> Engine:
    with console.status("loading the weights …"):
        path = bundle.find(arguments.weights)
        runtime = load_weights(arguments, path, threads_of(arguments)).runtime
    mounts = mounts_of({recording.wearer: info}, {recording.wearer: mapping_options(arguments, finds=True)})
    return Engine(runtime, info, [recording.wearer], hop=arguments.hop, mounts=mounts)


@contextmanager
def _progress(console: SafeConsole, recording: Recording) -> Iterator[Callable[[float], None]]:
    """A progress bar; gives what moves it to a position of the recording, s."""
    drawn, length = float("-inf"), recording.end - recording.start
    with progress_bars(console, unit="s", transient=True) as progress:
        task = progress.add_task(recording.name or recording.wearer, total=length, note="")

        def advance(position: float) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= _REDRAW:
                drawn = now
                progress.update(task, completed=position - recording.start)

        yield advance


def _write_events(
    console: SafeConsole, stem: Path, recording: Recording, events: list[Event]
) -> tuple[Recognized, ...]:
    """Write the table of events; returns its events, on the recording's clock."""
    found = recognized(events, end=recording.end)
    table = stem.with_name(f"{stem.name}.events.tsv")
    write_events(table, [replace(event, onset=event.onset - recording.zero) for event in found])
    console.say(f"events: {table}")
    return tuple(found)


def _export(
    console: SafeConsole,
    targets: Sequence[ExportTarget],
    path: str,
    recording: Recording,
    feeds: Feeds,
    performed: Sequence[Annotation],
    found: Sequence[Recognized],
    info: BundleInfo,
) -> None:
    """Write what `--export` names."""
    if not targets:
        return
    modalities = {modality.name: modality for modality in info.modalities}
    streams = []
    for recorded in feeds:
        modality = modalities[recorded.feed.modality]
        streams.append(
            ExportedStream(
                recorded.feed.name,
                tuple(modality.channels[k] for k in recorded.feed.columns),
                tuple(modality.units[k] for k in recorded.feed.columns),
                recorded.times,
                recorded.samples,
                modality.placement or _placement(recording, modality.kind),
            )
        )
    run = ExportedRun(
        _name(path, recording),
        recording.wearer,
        recording.zero,
        tuple(streams),
        tuple(performed),
        tuple(found),
        info.id,
    )
    for target in targets:
        console.say(f"{target.kind}: {export(run, target)}")


def _placement(recording: Recording, kind: str) -> str:
    """Place where a recording's streams of a kind were worn, as they say; "" where they do not."""
    return next((s.description.placement for s in recording.of(kind) if s.description.placement), "")


def _draw(console: SafeConsole, stem: Path, track: WearerTrack, title: str) -> None:
    """The figure, where matplotlib is there."""
    if importlib.util.find_spec("matplotlib") is None:
        warn("no figure was drawn: pip install 'hnhar[figures]'")
        return
    picture = stem.with_name(f"{stem.name}.png")
    with console.status("drawing …"):
        lacking = save_figure([track], picture, title=title)
    if lacking:
        warn(lacking_note(lacking))
    console.say(f"figure: {picture}")


def _speed(text: str) -> float | None:
    """Recording seconds per second; None as fast as it goes."""
    if text == "max":
        return None
    try:
        return speed_of(text)
    except argparse.ArgumentTypeError as error:
        raise ConfigError(f"--speed {error}.") from error


def _name(path: str, recording: Recording) -> str:
    """Stem of the files that are written: the recording's, with the subject where it was composed."""
    if path == "synthetic" or Path(path).is_dir():
        folder = Path(path).resolve().name
        return folder if recording.wearer == folder else f"{folder}-{recording.wearer}"
    return Path(path).stem
