"""`hnhar-doctor`: the LSL streams on the network, and the weights that can take them."""

import argparse
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from hnhar.model.bundle import bundle

from ..printable import printable
from .common import guarded
from .console import SafeConsole
from .doctor_lines import lines
from .options.network import add_lsl_options, configure_lsl
from .options.recorded import number
from .parsing import Parser, as_typed, parser

_EPILOG = """examples:
  hnhar-doctor                          streams here, a line each, with what is wrong and what helps
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
    """Entry point; exit code 0 where a stream was found, 1 where none was, 2 on an error."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-doctor") -> Parser:
    """The options of hnhar-doctor."""
    made = parser(prog, "List the LSL streams on the network, and which weights can take them.", _EPILOG)
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
    add_lsl_options(made)
    return made


def _listening(text: str) -> float:
    """Seconds of --listen. Raises ArgumentTypeError."""
    value = number(text)
    if not SHORTEST <= value <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text} is not between {SHORTEST:g} and {LONGEST:g} s")
    return value


def _run(arguments: argparse.Namespace) -> int:
    configure_lsl(arguments)
    bundles = {name: bundle.read_info(path) for name, path in bundle.bundled().items()}
    for asked in arguments.weights:
        bundles[Path(asked).stem] = bundle.read_info(bundle.find(asked))
    # Not before the configuration: importing these is harmless, calling LSL is not.
    from ..lsl.survey import survey

    console = SafeConsole(stderr=arguments.json)
    with console.status("listening …"):
        found = survey(listen=arguments.listen)
    answer = report(found, bundles)
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        show(SafeConsole(), printable(answer), verbose=arguments.verbose)
    return 0 if found else 1


def report(found: Sequence[Any], bundles: dict[str, bundle.BundleInfo]) -> dict[str, Any]:
    """The whole report as plain values, as --json prints it."""
    import pylsl

    from ..lsl.fitness import fits_of

    names = {s.uid: f"{s.description.name} ({s.description.type})" for s in found}
    verdicts: list[dict[str, Any]] = [
        {
            "weights": info.id,
            "modality": modality.name,
            "streams": [names[uid] for uid in fit.streams],
            "fits": fit.fits,
            "notes": list(fit.notes),
            "other_kind": fit.other_kind,
        }
        for info in bundles.values()
        for modality in info.modalities
        for fit in fits_of(found, modality, info.placement)
    ]
    taken = {(v["weights"], name) for v in verdicts if v["fits"] for name in v["streams"]}
    # That a skeleton is no IMU goes without saying, once it is taken as a skeleton.
    verdicts = [
        v for v in verdicts if v["fits"] or not {(v["weights"], name) for name in v["streams"]} <= taken
    ]
    return {
        "versions": {
            "hnhar": version("hnhar"),
            "pylsl": version("pylsl"),
            "liblsl": pylsl.library_info(),
            "liblsl_version": _dotted(pylsl.library_version()),
            "protocol": pylsl.protocol_version(),
        },
        "streams": [_stream(s) for s in found],
        "weights": [info.id for info in bundles.values()],
        "verdicts": verdicts,
    }


def _dotted(number: int) -> str:
    """liblsl's version, 100 times the major one plus the minor one."""
    return f"{number // 100}.{number % 100}"


def _stream(s: Any) -> dict[str, Any]:
    description = s.description
    return {
        "name": description.name,
        "type": description.type,
        "source_id": description.source_id,
        "hostname": description.hostname,
        "placement": description.placement,
        "channels": [
            {"label": label, "unit": unit}
            for label, unit in zip(description.channels, description.units, strict=True)
        ],
        "nominal_rate": description.nominal_rate,
        "measured_rate": s.measured_rate,
        "clock_offset": s.clock_offset,
        "text": s.text,
        "fault": s.fault,
    }


def show(console: SafeConsole, answer: dict[str, Any], *, verbose: bool = False) -> None:
    """Print a report for people: a line a stream, or all of it."""
    versions = answer["versions"]
    used = f"hnhar {versions['hnhar']}, pylsl {versions['pylsl']}, liblsl {versions['liblsl_version']}"
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
    for line in lines(answer):
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "·"}[line.usable]
        console.print(f"{mark} {escape(line.text)}", soft_wrap=True)
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
        stream["name"],
        stream["type"],
        channels,
        declared,
        "–" if stream["text"] else "silent" if heard is None else f"{heard:.1f}",
        "–" if stream["text"] else "unknown" if offset is None else f"{1e3 * offset:.2f} ms",
        f"{stream['hostname']}, {stream['source_id'] or 'no source_id'}",
    )
