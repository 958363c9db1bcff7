"""An option that several commands have is declared once: the same words in all of them."""

import argparse
from collections.abc import Iterator

import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import IMU
from hnhar.stream.cli.options.sources import mapping_options, personal, selection, sources_of
from hnhar.stream.cli.overview import family
from hnhar.stream.cli.stream import build_parser, configuration

ALIKE = (
    *("--source", "--imu-source", "--skeleton-source", "--imu-unit", "--imu-placement"),
    "--imu-sensor",
    *(
        "--body",
        "--mirror",
        "--joints",
        "--skeleton-axes",
        "--lsl-peers",
        "--lsl-session",
        "--lsl-scope",
        "--topic-prefix",
    ),
    *("--data", "--bfloat16", "--session-seed", "--subject", "--latency"),
)


def below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and all under it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from below(child)


@pytest.fixture(scope="module")
def options() -> dict[str, list[argparse.Action]]:
    """Option -> its declaration in each command that has it."""
    found: dict[str, list[argparse.Action]] = {}
    for parser in below(family().build_parser()):
        for name, action in parser._option_string_actions.items():
            found.setdefault(name, []).append(action)
    return found


@pytest.mark.parametrize("name", ALIKE)
def test_a_shared_option_is_told_in_the_same_words_everywhere(
    name: str, options: dict[str, list[argparse.Action]]
) -> None:
    declared = [action for action in options[name] if not action.required]  # spsw's --data is its own
    assert len({(action.help, action.metavar) for action in declared}) == 1
    assert len(declared) > 1


def test_axes_are_told_in_the_same_words_and_auto_where_they_are_found(
    options: dict[str, list[argparse.Action]],
) -> None:
    offer = ", or auto: found from how it moves"
    texts = [action.help or "" for action in options["--imu-axes"]]
    assert len({text.replace(offer, "") for text in texts}) == 1
    assert {offer in text for text in texts} == {True, False}


def test_every_option_that_takes_a_value_is_explained(options: dict[str, list[argparse.Action]]) -> None:
    for name, declared in options.items():
        for action in declared:
            assert action.help, name
            assert action.nargs == 0 or action.metavar or action.choices, name


def test_a_default_of_an_option_is_named_in_its_help(options: dict[str, list[argparse.Action]]) -> None:
    for name, declared in options.items():
        for action in declared:
            if action.default not in (None, argparse.SUPPRESS, False, "", []):
                assert "default" in (action.help or ""), f"{name}: {action.help}"


def test_options_of_a_stream_become_its_mapping_and_its_selection() -> None:
    words = ["--imu-source", "A", "--imu-axes", "-y,x,z", "--imu-placement", "hip", "--mirror", "--body", "2"]
    arguments = build_parser().parse_args(words)
    assert selection(arguments) == {"imu": "A"}
    assert personal(arguments) == {
        "sources": {"imu": "A"},
        "imu_axes": "-y,x,z",
        "imu_placement": "hip",
        "body": 2,
        "mirror": True,
    }
    mapping = mapping_options(arguments)
    assert (mapping.imu_axes, mapping.placement, mapping.mirror, mapping.body) == ("-y,x,z", "hip", True, 2)


@pytest.mark.parametrize("words", [["--imu-axes", "x,y"], ["--body", "0"], ["--joints", "none-such"]])
def test_a_mapping_that_no_stream_could_have_is_refused(words: list[str]) -> None:
    with pytest.raises(ConfigError):
        mapping_options(build_parser().parse_args(words))


def test_a_source_of_any_modality_is_named_by_the_modalitys_name() -> None:
    arguments = build_parser().parse_args(["--source", "imu=type=IMU,hostname=a", "--source=skeleton=Kinect"])
    assert sources_of(arguments) == {"imu": "type=IMU,hostname=a", "skeleton": "Kinect"}
    wearer = configuration(arguments).wearer[0]
    assert wearer.sources == {"imu": "type=IMU,hostname=a", "skeleton": "Kinect"}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--source", "MyWatch"], "takes a modality and its source, as imu=MyWatch, not 'MyWatch'"),
        (["--source", "imu="], "as imu=MyWatch"),
        (["--source", "imu=A", "--source", "imu=B"], r"the source of imu is given twice \('A' and 'B'\)"),
        (["--source", "imu=A", "--imu-source", "B"], r"the source of imu is given twice \('B' and 'A'\)"),
        (["--source", "pulse=A"], "--source pulse=…: "),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(words: list[str], answer: str) -> None:
    with pytest.raises(ConfigError, match=answer):
        configuration(build_parser().parse_args(words))


def test_sources_and_what_is_told_of_them_may_be_of_places() -> None:
    words = [
        *("--imu-source", "wrist=name=MyWatch,type=IMU", "--imu-source", "imu.hip=Phone"),
        *("--imu-axes", "wrist=x,-z,y", "--imu-axes", "y,x,z", "--imu-unit", "hip=m/s²,rad/s"),
        *("--imu-placement", "wrist=left wrist", "--source", "accelerometer.chest=Polar"),
    ]
    arguments = build_parser().parse_args(words)
    assert sources_of(arguments) == {
        "imu.wrist": "name=MyWatch,type=IMU",
        "imu.hip": "Phone",
        "accelerometer.chest": "Polar",
    }
    options = configuration(arguments).wearer[0].options
    wrist, hip = options.of(IMU.at("wrist")), options.of(IMU.at("hip"))
    assert (wrist.imu_axes, wrist.imu_unit, wrist.placement) == ("x,-z,y", None, "left wrist")
    assert (hip.imu_axes, hip.imu_unit, hip.placement) == ("y,x,z", "m/s²,rad/s", None)
    assert mapping_options(arguments).of(IMU.at("wrist")) == wrist


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--imu-source", "A", "--imu-source", "B"], r"--imu-source is given twice \('A' and 'B'\).*wrist=…"),
        (["--imu-source", "hip=A", "--imu-source", "hip=B"], r"--imu-source is given twice"),
        (["--imu-source", "A", "--imu-source", "hip=B"], r"'A' says no place, beside imu\.hip"),
        (["--imu-source", "A", "--imu-axes", "x,y,z", "--imu-axes", "y,x,z"], "--imu-axes is given twice"),
        (["--imu-source", "hip=A", "--imu-axes", "hip=x,y"], "no axis order"),
        (["--imu-source", "hip=A", "--imu-source", "wrist=A"], "have the same source 'A'"),
    ],
)
def test_two_of_one_place_are_refused(words: list[str], answer: str) -> None:
    with pytest.raises(ConfigError, match=answer):
        configuration(build_parser().parse_args(words))
