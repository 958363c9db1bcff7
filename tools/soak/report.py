"""Outcome of a soak, in lines and as a figure."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SETTLED = 120.0
"""s at the begin that slopes leave out."""
LAST = 2 / 3
"""Share of the time after which the last third begins."""


def slope(
    at: NDArray[np.float64], values: NDArray[np.float64], begin: float | None = None
) -> tuple[float, float]:
    """Change an hour by least squares from begin (s) on, and half of its 95 % interval; NaN of too few.

    The interval takes residuals as independent, which memory's are not: it is the least that is uncertain.
    """
    kept = at >= (min(SETTLED, at[-1] / 4) if begin is None else begin)
    x, y = at[kept] / 3600.0, values[kept]
    if len(x) < 8:
        return float("nan"), float("nan")
    design = np.stack([x, np.ones_like(x)], axis=1)
    (change, offset), *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - change * x - offset
    spread = float(np.sqrt((residual**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum()))
    return float(change), 1.96 * spread


def rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Its lines of docs/reliability.md."""
    seen = columns(result)
    change, half = slope(seen["at"], seen["rss"])
    late, around = slope(seen["at"], seen["rss"], seen["at"][-1] * LAST)
    flat = [slope(seen["at"], seen[name]) for name in ("threads", "handles")]
    received = result.get("received", [])
    total, lost = sum(one["received"] for one in received), sum(one["unexplained"] for one in received)
    faults = len(result["faults"])
    common = {"row": 20, "test": "tests/stream/intake/test_faults_in_any_order.py"}
    return [
        {
            **common,
            "fault": f"{faults} faults in {result['minutes']:.0f} minutes: samples",
            "figure": f"{lost} of {total} samples unexplained; {len(result['violations'])} violations",
            "bar": "0 unexplained, 0 violations",
            "met": bool(received) and not lost and not result["violations"],
        },
        {
            **common,
            "fault": "the same: memory",
            "figure": f"RSS {change:+.1f} ± {half:.1f} MiB an hour from the second minute on, {late:+.1f} ± "
            f"{around:.1f} in the last third",
            "bar": "≤ 1 MiB an hour once it has settled (the goal is of 24 h)",
            "met": late + around <= 1.0,
        },
        {
            **common,
            "fault": "the same: threads and open files",
            "figure": " and ".join(f"{c:+.2f} ± {h:.2f} an hour" for c, h in flat),
            "bar": "constant",
            "met": all(abs(c) <= h or abs(c) < 0.5 for c, h in flat),
        },
    ]


def columns(result: dict[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The samples of the process, by name."""
    names = result["samples"][0]
    return {name: np.array([s[name] for s in result["samples"]], np.float64) for name in names}


def summary(result: dict[str, Any]) -> list[str]:
    """Lines for a person."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for fault in result["faults"]:
        by_kind[fault["kind"]].append(np.inf if fault["recovered"] is None else fault["recovered"])
    silence, delay = result["longest_without_status"], 1e3 * result["worst_delay_of_the_other"]
    lines = [
        f"{result['minutes']:.1f} minutes, {len(result['faults'])} faults, "
        f"{result['predictions']} predictions, {result['lost']} lost",
        f"longest without a status {silence:.2f} s; worst delay of a wearer by another's fault {delay:.0f} "
        "ms after the end of its window",
    ]
    for kind, times in sorted(by_kind.items()):
        lines.append(
            f"  {kind}: {len(times)} times, both streams again after p50 {np.median(times):.2f} s, "
            f"at most {max(times):.2f} s"
        )
    if result["samples"]:
        seen = columns(result)
        for name, unit in (("rss", "MiB"), ("threads", ""), ("handles", "")):
            change, half = slope(seen["at"], seen[name])
            late, late_half = slope(seen["at"], seen[name], begin=LAST * seen["at"][-1])
            lines.append(
                f"  {name}: {seen[name][0]:.0f} to {seen[name][-1]:.0f}{unit and ' ' + unit}, slope "
                f"{change:+.2f} ± {half:.2f} an hour; in the last third {late:+.2f} ± {late_half:.2f}"
            )
    lines += [
        f"  samples of {one['stream']}: {one['received']} received, {one['handed_on']} handed on, dropped "
        f"{one['dropped']}, {one['unexplained']} unexplained"
        for one in result.get("received", [])
    ]
    lines.append(f"{len(result['violations'])} violations")
    lines += [f"  {text}" for text in result["violations"][:20]]
    return lines


def draw(result: dict[str, Any], path: Path) -> None:
    """Memory, threads, handles and latency over time, with the faults as ticks."""
    from matplotlib.figure import Figure

    seen = columns(result)
    minutes = seen["at"] / 60.0
    drawn = Figure(figsize=(10.0, 8.0), layout="constrained")
    axes = drawn.subplots(4, 1, sharex=True)
    for one, name, label in zip(
        axes, ("rss", "threads", "handles"), ("memory (MiB)", "threads", "handles"), strict=False
    ):
        one.plot(minutes, seen[name], color="#2a5d8f", lw=1.2)
        one.set_ylabel(label)
        one.set_ylim(0, 1.15 * float(np.nanmax(seen[name])))
    axes[3].plot(minutes, seen["latency_p99"], color="#b5483a", lw=1.2, label="p99")
    axes[3].plot(minutes, seen["latency_p50"], color="#2a5d8f", lw=1.2, label="p50")
    axes[3].set_ylabel("latency (ms)")
    axes[3].set_yscale("log")
    axes[3].legend(loc="upper right", fontsize=8)
    for fault in result["faults"]:
        for one in axes:
            one.axvline(fault["begun"] / 60.0, color="#999999", lw=0.4, alpha=0.5)
    axes[3].set_xlabel("minutes")
    axes[0].set_title(
        f"{len(result['faults'])} faults in {result['minutes']:.0f} minutes, "
        f"{len(result['violations'])} violations",
        fontsize=10,
    )
    drawn.savefig(path, dpi=110)
