"""Live streams of one person that are kept while somebody performs before a terminal."""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from rich.text import Text

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, SourceError

from ..dashboard.keyboard import Keyboard
from ..mapping.channel_map import MappingOptions
from ..messages import StreamState, StreamStatus
from ..recordings.enrolling import Span
from ..recordings.feeds import Feeds
from .common import warn
from .console import SafeConsole
from .enroll_keeper import Keeper
from .enroll_performances import marked, performances
from .enroll_prompts import KeyPrompts, LinePrompts
from .enroll_streams import SECONDS, stream_line
from .guided import Guided, GuidedRun
from .guided_prompts import guide_of
from .live_inputs import check_sources
from .options.network import configure_lsl
from .options.sources import sources_of
from .program_prompts import ProgramGuide, ProgramPrompts

if TYPE_CHECKING:
    from ..intake.reader import SourceReader

PATIENCE: Final = 60.0
"""s that are waited for the streams."""
LEAST: Final = 2
"""Performances by which an activity can be learned."""
_AFTER: Final = 5.0
"""s that are waited for the last samples."""
_LATE: Final = 1.0
"""s that are waited for the last samples of one performance, before it is said what was heard of it."""
_LOOK: Final = 0.1


class LiveCapture:
    """The streams of one person, and the questions to them. A context: within it samples are kept."""

    def __init__(self, arguments: argparse.Namespace, info: BundleInfo, options: MappingOptions) -> None:
        """The sources are those of the options; those of `info`'s modalities are read."""
        configure_lsl(arguments)
        self._keeper = Keeper()
        self._program = getattr(arguments, "prompts", "auto") == "json"
        self._readers = _readers(arguments, info, self._keeper, options)
        self._named = {reader.modality.name for reader in self._readers}
        self._stack = ExitStack()
        self.prompts: KeyPrompts | LinePrompts | ProgramPrompts
        """Questions to the person, within the context."""
        self.forgotten: list[Span] = []
        """Performances that do not count: done again, given up, or too short."""

    def __enter__(self) -> Self:
        self._stack.enter_context(_ending())
        for reader in self._readers:
            self._stack.callback(reader.stop)
            reader.start()
        self.prompts = self._prompts()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def find(self) -> None:
        """Wait until samples come of every stream. Raises SourceError where none do within `PATIENCE` s, and
        KeyboardInterrupt where the person cancels."""
        lacking = self._wait(-np.inf, PATIENCE, self._look)
        if lacking:
            raise SourceError(self._silence(lacking, PATIENCE))
        for status in self._statuses():
            if status.samples:
                name = status.description.name if status.description else status.source
                self.prompts.say(f"{status.feed}: '{name}' sends samples")

    def perform(self, label: str, count: int) -> list[Span]:
        """Ask for `count` performances of an activity, on the LSL clock (`performances`)."""
        if isinstance(self.prompts, ProgramPrompts):
            spans = [performance.span for performance in self.guided([label], count, None).performances]
            if len(spans) < LEAST:
                raise ConfigError(f"{LEAST} performances are the least, and there are {len(spans)}.")
            return spans
        forgotten = self.forgotten.append
        return performances(label, count, self.prompts, _clock, self.silent, self._heard, forgotten)

    def guided(self, labels: Sequence[str], takes: int, pace: float | None) -> GuidedRun:
        """Ask for each activity, `takes` times, on the LSL clock (`Guided`)."""
        return Guided(
            labels,
            takes,
            ProgramGuide(self.prompts)
            if isinstance(self.prompts, ProgramPrompts)
            else guide_of(self.prompts),
            _clock,
            troubles=self.silent,
            heard=self._heard,
            forgotten=self.forgotten.append,
            pace=pace,
        ).run()

    def silent(self) -> list[str]:
        """A sentence on each modality whose samples have stopped."""
        return self._keeper.silent(self._named, _clock())

    def complete(self, spans: Sequence[Span], purpose: str) -> None:
        """Wait for the last samples; warn of modalities that stopped before, whose rest is for `purpose`.

        Raises SourceError where all of them stopped before the first performance ended.
        """
        if lacking := self._wait(spans[-1].end, _AFTER):
            self._go_on(lacking, spans, purpose)

    def feeds(self) -> Feeds:
        """Everything that came, as a recording's feeds."""
        return self._keeper.feeds()

    def _prompts(self) -> KeyPrompts | LinePrompts | ProgramPrompts:
        """Keys where somebody sits before a terminal, lines else; JSON for a program that asks for it."""
        if self._program:
            return ProgramPrompts(sys.stdin)
        console = SafeConsole(stderr=True)
        keyboard = self._stack.enter_context(Keyboard())
        if not (console.draws and keyboard.active):
            return LinePrompts(line for line in sys.stdin)

        def streams() -> list[Text]:
            keeper = self._keeper
            return [stream_line(s, keeper.per_second(s.feed, SECONDS)) for s in self._statuses()]

        return self._stack.enter_context(KeyPrompts(console, keyboard, streams))

    def _statuses(self) -> list[StreamStatus]:
        now = _clock()
        return [status for reader in self._readers for status in reader.statuses(now)]

    def _look(self, left: float) -> None:
        """Show which streams are waited for, and how long yet. KeyboardInterrupt where cancelled."""
        present = (StreamState.LIVE, StreamState.WARMUP)
        waiting = [s for s in self._statuses() if s.state not in present]
        named = "; ".join(f"{s.feed}: {s.note or s.state.value}" for s in waiting) or "waiting for samples"
        if self.prompts.interactive:
            named = f"  waiting for the streams, {left:.0f} s more"
        marked(self.prompts.look(named), 0, 0)

    def _heard(self, span: Span) -> str:
        """`, heard: imu 120 samples, skeleton none`, when the last ones have come or will not."""
        self._wait(span.end, _LATE)
        counts = ", ".join(
            f"{name} {f'{count} samples' if count else 'none'}"
            for name, count in self._keeper.heard(span).items()
        )
        return f", heard: {counts}" if counts else ""

    def _wait(
        self, until: float, patience: float, look: Callable[[float], None] = lambda left: None
    ) -> list[str]:
        """Until samples after `until` (s, LSL clock) came of every modality; those that lack them by then.

        `patience`: s at most; `look` is called meanwhile, with the s that are left.
        """
        deadline = time.monotonic() + patience
        while True:
            newest = self._keeper.newest()
            lacking = sorted(m for m in self._named if newest.get(m, -np.inf) <= until)
            left = deadline - time.monotonic()
            if not lacking or left < 0:
                return lacking
            look(left)
            time.sleep(_LOOK)

    def _go_on(self, lacking: Sequence[str], spans: Sequence[Span], purpose: str) -> None:
        newest = self._keeper.newest()
        if max(newest.values()) < spans[0].end:
            raise SourceError(self._silence(lacking, _AFTER))
        for name in lacking:
            whole = sum(span.end <= newest[name] for span in spans)
            warn(
                f"{name}: its samples stopped {spans[-1].end - newest[name]:.1f} s before the last "
                f"performance ended, after {whole} of {len(spans)}; what is there is {purpose}."
            )
        if notes := self._keeper.notes():
            warn(notes)

    def _silence(self, lacking: Sequence[str], waited: float) -> str:
        return (
            f"no samples came from {' and '.join(lacking)} for {waited:g} s. {self._keeper.notes()}".rstrip()
        )


def _clock() -> float:
    """LSL clock, s."""
    import pylsl

    return float(pylsl.local_clock())


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
