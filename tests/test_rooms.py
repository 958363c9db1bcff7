"""The plan of the house: three layers, the order of rooms in each, no circles (`python -m tools.rooms`)."""

from pathlib import Path

import pytest
from tools.rooms import LAYERS, House, circles, inside, room_of, survey

ROOT = Path(__file__).parent.parent
ORDER: dict[str, tuple[set[str], ...]] = {
    "model": (
        {"errors", "files", "labels", "spelling", "classifier", "weights"},
        {"plugins"},
        {"modality"},
        {"kinds", "bundle"},
        {"encoders", "enroll"},
        {"heads"},
        {"recognizer"},
        {"networks"},
        {"loading", "runtime"},
        {"serving"},
    ),
    "stream": (
        {"messages", "printable", "progress"},
        {"mapping", "windows", "decide", "publish", "dashboard"},
        {"flow", "repetitions"},
        {"recordings", "intake", "config"},
        {"lsl", "engine", "phone", "camera"},
        {"sinks"},
        {"report", "page", "fleet"},
        {"cli"},
    ),
    "train": (
        {"corpora", "losses"},
        {"synthesis", "learn"},
        {"output"},
        {"evaluate"},
        {"bundles"},
        {"adapt", "custom", "studies"},
        {"cli", "entry"},
    ),
}
"""Layer -> its rooms from the ground up; a room imports only rooms of the tiers below it."""


@pytest.fixture(scope="module")
def house() -> House:
    return survey(ROOT)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_room_has_its_place_in_the_order_and_every_place_a_room(house: House, layer: str) -> None:
    rooms = {room.split(".")[1] for room in inside(house.rooms, layer)}
    assert rooms == set().union(*ORDER[layer])


def test_layers_import_only_those_to_their_left(house: House) -> None:
    for module, targets in house.modules.items():
        layer = LAYERS.index(module.split(".")[1])
        wrong = [target for target in targets if LAYERS.index(target.split(".")[1]) > layer]
        assert not wrong, f"{module} imports {', '.join(wrong)}"


@pytest.mark.parametrize("layer", LAYERS)
def test_rooms_import_only_rooms_of_the_tiers_below(house: House, layer: str) -> None:
    tier = {f"{layer}.{room}": number for number, rooms in enumerate(ORDER[layer]) for room in rooms}
    wrong = [
        f"{module} -> {target}"
        for module, targets in house.modules.items()
        for target in targets
        if room_of(module) in tier
        and room_of(target) in tier
        and room_of(module) != room_of(target)
        and tier[room_of(target)] >= tier[room_of(module)]
    ]
    assert not wrong


def test_only_the_commands_of_training_import_those_of_streams(house: House) -> None:
    outside = {
        room_of(module)
        for module, targets in house.modules.items()
        for target in targets
        if room_of(target) == "stream.cli" and room_of(module) != "stream.cli"
    }
    assert outside == {"train.cli", "train.entry"}


def test_neither_modules_nor_rooms_import_in_a_circle(house: House) -> None:
    assert not circles(house.modules)
    assert not circles(house.rooms)


def test_a_circle_is_found_wherever_it_is() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [("b", "c")]
