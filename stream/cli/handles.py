"""The limit of open files, raised to what the streams of a run need: each has sockets of its own.

liblsl opens 11 for an inlet, and up to 8 more while it looks for the stream (measured on Linux). Where they
run out, streams are silently not found.
"""

from hnhar.model.errors import ConfigError

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

OF_A_STREAM = 20
"""Open files."""
OF_THE_REST = 200
"""Open files for everything else, 150 subscribers among them."""


def ensure_handles(streams: int) -> None:
    """Raise the soft limit of open files to what `streams` streams need.

    Raises ConfigError where the hard limit is lower.
    """
    if resource is None:
        return
    need = OF_THE_REST + OF_A_STREAM * streams
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= need:
        return
    if hard != resource.RLIM_INFINITY and hard < need:
        raise ConfigError(
            f"{streams} streams need up to {need} open files, and this process may have {hard}: raise the "
            f"hard limit (`ulimit -Hn {need}`, or LimitNOFILE={need} in a systemd unit), or read fewer."
        )
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, hard))
    except (OSError, ValueError) as error:  # macOS calls its hard limit infinite, and has one
        raise ConfigError(
            f"{streams} streams need up to {need} open files, and this system refuses more than {soft} "
            f"({error}): raise the limit of the system, or read fewer."
        ) from error
