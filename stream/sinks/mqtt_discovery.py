"""Home Assistant's discovery: the retained messages by which it makes its entities. Pure."""

import hashlib
import re
from importlib.metadata import version
from typing import Any

import msgspec

from hnhar.model.labels import UNKNOWN

from .activity import IDLE
from .context import SinkContext
from .mqtt_address import MqttAddress, level

_CONFIDENCE = "{{ (value_json.confidence * 100) | round(0) if value_json.confidence is not none else none }}"
_LIVE = "{{ 'ON' if value_json.live else 'OFF' }}"


def discovery(address: MqttAddress, context: SinkContext) -> dict[str, bytes]:
    """Topic -> configuration of every entity: each wearer is a device with four. Empty where it is off."""
    if not address.discovery:
        return {}
    found = {}
    for wearer in context.wearers:
        device = identifier(address.prefix, wearer)
        for component, name, content in _entities(address.prefix, wearer, context):
            whole = {
                "name": name,
                "unique_id": f"{device}_{name.lower()}",
                "availability_topic": f"{address.prefix}/availability",
                "device": {
                    "identifiers": [device],
                    "name": wearer,
                    "manufacturer": "hnhar",
                    "model": context.weights_of(wearer).model,
                    "sw_version": version("hnhar"),
                },
                "origin": {"name": "hnhar", "sw_version": version("hnhar")},
                **content,
            }
            topic = f"{address.discovery}/{component}/{device}/{name.lower()}/config"
            found[topic] = msgspec.json.encode(whole)
    return found


def identifier(prefix: str, wearer: str) -> str:
    """Identifier of a wearer's device: the same in each run, of the letters that Home Assistant takes."""
    name = f"{prefix}/{wearer}"
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    if re.fullmatch(r"[A-Za-z0-9_-]+/[A-Za-z0-9-]+", name):
        return plain
    # two names may differ in other letters only
    return f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _entities(prefix: str, wearer: str, context: SinkContext) -> list[tuple[str, str, dict[str, Any]]]:
    """(component, name, its own keys) of each entity of a wearer."""
    base = f"{prefix}/{level(wearer)}"
    labels = context.weights_of(wearer).labels
    options = [*labels, *(label for label in (IDLE, UNKNOWN) if label not in labels)]
    state = {"state_topic": f"{base}/state"}
    return [
        (
            "sensor",
            "Activity",
            {
                **state,
                "value_template": "{{ value_json.activity }}",
                "json_attributes_topic": f"{base}/state",
                "device_class": "enum",
                "options": options,
                "icon": "mdi:run",
            },
        ),
        (
            "sensor",
            "Confidence",
            {
                **state,
                "value_template": _CONFIDENCE,
                "unit_of_measurement": "%",
                "state_class": "measurement",
                "icon": "mdi:percent",
            },
        ),
        (
            "event",
            "Events",
            {"state_topic": f"{base}/event", "event_types": ["onset", "offset"], "icon": "mdi:flag"},
        ),
        (
            "binary_sensor",
            "Sensors",
            {
                "state_topic": f"{base}/streams",
                "value_template": _LIVE,
                "json_attributes_topic": f"{base}/streams",
                "device_class": "connectivity",
                "entity_category": "diagnostic",
            },
        ),
    ]
