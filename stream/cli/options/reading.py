"""Options of reading a recording, where its files do not say something themselves."""

import argparse
from pathlib import Path

from hnhar.model.errors import RecordingError

from ...recordings.clock_choice import ClockChoice, parse_clock
from ...recordings.csv_columns import parse_columns
from .values import Group


def add_reading_options(group: Group, *, table: bool = True) -> None:
    """--columns, --clock, --tier; --labels where `table`."""
    group.add_argument(
        "--columns",
        metavar="KEY=COLUMNS,…",
        type=_columns,
        help="which columns of a CSV file are what, with their units, as time=Zeit[ms],acc=ax ay az[g],gyro="
        "gx gy gz[deg/s] (default: as its headings say)",
    )
    group.add_argument(
        "--clock",
        metavar="CLOCK",
        action="append",
        default=[],
        help="streams of a recording with clocks of their own. start: each begins with the others; "
        "STREAM=start: that one does; STREAM=-3.5: added to its time stamps, s (also markers=…, table=…); "
        "STREAM=ms (us, ns): what they count; STREAM=out: it is left out; stamps: all are taken as they are. "
        "May be repeated (default: streams without common time are refused)",
    )

    if table:
        group.add_argument(
            "--labels",
            metavar="FILE",
            type=Path,
            help="table of what was done: BIDS events, ELAN (.eaf), BORIS, Audacity, Label Studio or markers "
            "(.json) (default: the one beside the recording, or its markers)",
        )
    group.add_argument(
        "--tier",
        metavar="NAME",
        default="",
        help="which tier of ELAN's table, or subject of BORIS's, where several overlap (default: all)",
    )


def columns_of(arguments: argparse.Namespace) -> str:
    """Columns that were named; "" for none."""
    return arguments.columns or ""


def clock_of(arguments: argparse.Namespace) -> ClockChoice:
    """Clocks as `add_reading_options` was given them. Raises RecordingError."""
    return parse_clock(arguments.clock)


def _columns(text: str) -> str:
    try:
        parse_columns(text)
    except RecordingError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("--columns ")) from error
    return text
