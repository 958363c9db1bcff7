"""UTD-MHAD's split by subject, apart from any file."""

from collections.abc import Mapping
from types import MappingProxyType

from ..corpus import Split, split_by_subject

TRAIN, VALIDATION, TEST = (1, 3, 5), (7,), (2, 4, 6, 8)
"""As published (Chen et al. 2015), with subject 7 for validation as in CMC-CMKM."""
CONSULTED = (*TRAIN, *VALIDATION)
"""Subjects on whom something may be learned, tuned or chosen."""
MEASURED = (2, 4, 6)
"""Test subjects that figures here are of: the copy that they were measured on has no subject 8."""
SPLITS: Mapping[str, Split] = MappingProxyType(
    {"subjects": split_by_subject({"train": TRAIN, "val": VALIDATION, "test": TEST})}
)
