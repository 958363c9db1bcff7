"""`hnhar-fleet`: the wearers of a file, recognized on the machines of a Ray cluster."""

import argparse
import logging
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hnhar.model.bundle import bundle
from hnhar.model.errors import ConfigError

from ..config.config import ADDRESS, StreamConfig, check_hop, read_config
from ..decide.settings import place
from ..engine.dispatch import Times
from ..fleet.merge import EMPTY
from ..intake.registry import DEFAULT, split_source
from ..messages import Status
from ..publish.publisher import Publisher
from ..sinks.context import NamedWeights, SinkContext
from .common import EXIT_BROKE_OFF, Stop, complain, guarded, leave, stopping
from .console import SafeConsole
from .live_inputs import check_sources
from .live_sinks import asked_sinks, opened_sinks
from .live_weights import ChosenWeights, chosen_weights
from .logs import FORMATS, logs_to
from .memory import limit_arenas, loaded_set_aside
from .options.compute import add_runtime_option, add_weights_option
from .options.cores import usable_cores
from .options.decision import add_hop_option, add_latency_option
from .options.network import add_lsl_options, configure_lsl
from .options.publishing import add_curve_option, add_topic_option
from .options.values import at_least, split
from .parsing import Parser, parser
from .systemd import Notifier

if TYPE_CHECKING:
    from ..fleet.coordinator import Coordinator
    from ..fleet.relay import Relay

_LOOK = 0.05
"""s between two looks at what shards said."""
_EPILOG = f"""examples:
  hnhar-fleet lab.toml                           a shard for each processor of this machine
  hnhar-fleet lab.toml --ray auto                on all nodes of the cluster that runs on this machine
  hnhar-fleet lab.toml --ray 10.0.0.1:6379 --publish tcp://10.0.0.1:5557 --curve-keys keys
  hnhar-watch {ADDRESS} --dashboard   what the whole fleet publishes, at one address

The file is that of hnhar-stream --config. Each shard is a process with a whole pipeline, on a node that sees
its wearers' LSL streams; wearers of a node that dies go to others, as do some of a shard that is late
(hnhar-docs fleet). One machine needs no fleet: hnhar-stream --config lab.toml. Ctrl-C ends.
"""


def build_parser(prog: str = "hnhar-fleet") -> Parser:
    """The options of hnhar-fleet."""
    made = parser(prog, "Recognize many wearers on the machines of a Ray cluster.", _EPILOG)
    made.add_argument(
        "config", metavar="FILE.toml", help="wearers and their streams, as for hnhar-stream --config"
    )
    where = made.add_argument_group("where it runs")
    where.add_argument(
        "--ray",
        metavar="ADDRESS",
        default="local",
        help="HOST:PORT of a cluster's head, auto for the cluster that runs on this machine, or local to "
        "start one of this machine alone (default: local)",
    )
    where.add_argument(
        "--shards", type=at_least(1), metavar="N", help="processes at most (default: one a processor)"
    )
    how = made.add_argument_group("how it is recognized")
    add_weights_option(how, default=None)
    add_hop_option(how)
    add_latency_option(how)
    add_runtime_option(how)
    how.add_argument(
        "--pick",
        choices=("newest",),
        help="if several streams match a source, take the one that was started last (default: none of them)",
    )
    out = made.add_argument_group("where it goes")
    out.add_argument(
        "--publish", metavar="ADDRESS", help=f"ZeroMQ address; port 0 picks a free one (default: {ADDRESS})"
    )
    out.add_argument(
        "--insecure",
        action="store_true",
        help="publish to other machines without encryption, to whoever asks (default: refuse)",
    )
    add_curve_option(out, "DIR", "the folder that hnhar-keys made: encrypt, and let in only whom it knows")
    add_topic_option(out, default=None)
    out.add_argument("--record", metavar="FILE", help="write every prediction and event there, as JSON lines")
    out.add_argument(
        "--log-format", choices=FORMATS, default="text", help="of the log on stderr (default: text)"
    )
    made.add_argument("--duration", type=float, metavar="S", help="end after S seconds (default: at Ctrl-C)")
    add_lsl_options(made)
    return made


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-fleet") -> int:
    """Run `hnhar-fleet`; the exit codes are those of docs/operations.md."""
    arguments = build_parser(prog).parse_args(argv)
    try:
        code = guarded(lambda: _run(arguments))
    except SystemExit as ended:
        # Ray's own clean-up at Python's exit would wait for a cluster that is being joined
        if argv is not None or not isinstance(ended.code, int):
            raise
        code = ended.code
    if argv is None:
        leave(code)
    return code


def configuration(arguments: argparse.Namespace) -> StreamConfig:
    """The file's, with what options say instead. Raises ConfigError."""
    check_hop(arguments.hop)
    if arguments.duration is not None and not arguments.duration > 0:
        raise ConfigError(f"--duration {arguments.duration:g} would end at once: give seconds above 0.")
    keys = ("weights", "hop", "latency", "publish", "topic_prefix", "curve_keys", "record")
    asked = {key: value for key in keys if (value := getattr(arguments, key)) is not None}
    return msgspec.structs.replace(read_config(arguments.config, arguments.weights), **asked)


def sources_of(config: StreamConfig, weights: ChosenWeights) -> dict[str, dict[str, str]]:
    """Wearer -> modality -> address of LSL. Raises ConfigError for sources of another kind."""
    found: dict[str, dict[str, str]] = {}
    for wearer in config.wearer:
        theirs = found[wearer.id] = {}
        for name, given in check_sources(wearer.sources, weights.of(wearer.id).info).items():
            scheme, address = split_source(given.source)
            if scheme != DEFAULT:
                raise ConfigError(
                    f"{name} of wearer '{wearer.id}' is {given.source}: a fleet takes streams of LSL only, "
                    "which any node may see. hnhar-phone and hnhar-camera send theirs as LSL."
                )
            theirs[name] = address
    return found


def portable(config: StreamConfig) -> tuple[StreamConfig, dict[str, bytes]]:
    """The configuration with files of weights named alike on every machine, and their contents."""
    shipped = bundle.bundled()
    contents: dict[str, bytes] = {}

    def named(weights: str) -> str:
        if weights in shipped:
            return weights
        path = bundle.find(weights)
        name = f"bundle-{bundle.read_info(path).digest[:16]}"
        contents[name] = path.read_bytes()
        return name

    wearers = tuple(
        w if w.weights is None else msgspec.structs.replace(w, weights=named(w.weights))
        for w in config.wearer
    )
    everyone = all(w.weights is not None for w in config.wearer)
    weights = config.weights if everyone else named(config.weights)
    return msgspec.structs.replace(config, wearer=wearers, weights=weights), contents


def _run(arguments: argparse.Namespace) -> int:
    from ..fleet.cluster import join, need_ray

    need_ray()
    limit_arenas()
    config = configuration(arguments)
    logs_to(logging.INFO, arguments.log_format)
    weights = chosen_weights(config)
    sources = sources_of(config, weights)
    sent, bundles = portable(config)
    configure_lsl(arguments)
    console = SafeConsole()
    if config.latency is not None:
        console.say(place(weights.shared.info, config.latency), "dim")
    with ExitStack() as stack:
        stop = stack.enter_context(stopping())
        notifier = stack.enter_context(closing(Notifier()))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hnhar-fleet-")))
        publisher = stack.enter_context(closing(_publisher(config, arguments)))
        arguments.metrics = arguments.page = arguments.lsl_out = None
        sinks = stack.enter_context(
            opened_sinks(asked_sinks(arguments, config), _context(arguments, weights, publisher, sources))
        )
        console.say(f"publishing on {publisher.address}")
        sinks.announce(console)
        with stop.interrupting(), console.status(f"joining the Ray cluster at {arguments.ray} …"):
            cluster = join(arguments.ray, cpus=min(usable_cores(), arguments.shards or usable_cores()))
        stack.callback(cluster.leave)
        from ..fleet.coordinator import Coordinator
        from ..fleet.relay import Relay
        from ..fleet.states import Asked
        from ..lsl.config import user_settings
        from ..lsl.inlet import now
        from .fleet_shard import Shard

        relay = Relay(publisher, cluster.host, folder / "keys", sinks.guarded)
        stack.callback(relay.stop)
        asked = Asked(
            config=sent,
            sources=sources,
            bundles=bundles,
            version=version("hnhar"),
            lsl=(arguments.lsl_session, arguments.lsl_scope, split(arguments.lsl_peers), user_settings()),
            frame=_frame(config, weights),
            most=arguments.shards,
            pick=arguments.pick,
            runtime=arguments.runtime,
        )
        times = Times(now, lambda: time.time_ns() - round(now() * 1e9))
        fleet = Coordinator(asked, cluster, relay, times, Shard, console.say)
        stack.enter_context(loaded_set_aside())
        notifier.ready(f"publishing on {publisher.address}")
        try:
            _watch(fleet, relay, stop, notifier, arguments.duration)
        finally:
            notifier.stopping()
            fleet.end()
        if relay.error is not None:
            complain(f"the fleet broke off: {relay.error!r}. Please report this.")
            return EXIT_BROKE_OFF
        console.say(fleet.summary())
        sinks.warn_of_missed()
    return 0


def _watch(
    fleet: "Coordinator", relay: "Relay", stop: Stop, notifier: Notifier, duration: float | None
) -> None:
    """Until it is stopped, is over, or breaks off."""
    begun = time.monotonic()
    while not stop.wait(_LOOK) and relay.error is None:
        fleet.step()
        at = time.monotonic()
        notifier.alive(relay.passes, at)
        if duration is not None and at - begun >= duration:
            return


def _publisher(config: StreamConfig, arguments: argparse.Namespace) -> Publisher:
    return Publisher(
        config.publish,
        topic_prefix=config.topic_prefix,
        insecure=arguments.insecure,
        curve_keys=config.curve_keys,
        wearers=len(config.wearer),
    )


def _context(
    arguments: argparse.Namespace, weights: ChosenWeights, publisher: Publisher, wearers: Iterable[str]
) -> SinkContext:
    info = weights.shared.info
    personal = {w: NamedWeights(c.info.id, c.info.labels) for w, c in weights.personal.items()}
    return SinkContext(publisher.id, info.id, info.labels, tuple(wearers), arguments.insecure, personal)


def _frame(config: StreamConfig, weights: ChosenWeights) -> Status:
    """All that is known of every status before the first shard speaks."""
    info = weights.shared.info
    labels = [label for w in config.wearer for label in weights.of(w.id).info.labels]
    return replace(
        EMPTY,
        model=info.id,
        labels=tuple(dict.fromkeys((*info.labels, *labels))),
        window=info.window,
        hop=config.hop or info.hop,
    )
