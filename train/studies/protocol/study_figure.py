"""Slice plot of a study: the trials' value against each setting that is searched. SVG."""

from collections.abc import Sequence
from pathlib import Path

from .figures import panels, save
from .search import StudyTrial, best_of
from .study import Study

SIDE = 3.0
"""inches of a panel."""


def slices(study: Study, done: Sequence[StudyTrial], path: Path) -> None:
    """A panel for each searched setting, a dot a trial, later ones darker; the best has a ring.

    Trials that were stopped after a subject are crosses: their value is of fewer subjects.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ConfigError: The file cannot be written.
    """
    ranges, best = study.space.ranges(), best_of(done)
    figure, axes = panels(len(ranges), SIDE)
    for axis in axes[1:]:
        axis.sharey(axes[0])
        axis.tick_params(labelleft=False)
    ages = list(range(len(done)))
    for axis, (name, of) in zip(axes, ranges.items(), strict=True):
        for pruned, marker in ((False, "o"), (True, "x")):
            shown = [age for age in ages if done[age].pruned == pruned]
            axis.scatter(
                [done[age].params[name] for age in shown],
                [done[age].value for age in shown],
                c=shown,
                vmin=-len(done) / 3,
                vmax=len(done),
                cmap="Blues",
                marker=marker,
                s=24,
            )
        if best is not None:
            axis.plot(best.params[name], best.value, "o", markersize=11, fillstyle="none", color="black")
        axis.set(xlabel=name.replace("_", " "), xscale="log" if of.log else "linear")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy, %")
    figure.suptitle(study.title, fontsize="medium")
    save(figure, path)
