"""The live part of `hnhar-enroll`: samples are kept while somebody marks the performances."""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.text import Text

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, SourceError

from ..dashboard.keyboard import Keyboard
from ..mapping.channel_map import MappingOptions
from ..messages import StreamState, StreamStatus
from ..recordings.enrolling import Span, examples
from .common import warn
from .console import SafeConsole
from .enroll_keeper import Keeper
from .enroll_performances import marked, performances
from .enroll_prompts import KeyPrompts, LinePrompts, Prompts
from .enroll_streams import SECONDS, stream_line
from .live_inputs import check_sources
from .options.network import configure_lsl
from .options.sources import sources_of

if TYPE_CHECKING:
    from hnhar.model.enroll.enroll import Examples
    from hnhar.model.runtime import Runtime

    from ..intake.reader import SourceReader

PATIENCE: Final = 60.0
"""s that are waited for the streams."""
_AFTER: Final = 5.0
"""s that are waited for the last samples."""
_LATE: Final = 1.0
"""s that are waited for the last samples of one performance, before it is said what was heard of it."""
_LOOK: Final = 0.1


def capture(
    arguments: argparse.Namespace, info: BundleInfo, runtime: "Runtime", options: MappingOptions
) -> "Examples":
    """Read the live streams while the performances are marked on standard input.

    Raises SourceError where no samples come, and KeyboardInterrupt where whoever performs cancels.
    """
    import pylsl

    if arguments.performances < 2:
        raise ConfigError(f"--performances must be at least 2, not {arguments.performances}.")
    configure_lsl(arguments)
    keeper = Keeper()
    readers = _readers(arguments, info, keeper, options)
    named = {reader.modality.name for reader in readers}
    with ExitStack() as stack:
        stack.enter_context(_ending())
        for reader in readers:
            stack.callback(reader.stop)
            reader.start()
        prompts = _prompts(stack, readers, keeper)
        lacking = _wait(
            keeper, named, -np.inf, PATIENCE, lambda left: _look(prompts, readers, pylsl.local_clock(), left)
        )
        if lacking:
            raise SourceError(_silence(keeper, lacking, PATIENCE))
        for line in _described(readers, pylsl.local_clock()):
            prompts.say(line)
        spans = performances(
            arguments.label,
            arguments.performances,
            prompts,
            pylsl.local_clock,
            lambda: keeper.silent(named, pylsl.local_clock()),
            lambda span: _heard(keeper, named, span),
        )
        if lacking := _wait(keeper, named, spans[-1].end, _AFTER):
            _go_on(keeper, lacking, spans)
        lengths = [span.end - span.start for span in spans]
        prompts.say(
            f"{len(spans)} performances of '{arguments.label}', {min(lengths):.1f} to {max(lengths):.1f} s. "
            "Learning them …"
        )
    return examples(keeper.feeds(), info, runtime, spans)


def _prompts(stack: ExitStack, readers: "Sequence[SourceReader]", keeper: Keeper) -> Prompts:
    """Keys where somebody sits before a terminal, lines else."""
    import pylsl

    console = SafeConsole(stderr=True)
    keyboard = stack.enter_context(Keyboard())
    if not (console.draws and keyboard.active):
        return LinePrompts(line for line in sys.stdin)

    def streams() -> list[Text]:
        statuses = _statuses(readers, pylsl.local_clock())
        return [stream_line(status, keeper.per_second(status.feed, SECONDS)) for status in statuses]

    return stack.enter_context(KeyPrompts(console, keyboard, streams))


@contextmanager
def _ending() -> Iterator[None]:
    """SIGTERM ends it as an error does, so that the terminal is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _statuses(readers: "Sequence[SourceReader]", now: float) -> list[StreamStatus]:
    return [status for reader in readers for status in reader.statuses(now)]


def _look(prompts: Prompts, readers: "Sequence[SourceReader]", now: float, left: float) -> None:
    """Show which streams are waited for, and for how long yet. Raises KeyboardInterrupt where cancelled."""
    waiting = [s for s in _statuses(readers, now) if s.state not in (StreamState.LIVE, StreamState.WARMUP)]
    named = "; ".join(f"{s.feed}: {s.note or s.state.value}" for s in waiting) or "waiting for samples"
    if prompts.interactive:
        named = f"  waiting for the streams, {left:.0f} s more"
    marked(prompts.look(named), 0, 0)


def _described(readers: "Sequence[SourceReader]", now: float) -> list[str]:
    """A line for each stream that was found."""
    return [
        f"{status.feed}: '{status.description.name if status.description else status.source}' sends samples"
        for status in _statuses(readers, now)
        if status.samples
    ]


def _heard(keeper: Keeper, modalities: set[str], span: Span) -> str:
    """`, heard: imu 120 samples, skeleton none`, when the last ones have come or will not."""
    _wait(keeper, modalities, span.end, _LATE)
    counts = ", ".join(
        f"{name} {f'{count} samples' if count else 'none'}" for name, count in keeper.heard(span).items()
    )
    return f", heard: {counts}" if counts else ""


def _readers(
    arguments: argparse.Namespace, info: BundleInfo, keeper: Keeper, options: MappingOptions
) -> "Sequence[SourceReader]":
    from ..intake.reader import SourceReader
    from ..lsl.inlet import now

    known = {modality.name: modality for modality in info.modalities}
    return [
        SourceReader(
            "enroll",
            known[name],
            given.source,
            keeper,
            now=now,
            options=options,
            placement=info.placement,
            among=given.among,
        )
        for name, given in check_sources(sources_of(arguments), info).items()
    ]


def _wait(
    keeper: Keeper,
    modalities: set[str],
    until: float,
    patience: float,
    look: Callable[[float], None] = lambda left: None,
) -> list[str]:
    """Until samples after `until` (s, LSL clock) came of every modality; those without after `patience` s.

    `look` is called meanwhile, with the s that are left.
    """
    deadline = time.monotonic() + patience
    while True:
        newest = keeper.newest()
        lacking = sorted(m for m in modalities if newest.get(m, -np.inf) <= until)
        left = deadline - time.monotonic()
        if not lacking or left < 0:
            return lacking
        look(left)
        time.sleep(_LOOK)


def _go_on(keeper: Keeper, lacking: Sequence[str], spans: Sequence[Span]) -> None:
    """Say which modalities stopped before the last performance ended: what came before is enrolled.

    Raises SourceError where all of them stopped before the first one ended.
    """
    newest = keeper.newest()
    if max(newest.values()) < spans[0].end:
        raise SourceError(_silence(keeper, lacking, _AFTER))
    for name in lacking:
        whole = sum(span.end <= newest[name] for span in spans)
        warn(
            f"{name}: its samples stopped {spans[-1].end - newest[name]:.1f} s before the last performance "
            f"ended, after {whole} of {len(spans)}; what is there is enrolled."
        )
    if notes := keeper.notes():
        warn(notes)


def _silence(keeper: Keeper, lacking: Sequence[str], waited: float) -> str:
    return f"no samples came from {' and '.join(lacking)} for {waited:g} s. {keeper.notes()}".rstrip()
