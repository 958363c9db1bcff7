"""A Ray cluster on this machine whose nodes come and go."""

from typing import Any

STORE = 78 * 1024 * 1024


class TwoNodes:
    """The cluster: a head that stays, and further nodes that come and go."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address = str(self._cluster.address)
        self._added: list[Any] = []

    def add(self, **environment: str) -> Any:
        """A node more, with one processor."""
        node = self._cluster.add_node(num_cpus=1, object_store_memory=STORE, env_vars=environment or None)
        self._added.append(node)
        return node

    def kill(self, node: Any) -> None:
        """End all processes of a node at once."""
        self._cluster.remove_node(node, allow_graceful=False)
        self._added.remove(node)

    def clear(self) -> None:
        """The head alone."""
        for node in list(self._added):
            self.kill(node)

    def close(self) -> None:
        self._cluster.shutdown()
