"""Links cut and clocks set apart for real, in namespaces, by `tools/faults/streams.py`, which holds the bar.

Skipped where namespaces are not allowed (they want root). The bars here are those of the tool: seconds.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NEEDS = {
    "outages": ("unshare", "-n", "true"),
    "time-service": ("unshare", "-n", "true"),
    "clock": ("unshare", "--time", "--uts", "true"),
}

pytestmark = [pytest.mark.lsl, pytest.mark.slow]


def seconds(row: dict[str, str]) -> float:
    return float(row["figure"].split()[0])


def measured(case: str, tmp_path: Path) -> list[dict[str, str]]:
    try:
        allowed = subprocess.run(NEEDS[case], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip(f"{' '.join(NEEDS[case])} is not allowed here")
    path = tmp_path / "rows.json"
    command = [sys.executable, "-m", "tools.faults.streams", "--cases", case]
    command += ["--repeats", "1", "--json", str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    rows: list[dict[str, str]] = json.loads(path.read_text("utf-8"))
    assert rows, ended.stderr
    return rows


def test_after_a_link_outage_old_samples_are_dropped_and_a_dead_connection_is_opened_anew(
    tmp_path: Path,
) -> None:
    rows = measured("outages", tmp_path)
    caught_up, oldest, *again = rows
    assert seconds(caught_up) < 5.0
    assert seconds(oldest) <= 2.0
    assert all(seconds(row) < 50.0 for row in again)


def test_a_sender_that_returns_on_another_clock_is_never_mixed_with_the_one_before(tmp_path: Path) -> None:
    back, distance = measured("clock", tmp_path)
    assert seconds(back) < 20.0
    assert seconds(distance) < 1.0


def test_without_the_time_service_nothing_is_lost_and_it_is_said(tmp_path: Path) -> None:
    (row,) = measured("time-service", tmp_path)
    assert row["met"]
