"""Worker processes of a comparison: they end with their parent, however that ends, and show progress."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait as wait_for
from types import TracebackType
from typing import Any, TypeVar

import torch

_A = TypeVar("_A")
_R = TypeVar("_R")
TICK = 0.5
"""s between two looks at how far the workers are."""
_slot: list[Any] = []
"""Of this worker process: what it shows, and its index there."""


class Workers:
    """Processes of one thread each that answer calls; leaving by an exception kills them at once."""

    def __init__(self, count: int, start: Callable[..., None], *arguments: Any) -> None:
        """`count` processes, each of which calls `start(*arguments)` first."""
        # spawned: a forked process would share the threads of torch's pools, which do not survive a fork
        context = multiprocessing.get_context("spawn")
        self._shown = context.Array("d", count)
        self._next = context.Value("i", 0)
        shared = (self._shown, self._next, start, arguments)
        self._pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=shared)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for process in multiprocessing.active_children():
                process.kill()
        self._pool.shutdown(cancel_futures=kind is not None)  # the dead are waited for as well

    def each(
        self,
        call: Callable[[_A], _R],
        asked: Sequence[_A],
        shown: Callable[[float], None] = lambda part: None,
    ) -> Iterator[tuple[_A, _R]]:
        """Answers as they come; `shown` takes how many calls are under way, a half done one as 0.5."""
        with _shielded():
            tasks = {self._pool.submit(call, argument): argument for argument in asked}
        waiting = set(tasks)
        while waiting:
            done, waiting = wait(waiting, timeout=TICK, return_when=FIRST_COMPLETED)
            for task in done:
                yield tasks[task], task.result()
            shown(sum(self._shown[:]))

    def map(self, call: Callable[[_A], _R], asked: Sequence[_A]) -> list[_R]:
        """Answers in the order of what was asked."""
        with _shielded():
            tasks = [self._pool.submit(call, argument) for argument in asked]
        return [task.result() for task in tasks]


def show(part: float) -> None:
    """Report to the parent the share of its call that this worker has done, 0 to 1; elsewhere nothing."""
    if _slot:
        shown, index = _slot
        shown[index] = part


def _begin(shown: Any, following: Any, start: Callable[..., None], arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    with following.get_lock():
        _slot[:] = [shown, following.value]
        following.value += 1
    start(*arguments)


def _end_with_parent() -> None:
    """End this process when its parent has ended, even by SIGKILL: nobody waits for its answer."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


@contextmanager
def _shielded() -> Iterator[None]:
    """Block SIGINT: processes that are spawned meanwhile never see it, and no trace of theirs is printed.

    One that comes meanwhile is delivered to this process afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # else its start would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
