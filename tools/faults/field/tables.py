"""Tables of samples as loggers, spreadsheets and people write them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from tools.faults.field.session import ACC, EPOCH, LABELS, G, session
from tools.faults.field.trial import FieldInput

KIND: Final = "tables of samples (CSV)"
HEADS: Final = tuple(f"{x} [g]" for x in ACC) + tuple(f"gyro_{x} [deg/s]" for x in "xyz")
WORN: Final = ("--imu-placement", "right wrist")


def table(
    path: Path,
    head: Sequence[str],
    times: Sequence[str],
    values: Sequence[Sequence[float]] | None = None,
    *,
    separator: str = ",",
    comma: bool = False,
    before: str = "",
    encoding: str = "utf-8",
    end: str = "\n",
    after: Sequence[str] = (),
) -> Path:
    """A file of a heading, and of a time and values a line; `before` and `after`: other lines and cells."""
    rows = session().values.tolist() if values is None else values
    lines = [separator.join(head)] if head else []
    for k, (time, row) in enumerate(zip(times, rows, strict=True)):
        cells = [f"{v:.5f}" for v in row]
        if comma:
            cells = [cell.replace(".", ",") for cell in cells]
            time = time.replace(".", ",")
        lines.append(
            separator.join(
                [*([time] if not head or head[0] not in HEADS else []), *cells, *(after[k : k + 1])]
            )
        )
    path.write_bytes((before + end.join(lines) + end).encode(encoding))
    return path


def seconds(form: str = "{:.3f}", scale: float = 1.0, start: float = 0.0) -> list[str]:
    """The times of all samples, as text."""
    return [form.format((start + t) * scale) for t in session().times.tolist()]


def dates(form: str, cut: int | None = None, start: float = EPOCH) -> list[str]:
    """The times of all samples as dates; `cut`: characters at the end that are left out."""
    made = [datetime.fromtimestamp(start + t, UTC).strftime(form) for t in session().times.tolist()]
    return [text[:cut] for text in made]


def _simple(
    name: str,
    make: Callable[[Path], Path],
    options: tuple[str, ...] = (),
    readable: bool = True,
    labeled: bool = False,
) -> FieldInput:
    return FieldInput(
        KIND,
        name,
        lambda folder: make(folder / "a.csv"),
        (*options, *WORN),
        readable=readable,
        labeled=labeled,
    )


def _dialects() -> Iterator[FieldInput]:
    head = ("time", *HEADS)
    yield _simple("plain", lambda p: table(p, head, seconds()))
    yield _simple(
        "semicolons and decimal commas", lambda p: table(p, head, seconds(), separator=";", comma=True)
    )
    yield _simple("tabs", lambda p: table(p, head, seconds(), separator="\t"))
    yield _simple("bars", lambda p: table(p, head, seconds(), separator="|"), readable=False)
    yield _simple("spaces", lambda p: table(p, ("time", *LABELS), seconds(), separator=" "), readable=False)
    yield _simple(
        "a byte order mark, lines of Windows",
        lambda p: table(p, head, seconds(), encoding="utf-8-sig", end="\r\n"),
    )
    yield _simple("UTF-16", lambda p: table(p, head, seconds(), encoding="utf-16"))
    degree = ("time", *(f"{x} (m/s²)" for x in ACC), *(f"gyro_{x} (°/s)" for x in "xyz"))
    si = (session().values * [G, G, G, 1, 1, 1]).tolist()
    yield _simple("Latin-1 with ° and ²", lambda p: table(p, degree, seconds(), si, encoding="latin-1"))
    yield _simple(
        "cp1252, semicolons",
        lambda p: table(p, degree, seconds(), si, encoding="cp1252", separator=";", comma=True),
    )
    quoted = tuple(f'"{cell}"' for cell in head)
    yield _simple("headings in quotes", lambda p: table(p, quoted, seconds()))
    yield _simple("values in quotes", lambda p: _quoted(table(p, head, seconds())))
    yield _simple(
        "lines of comments", lambda p: table(p, head, seconds(), before="# device: watch\n# rate: 50\n")
    )
    yield _simple(
        "lines about the device", lambda p: table(p, head, seconds(), before="Device:,Watch\nRate:,50\n\n")
    )
    yield _simple("a line of units", lambda p: _units(table(p, ("time", *LABELS), seconds())))
    yield _simple("a comma behind each line", lambda p: _ended(table(p, head, seconds())))
    yield _simple(
        "empty lines in between",
        lambda p: _changed(table(p, head, seconds()), lambda text: text.replace("\n", "\n\n")),
    )
    yield _simple(
        "the last line is cut", lambda p: _changed(table(p, head, seconds()), lambda text: text[:-20])
    )
    upper = tuple(cell.upper() for cell in ("time", *LABELS))
    yield _simple("capitals, no units", lambda p: table(p, upper, seconds()))
    yield _simple(
        "German headings",
        lambda p: table(p, ("Zeit", "Bx", "By", "Bz", "Dx", "Dy", "Dz"), seconds()),
        readable=False,
    )
    german = ("--columns", "time=Zeit[s],acc=Bx By Bz[g],gyro=Dx Dy Dz[deg/s]")
    yield _simple(
        "German headings, --columns",
        lambda p: table(p, ("Zeit", "Bx", "By", "Bz", "Dx", "Dy", "Dz"), seconds()),
        german,
    )
    yield _simple("no headings", lambda p: table(p, (), seconds()), readable=False)


def _changed(path: Path, change: Callable[[str], str]) -> Path:
    path.write_text(change(path.read_text()))
    return path


def _quoted(path: Path) -> Path:
    lines = [",".join(f'"{cell}"' for cell in line.split(",")) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    return path


def _units(path: Path) -> Path:
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([head, "s,g,g,g,deg/s,deg/s,deg/s", *lines]) + "\n")
    return path


def _ended(path: Path) -> Path:
    path.write_text("".join(f"{line},\n" for line in path.read_text().splitlines()))
    return path


def _times() -> Iterator[FieldInput]:
    n = len(session().times)
    for name, head, times, readable in (
        ("ms, said", "time [ms]", seconds("{:.0f}", 1e3), True),
        ("ms, by the name", "time_ms", seconds("{:.0f}", 1e3), True),
        ("ms since 1970, unsaid", "timestamp", seconds("{:.0f}", 1e3, EPOCH), True),
        ("µs, said", "t (us)", seconds("{:.0f}", 1e6), True),
        ("ns since 1970, unsaid", "time", seconds("{:.0f}", 1e9, EPOCH), True),
        ("since 1970, three decimals", "unix_time", seconds("{:.3f}", 1.0, EPOCH), True),
        ("since 1970, whole seconds", "time", seconds("{:.0f}", 1.0, EPOCH), True),
        ("as spreadsheets round it (1.70E+12)", "time", seconds("{:.2E}", 1e3, EPOCH), False),
        ("dates of ISO", "datetime", dates("%Y-%m-%dT%H:%M:%S.%fZ"), True),
        ("dates with a blank", "time", dates("%Y-%m-%d %H:%M:%S.%f", -3), True),
        ("dates without parts of a second", "time", dates("%Y-%m-%d %H:%M:%S"), True),
        ("day.month.year", "time", dates("%d.%m.%Y %H:%M:%S.%f"), True),
        ("month/day/year am", "time", dates("%m/%d/%Y %I:%M:%S.%f %p"), True),
        ("the time of day", "time", dates("%H:%M:%S.%f", -3), True),
        (
            "over midnight, the time of day",
            "time",
            dates("%H:%M:%S.%f", -3, 1.7e9 - 1.7e9 % 86400 - 9.0),
            True,
        ),
        ("a date with a zone", "time", [f"{t}+02:00" for t in dates("%Y-%m-%d %H:%M:%S.%f", -3)], True),
        ("a count of ms of 16 bits", "time [ms]", [f"{(60000 + k * 20) % 65536}" for k in range(n)], False),
        (
            "a count of µs of 32 bits, which begins anew",
            "time [us]",
            [f"{(2**32 - 9000000 + k * 20000) % 2**32}" for k in range(n)],
            False,
        ),
        ("a sample's number", "sample", [str(k) for k in range(n)], False),
        ("a sample's number, called time", "time", [str(k) for k in range(n)], False),
        ("in minutes", "time [min]", seconds("{:.6f}", 1 / 60), False),
        ("days of a spreadsheet", "time", seconds("{:.9f}", 1 / 86400, 45000 * 86400), False),
        ("cut to tenths", "time", [f"{int(t * 10) / 10:.1f}" for t in session().times.tolist()], True),
    ):
        yield _simple(f"time: {name}", partial(_timed, head, times), readable=readable)
    yield _simple(
        "a sample's number, --columns says 20 ms",
        partial(_timed, "n", [str(k * 20) for k in range(n)]),
        ("--columns", f"time=n[ms],acc={' '.join(HEADS[:3])},gyro={' '.join(HEADS[3:])}"),
        readable=False,
    )
    yield _simple("no time at all", lambda p: table(p, HEADS, [""] * n), readable=False)


def _timed(head: str, times: list[str], path: Path) -> Path:
    return table(path, (head, *HEADS), times)


def _odd() -> Iterator[FieldInput]:
    head = ("time", *HEADS)
    values = session().values

    def lacking(path: Path) -> Path:
        lines = table(path, head, seconds()).read_text().splitlines()
        for k in range(40, len(lines), 37):
            cells = lines[k].split(",")
            cells[1 + k % 6] = ("", "NaN", "nan", "null", "-")[k % 5]
            lines[k] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n")
        return path

    def apart(path: Path) -> Path:
        """Two sensors in turns, as phones' event logs: a line is of one."""
        lines = ["time,sensor,x,y,z"]
        for t, row in zip(session().times.tolist(), values.tolist(), strict=True):
            lines.append(f"{t:.3f},accelerometer," + ",".join(f"{v * G:.5f}" for v in row[:3]))
            lines.append(f"{t + 0.002:.3f},gyroscope," + ",".join(f"{np.deg2rad(v):.5f}" for v in row[3:]))
        path.write_text("\n".join(lines) + "\n")
        return path

    def backward(path: Path) -> Path:
        first, *lines = table(path, head, seconds()).read_text().splitlines()
        path.write_text("\n".join([first, *lines[::-1]]) + "\n")
        return path

    def twice(path: Path) -> Path:
        first, *lines = table(path, head, seconds()).read_text().splitlines()
        path.write_text("\n".join([first, *(line for line in lines for _ in range(2))]) + "\n")
        return path

    def joined(path: Path) -> Path:
        text = table(path, head, seconds()).read_text().splitlines()
        path.write_text("\n".join([*text[:500], text[0], *text[500:]]) + "\n")
        return path

    yield _simple("cells without a value", lacking)
    yield _simple("a line a sensor", apart, readable=False)
    yield _simple("the newest sample first", backward, readable=False)
    yield _simple("each line twice", twice)
    yield _simple("the heading again in the middle", joined, readable=False)
    yield _simple("only a heading", lambda p: table(p, head, [], []), readable=False)
    yield _simple(
        "an empty file", lambda p: _changed(table(p, head, seconds()), lambda text: ""), readable=False
    )
    swapped = ("time", *HEADS[3:], *HEADS[:3])
    yield _simple(
        "gyroscope first",
        lambda p: table(p, swapped, seconds(), np.hstack([values[:, 3:], values[:, :3]]).tolist()),
    )
    yield _simple("a label in each line", partial(row_labels, ""), labeled=True)
    yield _simple("a label in each line, idle where nothing is done", partial(row_labels, "idle"))
    yield _simple(
        "accelerations only", lambda p: table(p, head[:4], seconds(), values[:, :3].tolist()), readable=False
    )


def row_labels(idle: str, path: Path) -> Path:
    at = session().times
    labels = [idle] * len(at)
    for action in session().actions:
        for k in np.flatnonzero((at >= action.onset) & (at < action.offset)).tolist():
            labels[k] = action.label
    return table(path, ("time", *HEADS, "activity"), seconds(), after=labels)


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    yield from _dialects()
    yield from _times()
    yield from _odd()
