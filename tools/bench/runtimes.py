"""What each runtime answers to real recordings, beside torch: composed sessions of UTD-MHAD's subject 2.

That subject was in no training of the shipped bundle. DATA is a folder with the corpora. Prints Markdown.

    python -m tools.bench.runtimes ~/corpora
    python -m tools.bench.runtimes ~/corpora --bundle utd-mhad-thigh --sessions 1
"""

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from tools.processes import machine

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.serving import RuntimeName, serve
from hnhar.stream.engine.offline import Recognition, recognize
from hnhar.stream.messages import Event
from hnhar.stream.recordings.open import open_recording

BESIDE: Final[tuple[RuntimeName, ...]] = ("onnx", "openvino", "openvino-bf16")
SUBJECT: Final = 2
HEAD: Final = (
    "| runtime | windows | probability differs by at most | labels differ | torch's events "
    "| the same | nearly the same | more |"
)
NEAR: Final = 0.25
"""s between two onsets of one event."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How one runtime's answers differ from torch's."""

    windows: int
    probability: float
    """The greatest difference of any."""
    labels: int
    """Windows of another label."""
    events: int
    """Torch's onsets and offsets."""
    same: int
    """Those of them that the runtime has in every field."""
    near: int
    """Those of them that it has with the label, kind and, within `NEAR`, the onset."""
    more: int
    """Events that it has and torch has not, not even nearly."""


def difference(known: Recognition, found: Recognition) -> Difference:
    """Of `found` from torch's. ValueError where they are not of the same windows."""
    pairs = list(zip(known.predictions, found.predictions, strict=True))
    if any(one.end != other.end for one, other in pairs):
        raise ValueError("the windows are not the same")
    fields = {_fields(event) for event in found.events}
    return Difference(
        len(pairs),
        max(abs(p - other.probabilities[n]) for one, other in pairs for n, p in one.probabilities.items()),
        sum(one.label != other.label for one, other in pairs),
        len(known.events),
        sum(_fields(event) in fields for event in known.events),
        sum(_nearly(event, found.events) for event in known.events),
        sum(not _nearly(event, known.events) for event in found.events),
    )


def together(each: Sequence[Difference]) -> Difference:
    """Of several sessions."""
    sums = [sum(column) for column in zip(*map(astuple, each), strict=True)]
    return replace(Difference(*sums), probability=max(one.probability for one in each))


def _fields(event: Event) -> tuple[object, ...]:
    return event.kind, event.label, event.onset, event.duration, event.decided, event.unknown


def _nearly(event: Event, others: Sequence[Event]) -> bool:
    key = event.kind, event.label
    return any((o.kind, o.label) == key and abs(o.onset - event.onset) <= NEAR for o in others)


def main() -> None:
    """Recognize and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("data", type=Path, help="folder that holds utd_mhad")
    parser.add_argument("--bundle", default=DEFAULT, help=f"name or path ({DEFAULT})")
    parser.add_argument("--sessions", type=int, default=2, help="composed of the subject's trials (2)")
    parser.add_argument("--runtimes", nargs="+", default=BESIDE, help=f"as of --runtime ({' '.join(BESIDE)})")
    options = parser.parse_args()
    by_torch = serve(find(options.bundle), runtime="torch")
    found: dict[str, list[Difference]] = {}
    for seed in range(1, options.sessions + 1):
        place = by_torch.info.placement.split()[-1]
        session = open_recording(options.data / "utd_mhad", subject=SUBJECT, placement=place, seed=seed)
        known = recognize(session, by_torch.runtime, by_torch.info)
        for name in options.runtimes:
            served = serve(find(options.bundle), runtime=name)
            answers = recognize(session, served.runtime, served.info)
            found.setdefault(served.runtime.network, []).append(difference(known, answers))
    print(f"{by_torch.info.id}, beside {by_torch.runtime.network}; {machine()}\n")
    print(HEAD)
    print(f"|---|{'---:|' * 7}")
    for network, each in found.items():
        print(row(network, together(each)))


def row(network: str, of: Difference) -> str:
    """A line of the table."""
    cells = (network, of.windows, f"{of.probability:.1e}", of.labels, of.events, of.same, of.near, of.more)
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
