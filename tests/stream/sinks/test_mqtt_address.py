"""Addresses of the sink of MQTT, and what stands in Home Assistant's discovery."""

import json

import pytest

from hnhar.model.errors import HnharError
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.mqtt import open_mqtt
from hnhar.stream.sinks.mqtt_address import USER, MqttAddress, level, parse_mqtt
from hnhar.stream.sinks.mqtt_discovery import discovery, identifier

from ..examples import LABELS

CONTEXT = SinkContext("abc", "weights@1", LABELS, ("p1",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", r"is no mqtt:HOST\[:PORT\]/PREFIX"),
        ("/hnhar", "is no mqtt:HOST"),
        ("127.0.0.1:99999", "is no mqtt:HOST"),
        ("127.0.0.1:0", "names no broker"),
        ("*:1883", "names no broker"),
        ("192.0.2.1", "unprotected: write mqtts: .*--insecure"),
        ("me:secret@127.0.0.1", "takes no user or password in its address"),
        ("127.0.0.1/a/#", "cannot begin a topic"),
        ("127.0.0.1/$SYS", "cannot begin a topic"),
        ("127.0.0.1/a//b", "cannot begin a topic"),
        ("127.0.0.1?qos=2", "is none of login=, ca=, discovery="),
        ("127.0.0.1?login", "login= cannot be read"),
        ("127.0.0.1?login=/nowhere/at/all", "login=/nowhere/at/all cannot be read: No such file"),
    ],
)
def test_an_address_that_is_none_is_one_line(text: str, why: str) -> None:
    with pytest.raises(HnharError, match=why) as raised:
        open_mqtt(text, CONTEXT)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_an_address_has_the_ports_and_the_prefix_that_are_usual() -> None:
    plain = parse_mqtt("mqtt", "localhost", insecure=False, environment={})
    assert (plain.host, plain.port, plain.prefix, plain.discovery) == (
        "localhost",
        1883,
        "hnhar",
        "homeassistant",
    )
    secure = parse_mqtt("mqtts", "[2001:db8::1]/a/b/?discovery=off", insecure=False, environment={USER: "me"})
    assert (secure.host, secure.port, secure.prefix, secure.discovery) == ("2001:db8::1", 8883, "a/b", "")
    assert (secure.user, secure.broker) == ("me", "mqtts:[2001:db8::1]:8883")
    assert parse_mqtt("mqtt", "192.0.2.1:1", insecure=True, environment={}).port == 1


def test_the_templates_of_the_discovery_give_the_value_of_each_entity() -> None:
    jinja2 = pytest.importorskip("jinja2")  # the language of Home Assistant's templates
    configs = [json.loads(made) for made in discovery(MqttAddress("mqtt", "h", 1), CONTEXT).values()]
    templates = {c["name"]: jinja2.Template(c["value_template"]) for c in configs if "value_template" in c}

    def value(name: str, **fields: object) -> str:
        return str(templates[name].render(value_json=fields))

    assert value("Activity", activity="wave", confidence=0.934) == "wave"
    assert float(value("Confidence", confidence=0.934)) == 93.0
    assert value("Confidence", confidence=None) == "None"  # by which a sensor of MQTT becomes unknown
    assert (value("Sensors", live=True), value("Sensors", live=False)) == ("ON", "OFF")


def test_names_that_mqtt_has_no_room_for_are_written_otherwise() -> None:
    assert level("Zoë+1 #2 100%") == "Zoë%2B1 %232 100%25"
    assert identifier("hnhar", "anna") == "hnhar_anna"
    assert identifier("hnhar", "änna") != identifier("hnhar", "ünna")
