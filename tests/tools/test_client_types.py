"""Types of the clients are those of the schema: `python -m tools.client_types` writes them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tools.client_types.files import CLIENTS, FILES
from tools.client_types.shapes import parts

from hnhar.stream.publish.schema.generate import schema


@pytest.mark.parametrize(("path", "made"), FILES.items(), ids=[path.name for path in FILES])
def test_the_files_are_up_to_date(path: Path, made: Callable[[], str]) -> None:
    assert path.read_text("utf-8") == made(), "run python -m tools.client_types"


def test_every_field_of_every_message_and_part_is_there() -> None:
    found = {part.name: [field.name for field in part.fields] for part in parts()}
    for kind in ("prediction", "event", "status"):
        assert found[kind.capitalize()] == list(schema(kind)["properties"])
        for name, content in schema(kind).get("$defs", {}).items():
            if "properties" in content:
                assert found[name] == list(content["properties"])


def test_kind_is_a_choice_and_times_beyond_2_to_the_53_are_whole() -> None:
    text = (CLIENTS / "js" / "messages.d.ts").read_text("utf-8")
    assert 'readonly kind: "onset" | "offset";' in text or 'readonly kind: "offset" | "onset";' in text
    assert "readonly onset_unix_ns: bigint | null;" in text
    assert "_unix_ns: number" not in text
    assert "public readonly long? OnsetUnixNs;" in (CLIENTS / "unity" / "Runtime" / "Messages.cs").read_text(
        "utf-8"
    )
