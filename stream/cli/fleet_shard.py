"""A shard of a fleet: the process of a Ray actor, in which pipelines run that are put together here.

No method raises for what is a user's: the answer says why. Its methods may be called from several threads.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
import zmq
from numpy.typing import NDArray

from hnhar.model.classifier import Classified
from hnhar.model.errors import HnharError
from hnhar.model.files import write_whole
from hnhar.model.runtime import Runtime
from hnhar.model.serving import RuntimeName, Serving, runtimes, serve

from ..config.config import StreamConfig
from ..engine.dispatch import Times
from ..engine.pipeline import Pipeline
from ..engine.served import ServedWeights
from ..fleet.folder import OwnFolder
from ..fleet.orders import PROTOCOL, About, Group, SeenStreams, ShardLine, SoughtStreams
from ..fleet.outlet import Heart, Outlet
from ..mapping.selection import parse_selection
from ..publish.keys import SubscriberKeys
from .live_engine import live_engine
from .live_inputs import add_readers
from .live_weights import ChosenWeights, chosen_weights
from .memory import limit_arenas, loaded_set_aside

_log = logging.getLogger(__name__)

LOOKERS: Final = 48
"""Predicates that are looked for at once: one that nothing matches takes the whole time."""


class SharedRuntime(Runtime):
    """A runtime that the pipelines of a process share: one of them computes at a time."""

    def __init__(self, runtime: Runtime) -> None:
        self.__dict__.update(vars(runtime))
        self._turn = threading.RLock()

    def classify(self, windows: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        """See `Runtime`."""
        with self._turn:
            return super().classify(windows)


@dataclass(frozen=True, slots=True)
class _Running:
    pipeline: Pipeline
    outlet: Outlet
    wearers: set[str]


class Shard:
    """The actor's class; `hnhar.stream.fleet.cluster` makes an actor of it."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        limit_arenas()
        self._aside = ExitStack()
        self._set_aside = False
        public, secret = (key.decode("ascii") for key in zmq.curve_keypair())
        self._public, self._secret = public, secret
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._folder = OwnFolder()
        self._served: dict[tuple[str, str], tuple[SharedRuntime, Serving]] = {}
        self._groups: dict[int, _Running] = {}
        self._line: ShardLine | None = None
        self._keys: SubscriberKeys | None = None
        self._heart: Heart | None = None
        self._lock = threading.Lock()
        """One group begins or changes at a time."""

    def about(self) -> bytes:
        """`About`."""
        return msgspec.json.encode(
            About(
                version=version("hnhar"),
                protocol=PROTOCOL,
                host=socket.gethostname(),
                pid=os.getpid(),
                key=self._public,
                runtimes=runtimes(),
            )
        )

    def configure(
        self,
        session_id: str | None,
        scope: str | None,
        peers: Sequence[str],
        settings: Mapping[str, Mapping[str, str]],
    ) -> str:
        """Look for streams where the coordinator would; "" or a reason why not.

        The coordinator's options count, then this machine's own file, then the coordinator's file, whose
        session counts before this machine's: else none of its streams would be seen.
        """
        from ..lsl.config import configure

        session_id = session_id or settings.get("lab", {}).get("SessionID")
        try:
            configure(session_id=session_id, scope=scope, peers=peers, beneath=settings)
        except HnharError as error:
            return str(error)
        return ""

    def attach(self, line: bytes) -> None:
        """Beat on a `ShardLine`, and send there what is recognized."""
        self._line = msgspec.json.decode(line, type=ShardLine)
        self._keys = SubscriberKeys("shard", self._line.key, self._public, self._secret)
        self._heart = Heart(self._context, self._line, self._keys)

    def sees(self, sought: bytes) -> bytes:
        """`SeenStreams` of `SoughtStreams`: the streams that are there now."""
        import pylsl

        from ..lsl.describe import describe
        from ..lsl.source import order, parse_source

        asked = msgspec.json.decode(sought, type=SoughtStreams)
        selections = {a: parse_selection(a) for addresses in asked.wearers.values() for a in addresses}
        # all at once: a look for each of many streams would be answered by each of them
        streams = {info.uid(): info for info in pylsl.resolve_streams(asked.timeout)}.values()
        described = [(describe(info), number) for number, info in enumerate(sorted(streams, key=order), 1)]
        found = {a: any(s.matches(*stream) for stream in described) for a, s in selections.items()}

        def there(address: str) -> bool:
            return bool(pylsl.resolve_bypred(parse_source(address).predicate, 1, asked.timeout))

        predicates = [a for a, s in selections.items() if s.is_predicate]
        if predicates:
            with ThreadPoolExecutor(min(LOOKERS, len(predicates))) as pool:
                found |= zip(predicates, pool.map(there, predicates), strict=True)
        return msgspec.json.encode(
            SeenStreams(
                wearers={w: [a for a in addresses if found[a]] for w, addresses in asked.wearers.items()}
            )
        )

    def begin(self, group: bytes, bundles: Mapping[str, bytes]) -> str:
        """Run a pipeline for a `Group`; "" or a reason why not. `bundles`: name in it -> content of the
        file, of those that do not ship with hnhar."""
        with self._lock:
            asked = msgspec.json.decode(group, type=Group)
            try:
                self._groups[asked.number] = self._running(asked, self._named(asked.config, bundles))
            except HnharError as error:
                return str(error)
            except Exception as error:
                _log.exception("a pipeline cannot begin")
                return f"{type(error).__name__}: {error}"
            return ""

    def drop(self, wearers: Sequence[str]) -> None:
        """Recognize these no more; returns when nothing more of them is sent."""
        with self._lock:  # a pipeline that begins may be theirs
            for running in self._groups.values():
                for wearer in running.wearers & set(wearers):
                    running.outlet.mute(wearer)
                    running.pipeline.remove(wearer)
                    running.wearers.discard(wearer)
            for number in [n for n, running in self._groups.items() if not running.wearers]:
                self._groups.pop(number).pipeline.stop()

    def over(self, group: int) -> str:
        """Forget a pipeline that has ended by itself; the reason, "" where it was told to end."""
        with self._lock:
            running = self._groups.pop(group, None)
        if running is None:
            return ""
        running.pipeline.stop()
        return repr(running.pipeline.error)

    def live(self) -> None:
        """Never returns: its failure tells that the process has ended."""
        threading.Event().wait()

    def end(self) -> None:
        """End all pipelines."""
        with self._lock:
            running = [self._groups.pop(number) for number in list(self._groups)]
        with ThreadPoolExecutor(max(1, len(running))) as pool:
            list(pool.map(lambda of: of.pipeline.stop(), running))
        if self._heart is not None:
            self._heart.stop()
        self._aside.close()
        self._folder.remove()

    def _named(self, config: StreamConfig, bundles: Mapping[str, bytes]) -> StreamConfig:
        """The configuration with bundles of its own as files of this machine."""
        places = {}
        for name, content in bundles.items():
            places[name] = self._folder.path / f"{name}.safetensors"
            if not places[name].exists():
                write_whole(places[name], content)
        wearers = tuple(
            msgspec.structs.replace(w, weights=str(places[w.weights])) if w.weights in places else w
            for w in config.wearer
        )
        weights = str(places[config.weights]) if config.weights in places else config.weights
        return msgspec.structs.replace(config, wearer=wearers, weights=weights)

    def _serve(self, path: Path, digest: str, runtime: RuntimeName) -> tuple[SharedRuntime, Serving]:
        key = digest, runtime
        if key not in self._served:
            loaded = serve(path, runtime=runtime)
            self._served[key] = SharedRuntime(loaded.runtime), loaded
        return self._served[key]

    def _weights(
        self, weights: ChosenWeights, group: Group
    ) -> tuple[ServedWeights, dict[str, ServedWeights]]:
        """As `live_weights.served`, but of networks that the groups of this process share."""

        def made(of: Any) -> ServedWeights:
            shared, loaded = self._serve(of.path, of.info.digest, group.runtime)
            shared.warm_up(len(group.config.wearer))
            return ServedWeights(loaded.info, shared, of.decision)

        ready = {
            of.info.digest: made(of)
            for of in {id(o): o for o in (weights.shared, *weights.personal.values())}.values()
        }
        return ready[weights.shared.info.digest], {
            w: ready[o.info.digest] for w, o in weights.personal.items()
        }

    def _running(self, group: Group, config: StreamConfig) -> _Running:
        from ..lsl.inlet import now

        if self._line is None or self._keys is None:
            raise RuntimeError("a shard is attached before it begins")
        weights = chosen_weights(config)
        shared, personal = self._weights(weights, group)
        engine = live_engine(config, shared, personal)
        outlet = Outlet(
            self._context,
            self._line,
            self._keys,
            group=group.number,
            fleet=group.fleet,
            prefix=config.topic_prefix,
            hop=engine.hop,
            continued=group.continued,
        )
        times = Times(now, lambda: time.time_ns() - round(now() * 1e9))
        pipeline = Pipeline(engine, times, publisher=outlet)
        add_readers(pipeline, config, weights, group.pick)
        if not self._set_aside:
            self._set_aside = True
            self._aside.enter_context(loaded_set_aside())
        pipeline.start()
        return _Running(pipeline, outlet, {wearer.id for wearer in config.wearer})
