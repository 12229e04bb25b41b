"""The import graph of a folder of the code, room by room, as a Mermaid drawing.

    python tests/docs/import_graphs.py compiler backends/launcher

prints one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def import_graph(folder: str) -> str:
    """Returns a drawing of who imports whom among the rooms of a folder, and of those the backends.

    A room is a folder in it, or a module beside those. An arrow goes from the one that imports. All
    import ``schemas``, which is left out.
    """
    top = ROOT / folder
    files = [path for path in sorted(top.rglob("*.py")) if path != top / "__init__.py"]
    rooms = sorted({_room(path, top) for path in files})
    edges = {
        (_room(path, top), target)
        for path in files
        for imported in _imports(path)
        if (target := _target(imported, folder, rooms)) is not None
    }
    lines = ["flowchart TD"]
    lines += [f"  {room}" for room in rooms]
    lines += [f"  {source} --> {target}" for source, target in sorted(edges) if source != target]
    return "\n".join(lines) + "\n"


def _room(path: Path, top: Path) -> str:
    return path.relative_to(top).with_suffix("").parts[0]


def inner_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yields what stands in the blocks of a statement: an expression holds no import."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        inner = getattr(node, name, ())
        yield from inner if isinstance(inner, list) else ()


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        pending.extend(inner_statements(node))
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.startswith("tfxc.")}


def _target(imported: str, folder: str, rooms: list[str]) -> str | None:
    """Returns the room of an import, or the backend outside that it is of; None for what is left out."""
    own = f"tfxc.{folder.replace('/', '.')}."
    if imported.startswith(own):
        first = imported.removeprefix(own).split(".")[0]
        return first if first in rooms else None
    _, layer, name, *_ = imported.split(".")
    if layer != "backends":
        return None
    return f"backends/{name}" if (ROOT / "backends" / name).is_dir() else "backends"


if __name__ == "__main__":
    for each in sys.argv[1:]:
        sys.stdout.write(import_graph(each))
