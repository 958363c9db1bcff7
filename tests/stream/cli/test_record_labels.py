"""Labels by keys: which markers the keys send, and which labels can be given."""

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.record_labels import KEYS, LabelKeys, checked


@pytest.fixture
def sent() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def keys(sent: list[tuple[str, float]]) -> LabelKeys:
    return LabelKeys(["stir", "pour", "cut"], lambda text, at: sent.append((text, at)))


def press(keys: LabelKeys, text: str) -> None:
    for moment, key in enumerate(text):
        keys.press(key, float(moment))


def test_a_key_begins_its_activity_and_ends_it(keys: LabelKeys, sent: list[tuple[str, float]]) -> None:
    press(keys, "11")
    assert sent == [("stir/start", 0.0), ("stir/stop", 1.0)]
    assert keys.current is None
    assert (keys.done["stir"], keys.last) == (1, "stir, 1.0 s")


def test_another_key_ends_one_activity_and_begins_the_next(
    keys: LabelKeys, sent: list[tuple[str, float]]
) -> None:
    press(keys, "13 ")
    assert sent == [("stir/start", 0.0), ("stir/stop", 1.0), ("cut/start", 1.0), ("cut/stop", 2.0)]


def test_x_takes_back_what_goes_on_and_counts_nothing(keys: LabelKeys, sent: list[tuple[str, float]]) -> None:
    press(keys, "2x x")
    assert sent == [("pour/start", 0.0), ("pour/cancel", 1.0)]
    assert not keys.done


def test_keys_without_a_meaning_do_nothing(keys: LabelKeys, sent: list[tuple[str, float]]) -> None:
    assert not any(keys.press(key, 0.0) for key in "4z?\t\x1b")
    assert sent == []


def test_each_of_many_activities_has_a_key_and_none_is_that_of_something_else() -> None:
    labels = [f"a{k}" for k in range(len(KEYS))]
    assert list(LabelKeys(checked(labels), lambda text, at: None).keys.values()) == labels
    assert not set(KEYS) & set("xqXQ \r\n")
    with pytest.raises(ConfigError, match="names 35 activities, and there are 34 keys"):
        checked([*labels, "more"])


@pytest.mark.parametrize("label", ["a/b", "a\tb", "x" * 65, "Unknown"])
def test_a_label_that_no_marker_could_say_is_refused(label: str) -> None:
    with pytest.raises(ConfigError, match="--labels: '"):
        checked(["stir", label])


def test_a_label_that_is_named_twice_has_one_key() -> None:
    assert checked(["stir", "pour", " stir"]) == ["stir", "pour"]
