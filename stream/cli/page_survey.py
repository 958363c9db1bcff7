"""The streams and weights that are there, as the page offers them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hnhar.model.bundle import bundle
from hnhar.model.bundle.bundle import DEFAULT, BundleInfo
from hnhar.model.errors import ConfigError, HnharError

from ..intake.registry import check_source, schemes
from ..mapping.kind import find_mapping
from ..mapping.places import split_place
from ..mapping.selection import parse_selection

_MOST_WEIGHTS: Final = 100


def weights_there(folder: Path) -> dict[str, tuple[str, BundleInfo]]:
    """Identifier -> (name or path for a run, description): those that ship, and the folder's."""
    found = {name: bundle.read_info(path) for name, path in bundle.bundled().items()}
    answer = {info.id: (name, info) for name, info in found.items()}
    for path in sorted(folder.glob("*.safetensors"))[:_MOST_WEIGHTS]:
        try:
            info = bundle.read_info(path)
        except HnharError:
            continue  # no bundle: a run that is asked for it says why
        answer[info.id] = (str(path), info)
    return answer


def described_weights(folder: Path) -> list[dict[str, Any]]:
    """Each of the weights, as plain values."""
    return [
        {
            "use": use,
            "id": info.id,
            "own": use != info.name,
            "default": use == DEFAULT,
            "idle": info.idle,
            "labels": [label for label in info.labels if label != info.idle],
            "enrolled": [each.label for each in info.enrolled],
            "modalities": [
                {
                    "name": modality.name,
                    "kind": modality.kind,
                    "placement": (modality.placement or info.placement) if _is_worn(modality.kind) else "",
                }
                for modality in info.modalities
            ],
        }
        for use, info in weights_there(folder).values()
    ]


def _is_worn(kind: str) -> bool:
    mapping = find_mapping(kind)
    return mapping is not None and mapping.worn


def other_sources() -> list[str]:
    """Schemes of sources that are no LSL, such as a camera's and a phone's."""
    return [scheme for scheme in schemes() if scheme != "lsl"]


def found_streams(folder: Path) -> list[dict[str, Any]]:
    """The streams of LSL that are there, each heard for a moment, and which weights can take it."""
    from ..lsl.survey import survey
    from .doctor_report import report

    infos = {info.id: info for _, info in weights_there(folder).values()}
    answer = report(survey(), infos)
    names = [stream["name"] for stream in answer["streams"]]
    return [
        {
            "source": source_of(stream, names.count(stream["name"]) == 1),
            "name": stream["name"],
            "type": stream["type"],
            "host": stream["hostname"],
            "placement": stream["placement"],
            "rate": stream["measured_rate"],
            "channels": len(stream["channels"]),
            "text": stream["text"] or stream["numbers"],
            "fault": stream["fault"],
            "fits": [
                {key: verdict[key] for key in ("weights", "modality", "fits", "notes", "other_kind")}
                for verdict in answer["verdicts"]
                if stream["number"] in verdict["numbers"]
            ],
        }
        for stream in answer["streams"]
    ]


def source_of(stream: dict[str, Any], alone: bool) -> str:
    """A source that names this stream and no other; `alone`: none there has its name."""
    name = str(stream["name"])
    if alone and _means(name, {"name": name}):
        return name
    pairs = {key: str(stream[key]) for key in ("name", "type", "source_id", "hostname") if stream[key]}
    if alone:
        pairs = {"name": name}
    text = ",".join(f"{key}={value}" for key, value in pairs.items())
    if _means(text, pairs):
        return text
    # letters that pairs cannot hold: a predicate, if both kinds of quotes are not in one value
    quoted = [f"{key}={_quoted(value)}" for key, value in pairs.items()]
    return " and ".join(quoted)


def _quoted(value: str) -> str:
    return f'"{value}"' if '"' not in value else f"'{value.replace(chr(39), '')}'"


def _means(text: str, pairs: dict[str, str]) -> bool:
    """True if a source is understood as just these conditions, and of LSL."""
    try:
        check_source(text)
        return ":" not in text and dict(parse_selection(text).conditions) == pairs
    except HnharError:
        return False


def check_place(text: str) -> str:
    """A place, with no modality before it. Raises ConfigError."""
    if split_place(text)[0] or len(text) > 100:
        raise ConfigError(f"'{text[:40]}' is no place of the body, such as right wrist.")
    return text


def labels_of(use: str) -> Sequence[str]:
    """Activities of weights. Raises BundleError."""
    info = bundle.read_info(bundle.find(use or DEFAULT))
    return [label for label in info.labels if label != info.idle]
