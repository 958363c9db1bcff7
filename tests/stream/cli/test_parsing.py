"""What is typed wrongly is answered in one line, with the nearest right word; exit code 2, no usage."""

import argparse

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.cli import doctor, enroll, keys, replay, stream, watch
from hnhar.stream.cli.options import compute
from hnhar.stream.cli.parsing import parser, spelled
from hnhar.stream.engine.phases import spread


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("--imu-sorce MyWatch", "unknown option --imu-sorce: did you mean --imu-source?"),
        ("--imu_source MyWatch", "unknown option --imu_source: did you mean --imu-source?"),
        ("-imu-source MyWatch", "unknown option -imu-source: did you mean --imu-source?"),
        ("--xyzzy", "unknown option --xyzzy: hnhar-stream --help lists the options"),
        ("--log-format jsn", "--log-format takes text or json, not 'jsn': did you mean json?"),
        ("--pick oldest", "--pick takes newest, not 'oldest'"),
        ("--hop soon", "--hop must be a number, not 'soon'"),
        ("--body left", "--body must be a whole number, not 'left'"),
        ("--imu-source", "--imu-source needs a value: --imu-source [PLACE=]SOURCE"),
        ("--imu-source --demo", "--imu-source needs a value: --imu-source [PLACE=]SOURCE"),
        ("--demo=yes", "--demo takes no value"),
        ("--imu-source My Watch", "takes no 'Watch' there; a value with spaces is put into quotes"),
        ("--threads 0", "--threads must be at least 1, not 0"),
        ("--threads -3", "--threads must be at least 1, not -3"),
        ("--threads many", "--threads must be at least 1, not many"),
        ("--seed -1", "--seed must be at least 0, not -1"),
        ("--imu-source A --imu-source B", "--imu-source is given twice ('A' and 'B'): it takes one value"),
        ("--imu-source A --imu-source=A", "--imu-source is given twice ('A' and 'A')"),
        ("--hop 1 --hop=2", "--hop is given twice ('1' and '2')"),
    ],
)
def test_a_wrong_option_or_value_is_answered_in_one_line(
    words: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stream.main(words.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert answer in said.err
    assert "usage" not in said.err


def test_what_is_wrong_comes_before_what_is_missing() -> None:
    # or `--rnu runs/a` would be told as a missing --run
    made = parser("hnhar-any", "Any.", "  hnhar-any FILE --run runs/a   it runs")
    made.add_argument("--run", metavar="DIR", required=True)
    made.add_argument("file", metavar="FILE")
    with pytest.raises(ConfigError, match="unknown option --rnu: did you mean --run"):
        made.parse_args(["--rnu", "runs/a"])
    with pytest.raises(
        ConfigError, match=r"^hnhar-any needs --run DIR and FILE, such as: hnhar-any FILE --run runs/a$"
    ):
        made.parse_args([])


@pytest.mark.parametrize("value", ["-x,y,z", "-x,-y,-z", "x,-z,y", "-1"])
def test_a_value_may_begin_with_a_minus(value: str) -> None:
    arguments = stream.build_parser().parse_args(["--imu-axes", value, "--imu-source", "-dash"])
    assert (arguments.imu_axes, arguments.imu_source) == ([value], ["-dash"])
    assert stream.build_parser().parse_args([f"--imu-axes={value}"]).imu_axes == [value]
    assert enroll.build_parser().parse_args(["--imu-axes", value, "--list"]).list


def test_what_follows_two_dashes_is_no_option() -> None:
    assert watch.build_parser().parse_args(["--", "--tcp"]).address == "--tcp"


def test_an_option_where_a_value_was_to_come_is_no_value() -> None:
    with pytest.raises(ConfigError, match="--imu-source needs a value"):
        stream.build_parser().parse_args(["--imu-source", "-h"])


def test_what_may_be_repeated_may_be() -> None:
    assert doctor.build_parser().parse_args(["--weights", "a", "--weights", "b"]).weights == ["a", "b"]
    several = enroll.build_parser().parse_args(["--recording", "a", "b", "--recording", "c"]).recording
    assert several == ["a", "b", "c"]


def test_a_wrong_command_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown command 'revok': did you mean revoke"):
        keys.build_parser().parse_args(["revok", "there", "anna"])
    with pytest.raises(
        ConfigError, match="unknown command 'xyzzy': hnhar-keys knows make, add, list, revoke"
    ):
        keys.build_parser().parse_args(["xyzzy"])
    with pytest.raises(ConfigError, match="unknown option --ot: did you mean --out"):
        keys.build_parser().parse_args(["add", "there", "anna", "--ot", "file"])
    assert keys.build_parser().parse_args(["add", "there", "anna", "--out", "-file"]).out.name == "-file"


def test_a_missing_argument_is_told_with_an_example() -> None:
    with pytest.raises(ConfigError, match=r"^hnhar-replay needs FILE, such as: hnhar-replay synthetic$"):
        replay.build_parser().parse_args([])
    with pytest.raises(
        ConfigError, match=r"^hnhar keys add needs DIR and NAME, such as: hnhar keys add ~/\S+ ward-3$"
    ):
        keys.build_parser("hnhar keys").parse_args(["add"])
    with pytest.raises(ConfigError, match=r"^hnhar replay needs FILE, such as: hnhar replay synthetic$"):
        replay.build_parser("hnhar replay").parse_args([])


def test_options_that_exclude_each_other_are_told_in_words() -> None:
    with pytest.raises(ConfigError, match=r"^--dashboard cannot go with --json: leave one out$"):
        watch.build_parser().parse_args(["--json", "--dashboard"])


def test_commands_are_spelled_as_the_user_typed_this_one() -> None:
    text = "hnhar-stream, hnhar-stream.service, hnhar-imu and hnhar-watch."
    assert spelled(text, "hnhar-stream") == text
    assert spelled(text, "hnhar stream") == "hnhar stream, hnhar-stream.service, hnhar-imu and hnhar watch."
    named = "'hnhar-train' in /srv/hnhar-keys/a, hnhar-stream/b, ./hnhar-docs and my-hnhar-watch"
    assert spelled(named, "hnhar stream") == named


def test_more_threads_than_cores_are_as_many_as_cores(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compute, "usable_cores", lambda: 2)
    assert compute.threads_of(argparse.Namespace(threads=2)) == 2
    assert capsys.readouterr().err == ""
    assert compute.threads_of(argparse.Namespace(threads=64)) == 2
    assert "note: --threads 64: this process may use 2 cores, so 2 it is." in capsys.readouterr().err


def test_many_wearers_are_computed_by_two_threads_where_there_are_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unsaid, one = argparse.Namespace(threads=None), argparse.Namespace(threads=1)
    monkeypatch.setattr(compute, "usable_cores", lambda: 4)
    assert compute.threads_of(unsaid) == 1
    assert compute.threads_of(unsaid, wearers=compute.MANY - 1) == 1
    assert compute.threads_of(unsaid, wearers=compute.MANY) == 2
    assert compute.threads_of(one, wearers=compute.MANY) == 1
    assert len(set(spread([str(w) for w in range(compute.MANY)], 0.25).values())) == 2
    assert len(set(spread([str(w) for w in range(compute.MANY - 1)], 0.25).values())) == 1
    monkeypatch.setattr(compute, "usable_cores", lambda: 1)
    assert compute.threads_of(unsaid, wearers=compute.MANY) == 1
