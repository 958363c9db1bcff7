"""The model card of a bundle, written from what the bundle says of itself."""

from typing import Any

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision

_COLUMNS = ("actions", "recognized", "events", "recall", "false_share", "f1", "onset_error_s", "iou")


def card(info: BundleInfo) -> str:
    """The model card of a bundle, in Markdown."""
    provenance = info.provenance
    settled = provenance.get("decisions")
    modalities = ", ".join(
        f"{m.name} ({len(m.channels)} channels, {m.rate:g} Hz grid)" for m in info.modalities
    )
    parts = [
        f"# {info.name}",
        "",
        "Written by `hnhar-train bundle`; the figures are those in the bundle's own metadata.",
        "",
        f"- **Bundle:** `{info.id}`, format {info.format}",
        f"- **Takes:** {modalities}{_worn(info)}.",
        f"- **Windows:** {info.window:g} s, a prediction each {info.hop:g} s",
        f"- **Labels ({len(info.labels)}):** {', '.join(info.labels)}",
        f"- **Learned from:** {provenance.get('data', 'not said')}",
        f"- **Pre-training:** {provenance.get('pretraining', 'not said')}",
        f"- **Calibrated and tuned on:** {provenance.get('held_out', 'not said')}",
        f"- **Made with:** commit {provenance.get('commit') or 'unknown'}, {_versions(provenance)}, "
        f"{provenance.get('date', '')}",
        f"- **Temperatures:** {', '.join(f'{k} {v:g}' for k, v in info.temperatures.items()) or 'none'}",
        f"- **Decisions:** {f'{settled}; ' if settled else ''}{_belief(info.decision)}, enter "
        f"{info.decision.enter:g}, leave {info.decision.leave:g}, minimum {info.decision.minimum:g} s, "
        f"refractory {info.decision.refractory:g} s, onset {info.decision.onset_shift:+g} s, offset "
        f"{info.decision.offset_shift:+g} s",
        "",
        "## Measured",
        "",
        "Whole sessions through the engine and the decision stage that serve live. An action counts as "
        "recognized by an event of its label that overlaps it, with a collar of 1.5 s; each action and each "
        "event is matched once. `false_share` is the share of the events that match no action.",
        "",
    ]
    if real := info.metrics.get("real"):
        subjects = ", ".join(map(str, real["subjects"]))
        heading = f"### Real: UTD-MHAD subjects {subjects} (never trained on)"
        parts += [heading, "", f"{real['sessions']}.", "", *_table(real), ""]
    if synthetic := info.metrics.get("synthetic"):
        heading = f"### Synthetic persons {synthetic['persons']}"
        parts += [heading, "", f"{synthetic['note'].capitalize()}.", "", *_table(synthetic), ""]
    parts += ["## Limits", "", *_limits(info), ""]
    return "\n".join(parts)


def _table(figures: dict[str, Any]) -> list[str]:
    rows = [f"| streams | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for subset, values in figures.items():
        if isinstance(values, dict):
            rows.append(f"| {subset} | {' | '.join(str(values.get(c, '')) for c in _COLUMNS)} |")
    if lacking := figures.get("lacking"):
        rows += ["", f"{'; '.join(lacking)}."]
    return rows


def _versions(provenance: dict[str, Any]) -> str:
    return ", ".join(f"{name} {number}" for name, number in provenance.get("versions", {}).items())


def _belief(decision: Decision) -> str:
    if decision.evidence > 0:
        return f"evidence {decision.evidence:g} a second"
    return f"smoothing {decision.smoothing:g} s"


def _limits(info: BundleInfo) -> list[str]:
    provenance = info.provenance
    recipe = provenance.get("recipe", {})
    real = bool(provenance.get("corpus"))
    people = len(recipe.get("train_subjects", ())) if real else 0
    lines = [
        "- The pauses of its sessions are made, not recorded: idle life has more in it than they do.",
        f"- Few people: {people} real subjects trained it, all adults in one laboratory.",
        *_mounted(info),
        *_facing(recipe),
        *_filmed(provenance),
        "- An action that it was not taught is called by the name of one that it was, or idle.",
    ]
    if "real" not in info.metrics:
        lines.append("- It was never measured on real recordings.")
    return lines


def _worn(info: BundleInfo) -> str:
    """Where the worn sensor of several modalities belongs."""
    return f"; any subset of them. IMU worn on the {info.placement}" if len(info.modalities) > 1 else ""


def _mounted(info: BundleInfo) -> list[str]:
    """A line where a sensor is worn."""
    if not info.placement:
        return []
    return [f"- The IMU belongs on the {info.placement}, as the corpus wore it; training turned it by 25°."]


def _filmed(provenance: dict[str, Any]) -> list[str]:
    """A line where skeletons of a single camera were learned from."""
    if "single camera" not in provenance.get("data", ""):
        return []
    return [
        "- The errors of a single camera were measured on drawn people, capsules before a plain wall, not on "
        "people before a webcam."
    ]


def _facing(recipe: dict[str, Any]) -> list[str]:
    """A line where the recipe's skeletons are recognized in a frame of the body's own."""
    encoders = recipe.get("encoders", {}).values()
    if not any(settings.get("frame") == "body" for settings in encoders):
        return []
    return ["- People may face any way, and turn: skeletons are recognized in a frame of the body's own."]
