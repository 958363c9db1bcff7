"""Events that were done and recognized as tiers of ELAN (EAF 3.0): `performed` and `recognized`."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from hnhar.model.errors import RecordingError
from hnhar.model.files import write_whole

from .exported import ExportedRun
from .label_tiers import RECOGNIZED

PERFORMED = "performed"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="hnhar" DATE="{date}" FORMAT="3.0" VERSION="3.0" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
    <PROPERTY NAME="lastUsedAnnotationId">{last}</PROPERTY>
  </HEADER>
"""
_TAIL = """\
  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>
</ANNOTATION_DOCUMENT>
"""


def write_elan(path: Path, run: ExportedRun) -> None:
    """Write a file of ELAN, its times in ms from the recording's first sample.

    Annotations of one tier do not overlap there: one that begins while another lasts ends it. Raises
    RecordingError where it cannot be written.
    """
    tiers = {
        PERFORMED: [(a.onset - run.zero, a.offset - run.zero, a.label) for a in run.performed],
        RECOGNIZED: [(e.onset - run.zero, e.offset - run.zero, e.label) for e in run.recognized],
    }
    slots: list[int] = []
    bodies = []
    count = 0
    for tier, spans in tiers.items():
        rows = []
        for begin, end, label in _apart(spans):
            slots += [begin, end]
            count += 1
            rows.append(
                f'    <ANNOTATION>\n      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{count}" '
                f'TIME_SLOT_REF1="ts{len(slots) - 1}" TIME_SLOT_REF2="ts{len(slots)}">\n'
                f"        <ANNOTATION_VALUE>{escape(label)}</ANNOTATION_VALUE>\n"
                "      </ALIGNABLE_ANNOTATION>\n    </ANNOTATION>\n"
            )
        bodies.append(
            f'  <TIER LINGUISTIC_TYPE_REF="default-lt" PARTICIPANT={quoteattr(run.wearer)} '
            f'TIER_ID="{tier}">\n{"".join(rows)}  </TIER>\n'
        )
    order = "".join(
        f'    <TIME_SLOT TIME_SLOT_ID="ts{k}" TIME_VALUE="{time}"/>\n' for k, time in enumerate(slots, 1)
    )
    head = _HEAD.format(date="1970-01-01T00:00:00+00:00", last=count)
    text = f"{head}  <TIME_ORDER>\n{order}  </TIME_ORDER>\n{''.join(bodies)}{_TAIL}"
    try:
        write_whole(
            path, "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and c not in "\ufffe\uffff"))
        )
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def _apart(spans: Sequence[tuple[float, float, str]]) -> list[tuple[int, int, str]]:
    """Spans in ms, of 1 ms at least, none of which lasts into the next."""
    rounded = sorted((max(0, round(1000 * a)), round(1000 * b), label) for a, b, label in spans)
    found: list[tuple[int, int, str]] = []
    for begin, end, label in rounded:
        if found and found[-1][1] > begin:
            first, _, before = found.pop()
            if begin > first:
                found.append((first, begin, before))
            else:
                begin = first + 1
                found.append((first, begin, before))
        found.append((begin, max(end, begin + 1), label))
    return found
