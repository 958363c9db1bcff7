"""`hnhar-doctor`: the LSL streams on the network, and the weights that can take them."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from hnhar.model.bundle import bundle
from hnhar.model.errors import ConfigError

from ..intake.registry import DEFAULT, check_source, split_source
from ..mapping.selection import split_sensor
from ..printable import printable
from .common import guarded
from .console import SafeConsole
from .doctor_lines import by_lines, lines, run_lines
from .doctor_recorded import recorded
from .doctor_report import report
from .options.network import add_lsl_options, configure_lsl
from .options.reading import add_reading_options
from .options.recorded import number
from .options.sources import (
    add_mapping_options,
    add_marker_option,
    add_source_options,
    mapping_options,
    sources_of,
)
from .parsing import Parser, as_typed, parser

_EPILOG = """examples:
  hnhar-doctor                          streams here, a line each, with what is wrong and what helps
  hnhar-doctor session.xdf              the same of a recording, and what a run over it would take
  hnhar-doctor --imu-source type=ACC    what a run with this source would take, or why it would refuse
  hnhar-doctor --verbose                all that is known of them, and what each of the weights says
  hnhar-doctor --weights mine.safetensors
  hnhar-doctor --lsl-peers 10.0.0.7     ask a host directly, where multicast does not pass
  hnhar-doctor --json                   the same for programs
"""

NOTHING_FOUND = (
    "No stream was found. What to try:",
    "  · is the sender running, and in the same LSL session (--lsl-session, SessionID in lsl_api.cfg)?",
    "  · on another host: --lsl-peers HOST asks it directly, where multicast does not pass (other subnet, "
    "VPN, Wi-Fi isolation, containers)",
    "  · a firewall must let UDP 16571 and TCP and UDP 16572 to 16604 through, on both hosts",
    "  · to see that this machine is fine: run hnhar-replay synthetic --loop beside this",
)


SHORTEST: Final = 0.2
LONGEST: Final = 30.0
"""Bounds of --listen, s."""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-doctor") -> int:
    """Entry point; exit code 0 where a stream was found, 1 where none was, 2 on an error.

    Of a recording, or with a source: 0 where some weights take it.
    """
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-doctor") -> Parser:
    """The options of hnhar-doctor."""
    made = parser(
        prog,
        "List the LSL streams on the network, or of a recording, and which weights can take them.",
        _EPILOG,
    )
    made.add_argument(
        "recording",
        nargs="?",
        metavar="FILE",
        help="a recording: its streams, and what a run over it would take (default: the streams here)",
    )
    made.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="BUNDLE",
        help="further weights to try beside the shipped ones; may be repeated",
    )
    made.add_argument(
        "--listen",
        type=_listening,
        default=1.5,
        metavar="S",
        help=f"seconds to listen, {SHORTEST:g} to {LONGEST:g} (default: 1.5)",
    )
    made.add_argument("--verbose", action="store_true", help="all of it, instead of a line a stream")
    made.add_argument("--json", action="store_true", help="one JSON object on standard output")
    streams = made.add_argument_group("what a run would be told")
    add_source_options(streams)
    add_mapping_options(streams, finds=True)
    add_marker_option(streams, "the markers of a recording, named likewise (default: all)")
    add_reading_options(streams)
    add_lsl_options(made)
    return made


def _listening(text: str) -> float:
    """Seconds of --listen. Raises ArgumentTypeError."""
    value = number(text)
    if not SHORTEST <= value <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not between {SHORTEST:g} and {LONGEST:g} s")
    return value


def _run(arguments: argparse.Namespace) -> int:
    bundles = {name: bundle.read_info(path) for name, path in bundle.bundled().items()}
    for asked in arguments.weights:
        bundles[Path(asked).stem] = bundle.read_info(bundle.find(asked))
    sources = sources_of(arguments)
    for source in sources.values():
        check_source(source)
    console = SafeConsole(stderr=arguments.json)
    if arguments.recording is not None:
        answer, found = recorded(arguments, console, bundles)
    else:
        answer, found = _live(arguments, console, bundles, sources)
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        show(SafeConsole(), printable(by_lines(answer)), verbose=arguments.verbose)
    return 0 if found else 1


def _live(
    arguments: argparse.Namespace,
    console: SafeConsole,
    bundles: Mapping[str, bundle.BundleInfo],
    sources: Mapping[str, str],
) -> tuple[dict[str, Any], bool]:
    """The report on the network's streams, and if there is what was asked for."""
    configure_lsl(arguments)
    # Not before the configuration: importing these is harmless, calling LSL is not.
    from ..lsl.survey import matching, survey

    addresses = {source: _address(source) for source in sources.values()}
    with console.status("listening …"):
        found = survey(listen=arguments.listen)
        there = {source: matching(address, found) for source, address in addresses.items()}
    answer = report(found, bundles, sources, mapping_options(arguments, finds=True), there)
    return answer, any(v["fits"] for v in answer["verdicts"]) if sources else bool(found)


def _address(source: str) -> str:
    """The address of a source of LSL. Raises ConfigError where it is of another backend."""
    scheme, address = split_source(split_sensor(source)[0])
    if scheme != DEFAULT:
        raise ConfigError(f"{source}: the doctor looks at LSL and at recordings, not at '{scheme}:'.")
    return address


def show(console: SafeConsole, answer: dict[str, Any], *, verbose: bool = False) -> None:
    """Print a report for people: a line a stream, or all of it."""
    versions = answer["versions"]
    used = f"hnhar {versions['hnhar']}, pylsl {versions['pylsl']}, liblsl {versions['liblsl_version']}"
    used += f", {', '.join(versions['runtimes']) or 'and nothing that computes networks (hnhar[serve])'}"
    console.say(used, "dim")
    if not answer["streams"]:
        for text in NOTHING_FOUND:
            console.say(as_typed(text))
        return
    if not answer["weights"]:
        console.print("No weights are installed: name some with --weights FILE.")
    if verbose:
        _show_all(console, answer)
        return
    for note in answer.get("notes", ()):
        console.say(note, "dim")
    for line in (*lines(answer), *run_lines(answer)):
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "·"}[line.usable]
        number = f"{line.number} " if line.number else ""
        console.print(f"{mark} {number}{escape(line.text)}", soft_wrap=True)
        for problem in line.problems:
            console.say(f"    {problem}", "dim")


def _show_all(console: SafeConsole, answer: dict[str, Any]) -> None:
    table = Table(title="LSL streams", title_justify="left", expand=False)
    for heading, options in (
        ("name", {"no_wrap": True}),
        ("type", {}),
        ("channels", {}),
        ("Hz said", {"justify": "right"}),
        ("Hz heard", {"justify": "right"}),
        ("offset", {"justify": "right"}),
        ("host, source_id", {"overflow": "fold"}),
    ):
        table.add_column(heading, **options)
    for stream in answer["streams"]:
        table.add_row(*map(escape, _row(stream)))
    console.print(table)
    for verdict in answer["verdicts"]:
        mark = "[green]can take[/]" if verdict["fits"] else "[red]cannot take[/]"
        streams = escape(" + ".join(verdict["streams"]))
        who, what = escape(verdict["weights"]), escape(verdict["modality"])
        console.print(f"{who} {mark} {streams} as {what}", soft_wrap=True)
        for note in verdict["notes"]:
            console.say(f"    {note}", "dim")
    for line in run_lines(answer):
        console.print(f"{'[green]✓[/]' if line.usable else '[red]✗[/]'} {escape(line.text)}", soft_wrap=True)
        for problem in line.problems:
            console.say(f"    {problem}", "dim")


def _row(stream: dict[str, Any]) -> tuple[str, ...]:
    labels = [channel["label"] for channel in stream["channels"]]
    units = list(dict.fromkeys(channel["unit"] or "no unit" for channel in stream["channels"]))
    listed = f"{labels[0]} … {labels[-1]}" if any(labels) else "no labels"
    channels = "text" if stream["text"] else f"{len(labels)}: {listed} [{', '.join(units)}]"
    heard = stream["measured_rate"]
    offset = stream["clock_offset"]
    declared = f"{stream['nominal_rate']:g}" if stream["nominal_rate"] else "irregular"
    if stream["fault"]:
        channels = stream["fault"]
    return (
        f"{stream['number']} {stream['name']}",
        stream["type"],
        channels,
        declared,
        "–" if stream["text"] else "silent" if heard is None else f"{heard:.1f}",
        "–" if stream["text"] else "unknown" if offset is None else f"{1e3 * offset:.2f} ms",
        f"{stream['hostname']}, {stream['source_id'] or 'no source_id'}",
    )
