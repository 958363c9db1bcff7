"""Messages as the schema describes them, in a form from which types of any language are written."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

KINDS: Final = ("prediction", "event", "status")


def name_of(part: str) -> str:
    """Name of a part's type: a message's has a word more, since browsers and Unity know an Event."""
    return f"{part}Message" if part.lower() in KINDS else part


@dataclass(frozen=True, slots=True)
class Shape:
    """Type of a value."""

    kind: str
    """"string", "integer", "number", "boolean", "enum", "list", "map", or "part" for one of `Part`."""
    of: "Shape | None" = None
    """Of a list's items, or a map's values."""
    name: str = ""
    """Of a part."""
    choices: tuple[Any, ...] = ()
    """Of an enum: what it may be."""
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class MessageField:
    """One key of a message or a part."""

    name: str
    shape: Shape
    required: bool
    """False where a sender may leave it out."""
    note: str


@dataclass(frozen=True, slots=True)
class Part:
    """Message, or part of one: an object with fixed keys."""

    name: str
    note: str
    fields: tuple[MessageField, ...]


def parts() -> list[Part]:
    """Parts first, then the messages, each once."""
    found: dict[str, Part] = {}
    last: list[Part] = []
    for kind in KINDS:
        schema = json.loads(files("hnhar.stream.publish.schema").joinpath(f"{kind}.json").read_text("utf-8"))
        defined = schema.get("$defs", {})
        for name, content in defined.items():
            if "properties" in content:
                found[name] = _part(name, content, defined)
        last.append(_part(kind.capitalize(), schema, defined))
    return [*found.values(), *last]


def _part(name: str, content: dict[str, Any], defined: dict[str, Any]) -> Part:
    required = content["required"]
    fields = [
        MessageField(key, _shape(prop, defined), key in required, prop.get("description", ""))
        for key, prop in content["properties"].items()
    ]
    return Part(name, content.get("description", ""), tuple(fields))


def _shape(prop: dict[str, Any], defined: dict[str, Any]) -> Shape:
    if "const" in prop:
        return Shape("enum", choices=(prop["const"],))
    if "enum" in prop:
        return Shape("enum", choices=tuple(prop["enum"]))
    if "anyOf" in prop:
        first, null = prop["anyOf"]
        if null != {"type": "null"}:
            raise ValueError(f"a choice that is no value or null: {prop}")
        inner = _shape(first, defined)
        return Shape(inner.kind, inner.of, inner.name, inner.choices, nullable=True)
    if "$ref" in prop:
        name = prop["$ref"].rpartition("/")[2]
        return Shape("part", name=name) if "properties" in defined[name] else _shape(defined[name], defined)
    if prop["type"] == "array":
        return Shape("list", of=_shape(prop["items"], defined))
    if prop["type"] == "object":
        return Shape("map", of=_shape(prop["additionalProperties"], defined))
    return Shape(prop["type"])
