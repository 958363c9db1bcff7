"""`hnhar-stream` on live streams: everything is put together here, watched, and taken apart again."""

import argparse
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError, PublishError

from ..config import ADDRESS, StreamConfig
from ..dashboard.live import LiveDashboard
from ..dashboard.state import DashboardState
from ..decide.settings import place, settings
from ..engine.dispatch import Times
from ..engine.engine import Engine
from ..engine.inbox import InboxSink
from ..engine.pipeline import Pipeline
from ..messages import Message
from ..publish.publisher import Publisher
from ..sinks.outputs import Collector, LogLines, LslOutlets, Recorder
from ..sinks.prometheus import Metrics
from .common import (
    EXIT_BROKE_OFF,
    Stop,
    complain,
    stopping,
    warn,
)
from .console import SafeConsole
from .demo import MARKERS, Performer, isolate
from .handles import ensure_handles
from .logs import logs_to
from .options.compute import threads_of
from .options.network import configure_lsl
from .summary import Reasons, print_score, print_summary
from .systemd import Notifier

if TYPE_CHECKING:
    from ..lsl.markers import MarkerReader

AFTER: Final = 1.0
"""s that a demonstration goes on after its performer has ended."""
_LOOK: Final = 0.1
"""s between two looks whether it is over."""


class DashboardOutput:
    """The dashboard as an output of the pipeline."""

    def __init__(self, dashboard: LiveDashboard) -> None:
        self._dashboard = dashboard

    def take(self, message: Message) -> None:
        """Show it."""
        self._dashboard.feed(message)

    def tell(self, text: str) -> None:
        """Show how the marker stream stands."""
        self._dashboard.set_markers(text)


def run_live(arguments: argparse.Namespace, config: StreamConfig) -> int:
    """Recognize until stopped; the exit code."""
    if arguments.demo:
        isolate(arguments)
        arguments.markers = arguments.markers or MARKERS
    if arguments.duration is not None and not arguments.duration > 0:
        raise ConfigError(f"--duration {arguments.duration:g} would end at once: give seconds above 0.")
    weights = bundle.find(config.weights)
    info = bundle.read_info(weights)
    decision = settings(info, config.latency, config.decision)
    configure_lsl(arguments)
    _check_sources(config, info)
    markers = _markers(arguments)
    ensure_handles(sum(len(wearer.sources) for wearer in config.wearer))
    console = SafeConsole()
    if config.latency is not None:
        console.print(place(info, config.latency), style="dim", markup=False, highlight=False, soft_wrap=True)
    shows = console.draws and not arguments.no_dashboard
    logs_to(logging.WARNING if shows else logging.INFO, arguments.log_format)
    with ExitStack() as stack:
        stop = stack.enter_context(stopping())
        notifier = Notifier()
        stack.callback(notifier.close)
        publisher = _publisher(config, arguments)
        stack.callback(publisher.close)
        metrics = Metrics(arguments.metrics, insecure=arguments.insecure) if arguments.metrics else None
        if metrics is not None:
            stack.callback(metrics.close)
        recorder = Recorder(config.record, publisher.id) if config.record else None
        if recorder is not None:
            stack.callback(recorder.close)
        if not shows:
            console.print(f"publishing on {publisher.address}", highlight=False, markup=False)
            if metrics is not None:
                console.print(f"metrics on {metrics.url}", highlight=False, markup=False)
        with stop.interrupting():
            engine, times = _engine(console, weights, config, decision, threads_of(arguments))
        kept, reasons = Collector(predictions=False), Reasons()
        pipeline = Pipeline(engine, times, publisher=publisher)
        outputs = pipeline.outputs
        outputs.append(reasons)
        outputs += [kept] if arguments.markers is not None else []
        outputs += [output for output in (recorder, metrics) if output is not None]
        outputs += (
            [LslOutlets([w.id for w in config.wearer], info.labels, info.id)] if arguments.lsl_out else []
        )
        _add_readers(pipeline, config, info, arguments.pick)
        performer = stack.enter_context(Performer(arguments)) if arguments.demo else None
        with _shown(shows, console, publisher.address, stop) as output:
            outputs.append(output)
            pipeline.start()
            if markers is not None:
                markers.start(output.tell if isinstance(output, DashboardOutput) else None)
            try:
                notifier.ready(f"publishing on {publisher.address}")
                # a record is made whole, whether or not somebody reads the lines beside it
                only = None if recorder is not None else output
                _wait(pipeline, stop, arguments.duration, performer, only, notifier)
            finally:
                notifier.stopping()
                ended = pipeline.stop()
                if markers is not None:
                    markers.stop()
        if pipeline.error is not None:
            complain(f"recognition broke off: {pipeline.error!r}. Please report this.")
            return EXIT_BROKE_OFF
        print_summary(console, pipeline, publisher.address, recorder, reasons.said)
        if markers is not None and not markers.found.is_set():
            why = markers.problem or f"no marker stream '{arguments.markers}' was found"
            warn(f"{why}, so there is nothing to compare with")
        elif markers is not None:
            _compare(console, kept, markers, info)
        if arguments.demo:
            console.print(
                "A demonstration: performer and weights share a generator, so this measures no accuracy.",
                style="dim",
                soft_wrap=True,
            )
        if not ended:
            warn("a stream's reader did not end in time and was left behind")
    return 0


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
    console: Console, weights: Path, config: StreamConfig, decision: Decision, threads: int
) -> tuple[Engine, Times]:
    """Torch is loaded here, and the encoders are run once in every size of batch, before any stream is
    opened."""
    with console.status("loading the weights …"):
        from hnhar.model.loading import load
        from hnhar.model.runtime import Runtime

        from ..lsl.inlet import now

        info, recognizer = load(weights)
        runtime = Runtime(info, recognizer, threads=threads)
        runtime.warm_up(len(config.wearer))
    names = [wearer.id for wearer in config.wearer]
    engine = Engine(runtime, info, names, hop=config.hop, decision=decision)
    return engine, Times(now, lambda: time.time_ns() - round(now() * 1e9))


def _check_sources(config: StreamConfig, info: BundleInfo) -> None:
    """Refuse what is malformed before anything is loaded. Raises ConfigError."""
    from ..intake.registry import check_source

    known = [modality.name for modality in info.modalities]
    for wearer in config.wearer:
        for name, source in wearer.sources.items():
            check_source(source)
            if name not in known:
                raise ConfigError(f"{info.id} takes {', '.join(known)}, no {name}: leave that source out.")


def _add_readers(pipeline: Pipeline, config: StreamConfig, info: BundleInfo, pick: str | None) -> None:
    from ..intake.reader import SourceReader
    from ..intake.timeline import LIFESPAN
    from ..lsl.inlet import now

    known = {modality.name: modality for modality in info.modalities}
    for wearer in config.wearer:
        for name, source in wearer.sources.items():
            sink = InboxSink(wearer.id, pipeline.inbox)
            pipeline.add(
                SourceReader(
                    wearer.id,
                    known[name],
                    source,
                    sink,
                    now=now,
                    options=wearer.options,
                    placement=info.placement,
                    pick=pick,
                    lifespan=config.lifespan or LIFESPAN,
                    deadline=config.deadline,
                )
            )


def _markers(arguments: argparse.Namespace) -> "MarkerReader | None":
    if arguments.markers is None:
        return None
    from ..lsl.markers import MarkerReader
    from ..lsl.source import parse_source

    return MarkerReader(parse_source(arguments.markers))


def _compare(console: Console, kept: Collector, markers: "MarkerReader", info: BundleInfo) -> None:
    """What was marked beside what was recognized."""
    begin = kept.span[0] if kept.span else 0.0
    marked = markers.annotations(begin)
    print_score(
        console,
        kept.events,
        marked.annotations,
        marked.notes,
        info=info,
        span=kept.span,
        unfinished=marked.unfinished,
        since=f"the session's start, {begin:.2f} s on LSL's clock, by which predictions and events count",
    )


@contextmanager
def _shown(shows: bool, console: Console, address: str, stop: Stop) -> Iterator[DashboardOutput | LogLines]:
    """The dashboard while the context lasts, or lines."""
    if not shows:
        yield LogLines()
        return
    with LiveDashboard(DashboardState(address), console=console, on_quit=stop.set) as dashboard:
        yield DashboardOutput(dashboard)


def _wait(
    pipeline: Pipeline,
    stop: Stop,
    duration: float | None,
    performer: Performer | None,
    output: DashboardOutput | LogLines | None,
    notifier: Notifier,
) -> None:
    """Until somebody stops us, the time is over, the demonstration has ended, or the work breaks off.

    It is over as well when nobody reads the lines of `output` any longer, where there is one.
    """
    begun = time.monotonic()
    over: float | None = None
    while not stop.wait(_LOOK):
        now = time.monotonic()
        notifier.alive(pipeline.passes, now)
        if pipeline.ended.is_set() or (isinstance(output, LogLines) and output.broken):
            return
        if performer is None:
            if duration is not None and now - begun >= duration:
                return
        elif over is None:
            over = now if performer.over else None
        elif now - over >= AFTER:
            return
