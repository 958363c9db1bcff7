"""What the options of `hnhar-stream` become: the configuration of a run."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.bundle.bundle import DEFAULT, find, read_info, write
from hnhar.model.bundle.decision import Decision
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.enroll import build_parser as enroll_parser
from hnhar.stream.cli.live_sinks import asked_sinks
from hnhar.stream.cli.stream import build_parser, configuration, main
from hnhar.train.cli.adapt import build_parser as adapt_parser

from ..recordings.files import imu, markers, xdf


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(
        'hop = 1.0\nlifespan = 1\ndeadline = 1\ncurve_keys = "a"\npublish = "ipc:///a"\n'
        '[[wearer]]\nimu = "x"\n',
        "utf-8",
    )
    options = ["--hop", "0.5", "--lifespan", "3", "--curve-keys", "b"]
    config = configuration(build_parser().parse_args(["--config", str(path), *options]))
    assert (config.hop, config.publish) == (0.5, "ipc:///a")
    assert (config.lifespan, config.deadline, config.curve_keys) == (3.0, 1.0, "b")


@pytest.mark.parametrize("option", ["--lifespan", "--deadline", "--hop"])
@pytest.mark.parametrize("value", ["0", "nan", "1000"])
def test_times_that_make_no_sense_are_refused(option: str, value: str) -> None:
    with pytest.raises(ConfigError, match=option):
        configuration(build_parser().parse_args(["--imu-source", "x", option, value]))


def test_what_the_options_say_of_a_stream_reaches_its_mapping() -> None:
    asked = [
        "--imu-source",
        "x",
        "--imu-unit",
        "mg",
        "--imu-axes",
        "x,-z,y",
        "--mirror",
        "--imu-placement",
        "wrist",
    ]
    asked += ["--skeleton-axes", "x,z,-y"]
    options = configuration(build_parser().parse_args(asked)).wearer[0].options
    assert options.skeleton_axes == "x,z,-y"
    assert (options.imu_unit, options.imu_axes, options.mirror) == ("mg", "x,-z,y", True)
    assert options.placement == "wrist"
    with pytest.raises(ConfigError):
        configuration(build_parser().parse_args(["--imu-unit", "mg"]))


def test_markers_of_one_person_are_not_held_against_several_wearers(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    one = '[[wearer]]\nid = "ann"\nimu = "x"\n'
    path.write_text(one, "utf-8")
    options = ["--config", str(path), "--markers", "labels"]
    assert len(configuration(build_parser().parse_args(options)).wearer) == 1
    path.write_text(one + '[[wearer]]\nid = "ben"\nimu = "y"\n', "utf-8")
    with pytest.raises(ConfigError, match="2 wearers: ann, ben"):
        configuration(build_parser().parse_args(options))


def test_a_modality_that_the_weights_lack_cannot_be_the_only_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recording", "synthetic", "--only", "pulse", "--out", str(tmp_path)]) == 2
    assert main(["--recording", "synthetic", "--only", "imu,pulse", "--out", str(tmp_path)]) == 2
    assert "--only pulse: utd-mhad-wrist" in (said := " ".join(capsys.readouterr().err.split()))
    assert "takes imu and skeleton" in said


def test_sinks_of_the_options_stand_for_those_of_the_file_and_short_forms_come_besides(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lab.toml"
    path.write_text('sinks = ["lines:"]\nrecord = "a:b.jsonl"\n[[wearer]]\nimu = "x"\n', "utf-8")
    arguments = build_parser().parse_args(["--config", str(path), "--lsl-out", "--metrics", "127.0.0.1:0"])
    asked = asked_sinks(arguments, configuration(arguments))
    assert asked == ["lines:", "jsonl:a:b.jsonl", "prometheus:127.0.0.1:0", "lsl:"]
    arguments = build_parser().parse_args(["--config", str(path), "--sink", "cue:a:1", "--sink=cue:a:2"])
    asked = asked_sinks(arguments, configuration(arguments))
    assert asked == ["cue:a:1", "cue:a:2", "jsonl:a:b.jsonl"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            ["--imu-source", "x", "--sink", "nope:x"],
            "no sink 'nope:' is installed for 'nope:x'; there are jsonl:",
        ),
        (["--imu-source", "nope://x"], "no source 'nope:' is installed for 'nope://x'; there are"),
        (["--imu-source", "x", "--markers", "nope://x"], "no source 'nope:' is installed"),
        (["--recording", "synthetic", "--sink", "lines:"], "leave out --sink"),
    ],
)
def test_what_no_package_gives_is_one_line(
    options: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["--publish", "tcp://127.0.0.1:0", *options] if "--recording" not in options else options) == 2
    )
    told = capsys.readouterr().err
    assert why in " ".join(told.split())
    assert "Traceback" not in told


def test_a_wearers_key_may_be_a_modality_of_the_weights_on_the_command_line(tmp_path: Path) -> None:
    info = read_info(find(DEFAULT))
    first, *others = info.modalities
    weights = tmp_path / "two.safetensors"
    made = replace(
        info, modalities=(replace(first, name="left"), *others), decision=Decision(), latency=(), mounts={}
    )
    made = replace(made, temperatures={}, novelty={})
    write(weights, made, {"none": np.zeros(1, np.float32)})
    path = tmp_path / "lab.toml"
    path.write_text("[[wearer]]\nleft = 'name=Watch'\n", "utf-8")
    options = ["--config", str(path)]
    with pytest.raises(ConfigError, match="there is no setting 'left'"):
        configuration(build_parser().parse_args(options))
    config = configuration(build_parser().parse_args([*options, "--weights", str(weights)]))
    assert config.wearer[0].sources == {"left": "name=Watch"}


def test_clocks_of_a_recording_that_do_not_go_together_end_it_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "unix.xdf"
    watch = imu()
    marked = markers((100.5, "a/start"), (101.0, "a/stop"))
    path.write_bytes(xdf(replace(watch, times=[time + 1.7e9 for time in watch.times]), marked))
    for options in ([], ["--clock", "start"], ["--clock", "soon"], ["--clock", "Kinect=start"]):
        assert main(["--recording", str(path), "--out", str(tmp_path), *options]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["--imu-source", "x", "--clock", "start"]) == 2
    assert "--clock is for --recording" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("group", "offered"), [(build_parser, True), (enroll_parser, False), (adapt_parser, True)]
)
def test_axes_that_are_found_are_offered_only_where_they_are_taken(
    group: Callable[[], argparse.ArgumentParser], offered: bool
) -> None:
    assert ("or auto: found from how" in " ".join(group().format_help().split())) == offered
