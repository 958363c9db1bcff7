"""The picture of the phones that are connected, and its lines where there is no terminal. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..phone.phones import PhoneStatus


def picture(
    phones: Sequence[PhoneStatus], refused: Mapping[str, int], absent: Sequence[str]
) -> RenderableType:
    """A row a phone; what was refused and what is waited for below."""
    table = Table(box=None, pad_edge=False)
    for name in ("phone", "by", "sensors", "Hz", "late", "batch", "samples", "dropped"):
        table.add_column(name, justify="right" if name in ("Hz", "late", "batch", "samples") else "left")
    for phone in phones:
        table.add_row(
            *(Text(text) for text in (phone.name, phone.app, "+".join(phone.sensors))),
            f"{phone.rate:.0f}" if phone.rate else "–",
            f"{1000 * phone.latency:.0f} ms",
            f"{phone.batch:.2f} s",
            str(phone.received),
            Text(_counts(phone.dropped) or "none"),
        )
    notes = [f"{phone.name}: {phone.note}" for phone in phones if phone.note]
    rows: list[RenderableType] = [table if phones else Text("no phone yet", "dim")]
    rows += [Text(note, "yellow") for note in notes]
    rows += [Text(f"waiting for {text}", "dim") for text in absent]
    if refused:
        rows.append(Text(f"refused: {_counts(refused, ' × ')}", "yellow"))
    rows.append(Text("Ctrl-C ends it", "dim"))
    return Group(*rows)


class Changes:
    """Lines on what has changed since the last look."""

    def __init__(self) -> None:
        self._known: dict[str, PhoneStatus] = {}
        self._refused: dict[str, int] = {}
        self._absent: tuple[str, ...] = ()

    def lines(
        self, phones: Sequence[PhoneStatus], refused: Mapping[str, int], absent: Sequence[str]
    ) -> Iterator[str]:
        """Phones that came and went, with their figures; refusals, and what is waited for."""
        now = {phone.name: phone for phone in phones}
        for name, phone in now.items():
            known = self._known.get(name)
            if known is None or known.sensors != phone.sensors:
                sensors = "+".join(phone.sensors) or "nothing yet"
                yield f"{name} sends {sensors}, by {phone.app} from {phone.host or 'here'}"
            if phone.note and (known is None or known.note != phone.note):
                yield f"{name}: {phone.note}"
        for name, phone in self._known.items():
            if name not in now:
                yield (
                    f"{name} has gone: {phone.received} samples at {phone.rate:.0f} Hz, "
                    f"{_counts(phone.dropped) or 'none'} dropped"
                )
        for reason, count in refused.items():
            if reason not in self._refused:
                yield f"refused: {reason}"
            self._refused[reason] = count
        if absent and tuple(absent) != self._absent:
            yield from (f"waiting for {text}" for text in absent)
        self._known, self._absent = now, tuple(absent)


def _counts(counts: Mapping[str, int], by: str = " ") -> str:
    return ", ".join(f"{count}{by}{what}" for what, count in counts.items())
