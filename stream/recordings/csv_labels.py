"""A column of labels, one a sample, as annotations. Pure."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .recording import Annotation

LABELED: Final = (
    *("label", "labels", "activity", "activity_label", "activitylabel", "activity_name", "activityname"),
    *("action", "trial_type", "annotation", "class", "gesture", "task", "ground_truth", "groundtruth"),
)
"""Headings of such a column, in lower case, the likeliest first."""
_NOTHING: Final = frozenset(("", "n/a", "na", "nan", "none", "null", "-", "unlabeled"))


def label_column(labels: Sequence[str]) -> int | None:
    """Place of the column of labels by the headings; None for none."""
    plain = [label.strip().lower().replace(" ", "_") for label in labels]
    return next((plain.index(name) for name in LABELED if name in plain), None)


def says_anything(cells: Sequence[str]) -> bool:
    """False for a column that is 0 throughout, as of an app whose user set no label."""
    return any(cell.strip() not in ("", "0") for cell in cells)


def labels_of(cells: Sequence[str], times: NDArray[np.float64]) -> list[Annotation]:
    """Annotations of the stretches with one label, each until the sample after its last."""
    found, begin = [], 0
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    for label, run in groupby(" ".join(cell.split()) for cell in cells):
        end = begin + len(list(run))
        if label.lower() not in _NOTHING:
            until = float(times[end]) if end < len(times) else float(times[-1]) + step
            found.append(Annotation(float(times[begin]), until - float(times[begin]), label))
        begin = end
    return found
