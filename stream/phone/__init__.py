"""Phones and watches as sources: what their apps send over HTTP, websockets, OSC and MQTT (docs/phone.md)."""
