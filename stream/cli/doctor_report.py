"""The doctor's report as plain values: the streams that are there, and what each of the weights can take."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, HnharError
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.serving import runtimes

from ..config.sources import resolved
from ..mapping.channel_map import MappingOptions
from ..mapping.fitness import Fit, Surveyed, fit_of, fits_of
from ..mapping.single_camera import single_camera_notes
from ..recordings import Recording
from ..recordings.mounted import mounted_notes
from ..recordings.served import served


def report(
    found: Sequence[Surveyed],
    bundles: Mapping[str, BundleInfo],
    asked: Mapping[str, str] | None = None,
    options: MappingOptions | None = None,
    matching: Mapping[str, Sequence[Surveyed]] | None = None,
) -> dict[str, Any]:
    """The whole report, as --json prints it.

    Args:
        found: The streams that are there.
        bundles: Weights by name.
        asked: Modality -> its source as the user wrote it; with any only these are judged.
        options: What the user says of the streams.
        matching: Source -> the streams that match it.
    """
    import pylsl

    options = options or MappingOptions()
    asked, matching = asked or {}, matching or {}
    verdicts: list[dict[str, Any]] = []
    for info in bundles.values():
        try:
            sources = resolved(asked, info.modalities, info.id)
        except ConfigError as error:
            refusal = Fit(" and ".join(asked), (), False, (str(error),))
            verdicts.append(_verdict(refusal, found, info, " and ".join(asked.values())))
            continue
        for modality in info.modalities:
            if given := sources.get(modality.name):
                there = matching.get(given.source, ())
                fit = fit_of(
                    *(given.source, there, found, modality, info.placement, options), among=given.among
                )
                verdicts.append(_verdict(_seen(fit, found, info, options), found, info, given.source))
            elif not asked:
                alike = [m for m in info.modalities if m.kind == modality.kind]
                fits = fits_of(found, modality, info.placement, options, alike)
                verdicts += [_verdict(_seen(fit, found, info, options), found, info, "") for fit in fits]
    taken = {(v["weights"], number) for v in verdicts if v["fits"] for number in v["numbers"]}
    # That a skeleton is no IMU goes without saying, once it is taken as a skeleton.
    verdicts = [
        v
        for v in verdicts
        if v["fits"] or v["asked"] or not {(v["weights"], number) for number in v["numbers"]} <= taken
    ]
    return {
        "versions": {
            "hnhar": version("hnhar"),
            "pylsl": version("pylsl"),
            "liblsl": pylsl.library_info(),
            "liblsl_version": _dotted(pylsl.library_version()),
            "protocol": pylsl.protocol_version(),
            "runtimes": runtimes(),
        },
        "streams": [_stream(s) for s in found],
        "weights": [info.id for info in bundles.values()],
        "verdicts": verdicts,
    }


def runs(
    recording: Recording, bundles: Mapping[str, BundleInfo], options: MappingOptions
) -> list[dict[str, Any]]:
    """The modalities that a run over a recording would take with each of the weights, or its refusal."""
    answers: list[dict[str, Any]] = []
    for info in bundles.values():
        try:
            feeds, notes = served(recording, info, options)
            mounted = mounted_notes(feeds, info, options)
        except HnharError as error:
            answers.append({"weights": info.id, "fits": False, "modalities": [], "notes": [str(error)]})
        else:
            taken = list(dict.fromkeys(f.feed.modality for f in feeds))
            every = [*notes, *mounted]
            answers.append({"weights": info.id, "fits": True, "modalities": taken, "notes": every})
    return answers


def _seen(fit: Fit, found: Sequence[Surveyed], info: BundleInfo, options: MappingOptions) -> Fit:
    """The verdict, with a note where a skeleton is of a kind of camera that the weights never saw."""
    if not fit.fits or info.modality(fit.modality).kind != SKELETON.name:
        return fit
    streams = [s.description for s in found if s.uid in fit.streams]
    return replace(fit, notes=(*fit.notes, *single_camera_notes(info, streams, options)))


def _verdict(fit: Fit, found: Sequence[Surveyed], info: BundleInfo, asked: str) -> dict[str, Any]:
    streams = [s for uid in fit.streams for s in found if s.uid == uid]
    return {
        "weights": info.id,
        "modality": fit.modality,
        "streams": [f"{s.description.name} ({s.description.type})" for s in streams],
        "numbers": [s.number for s in streams],
        "asked": asked,
        "fits": fit.fits,
        "notes": list(fit.notes),
        "other_kind": fit.other_kind,
    }


def _dotted(number: int) -> str:
    """liblsl's version, 100 times the major one plus the minor one."""
    return f"{number // 100}.{number % 100}"


def _stream(s: Surveyed) -> dict[str, Any]:
    description = s.description
    return {
        "number": s.number,
        "name": description.name,
        "type": description.type,
        "source_id": description.source_id,
        "hostname": description.hostname,
        "placement": description.placement,
        "channels": [
            {"label": label, "unit": unit}
            for label, unit in zip(description.channels, description.units, strict=True)
        ],
        "nominal_rate": description.nominal_rate,
        "measured_rate": s.measured_rate,
        "clock_offset": s.clock_offset,
        "text": s.text,
        "numbers": s.numbers,
        "fault": s.fault,
    }
