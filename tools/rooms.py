"""Rooms of the house: which imports which, how many floors, whether anything runs in a circle.

A room is a folder or a lone file directly in `model/`, `stream/` or `train/`. An arrow is an import of one
room by another, wherever in a file it stands. `tests/test_rooms.py` holds the order that CONTRIBUTING draws.

    python -m tools.rooms
    python -m tools.rooms --root CHECKOUT --arrows
"""

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LAYERS: Final = ("model", "stream", "train")
Graph = Mapping[str, Set[str]]
"""Node -> the nodes that it imports."""


@dataclass(frozen=True, slots=True)
class House:
    """Modules and rooms of a checkout, with their imports."""

    modules: Graph
    """Dotted name of a module -> modules of ours that it imports."""
    rooms: Graph
    """"layer.room" -> rooms that it imports."""
    lines: Mapping[str, int]
    """Module -> lines of its file."""


def survey(root: Path) -> House:
    """The house in the checkout at `root`."""
    files = {
        _dotted(path.relative_to(root)): path for layer in LAYERS for path in (root / layer).rglob("*.py")
    }
    modules: dict[str, set[str]] = {}
    rooms: dict[str, set[str]] = {room_of(name): set() for name in files}
    lines = {}
    for name, path in files.items():
        text = path.read_text("utf-8")
        lines[name] = len(text.splitlines())
        modules[name] = {_known(found, files) for found in _imports(text, name, path)} - {"", name}
        for target in modules[name]:
            if room_of(target) != room_of(name):
                rooms[room_of(name)].add(room_of(target))
    return House(modules, rooms, lines)


def room_of(module: str) -> str:
    """ "stream.lsl" for "hnhar.stream.lsl.inlet"; the face of a layer is a room of its own."""
    return ".".join(module.split(".")[1:3])


def circles(graph: Graph) -> list[tuple[str, ...]]:
    """Strongly connected components of more than one node, each sorted (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            at = stack.index(node)
            component = tuple(sorted(stack[at:]))
            del stack[at:]
            if len(component) > 1:
                found.append(component)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def floors(graph: Graph) -> dict[str, int]:
    """Node -> 1 + the longest way down from it; nodes of a circle count as one place."""
    within = {node: number for number, component in enumerate(circles(graph)) for node in component}
    known: dict[str, int] = {}

    def floor(node: str, above: frozenset[str]) -> int:
        if node not in known:
            below = [
                floor(target, above | {node})
                for target in graph.get(node, ())
                if target not in above and within.get(target, -1) != within.get(node, -2)
            ]
            known[node] = 1 + max(below, default=0)
        return known[node]

    return {node: floor(node, frozenset()) for node in graph}


def inside(graph: Graph, layer: str) -> dict[str, set[str]]:
    """The rooms of one layer and the arrows among them; the layer's own face is left out."""
    rooms = {room for room in graph if room.startswith(f"{layer}.")}
    return {room: set(graph[room]) & rooms for room in sorted(rooms)}


def _dotted(path: Path) -> str:
    return ".".join(("hnhar", *path.with_suffix("").parts)).removesuffix(".__init__")


def _imports(text: str, name: str, path: Path) -> Iterator[str]:
    """Absolute dotted names of whatever a file imports."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield from (".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names)


def _known(name: str, files: Mapping[str, Path]) -> str:
    """The module of ours that a dotted name lies in; "" where none does."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name


def main() -> None:
    """Print a line a layer, and with --arrows a line a room."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (default: here)")
    parser.add_argument("--arrows", action="store_true", help="each room with its floor and what it imports")
    options = parser.parse_args()
    house = survey(options.root)
    for layer in LAYERS:
        graph = inside(house.rooms, layer)
        height = floors(graph)
        mine = [name for name in house.lines if name.split(".")[1] == layer]
        print(
            f"{layer}: {len(mine)} files, {sum(map(house.lines.__getitem__, mine))} lines, "
            f"{len(graph)} rooms on {max(height.values())} floors, {sum(map(len, graph.values()))} arrows, "
            f"{len(circles(graph))} circles"
        )
        if options.arrows:
            for room in sorted(graph, key=lambda room: (-height[room], room)):
                print(f"  {height[room]} {room} -> {' '.join(sorted(house.rooms[room]))}")
    across: dict[tuple[str, str], int] = defaultdict(int)
    for room, targets in house.rooms.items():
        for target in targets:
            across[room.split(".")[0], target.split(".")[0]] += 1
    for (source, target), count in sorted(across.items()):
        if source != target:
            print(f"{source} -> {target}: {count} arrows")
    for component in [*circles(house.modules), *circles(house.rooms)]:
        print("circle:", " ".join(component))


if __name__ == "__main__":
    main()
