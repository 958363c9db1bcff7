"""TypeScript's declarations of the messages, and the table by which JavaScript checks what it reads."""

import json
from typing import Final

from .shapes import KINDS, MessageField, Part, Shape, name_of, parts

_HEAD: Final = "// Made by `python -m tools.client_types` from the messages' schema; do not edit.\n"
_NAMES: Final = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def declarations() -> str:
    """The content of messages.d.ts: integers that end in _unix_ns are bigint."""
    blocks = [_interface(part) for part in parts()]
    union = " | ".join(name_of(kind.capitalize()) for kind in KINDS)
    table = (
        "/** Kind of a message -> key that must be at its top level -> types of JSON that it may have. */\n"
        "export const REQUIRED: {\n"
        "  readonly [kind in Message['type']]: { readonly [key: string]: readonly string[] };\n"
        "};\n"
    )
    last = f"/** Message of a recognizer; `type` tells which. */\nexport type Message = {union};\n"
    return "\n".join([_HEAD, *blocks, last, table])


def required_fields() -> str:
    """The content of messages.js."""
    table: dict[str, dict[str, list[str]]] = {}
    for part in parts():
        if part.name.lower() in KINDS:
            table[part.name.lower()] = {f.name: _json_types(f) for f in part.fields if f.required}
    lines = []
    for kind, fields in table.items():
        lines += [
            f"  {kind}: {{",
            *(f"    {key}: {json.dumps(types)}," for key, types in fields.items()),
            "  },",
        ]
    return "\n".join([f"{_HEAD}export const REQUIRED = {{", *lines, "};\n"])


def _json_types(field: MessageField) -> list[str]:
    shape = field.shape
    kind = {"list": "array", "map": "object", "part": "object", "enum": "string"}.get(shape.kind, shape.kind)
    if shape.kind == "enum" and not isinstance(shape.choices[0], str):
        kind = "integer"
    return [kind, "null"] if shape.nullable else [kind]


def _interface(part: Part) -> str:
    lines = [f"/** {_note(part.note)} */", f"export interface {name_of(part.name)} {{"]
    for field in part.fields:
        if field.note:
            lines.append(f"  /** {_note(field.note)} */")
        lines.append(f"  readonly {field.name}{'' if field.required else '?'}: {_type(field)};")
    return "\n".join([*lines, "}\n"])


def _type(field: MessageField) -> str:
    made = "bigint" if field.name.endswith("_unix_ns") else _of(field.shape)
    return f"{made} | null" if field.shape.nullable else made


def _of(shape: Shape) -> str:
    if shape.kind == "enum":
        return " | ".join(json.dumps(choice) for choice in shape.choices)
    if shape.kind == "part":
        return name_of(shape.name)
    if shape.of is not None and shape.kind == "list":
        return f"readonly {_of(shape.of)}[]"
    if shape.of is not None:
        return f"{{ readonly [key: string]: {_of(shape.of)} }}"
    return _NAMES[shape.kind]


def _note(text: str) -> str:
    return text.replace("*/", "*\\/").replace("None", "null")
