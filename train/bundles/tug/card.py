"""The model card of `tug`, and the table of its figures, written from what the bundle says of itself."""

from typing import Any

from hnhar.model.bundle.bundle import BundleInfo

from ...output.document import table

_DEVICES = {"phone+watch": "phone and watch", "phone": "phone", "watch": "watch"}


def card(info: BundleInfo) -> str:
    """The model card, in Markdown."""
    provenance, corpus = info.provenance, info.provenance["corpus"]
    versions = ", ".join(f"{name} {number}" for name, number in provenance.get("versions", {}).items())
    decision = info.decision
    modalities = ", ".join(
        f"{m.name} ({len(m.channels)} channels, {m.rate:g} Hz grid, worn: {m.placement})"
        for m in info.modalities
    )
    lines = [
        f"# {info.name}",
        "",
        "Written by `hnhar-train bundle tug`; the figures are those in the bundle's own metadata.",
        "",
        f"- **Bundle:** `{info.id}`, format {info.format}",
        f"- **Takes:** {modalities}; both, or either alone",
        f"- **Windows:** {info.window:g} s, a prediction each {info.hop:g} s of a window's middle",
        f"- **Labels ({len(info.labels)}):** {', '.join(info.labels)}",
        f"- **Learned from:** {provenance['data']}",
        f"- **License of the corpus:** {corpus['license']}: whoever passes the weights on names its authors",
        f"- **Pre-training:** {provenance['pretraining']}",
        f"- **Calibrated and tuned on:** {provenance['held_out']}; the bundle itself learned from all",
        f"- **Made with:** commit {provenance.get('commit') or 'unknown'}, {versions}, "
        f"{provenance.get('date', '')}",
        f"- **Temperatures:** {', '.join(f'{k} {v:g}' for k, v in info.temperatures.items())}",
        f"- **Decisions:** evidence {decision.evidence:g} a second, enter {decision.enter:g}, leave "
        f"{decision.leave:g}, minimum {decision.minimum:g} s, onset {decision.onset_shift:+g} s, offset "
        f"{decision.offset_shift:+g} s",
        "",
        "## Measured",
        "",
        *measured(info),
        "",
        "## Limits",
        "",
        "- It learned from 12 healthy adults of 24 to 66 years who walked without an aid, 115 trials in all. "
        "Nobody was ill, old, or slow: how well it does on patients is not known.",
        "- A walking frame, a stick, somebody's help, a pause half way: never seen. A stand of a few seconds "
        "has no phase of its own.",
        "- The phone was in a trouser pocket, front or back, either way round; the watch on a wrist.",
        "- It knows five phases and nothing else: what else somebody does is called by one of them.",
        "- It is not a medical device, and makes no diagnosis.",
        "",
    ]
    return "\n".join(lines)


def measured(info: BundleInfo) -> list[str]:
    """Lines with the figures on test subjects, or that there are none."""
    figures = info.metrics.get("test")
    if not figures:
        return ["It was not measured on people whom it never saw."]
    subjects = ", ".join(map(str, figures["subjects"]))
    rows = {key: figures[key] for key in _DEVICES if key in figures}
    first = next(iter(rows.values()))["report"]
    return [
        f"On subjects {subjects} ({first['executions']} executions), whom no training and no choice saw. "
        "Errors are those of durations against the corpus's labels, absolute, in s: median (90th "
        "percentile). A phase that the recording cuts is left out.",
        "",
        "Of a report (`hnhar report`: the whole file is seen):",
        "",
        table(["devices", *first["phases"], "all phases", "found"], _phases(rows, "report")),
        "",
        "Trials in a report of each person's executions in one recording, those that begin and end with "
        "sitting, with 3 s more of it between them:",
        "",
        table(
            ["devices", "complete trials counted", "false", "total time", "bias of the total"],
            [
                [
                    _DEVICES[key],
                    f"{r['visits']['counted']} of {r['visits']['trials']}",
                    str(r["visits"]["false"]),
                    _error(r["visits"]["total_error_s"], r["visits"]["total_error_p90_s"]),
                    f"{r['visits']['total_bias_s']:+.2f}",
                ]
                for key, r in rows.items()
            ],
        ),
        "",
        "Live (events as they are published, with fixed shifts):",
        "",
        table(["devices", *first["phases"], "all phases", "found"], _phases(rows, "live")),
        "",
        table(
            ["devices", "event F1, collar 1.5 s", "event F1, IoU 0.5", "delay of an onset"],
            [
                [
                    _DEVICES[key],
                    f"{r['live']['f1']:.3f}",
                    f"{r['live']['f1_iou_0.5']:.3f}",
                    _error(r["live"]["delay_s"], r["live"]["delay_p90_s"]),
                ]
                for key, r in rows.items()
            ],
        ),
    ]


def _phases(rows: dict[str, Any], part: str) -> list[list[str]]:
    out = []
    for key, figures in rows.items():
        of = figures[part]
        cells = [_error(p["error_s"], p["error_p90_s"]) for p in of["phases"].values()]
        whole = of["all"]
        found = f"{whole['found']} of {whole['done']}"
        out.append([_DEVICES[key], *cells, _error(whole["error_s"], whole["error_p90_s"]), found])
    return out


def _error(median: float | None, high: float | None) -> str:
    return "–" if median is None or high is None else f"{median:.2f} ({high:.2f})"


def look(info: BundleInfo) -> str:
    """A line for the log of looks at test subjects."""
    figures = info.metrics["test"]
    subjects = ", ".join(map(str, figures["subjects"]))
    parts = []
    for key in _DEVICES:
        if key in figures:
            report, live, visits = (figures[key][part] for part in ("report", "live", "visits"))
            parts.append(
                f"{key} phases {_error(report['all']['error_s'], report['all']['error_p90_s'])} s, total "
                f"{_error(visits['total_error_s'], visits['total_error_p90_s'])} s, event F1 {live['f1']}"
            )
    return (
        f"{info.provenance.get('date', '')}: release of `{info.id}`, spsw_har subjects {subjects}: duration "
        f"errors {'; '.join(parts)}"
    )
