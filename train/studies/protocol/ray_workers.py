"""Worker processes of a comparison on the machines of a Ray cluster: as `workers.Workers`, elsewhere.

Cells are files of the run folder, wherever they are computed: every machine has to see it, at the same path.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from hnhar.model.errors import ConfigError, HnharError
from hnhar.stream.fleet.cluster import Actor, Call, CallAnswer, Cluster, Node, answers

_A = TypeVar("_A")
_R = TypeVar("_R")
LOOK = 0.05
"""s between two looks for answers."""
FREE = 60.0
"""s in which a worker gets a processor; those that have none by then are done without."""
NONE_FREE = "no processor of the Ray cluster became free: ray status says how many are used"
TRIES = 3
"""Times that a call is begun anew whose worker ended before it answered."""


@dataclass(frozen=True, slots=True)
class OnRay:
    """Workers on a cluster."""

    cluster: Cluster
    count: int
    """At most."""


class RemoteWorker:
    """The actor's class: one process of one thread."""

    def here(self) -> None:
        """Answered once there is a processor for it."""

    def begin(self, seen: str, start: Callable[..., None], arguments: Sequence[Any]) -> str:
        """Call `start(*arguments)` where the file `seen` is there; "" or a reason why not."""
        import torch

        if not Path(seen).exists():
            return f"it does not see the run folder {Path(seen).parent}, which all machines have to share"
        torch.set_num_threads(1)
        try:
            start(*arguments)
        except HnharError as error:
            return str(error)
        return ""

    def call(self, function: Callable[[_A], _R], argument: _A) -> tuple[_R | None, str]:
        """The answer, and "" or the reason why there is none, of an error that is the user's."""
        try:
            return function(argument), ""
        except HnharError as error:
            return None, str(error)


class RayWorkers:
    """Processes of one thread each on a cluster, that answer calls; all end when it is left."""

    def __init__(self, on: OnRay, most: int, run: Path, start: Callable[..., None], *arguments: Any) -> None:
        """`most`: calls that there will be at a time; each worker calls `start(*arguments)` first.

        `run` is the run folder. Raises ConfigError where no worker can begin.
        """
        run.mkdir(parents=True, exist_ok=True)
        self._seen = run / f".seen-{uuid.uuid4().hex[:8]}"
        self._actors: list[Actor] = []
        places = [node for node in on.cluster.nodes() for _ in range(node.cpus)]
        if not places:
            raise ConfigError("the Ray cluster has no machine with a processor to give.")
        self._seen.touch()
        self._problems: list[str] = []
        calls: dict[Call, Callable[[CallAnswer], None]] = {}
        waiting: dict[Actor, tuple[Call, float]] = {}
        """Worker without a processor so far -> its first call, and the time until which it waits, s."""

        def begin(node: Node) -> None:
            actor = on.cluster.actor(RemoteWorker, node)

            def here(answer: CallAnswer) -> None:
                del waiting[actor]
                if answer.error:
                    begun(answer)
                else:
                    calls[actor.call("begin", str(self._seen), start, arguments)] = begun

            def begun(answer: CallAnswer) -> None:
                if problem := answer.error or answer.value:
                    self._problems.append(f"{node.name}: {problem}")
                    actor.kill()
                    if places:  # another machine may do
                        begin(places.pop(0))
                else:
                    self._actors.append(actor)

            call = actor.call("here")
            calls[call] = here
            waiting[actor] = call, time.monotonic() + FREE

        for _ in range(min(on.count, most, len(places))):
            begin(places.pop(0))
        while calls:
            for take, answer in answers(calls):
                take(answer)
            for actor, (call, until) in list(waiting.items()):
                if time.monotonic() > until:
                    del waiting[actor], calls[call]
                    actor.kill()
                    self._problems.append(NONE_FREE)
            time.sleep(LOOK)
        if not self._actors:
            self._end()
            raise ConfigError("; ".join(dict.fromkeys(self._problems)))

    def __enter__(self) -> "RayWorkers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def each(
        self,
        call: Callable[[_A], _R],
        asked: Sequence[_A],
        shown: Callable[[float], None] = lambda part: None,
    ) -> Iterator[tuple[_A, _R]]:
        """Answers as they come; `shown` is called now and then.

        A call whose worker ended is begun anew by another. Raises ConfigError in the words of a worker's
        error, and where none is left.
        """
        waiting = [(argument, 0) for argument in asked]
        idle = list(self._actors)
        calls: dict[Call, Callable[[CallAnswer], None]] = {}
        done: list[tuple[_A, _R]] = []

        def begin(actor: Actor, argument: _A, tried: int) -> None:
            def take(answer: CallAnswer) -> None:
                if answer.error:
                    self._actors.remove(actor)
                    if tried + 1 >= TRIES or not self._actors:
                        raise ConfigError(f"a worker on the Ray cluster ended: {answer.error}")
                    waiting.append((argument, tried + 1))
                    return
                idle.append(actor)
                result, problem = answer.value
                if problem:
                    raise ConfigError(problem)
                done.append((argument, result))

            calls[actor.call("call", call, argument)] = take

        while waiting or calls:
            while waiting and idle:
                begin(idle.pop(), *waiting.pop(0))
            time.sleep(LOOK)
            for take, answer in answers(calls):
                take(answer)
            yield from done
            done.clear()
            shown(0.0)

    def map(self, call: Callable[[_A], _R], asked: Sequence[_A]) -> list[_R]:
        """Answers in the order of what was asked."""
        found = {id(argument): answer for argument, answer in self.each(call, asked)}
        return [found[id(argument)] for argument in asked]

    def _end(self) -> None:
        for actor in self._actors:
            actor.kill()
        self._seen.unlink(missing_ok=True)
