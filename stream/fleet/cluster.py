"""Ray, of which nothing else in `stream` knows: joining a cluster, its nodes, and shards as actors.

Ray's dashboard and usage statistics stay off, and its object store small: no sample and no prediction goes
through it, only orders.
"""

import importlib.util
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hnhar.model.errors import ConfigError

from .reach import check_reach

if TYPE_CHECKING:
    from ray import ObjectRef

_T = TypeVar("_T")
LOCAL: Final = "local"
AUTO: Final = "auto"
STORE: Final = 78 * 1024 * 1024
"""bytes of the object store of a cluster that is started here: about the least that Ray takes."""
JOIN: Final = 60.0
"""s to join it, or to start one here."""
EXTRA: Final = "Ray is not installed: pip install 'hnhar[cluster]'."


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster."""

    id: str
    name: str
    """For people."""
    cpus: int
    """Shards that it can hold."""


@dataclass(frozen=True, slots=True)
class NodeList:
    """Nodes that there were at a time."""

    nodes: list[Node]
    at: float
    """By the monotonic clock, s."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A method of a shard under way."""

    ref: "ObjectRef[Any]"


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """Of a `Call`."""

    value: Any
    error: str = ""
    """Reason why there is none: the process has ended, or could not begin."""


def need_ray() -> None:
    """Raise ConfigError, which names the extra, where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise ConfigError(EXTRA)


def join(address: str, *, cpus: int | None = None, timeout: float = JOIN) -> "Cluster":
    """Join the cluster at `address`: HOST:PORT of its head, `auto` for one that runs on this machine, `local`
    for one that is started here, with `cpus` shards at most, and ends with this process.

    Raises ConfigError where Ray is not installed, and where nothing answers within `timeout` s.
    """
    need_ray()
    if address not in (LOCAL, AUTO):
        check_reach(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    failed: list[BaseException] = []
    joined, left = threading.Event(), threading.Event()

    def begin() -> None:
        try:
            import ray

            options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
            if address == LOCAL:
                options |= {"num_cpus": cpus, "object_store_memory": STORE, "include_dashboard": False}
            _hush()
            if address not in (LOCAL, AUTO):
                _ask_head(address)
            ray.init(address=address, **options)
        except BaseException as error:
            failed.append(error)
        joined.set()
        left.wait()  # processes that Ray started here end with the thread that started them

    # in a thread: its time can be bounded, and Ray leaves our handlers of signals alone
    threading.Thread(target=begin, name="hnhar-join", daemon=True).start()
    if not joined.wait(timeout):
        raise ConfigError(
            f"no Ray cluster answered at {address} within {timeout:g} s. Is it a cluster's head (ray start "
            "--head says its address), of the same version of Ray?"
        )
    if failed:
        raise ConfigError(_refusal(address, failed[0])) from failed[0]
    return Cluster(left)


class Cluster:
    """A cluster that was joined."""

    def __init__(self, left: threading.Event) -> None:
        self._left = left

    @property
    def host(self) -> str:
        """Address of this machine, as nodes reach it."""
        import ray

        return str(ray.util.get_node_ip_address())

    def nodes(self) -> list[Node]:
        """Those that are alive and have processors to give."""
        import ray

        found = [n for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU", 0) >= 1]
        names = [n["NodeName"] for n in found]
        return [
            Node(
                n["NodeID"],
                n["NodeName"] if names.count(n["NodeName"]) == 1 else f"{n['NodeName']} {n['NodeID'][:6]}",
                int(n["Resources"]["CPU"]),
            )
            for n in found
        ]

    def actor(self, kind: type, node: Node) -> "Actor":
        """An actor of class `kind` on that node and no other; it begins at once or when a processor is
        free."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        strategy = NodeAffinitySchedulingStrategy(node.id, soft=False)
        made = ray.remote(kind).options(
            num_cpus=1, max_concurrency=8, max_restarts=0, max_task_retries=0, scheduling_strategy=strategy
        )
        return Actor(made.remote())

    def share(self, content: object) -> Any:
        """An argument for many calls, sent to each node once."""
        import ray

        return ray.put(content)

    def leave(self) -> None:
        """Leave; a cluster that was started here ends."""
        import ray

        ray.shutdown()
        self._left.set()


class NodeWatch:
    """Nodes of a cluster, asked for in a thread: where its head is gone, who asks waits."""

    def __init__(self, cluster: Cluster, pause: float) -> None:
        """Ask now, and again each `pause` s."""
        self._cluster, self._pause = cluster, pause
        self._over = threading.Event()
        self.latest = NodeList(cluster.nodes(), time.monotonic())
        """The last answer."""
        threading.Thread(target=self._run, name="hnhar-nodes", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(self._pause):
            with suppress(Exception):  # as one that is not answered
                self.latest = NodeList(self._cluster.nodes(), time.monotonic())


class Actor:
    """A process somewhere in the cluster."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def call(self, method: str, *arguments: Any) -> Call:
        """Call a method; at once."""
        return Call(getattr(self._handle, method).remote(*arguments))

    def kill(self) -> None:
        """End it, if it still is."""
        import ray

        ray.kill(self._handle, no_restart=True)


def answers(calls: dict[Call, _T]) -> list[tuple[_T, CallAnswer]]:
    """Answers that have come, each with what belongs to its call; they are taken out of `calls`."""
    import ray

    if not calls:
        return []
    by_ref = {call.ref: call for call in calls}
    done, _ = ray.wait(list(by_ref), num_returns=len(by_ref), timeout=0)
    found = []
    for ref in done:
        of = calls.pop(by_ref[ref])
        try:
            found.append((of, CallAnswer(ray.get(ref, timeout=1.0))))
        except Exception as error:
            found.append((of, CallAnswer(None, _why(error))))
    return found


def _hush() -> None:
    """Keep Ray from printing a paragraph on each process that ends: the coordinator says it in a line."""
    from ray._private import worker

    worker.print_to_stdstream = lambda *arguments, **options: None


def _ask_head(address: str) -> None:
    """Raise an error of Ray's where another of its services listens, or a token is asked for that is not
    here: ray.init would try for 20 s.

    Where the token is here, it is used, as Ray itself does on the machine of the head alone.
    """
    try:
        from ray import _raylet  # no public names for any of it
        from ray._private.authentication import authentication_token_setup as tokens
        from ray.exceptions import AuthenticationError
    except ImportError:  # another version
        return
    client: Any = getattr(_raylet, "GcsClient", None)
    if client is None:
        return
    try:
        client(address=address)
    except AuthenticationError:
        if not tokens.maybe_enable_token_auth_if_token_available(warn_if_disabled=False):
            raise
        client(address=address)


def _why(error: Exception) -> str:
    """One line of an error of Ray's."""
    import ray

    cause = getattr(error, "cause", None) or error
    text = str(cause).strip()
    if isinstance(error, ray.exceptions.ActorDiedError) and "creation task" not in text:
        return "its process has ended"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "Error" in line), lines[0] if lines else repr(error))


def _refusal(address: str, error: BaseException) -> str:
    if address == AUTO and isinstance(error, ConnectionError):
        return (
            "no Ray cluster runs on this machine: begin one by ray start --head, join one by ray start "
            f"--address=HOST:PORT, or give --ray {LOCAL}."
        )
    if type(error).__name__ == "AuthenticationError":
        return (
            f"the Ray cluster at {address} asks for a token: ray get-auth-token on the head's machine says "
            "it. Put it into ~/.ray/auth_token on each machine, and set RAY_AUTH_MODE=token there before ray "
            "start and hnhar; or begin all of them with RAY_AUTH_MODE=disabled."
        )
    if "RpcError" in type(error).__name__ or "RPC error" in str(error):
        return (
            f"no Ray cluster is at {address}: what listens there speaks gRPC, but not as a cluster's head "
            "does. Give the address that ray start --head said: Ray has other ports beside it, and a head of "
            "another version of Ray answers so, too."
        )
    first = (str(error).strip() or repr(error)).splitlines()[0]
    return f"the Ray cluster at {address} cannot be joined: {first}"
