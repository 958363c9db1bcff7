"""JSON Schema of the messages, of stream/messages.py: `python -m hnhar.stream.publish.schema.generate`.

Types come from the dataclasses, units and meanings from the docstrings below their fields:
the two cannot differ.
"""

import ast
import inspect
import json
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from ... import messages
from ..wire import KINDS

_TIMES = (
    "Times are s on the LSL clock of the recognizer's host, unless the name ends in _unix_ns (Unix time, ns)."
)
_ENVELOPE: dict[str, dict[str, Any]] = {
    "v": {
        "const": messages.SCHEMA_VERSION,
        "description": "Version of this schema; new keys do not raise it.",
    },
    "type": {},
    "publisher": {
        "type": "string",
        "minLength": 1,
        "maxLength": 64,
        "description": "Identifier of one run of the publisher; another one means that sequences begin anew.",
    },
    "repeat": {
        "type": "boolean",
        "default": False,
        "description": "True for the last status, sent again for a subscriber that joined late.",
    },
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the payload of one kind of message, unpacked from msgpack."""
    (reference,), components = msgspec.json.schema_components([KINDS[kind]], ref_template="#/$defs/{name}")
    name = reference["$ref"].rpartition("/")[2]
    for part, content in components.items():
        _describe(content, _field_notes(getattr(messages, part)))
    body = components.pop(name)
    envelope = {**_ENVELOPE, "type": {"const": kind, "description": "Kind of the message."}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"hnhar {kind}",
        "description": f"{body['description']} {_TIMES}",
        "type": "object",
        "properties": {**envelope, **body["properties"]},
        "required": ["v", "type", "publisher", *body["required"]],
        **({"$defs": components} if components else {}),
    }


def text(kind: str) -> str:
    """The schema as the file that ships."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def _describe(content: dict[str, Any], notes: dict[str, str]) -> None:
    """Add the notes to the properties of one object."""
    content["description"] = (
        textwrap.dedent(content["description"]).strip() if "description" in content else ""
    )
    for name, prop in content.get("properties", {}).items():
        if name in notes:
            prop["description"] = notes[name]


def _field_notes(cls: type) -> dict[str, str]:
    """Field -> the docstring below it, which Python itself does not keep."""
    (definition,) = ast.parse(inspect.getsource(cls)).body
    notes: dict[str, str] = {}
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, below in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            notes[field.target.id] = " ".join(str(below.value.value).split())
    return notes


def main() -> None:
    """Write the schema files beside this one."""
    for kind in KINDS:
        (Path(__file__).parent / f"{kind}.json").write_text(text(kind), encoding="utf-8")


if __name__ == "__main__":
    main()
