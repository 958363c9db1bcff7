"""How many cores a process may use, in a container too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hnhar.stream.cli.options.cores import cpu_quota, usable_cores


def groups(folder: Path, **quotas: str) -> tuple[Path, Path]:
    """A mount of control groups with `cpu.max` in some, and the file that names that of this process."""
    for name, quota in quotas.items():
        group = folder / "mount" / name.replace("__", "/").removeprefix("root")
        group.mkdir(parents=True, exist_ok=True)
        (group / "cpu.max").write_text(f"{quota}\n", "utf-8")
    (folder / "cgroup").write_text("0::/unit/inner\n", "utf-8")
    return folder / "mount", folder / "cgroup"


@pytest.mark.parametrize(
    ("quotas", "cores"),
    [
        ({"unit__inner": "200000 100000"}, 2.0),
        ({"unit__inner": "max 100000", "unit": "50000 100000"}, 0.5),
        ({"unit__inner": "300000 100000", "root": "150000 100000"}, 1.5),
        ({"unit__inner": "max 100000"}, None),
        ({"unit__inner": "not a quota"}, None),
        ({}, None),
    ],
)
def test_the_least_quota_on_the_way_up_counts(
    quotas: dict[str, str], cores: float | None, tmp_path: Path
) -> None:
    assert cpu_quota(*groups(tmp_path, **quotas)) == cores


def test_no_control_groups_are_no_quota(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "none", tmp_path / "nowhere") is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_that_is_kept_to_one_core_may_use_one() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from hnhar.stream.cli.options.cores import usable_cores\nprint(usable_cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert usable_cores() >= 1
