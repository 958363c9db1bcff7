"""The drawing of docs/sensors.md: where a bundle's sensor points while the limb hangs, from its reference.

python -m tools.mount_picture docs/mounts.svg utd-mhad-wrist utd-mhad-thigh
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo, find, read_info
from hnhar.model.bundle.mount import LimbMap

WIDTH: Final = 320
HEIGHT: Final = 300
SCALE: Final = 74.0
"""Pixels of a unit vector."""
COLORS: Final = {"x": "#c0392b", "y": "#27803b", "z": "#2457a6"}
SIDE: Final = np.array([-0.35, 0.45])
"""Where the body's front goes on the page, of one unit: to the right and down, so that what points backwards
lies over no other arrow."""
AWAY: Final = -0.5
"""Part along the body's front below which an arrow is dashed."""
WORDS: Final = (("right", "left"), ("up", "down"), ("forwards", "backwards"))


def on_page(vector: Sequence[float]) -> tuple[float, float]:
    """Right, up and front of the body -> x and y on the page, y downwards; the viewer faces the person."""
    right, up, front = vector
    return -right - SIDE[0] * front, -up + SIDE[1] * front


def direction(vector: Sequence[float]) -> str:
    """A direction of the body in words: its main part, and another that is not small."""
    parts = sorted(range(3), key=lambda k: -abs(vector[k]))
    named = [WORDS[k][int(vector[k] < 0)] for k in parts if abs(vector[k]) > 0.35]
    return " and ".join(named)


def drawing(info: BundleInfo, limb: LimbMap, left: float) -> list[str]:
    """SVG of one bundle's sensor, `left` pixels from the left."""
    middle, height = left + WIDTH / 2, 160.0
    lines = [
        f'<text x="{left + 12}" y="24" font-weight="bold">{info.name}</text>',
        f'<text x="{left + 12}" y="42">{info.placement}, the limb hangs down; the person faces you</text>',
        f'<rect x="{middle - 13}" y="66" width="26" height="190" rx="13" fill="#e8d5c4"/>',
        f'<rect x="{middle - 17}" y="{height - 15}" width="34" height="30" rx="6" fill="#555"/>',
    ]
    for name, vector in zip("xyz", limb.hanging, strict=True):
        right, down = on_page(vector)
        x, y = middle + SCALE * right, height + SCALE * down
        color = COLORS[name]
        dashed = ' stroke-dasharray="5 3"' if vector[2] < AWAY else ""
        lines.append(
            f'<line x1="{middle}" y1="{height}" x2="{x:.1f}" y2="{y:.1f}" stroke="{color}" stroke-width="4"'
            f'{dashed} marker-end="url(#tip)"/>'
        )
        far = 1.28
        lines.append(
            f'<text x="{middle + far * SCALE * right:.1f}" y="{height + far * SCALE * down + 5:.1f}" '
            f'fill="{color}" text-anchor="middle" font-weight="bold">{name}</text>'
        )
    told = "; ".join(f"{n} {direction(v)}" for n, v in zip("xyz", limb.hanging, strict=True))
    if any(vector[2] < AWAY for vector in limb.hanging):
        told += " (dashed: away from you)"
    lines.append(f'<text x="{left + 12}" y="{HEIGHT - 12}">{told}</text>')
    return lines


def picture(infos: Sequence[BundleInfo]) -> str:
    """SVG of the bundles whose reference says where the sensor points, side by side."""
    lines: list[str] = []
    for info in infos:
        for reference in info.mounts.values():
            if reference.limb is not None and reference.limb.hanging:
                lines += drawing(
                    info, reference.limb, WIDTH * (len([x for x in lines if 'bold">' in x]) // 4)
                )
    count = max(1, len([line for line in lines if 'bold">' in line]) // 4)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * count} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            '<defs><marker id="tip" viewBox="0 0 6 6" refX="3" refY="3" markerWidth="3" markerHeight="3" '
            'orient="auto"><path d="M0,0 L6,3 L0,6 z" fill="context-stroke"/></marker></defs>',
            '<rect width="100%" height="100%" fill="white"/>',
            *lines,
            "</svg>\n",
        ]
    )


def main(path: str, *names: str) -> None:
    """Draw the bundles of these names."""
    Path(path).write_text(picture([read_info(find(name)) for name in names]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
