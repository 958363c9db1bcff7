"""Weights of each wearer, as a file names them."""

from dataclasses import replace
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import find
from hnhar.model.errors import ConfigError
from hnhar.model.loading import load, save
from hnhar.stream.cli.live_weights import chosen_weights
from hnhar.stream.cli.stream import main
from hnhar.stream.config.config import read_config


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A file with anna, who has weights of her own, and ben, who has none."""
    info, recognizer = load(find("utd-mhad-wrist"))
    save(tmp_path / "anna.safetensors", replace(info, name="anna"), recognizer)
    path = tmp_path / "lab.toml"
    path.write_text(
        f'[[wearer]]\nid = "anna"\nweights = "{tmp_path / "anna.safetensors"}"\nimu = "WatchA"\n'
        '[[wearer]]\nid = "ben"\nimu = "WatchB"\n'
    )
    return path


def test_a_wearer_has_the_weights_of_their_entry_and_the_others_those_of_the_run(lab: Path) -> None:
    chosen = chosen_weights(read_config(lab))
    assert chosen.of("anna").info.name == "anna"
    assert chosen.of("ben").info.name == "utd-mhad-wrist"
    assert chosen.shared.info.name == "utd-mhad-wrist"


def test_without_the_line_a_wearer_has_the_weights_of_the_run_again(lab: Path) -> None:
    lab.write_text(
        "".join(line for line in lab.read_text().splitlines(keepends=True) if not line.startswith("weights"))
    )
    chosen = chosen_weights(read_config(lab))
    assert not chosen.personal
    assert chosen.of("anna").info.name == "utd-mhad-wrist"


def test_where_all_have_their_own_the_weights_of_the_run_are_not_asked_for(lab: Path) -> None:
    text = lab.read_text()
    own = next(line for line in text.splitlines() if line.startswith("weights"))
    lab.write_text(f'weights = "none.safetensors"\n{text}{own}\n')
    chosen = chosen_weights(read_config(lab))
    assert chosen.shared.info.name == "anna"
    assert not chosen.personal


def test_weights_that_are_not_there_are_refused_with_the_name_of_the_wearer(lab: Path) -> None:
    lab.write_text(lab.read_text().replace("anna.safetensors", "hanna.safetensors"))
    with pytest.raises(ConfigError, match=r"the weights of wearer 'anna': there is no file"):
        chosen_weights(read_config(lab))


def test_modalities_of_a_wearer_are_those_of_their_own_weights(lab: Path) -> None:
    lab.write_text(lab.read_text().replace('imu = "WatchA"', 'gaze = "WatchA"'))
    with pytest.raises(ConfigError, match="gaze"):
        read_config(lab)


def test_weights_that_cannot_run_together_are_refused_before_anything_is_loaded_or_opened(lab: Path) -> None:
    lab.write_text(lab.read_text().replace(str(lab.with_name("anna.safetensors")), "tug"))
    with pytest.raises(ConfigError, match=r"wearer 'anna', tug@\w+, have windows of 2 s"):
        chosen_weights(read_config(lab))


def test_weights_that_nobody_has_are_told(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = lab.read_text()
    own = next(line for line in text.splitlines() if line.startswith("weights"))
    lab.write_text(f"{text}{own}\n")
    options = ["--config", str(lab), "--weights", "utd-mhad-thigh", "--no-dashboard", "--publish", "nowhere"]
    assert main(options) == 2
    assert "--weights utd-mhad-thigh recognizes nobody" in capsys.readouterr().err


def test_axes_that_cannot_be_found_are_refused_before_anything_is_opened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sources = ["--source", "phone=NoPhone", "--source", "watch=NoWatch"]
    assert main(["--weights", "tug", *sources, "--imu-axes", "auto", "--no-dashboard"]) == 2
    told = capsys.readouterr()
    assert "tug@" in told.err
    assert "has no reference of how its" in told.err
    assert "publishing" not in told.out
