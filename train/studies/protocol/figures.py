"""Figures of a comparison: label curves, confusion matrices, κ curves, and a map of the embedding. SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from hnhar.model.errors import MissingExtraError

from ...output.pictures import write_picture
from .preset import Preset
from .report import Column, Results
from .sweep import Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SALT = "hnhar"
"""Of the names inside an SVG: the same figure is the same file."""


def label_curves(
    preset: Preset, results: Results, entries: Sequence[str], reading: str, each: float, path: Path
) -> None:
    """Accuracy over labels a class, a panel for each subset: mean, and standard deviation as a band.

    Args:
        preset: Its amounts are the points; an entry has those of its own.
        results: Of the table.
        entries: Names of the lines.
        reading: "plain" or "spread".
        each: Training trials a class, on average: where a share of the labels stands on the axis.
        path: SVG.
    """
    subsets = _subsets(results)
    figure, axes = panels(len(subsets))
    ticks = [amount for amount in preset.amounts if isinstance(amount, int)]
    for axis, subset in zip(axes, subsets, strict=True):
        for name in entries:
            points, entry = [], preset.named(name)
            # encoders as drawn have no probe worth a line: what is trained from scratch is
            read = "finetuned" if entry.method is None and entry.finetune else reading
            for amount in preset.amounts:
                values = list(Column(read, subset, amount).values(results, name).values())
                if values:
                    where = amount if isinstance(amount, int) else max(1.0, amount * each)
                    points.append((where, mean(values), stdev(values) if len(values) > 1 else 0.0))
            if not points:
                continue
            at, middle, around = zip(*sorted(points), strict=True)
            low = [m - s for m, s in zip(middle, around, strict=True)]
            high = [m + s for m, s in zip(middle, around, strict=True)]
            (line,) = axis.plot(at, middle, marker="o", markersize=4, label=entry.title)
            axis.fill_between(at, low, high, alpha=0.15, color=line.get_color(), linewidth=0)
        axis.set(title=subset, xlabel="labeled trials a class", xscale="log")
        axis.set_xticks(ticks, [str(amount) for amount in ticks])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy, %")
    axes[-1].legend(fontsize="small")
    save(figure, path)


def confusions(
    predicted: Mapping[str, Sequence[int]], truth: Sequence[int], labels: Sequence[str], path: Path
) -> None:
    """Counts of predictions (columns) by truth (rows), a panel for each subset."""
    figure, axes = panels(len(predicted), side=6.0, height=7.5)
    for axis, (subset, answers) in zip(axes, predicted.items(), strict=True):
        counts = torch.zeros(len(labels), len(labels))
        for true, answer in zip(truth, answers, strict=True):
            counts[true, answer] += 1
        axis.imshow(counts, cmap="Blues")
        for true, answer in torch.nonzero(counts.clone().fill_diagonal_(0)).tolist():
            count = float(counts[true, answer])
            color = "white" if count > counts.max() / 2 else "black"
            axis.text(answer, true, f"{count:.0f}", ha="center", va="center", fontsize=6, color=color)
        wrong = int(sum(t != a for t, a in zip(truth, answers, strict=True)))
        axis.set(title=f"{subset}: {wrong} of {len(truth)} wrong", xlabel="recognized")
        axis.set_xticks(range(len(labels)), labels, rotation=90, fontsize=6)
        axis.set_yticks(range(len(labels)), labels, fontsize=6)
    axes[0].set_ylabel("performed")
    save(figure, path)


def kappa_curves(points: Sequence[Point], path: Path) -> None:
    """Accuracy, false-negative mass and effective negatives over κ, a line for each temperature and τ⁺."""
    figure, axes = panels(4)
    subsets = list(points[0].accuracy)
    rows: dict[tuple[float, float], list[Point]] = {}
    for point in points:
        rows.setdefault((point.temperature, point.tau_plus), []).append(point)
    for (temperature, tau), line in rows.items():
        kappas = [point.kappa for point in line]
        name = f"t {temperature:g}, τ⁺ {tau:.3g}"
        axes[0].plot(kappas, [p.accuracy[subsets[0]] for p in line], marker="o", label=name)
        axes[1].plot(kappas, [p.one_label[subsets[0]] for p in line], marker="o")
        axes[2].plot(kappas, [p.diagnostics["false"] for p in line], marker="o")
        axes[3].plot(kappas, [p.diagnostics["effective"] for p in line], marker="o")
    titles = ("accuracy, all labels, %", "accuracy, one label a class, %", "false-negative mass")
    for axis, title in zip(axes, (*titles, "effective negatives"), strict=True):
        axis.set(title=title, xlabel="κ = β/t")
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize="small")
    save(figure, path)


def embedding_map(features: Tensor, labels: Sequence[int], names: Sequence[str], path: Path) -> None:
    """(N, F) features on their first two discriminative axes (PCA of class means), a color a class."""
    figure, axes = panels(1, side=6.0)
    targets = torch.tensor(labels)
    means = torch.stack([features[targets == label].mean(dim=0) for label in range(len(names))])
    _, _, directions = torch.linalg.svd(means - means.mean(dim=0), full_matrices=False)
    flat = (features - features.mean(dim=0)) @ directions[:2].T
    axes[0].scatter(flat[:, 0], flat[:, 1], c=labels, cmap="turbo", s=8)
    for label, name in enumerate(names):
        x, y = flat[targets == label].mean(dim=0).tolist()
        axes[0].annotate(name, (x, y), fontsize=6)
    axes[0].set(xticks=[], yticks=[])
    save(figure, path)


def panels(count: int, side: float = 3.6, height: float | None = None) -> "tuple[Any, Sequence[Axes]]":
    """A figure of `count` panels in a row, inches; MissingExtraError without matplotlib."""
    try:
        from matplotlib import rcParams
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "train", "a figure") from error
    rcParams["svg.hashsalt"] = SALT
    figure = Figure(figsize=(side * count, height or side), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False)[0])


def save(figure: Any, path: Path) -> None:
    """Write without a date, so that the same figure is the same file; ConfigError where that fails."""
    write_picture(figure, path, metadata={"Date": None})


def _subsets(results: Results) -> list[str]:
    return list(next(result["few"][0]["plain"] for _, result in results if result["few"]))
