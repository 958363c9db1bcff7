"""`hnhar-stream` on live streams: everything is put together here, watched, and taken apart again."""

import argparse
import logging
import math
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, PublishError

from ..config.config import ADDRESS, StreamConfig
from ..decide.settings import place
from ..engine.dispatch import Times
from ..engine.engine import Engine
from ..engine.pipeline import Pipeline
from ..engine.turns import BATCH
from ..flow.shifts import Shifts
from ..mapping.mounts import mounts_of
from ..publish.publisher import Publisher
from ..sinks.collector import Collector
from ..sinks.context import NamedWeights, SinkContext
from ..sinks.lines import LogLines
from .common import EXIT_BROKE_OFF, EXIT_ERROR, Stop, complain, stopping, warn
from .console import SafeConsole
from .demo import MARKERS, Performer, isolate
from .display import DashboardSink, shown
from .handles import ensure_handles
from .live_engine import live_engine
from .live_inputs import add_readers, camera_notes, check_sources, marker_reader
from .live_sinks import asked_sinks, opened_sinks
from .live_weights import ChosenWeights, chosen_weights, served
from .logs import logs_to
from .memory import gather_pages, limit_arenas, loaded_set_aside
from .options.compute import load_weights, threads_of
from .options.network import configure_lsl
from .summary import Reasons, print_score, print_summary
from .systemd import Notifier
from .unrecognized import mounted, refused

if TYPE_CHECKING:
    from ..lsl.markers import MarkerReader

AFTER: Final = 1.0
"""s that a demonstration goes on after its performer has ended."""
_LOOK: Final = 0.5
"""s between two looks whether it is over, at most: each wakes a thread whose data is in no cache."""


def run_live(arguments: argparse.Namespace, config: StreamConfig) -> int:
    """Recognize until stopped; the exit code."""
    limit_arenas()
    weights = _checked(arguments, config)
    info = weights.shared.info
    markers = marker_reader(arguments)
    console = SafeConsole()
    if config.latency is not None:
        console.say(place(info, config.latency), "dim")
    draws = console.draws and not arguments.no_dashboard
    logs_to(logging.WARNING if draws else logging.INFO, arguments.log_format)
    with ExitStack() as stack:
        stop = stack.enter_context(stopping())
        notifier = stack.enter_context(closing(Notifier()))
        publisher = stack.enter_context(closing(_publisher(config, arguments)))
        with opened_sinks(
            asked_sinks(arguments, config), _context(arguments, config, weights, publisher)
        ) as sinks:
            if not draws:
                console.say(f"publishing on {publisher.address}")
            if not draws or arguments.page:
                sinks.announce(console)
            with stop.interrupting():
                engine, times = _engine(console, weights, config, arguments)
            kept, reasons = Collector(predictions=False), Reasons()
            scored = [kept] if markers is not None else []
            pipeline = Pipeline(engine, times, publisher=publisher, sinks=[reasons, *scored, *sinks.guarded])
            readers = add_readers(pipeline, config, weights, arguments.pick)
            performer = stack.enter_context(Performer(arguments)) if arguments.demo else None
            stack.enter_context(loaded_set_aside())
            gather_pages()
            with shown(draws, console, publisher.address, stop) as display:
                pipeline.sinks.append(display)
                # what a sink keeps is made whole, whether or not somebody reads the lines beside it
                lines = display if not (config.record or config.sinks) else None
                ending = Ending(stop, arguments.duration, performer, lines)
                ended = _recognize(pipeline, ending, notifier, markers, display, publisher.address)
        if pipeline.error is not None:
            complain(f"recognition broke off: {pipeline.error!r}. Please report this.")
            return EXIT_BROKE_OFF
        print_summary(console, pipeline, publisher.address, sinks.recorders, reasons.last)
        sinks.warn_of_missed()
        for note in mounted(
            pipeline.status.streams if pipeline.status else (), wearers=len(config.wearer) > 1
        ):
            warn(note)
        if markers is not None:
            shifts = [shift for reader in readers for shift in reader.shifts.values()]
            _compare(console, kept, markers, shifts, weights.of(config.wearer[0].id).info, config.record)
        if arguments.demo:
            console.say(
                "A demonstration: performer and weights share a generator, so this measures no accuracy.",
                "dim",
            )
        if not ended:
            warn("a stream's reader did not end in time and was left behind")
        nothing = "" if pipeline.meter.predictions else refused(list(reasons.last.values()))
        if nothing and not stop.is_set():  # who stops it ends what waits for a better stream
            complain(nothing)
            return EXIT_ERROR
    return 0


@dataclass(frozen=True, slots=True)
class Ending:
    """Ends of a live run, other than its failure."""

    stop: Stop
    """Set by Ctrl-C, SIGTERM and the key q."""
    duration: float | None
    """s; None: for as long as nothing else ends it."""
    performer: Performer | None
    """Of a demonstration, which is over soon after its performer has ended."""
    display: DashboardSink | LogLines | None
    """Lines that nobody reads any longer; None where the run is worth while without them."""


def _checked(arguments: argparse.Namespace, config: StreamConfig) -> ChosenWeights:
    """Weights, their descriptions, and the settings of decisions; refuses here, before anything is opened,
    all that can be refused. Raises HnharError."""
    if arguments.demo:
        isolate(arguments)
        arguments.markers = arguments.markers or MARKERS
    if arguments.duration is not None and not arguments.duration > 0:
        raise ConfigError(f"--duration {arguments.duration:g} would end at once: give seconds above 0.")
    weights = chosen_weights(config)
    if arguments.weights is not None and all(wearer.weights is not None for wearer in config.wearer):
        warn(f"--weights {arguments.weights} recognizes nobody: each wearer has weights of their own")
    infos = {wearer.id: weights.of(wearer.id).info for wearer in config.wearer}
    notes = [camera_notes(wearer.sources, wearer.options, infos[wearer.id]) for wearer in config.wearer]
    for note in dict.fromkeys(chain.from_iterable(notes)):
        warn(note)
    mounts_of(infos, {wearer.id: wearer.options for wearer in config.wearer})
    configure_lsl(arguments)
    ensure_handles(sum(len(check_sources(w.sources, weights.of(w.id).info)) for w in config.wearer))
    return weights


def _context(
    arguments: argparse.Namespace, config: StreamConfig, weights: ChosenWeights, publisher: Publisher
) -> SinkContext:
    wearers = tuple(wearer.id for wearer in config.wearer)
    info = weights.shared.info
    personal = {w: NamedWeights(c.info.id, c.info.labels) for w, c in weights.personal.items()}
    return SinkContext(publisher.id, info.id, info.labels, wearers, arguments.insecure, personal)


def _publisher(config: StreamConfig, arguments: argparse.Namespace) -> Publisher:
    try:
        return Publisher(
            config.publish,
            topic_prefix=config.topic_prefix,
            insecure=arguments.insecure,
            curve_keys=config.curve_keys,
            wearers=len(config.wearer),
        )
    except PublishError as error:
        if not arguments.demo or arguments.publish is not None:
            raise
        warn(f"{error}: the demonstration takes a free port instead")
        free = ADDRESS.rpartition(":")[0] + ":0"
        return Publisher(free, topic_prefix=config.topic_prefix, curve_keys=config.curve_keys)


def _engine(
    console: SafeConsole, weights: ChosenWeights, config: StreamConfig, arguments: argparse.Namespace
) -> tuple[Engine, Times]:
    """The engine and its clocks: the network is loaded here, and its encoders run once in every size of
    batch, before any stream is opened."""
    with console.status("loading the weights …"):
        from ..lsl.inlet import now

        wearers = len(config.wearer)
        load = partial(load_weights, arguments, threads=threads_of(arguments, wearers=wearers))
        shared, personal = served(weights, load, min(wearers, BATCH))
    engine = live_engine(config, shared, personal)
    return engine, Times(now, lambda: time.time_ns() - round(now() * 1e9))


def _recognize(
    pipeline: Pipeline,
    ending: Ending,
    notifier: Notifier,
    markers: "MarkerReader | None",
    display: DashboardSink | LogLines,
    address: str,
) -> bool:
    """Run the pipeline until it is over; True if all readers of streams ended in time."""
    pipeline.start()
    if markers is not None:
        markers.start(display.tell if isinstance(display, DashboardSink) else None)
    try:
        notifier.ready(f"publishing on {address}")
        _wait(pipeline, ending, notifier)
    finally:
        notifier.stopping()
        ended = pipeline.stop()
        if markers is not None:
            markers.stop()
    return ended


def _wait(pipeline: Pipeline, ending: Ending, notifier: Notifier) -> None:
    """Until one of the ends comes, or the work breaks off."""
    lasts = math.inf if ending.performer is not None or ending.duration is None else ending.duration
    end = time.monotonic() + lasts
    over: float | None = None
    look = min(_LOOK, notifier.interval or _LOOK)
    while not ending.stop.wait(max(0.0, min(look, end - time.monotonic()))):
        now = time.monotonic()
        notifier.alive(pipeline.passes, now)
        if pipeline.ended.is_set() or (isinstance(ending.display, LogLines) and ending.display.broken):
            return
        if ending.performer is None:
            if now >= end:
                return
        elif over is None:
            over = now if ending.performer.over else None
        elif now - over >= AFTER:
            return


def _compare(
    console: SafeConsole,
    kept: Collector,
    markers: "MarkerReader",
    shifts: Sequence[Shifts],
    info: BundleInfo,
    record: str | None,
) -> None:
    """Print marked activities beside recognized ones; with `--record` also into a file beside the record."""
    if not markers.found.is_set():
        why = markers.problem or f"no marker stream '{markers.source}' was found"
        warn(f"{why}, so there is nothing to compare with")
        return
    begin = kept.span[0] if kept.span else 0.0
    marked = markers.annotations(begin, shifts)
    print_score(
        console,
        kept.events,
        marked.annotations,
        marked.notes,
        info=info,
        span=kept.span,
        unfinished=marked.unfinished,
        since=f"the session's start, {begin:.2f} s on LSL's clock, by which predictions and events count",
        file=Path(record).with_suffix(".comparison.tsv") if record is not None else None,
    )
