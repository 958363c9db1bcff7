"""What earlier versions wrote is read with its keys as they are spelled now."""

import json
from pathlib import Path

from hnhar.model.bundle.bundle import bundled, read_info
from hnhar.model.spelling import respelled
from hnhar.train.output.storage import read_json
from hnhar.train.studies.protocol.method import Method
from hnhar.train.studies.protocol.preset import read

OLD_PRESET = """
neighbours = 4
"""


def test_keys_at_any_depth_are_respelled_and_values_are_not() -> None:
    old = {"recognised": 1, "rows": [{"neighbours": "neighbours"}]}
    assert respelled(old) == {"recognized": 1, "rows": [{"neighbors": "neighbours"}]}


def test_metrics_of_a_shipped_bundle_have_the_key_of_today() -> None:
    for name in ("utd-mhad-wrist", "utd-mhad-thigh"):
        real = read_info(bundled()[name]).metrics["real"]
        assert real["imu"]["recognized"] > 0


def test_a_result_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    path.write_text(json.dumps({"settings": {"neighbours": 6}}))
    assert read_json(path) == {"settings": {"neighbors": 6}}


def test_a_preset_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OLD_PRESET)
    assert read(str(path), Method).neighbors == 4
