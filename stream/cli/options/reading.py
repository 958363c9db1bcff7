"""Options of reading a recording, where its files do not say something themselves."""

import argparse

from hnhar.model.errors import RecordingError

from ...recordings.csv_columns import parse_columns
from .values import Group


def add_reading_options(group: Group) -> None:
    """--columns."""
    group.add_argument(
        "--columns",
        metavar="KEY=COLUMNS,…",
        type=_columns,
        help="which columns of a CSV file are what, with their units, as time=Zeit[ms],acc=ax ay az[g],gyro="
        "gx gy gz[deg/s] (default: as its headings say)",
    )


def columns_of(arguments: argparse.Namespace) -> str:
    """Columns that were named; "" for none."""
    return arguments.columns or ""


def _columns(text: str) -> str:
    try:
        parse_columns(text)
    except RecordingError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("--columns ")) from error
    return text
