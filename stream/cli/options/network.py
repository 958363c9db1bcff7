"""Places on the network where LSL streams are looked for."""

import argparse

from .values import split


def add_lsl_options(parser: argparse.ArgumentParser) -> None:
    """--lsl-peers, --lsl-session, --lsl-scope."""
    group = parser.add_argument_group("network")
    group.add_argument(
        "--lsl-peers",
        metavar="HOST,HOST",
        default="",
        help="hosts to ask directly, where multicast does not pass: other subnets, VPN, containers "
        "(default: none)",
    )
    group.add_argument(
        "--lsl-session",
        metavar="ID",
        default=None,
        help="LSL session: only streams of the same session see each other (default: that of the LSL "
        "configuration)",
    )
    group.add_argument(
        "--lsl-scope",
        metavar="SCOPE",
        choices=("machine", "link", "site", "organization", "global"),
        default=None,
        help="how far streams are looked for: machine, link, site, organization or global (default: site, or "
        "what the LSL configuration says)",
    )


def configure_lsl(arguments: argparse.Namespace, *, quiet: bool = True) -> None:
    """Configure LSL as `add_lsl_options` says; before any other LSL call. Raises ConfigError."""
    from ...lsl.config import configure

    configure(
        session_id=arguments.lsl_session,
        scope=arguments.lsl_scope,
        peers=split(arguments.lsl_peers),
        quiet=quiet,
    )
