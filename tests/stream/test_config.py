"""A run's configuration: what a TOML file may say, and how it is refused."""

import re
from pathlib import Path

import msgspec
import pytest

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.accelerometer import ACCELEROMETER
from hnhar.model.kinds.imu import IMU, imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.modality import Modality, kinds
from hnhar.stream.config.config import MAX_FILE, StreamConfig, Wearer, read_config
from hnhar.stream.config.sources import as_recorded, resolved, takes
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
        ("[[wearer]]\nid = 'a'\nskeleton = 'x'\nskeleton_axes = 'up'", "skeleton_axes 'up' is no axis order"),
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


SEVERAL = """
[[wearer]]
id = "anna"
imu.wrist = "MyWatch"
imu.hip = { source = "name=Phone,type=IMU", axes = "x,-z,y", unit = "m/s²", placement = "right hip" }
"imu.left_ankle" = "Shimmer"
accelerometer.chest = { source = "Polar", unit = "mg" }
skeleton = { source = "Kinect", body = 2, mirror = true }
imu_axes = "y,x,z"

[wearer.imu.neck]
source = "dot"
sensor = "neck"
"""


def test_several_sensors_of_a_kind_are_named_by_their_places(tmp_path: Path) -> None:
    (anna,) = read_config(written(tmp_path, SEVERAL)).wearer
    assert anna.sources == {
        "imu.wrist": "MyWatch",
        "imu.hip": "name=Phone,type=IMU",
        "imu.neck": "dot",
        "imu.left_ankle": "Shimmer",
        "accelerometer.chest": "Polar",
        "skeleton": "Kinect",
    }
    wrist, hip, neck = (anna.options.of(IMU.at(place)) for place in ("wrist", "hip", "neck"))
    assert (wrist.imu_axes, wrist.imu_unit) == ("y,x,z", None)
    assert (hip.imu_axes, hip.imu_unit, hip.placement) == ("x,-z,y", "m/s²", "right hip")
    assert (neck.imu_axes, neck.sensor) == ("y,x,z", "neck")
    assert anna.options.of(ACCELEROMETER.at("chest")).imu_unit == "mg"
    assert (anna.options.of(skeleton()).body, anna.options.of(skeleton()).mirror) == (2, True)


def test_the_documented_sensors_are_taken(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "sensors.md"
    (shown,) = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (anna,) = read_config(written(tmp_path, shown)).wearer
    assert list(anna.sources) == ["imu.wrist", "imu.hip", "accelerometer.chest", "skeleton"]
    assert anna.options.of(IMU.at("hip")).placement == "right hip"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("imu.wrist = 3", "line 3: 'imu.wrist' of wearer 'a' must be text in quotes, not a whole number"),
        ("imu.wrist = {}", "'imu.wrist' names no source: write imu.wrist = { source ="),
        ("imu.wrist = { axes = 'x,y,z' }", "'imu.wrist' names no source"),
        ("imu.wrist = { source = 'x', axis = 'x' }", "there is no setting 'axis' of 'imu.wrist'; there are"),
        ("imu.wrist = { source = 'x', axes = 'x,y' }", "no axis order"),
        ("imu.wrist = { source = 'x', axes = 3 }", "'imu.wrist.imu_axes' of wearer 'a' must be text in"),
        ("imu.a.b.c.d = 'x'", "names no source"),
        ("imo.wrist = 'x'", "there is no setting 'imo.wrist' in [[wearer]]"),
        ("imu.wrist = 'x'\nimu.hip = 'x'", "imu.wrist and imu.hip of wearer 'a' have the same source 'x'"),
        ("imu = 'x'\nimu.wrist = 'y'", "cannot be used"),
    ],
)
def test_what_is_wrong_with_one_of_several_sensors_is_told_with_its_name(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(written(tmp_path, f"[[wearer]]\nid = 'a'\n{text}"))
    assert told in str(refused.value)


def test_one_stream_with_a_sensor_at_each_place_is_no_double() -> None:
    wearer = Wearer(sources={"imu.wrist": "Suit,sensor=wrist", "imu.hip": "Suit,sensor=hip"})
    assert StreamConfig(wearer=(wearer,)).wearer == (wearer,)


WRIST, HIP = IMU.at("wrist"), IMU.at("hip")
DEVICES = imu(name="phone"), imu(name="watch")


@pytest.mark.parametrize(
    ("sources", "modalities", "found"),
    [
        ({"imu.wrist": "A", "imu.hip": "B"}, (WRIST, HIP), {"imu.wrist": ("A", 1), "imu.hip": ("B", 1)}),
        ({"imu.phone": "A", "watch": "B"}, DEVICES, {"phone": ("A", 1), "watch": ("B", 1)}),
        ({"imu": "x=y"}, (WRIST, HIP, skeleton()), {"imu.wrist": ("x=y", 2), "imu.hip": ("x=y", 2)}),
        ({"imu": "A"}, (imu(), skeleton()), {"imu": ("A", 1)}),
    ],
)
def test_sources_are_of_the_modalities_that_the_weights_take(
    sources: dict[str, str], modalities: tuple[Modality, ...], found: dict[str, tuple[str, int]]
) -> None:
    given = resolved(sources, modalities, "own@1")
    assert {name: (source.source, len(source.among)) for name, source in given.items()} == found


@pytest.mark.parametrize(
    ("sources", "modalities", "told"),
    [
        ({"imu.ankle": "A"}, (WRIST, HIP), "takes imu.wrist, imu.hip, no imu.ankle: say which of imu.wrist"),
        ({"imu.wrist": "A"}, (imu(), skeleton()), "no imu.wrist: leave out the place (imu)"),
        ({"imu": "A"}, (ACCELEROMETER.at("wrist"),), "(--source accelerometer.wrist=…)"),
        ({"wrist": "A", "imu.wrist": "B"}, (WRIST, HIP), "both name the source of imu.wrist"),
        ({"skeleton": "A"}, (WRIST,), "no skeleton: leave that source out"),
    ],
)
def test_a_source_that_the_weights_do_not_take_is_refused_with_what_they_take(
    sources: dict[str, str], modalities: tuple[Modality, ...], told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        resolved(sources, modalities, "own@1")
    assert told in str(refused.value)


def test_a_recording_is_selected_from_by_kind_and_place_whatever_the_weights_call_it() -> None:
    assert as_recorded({"watch": "A", "imu.phone": "B"}, DEVICES, "tug@1") == {
        "imu.watch": "A",
        "imu.phone": "B",
    }
    assert as_recorded({"imu": "A", "imu.hip": "B"}, (imu(),), "x@1") == {"imu": "A", "imu.hip": "B"}
    with pytest.raises(ConfigError, match="x@1 takes imu, no skeleton: leave that source out"):
        as_recorded({"imu": "A", "skeleton": "B"}, (imu(),), "x@1")
    with pytest.raises(ConfigError, match="tug@1 takes phone, watch, no ring: leave that source out"):
        as_recorded({"ring": "A"}, DEVICES, "tug@1")


def test_what_weights_take_is_told_in_words() -> None:
    assert takes((HIP, skeleton()), "") == "imu.hip (worn: hip, 50 Hz), skeleton (25 Hz); any subset of them"
    assert takes((imu(),), "right wrist") == "imu (worn: right wrist, 50 Hz)"
