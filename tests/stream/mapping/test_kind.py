"""Mappings that other packages register for their kinds of modality."""

import logging
import sys
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.modality import GROUP as KINDS
from hnhar.stream.mapping.kind import GROUP, mapping_of, mappings

from ...installed import install

MODULE = """
from hnhar.model.modality import ModalityKind
from hnhar.stream.mapping.kind import ModalityMapping

EDA = ModalityKind("eda", ("skin",), ("uS",), 4.0, {})


class Nameless(ModalityMapping):
    title = stream_type = "EDA"

    def map(self, streams, modality, options, *, placement, samples):
        return ()


class Untitled(Nameless):
    name = "eda"


del Nameless.title, Nameless.stream_type


class Unfinished(ModalityMapping):
    name = title = stream_type = "eda"


class Broken(Nameless):
    name = title = stream_type = "eda"

    def __init__(self):
        raise KeyError("boom")
"""


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("Nameless", "it is no ModalityMapping of that name"),
        ("Untitled", "it has no title and no stream_type"),
        ("Unfinished", "TypeError: Can't instantiate abstract class Unfinished"),
        ("Broken", "KeyError: 'boom'"),
        ("EDA", "TypeError: 'ModalityKind' object is not callable"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_in_words_and_leaves_the_others_usable(
    mapping: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delitem(sys.modules, "eda_mapping", raising=False)
    points = {KINDS: {"eda": "eda_mapping:EDA"}, GROUP: {"eda": f"eda_mapping:{mapping}"}}
    install(monkeypatch, tmp_path, "hnhar-eda", {"eda_mapping": MODULE}, points)
    with caplog.at_level(logging.WARNING):
        assert {found.name for found in mappings()} == {"accelerometer", "imu", "skeleton"}
    with pytest.raises(ConfigError, match=r"mapping of a modality 'eda'.* cannot be used: ") as refused:
        mapping_of("eda")
    assert reason in str(refused.value)
    assert str(refused.value) in caplog.text
