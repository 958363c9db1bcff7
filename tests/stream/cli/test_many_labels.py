"""A bundle with thousands of activities: what lists them stays readable."""

import io
from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import BundleFile, BundleInfo
from hnhar.model.bundle.enrollment import Enrollment
from hnhar.model.enroll.enroll import remove
from hnhar.model.enroll.prototypes import Exemplars, Memory
from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import imu
from hnhar.model.labels import shortened
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.enroll_list import listing
from hnhar.stream.cli.summary import print_score
from hnhar.stream.recordings.recording import Annotation

NAMES = tuple(f"activity_{number}" for number in range(5000))
INFO = BundleInfo("many", (imu(),), 3.0, 0.25, (*NAMES, "idle"), "idle", "", {})


def test_of_many_names_the_first_are_listed_and_the_rest_counted() -> None:
    assert shortened(NAMES[:3]) == "activity_0, activity_1, activity_2"
    assert shortened(NAMES, 2) == "activity_0, activity_1 and 4,998 more"
    assert shortened(()) == ""


def test_what_a_shipped_bundle_learned_is_listed_whole() -> None:
    info = bundle.read_info(bundle.find(bundle.DEFAULT))
    (_, learned, *_) = listing(BundleFile(info, {}, memoryview(b"")))
    assert all(label in learned for label in info.labels if label != info.idle)


def test_the_list_of_a_bundle_with_thousands_is_some_lines() -> None:
    enrolled = tuple(Enrollment(name, {}, 2) for name in NAMES[1000:])
    lines = listing(BundleFile(replace(INFO, enrolled=enrolled), {}, memoryview(b"")))
    assert len(lines) < 50
    assert max(map(len, lines)) < 1000
    assert "learned 1000 activities" in lines[1]
    assert "and 960 more" in lines[1]
    assert lines[-2] == "  and 3,960 more are enrolled"


def test_an_error_that_names_what_is_enrolled_is_one_that_can_be_read() -> None:
    info = replace(INFO, enrolled=tuple(Enrollment(name, {}, 2) for name in NAMES[1000:]))
    none = Exemplars(np.zeros((0, 1, 4), np.float32), np.zeros(0, np.int64))
    with pytest.raises(ConfigError) as raised:
        remove(info, Memory(none, none), "dance")
    assert len(str(raised.value)) < 1000
    assert "more" in str(raised.value)


def test_a_comparison_with_thousands_of_foreign_labels_names_some_of_them() -> None:
    out = io.StringIO()
    done = [Annotation(3.0 * n, 2.0, f"foreign_{n}") for n in range(3000)]
    print_score(SafeConsole(file=out), [], done, (), info=INFO, span=(0.0, 9000.0))
    assert max(map(len, out.getvalue().splitlines())) < 1000
    assert "and 2,980 more" in out.getvalue()
