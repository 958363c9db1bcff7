"""A run's configuration: what a TOML file may say, and how it is refused."""

import re
from pathlib import Path

import msgspec
import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.modality import kinds
from hnhar.stream.config.config import MAX_FILE, StreamConfig, Wearer, read_config
from hnhar.stream.decide.settings import Overrides

GOOD = """
weights = "utd-mhad-wrist"
hop = 0.5
lifespan = 1.5
deadline = 1
curve_keys = "keys"
latency = "fast"
publish = "tcp://127.0.0.1:0"

[decision]
enter = 0.6

[[wearer]]
id = "anna"
imu = "name=WatchA"
skeleton = "type=MoCap,hostname=kinect-1"
imu_unit = "m/s^2,rad/s"
mirror = true

[[wearer]]
id = "ben"
imu = "WatchB"
"""


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "lab.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_names_wearers_and_the_settings_of_the_run(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, GOOD))
    assert [w.id for w in config.wearer] == ["anna", "ben"]
    assert config.hop == 0.5
    assert (config.lifespan, config.deadline, config.curve_keys) == (1.5, 1.0, "keys")
    assert config.latency == "fast"
    assert config.decision is not None
    assert (config.decision.enter, config.decision.leave) == (0.6, None)
    anna, ben = config.wearer
    assert anna.sources == {"imu": "name=WatchA", "skeleton": "type=MoCap,hostname=kinect-1"}
    assert anna.options.imu_unit == "m/s^2,rad/s"
    assert anna.options.mirror
    assert ben.sources == {"imu": "WatchB"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "wearer"),
        ("wearer = []", "nobody"),
        ("[[wearer]]\nid = 'a'\nimu = 'x'\nimu_unit = 'rad/s,g'", "m/s²,rad/s"),
        ("[[wearer]]\nid = 'a'\nimu = 'x'\nimu_axes = 'x,y'", "no axis order"),
        ("[[wearer]]\nid = 'a'", "no stream"),
        ("[[wearer]]\nid = 'a/b'\nimu = 'x'", "slash"),
        ("[[wearer]]\nid = 'a'\nimu = 'x'\ncolor = 'red'", "no setting 'color' in [[wearer]]"),
        ("[[wearer]]\nimu = 'x'\nimu_axis = 'x,y,z'", "did you mean 'imu_axes'?"),
        ("[[wearer]]\nimu = 3", "imu"),
        ("[[wearer]]\nimu = 'x'\n[[wearer]]\nimu = 'y'", "two wearers have the id"),
        ("[[wearer]]\nid = 'a'\nimu = 'x'\n[[wearer]]\nid = 'b'\nimu = 'x'", "same imu source"),
        ("hop = 0.0\n[[wearer]]\nimu = 'x'", "hop"),
        ("hop = nan\n[[wearer]]\nimu = 'x'", "hop"),
        ("hop = 'fast'\n[[wearer]]\nimu = 'x'", "hop"),
        ("lifespan = 0\n[[wearer]]\nimu = 'x'", "lifespan"),
        ("deadline = 60\n[[wearer]]\nimu = 'x'", "deadline"),
        ("curve_keys = ''\n[[wearer]]\nimu = 'x'", "curve_keys"),
        ("[decision]\nenter = 2\n[[wearer]]\nimu = 'x'", "enter"),
        ("[decision]\nhaste = 2\n[[wearer]]\nimu = 'x'", "haste"),
        ("[[wearer]]\nimu = 'x'\nbody = 0", "body"),
        ("[[wearer]\nimu = 'x'", "cannot be used"),
        (b"\xff\xfe[[wearer]]", "UTF-8"),
        ("a" + ".a" * 20_000 + " = 1", "deeper"),
        ("a = " + "[" * 5000, "deeper"),
        ("# " + "x" * MAX_FILE, "larger"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_the_reason(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        read_config(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


WHO = "[[wearer]]\nid = 'anna'\nimu = 'x'\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[wearer]]\nid = 'anna'\nimu = 3",
            "line 3: 'imu' of wearer 'anna' must be text in quotes, not a whole",
        ),
        (
            "[[wearer]]\nimu = 3",
            "line 2: 'imu' of the [[wearer]] number 1 must be text in quotes, not a whole",
        ),
        (
            WHO + "[[wearer]]\nid = 'b'\nimu = ''",
            "line 6: 'imu' of wearer 'b' must be text in quotes that is not",
        ),
        (
            WHO + "mirror = 'yes'",
            "line 4: 'mirror' of wearer 'anna' must be true or false, not text in quotes.",
        ),
        ("hop = 0\n" + WHO, "line 1: 'hop' must be a number of at least 0.02."),
        (WHO + "[decision]\nenter = 2", "line 5: 'enter' in [decision] must be a number of at most 1.0."),
        ("hopp = 1\n" + WHO, "line 1: there is no setting 'hopp'; did you mean 'hop'?"),
        (
            WHO + "hop = 1",
            "line 4: there is no setting 'hop' in [[wearer]]; it belongs at the top, above all",
        ),
        ("imu = 'x'\n" + WHO, "line 1: there is no setting 'imu'; it belongs into [[wearer]]."),
        (
            WHO + "color = 'red'",
            f"line 4: there is no setting 'color' in [[wearer]]; there are: {', '.join(kinds())}, id,",
        ),
        ("[wearer]\nimu = 'x'", "line 1: each wearer begins with [[wearer]], in two pairs of brackets."),
        ("hop = 1", "nobody to recognize: add [[wearer]] with a source of one modality or more, such as"),
        ("hop = \n" + WHO, "(at line 1, column 7)"),
    ],
)
def test_what_is_wrong_in_a_file_is_a_sentence_with_the_line_the_key_and_whose_it_is(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(written(tmp_path, text))
    assert said in str(refused.value)
    assert not re.search(r"`|\$\.", str(refused.value))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "none.toml")


def test_two_wearers_may_be_two_bodies_of_one_skeleton_stream() -> None:
    config = StreamConfig(
        wearer=tuple(
            Wearer(id=name, sources={"skeleton": "Kinect"}, body=body) for name, body in (("a", 1), ("b", 2))
        )
    )
    assert [w.options.body for w in config.wearer] == [1, 2]


def test_the_documented_file_is_taken_and_lacks_nothing(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    (shown,) = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "lab.toml"
    path.write_text(shown + '\n[[wearer]]\nimu = "x"\n', "utf-8")
    config = read_config(path)
    assert None not in msgspec.structs.asdict(config).values()
    assert isinstance(config.decision, Overrides)
    assert None not in msgspec.structs.asdict(config.decision).values()
