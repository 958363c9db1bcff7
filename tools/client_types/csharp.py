"""C#'s classes of the messages, each read from an object of `Json` (clients/unity/Runtime/Json.cs)."""

from typing import Final

from .shapes import KINDS, MessageField, Part, Shape, name_of, parts

_HEAD: Final = """// Made by `python -m tools.client_types` from the messages' schema; do not edit.
using System.Collections.Generic;

namespace Hnhar
{
"""
_TYPES: Final = {"string": "string", "integer": "long", "number": "double", "boolean": "bool"}
_READERS: Final = {"string": "Text", "integer": "Whole", "number": "Number", "boolean": "Flag"}


def classes() -> str:
    """The content of Messages.cs."""
    return _HEAD + "\n".join(_class(part) for part in parts()) + "}\n"


def _class(part: Part) -> str:
    name = name_of(part.name)
    base = " : Message" if part.name.lower() in KINDS else ""
    own = [
        field for field in part.fields if not (base and field.name in ("v", "type", "publisher", "repeat"))
    ]
    lines = [
        f"    /// <summary>{_note(part.note)}</summary>",
        f"    public sealed class {name}{base}",
        "    {",
    ]
    for field in own:
        lines.append(f"        /// <summary>{_note(field.note)}</summary>")
        lines.append(f"        public readonly {_declared(field.shape)} {_pascal(field.name)};")
    lines += [
        "",
        f"        internal {name}(Dictionary<string, object> map){' : base(map)' if base else ''}",
        "        {",
    ]
    lines += [f"            {_pascal(field.name)} = {_read(field)};" for field in own]
    return "\n".join([*lines, "        }", "    }", ""])


def _declared(shape: Shape) -> str:
    base = _type(shape)
    value = shape.kind in ("integer", "number", "boolean")
    return f"{base}?" if shape.nullable and value else base


def _type(shape: Shape) -> str:
    if shape.kind == "enum":
        return "string"
    if shape.kind == "part":
        return name_of(shape.name)
    if shape.of is not None and shape.kind == "list":
        return f"IReadOnlyList<{_type(shape.of)}>"
    if shape.of is not None:
        return f"IReadOnlyDictionary<string, {_type(shape.of)}>"
    return _TYPES[shape.kind]


def _read(field: MessageField) -> str:
    """The expression that reads a field: a key that may be left out has its type's empty value."""
    shape, must = field.shape, "true" if field.required else "false"
    key = f'map, "{field.name}"'
    if shape.of is not None:
        kind = "List" if shape.kind == "list" else "Map"
        return f"Json.{kind}({key}, {must}, {_item(shape.of)})"
    if shape.kind == "part":
        needed = "true" if field.required and not shape.nullable else "false"
        return f"Json.Part({key}, {needed}, {_item(shape)})"
    if shape.kind == "enum":
        choices = ", ".join(f'"{choice}"' for choice in shape.choices)
        return f"Json.OneOf({key}, {choices})"
    maybe = "Maybe" if shape.nullable and shape.kind != "string" else ""
    return f"Json.{maybe}{_READERS[shape.kind]}({key}, {must})"


def _item(shape: Shape) -> str:
    """The function that makes an item, or a value of a map, of what JSON has."""
    if shape.kind == "part":
        return f"item => new {name_of(shape.name)}(Json.Object(item))"
    return f"Json.To{_READERS[shape.kind]}"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _note(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("None", "null")
