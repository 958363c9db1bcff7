"""Descriptions of made-up streams."""

from hnhar.stream.messages import StreamDescription


def described(channels: list[str], units: list[str] | None = None, **changes: object) -> StreamDescription:
    fields: dict[str, object] = {
        "name": "band",
        "type": "IMU",
        "source_id": "b1",
        "nominal_rate": 50.0,
    } | changes
    return StreamDescription(channels=tuple(channels), units=tuple(units or [""] * len(channels)), **fields)  # type: ignore[arg-type]
