"""A pipeline drawn with lines in a terminal.

Every node has a row of its own, in topological order. A lane (a vertical line) runs from a node to
the last node that reads from it; the row above a node shows which lanes lead into it, and what they
carry. A pipeline with more lanes than fit is listed instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tfxc.compiler.draw.view import DrawnNode, Edge, GraphView
from tfxc.compiler.render.snippets import Paint, cut, width
from tfxc.schemas.words.printable import printable

MOST_LANES = 24
"""Lines side by side that are still drawn."""

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_LINES = {
    0: " ",
    UP: "╵",
    DOWN: "╷",
    UP | DOWN: "│",
    LEFT | RIGHT: "─",
    UP | RIGHT: "╰",
    UP | LEFT: "╯",
    DOWN | RIGHT: "╭",
    DOWN | LEFT: "╮",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    UP | LEFT | RIGHT: "┴",
    DOWN | LEFT | RIGHT: "┬",
    UP | DOWN | LEFT | RIGHT: "┼",
}
_ASCII = str.maketrans("╵╷│─╰╯╭╮├┤┴┬┼●○→…·", "|||-''..|||++*o>.-")


@dataclass(frozen=True)
class _Row:
    lines: str
    node: DrawnNode | None
    text: str = ""


def draw_text(view: GraphView, paint: Paint, unicode: bool = True, columns: int | None = None) -> str:
    """Returns the drawing, with a title line and a final newline; lines are cut to ``columns``."""
    rows = _drawn_rows(view)
    if rows is None:
        rows = _listed_rows(view)
    left = max((width(row.lines) + width(row.node.label) for row in rows if row.node), default=0)
    lines = [paint(printable(view.name), "bold") + f": {len(view.nodes)} node{'s' * (len(view.nodes) != 1)}"]
    lines += [_line(row, left, columns, paint) for row in rows]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text if unicode else text.translate(_ASCII)


def _line(row: _Row, left: int, columns: int | None, paint: Paint) -> str:
    room = max(columns - width(row.lines) - 1, 1) if columns is not None else None
    if row.node is None:
        return f"{paint(row.lines, 'frame')} {paint(cut(row.text, room), 'dim') if row.text else ''}"
    name = printable(row.node.label)
    gap = " " * (left - width(row.lines) - width(name) + 2)
    type_name = printable(row.node.type)
    if room is not None:
        type_name = cut(type_name, max(room - width(name) - len(gap), 1))
    return f"{paint(row.lines, 'frame')} {paint(name, 'bold')}{gap}{type_name}"


def _drawn_rows(view: GraphView) -> list[_Row] | None:
    """Returns the rows, or None if there are more lanes than fit."""
    readers = {node.id: 0 for node in view.nodes}
    for node in view.nodes:
        for producer in node.producers():
            readers[producer] += 1
    lanes: list[str | None] = []
    rows: list[_Row] = []
    above = -1
    for node in view.nodes:
        producers = [lanes.index(producer) for producer in node.producers()]
        ending = [lane for lane in producers if readers[lanes[lane] or ""] == 1]
        place = _place(lanes, ending, producers)
        if place >= MOST_LANES:
            return None
        if place == len(lanes):
            lanes.append(None)
        if producers or place == above:  # nodes right under each other would look connected
            lines = _joints(lanes, producers, ending, place)
            rows.append(_Row(lines, None, _edges_text(node.edges)))
        for lane in producers:
            readers[lanes[lane] or ""] -= 1
            if lane in ending:
                lanes[lane] = None
        lanes[place] = node.id
        rows.append(_Row(_lanes(lanes, place), node))
        if not readers[node.id]:
            lanes[place] = None
        if node.condition or node.on_exit:
            rows.append(_Row(_lanes(lanes).ljust(2 * place + 1), None, _condition_text(node)))
        above = place
        while lanes and lanes[-1] is None:
            lanes.pop()
    return rows


def _place(lanes: Sequence[str | None], ending: Sequence[int], producers: Sequence[int]) -> int:
    """Returns a node's lane: one that ends at it, else a free one right of its producers."""
    if ending:
        return min(ending)
    first = max(producers, default=-1) + 1
    return next((lane for lane in range(first, len(lanes)) if lanes[lane] is None), len(lanes))


def _joints(lanes: Sequence[str | None], producers: Sequence[int], ending: Sequence[int], place: int) -> str:
    """Returns the row above a node: the lanes, and the line from its producers' lanes to its own."""
    first, last = min([*producers, place]), max([*producers, place])
    cells = []
    for lane, owner in enumerate(lanes):
        joins = lane in producers or lane == place
        directions = (UP | DOWN if owner is not None else 0) if lane not in ending else UP
        if lane == place:
            directions |= DOWN if producers else 0
        if joins and producers:
            directions |= (LEFT if lane > first else 0) | (RIGHT if lane < last else 0)
        elif first < lane < last and owner is None:
            directions = LEFT | RIGHT
        cells.append(_LINES[directions])
        cells.append("─" if first <= lane < last and producers else " ")
    return "".join(cells).rstrip()


def _lanes(lanes: Sequence[str | None], node: int | None = None) -> str:
    return " ".join(
        "●" if lane == node else ("│" if owner is not None else " ") for lane, owner in enumerate(lanes)
    ).rstrip()


def _edges_text(edges: Sequence[Edge]) -> str:
    data = [f"{edge.producer}.{edge.label}" for edge in edges if edge.kind == "data"]
    after = [f"after {edge.producer}" for edge in edges if edge.kind == "order"]
    return printable(", ".join([*data, *after]))


def _condition_text(node: DrawnNode) -> str:
    parts = [f"when {node.condition}"] if node.condition else []
    return printable(", ".join([*parts, *(["runs on exit"] if node.on_exit else [])]))


def _listed_rows(view: GraphView) -> list[_Row]:
    rows = []
    for node in view.nodes:
        rows.append(_Row("●", node))
        details = (_edges_text(node.edges), _condition_text(node))
        rows += [_Row(" ", None, text) for text in details if text]
    return rows
