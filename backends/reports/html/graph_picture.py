"""The graph of a pipeline as a picture: layers from left to right, long edges led round boxes.

A small form of Sugiyama's method: layers by the longest path, a bend in each layer that an edge crosses,
the order in a layer by the mean place of what is before, and after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_graph import essential_upstream, nodes_read

BOX_WIDTH = 172.0
BOX_HEIGHT = 44.0
_GAP_X = 46.0
_GAP_Y = 18.0
_BEND = 10.0
_MARGIN = 6.0
_SWEEPS = 6

_Bend = tuple[str, str, int]
"""An edge where it crosses a layer: its ends, and the layer."""


@dataclass(frozen=True)
class Box:
    """A node where it is drawn."""

    node: str
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """A line from a node to what waits for it; ``reads`` if it reads outputs there."""

    start: str
    end: str
    path: str
    reads: bool


@dataclass(frozen=True)
class GraphPicture:
    """Boxes and lines, and how much room they take."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float
    box_width: float = BOX_WIDTH
    box_height: float = BOX_HEIGHT


def graph_picture(plan: Plan) -> GraphPicture:
    """Returns where the nodes of a Plan and the edges between them are drawn."""
    upstream = essential_upstream(plan)
    layer_of = _layers(plan, upstream)
    edges = [(start, node.id) for node in plan.nodes for start in upstream[node.id]]
    layers: list[list[str | _Bend]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for node in plan.nodes:
        layers[layer_of[node.id]].append(node.id)
    neighbours: dict[str | _Bend, list[str | _Bend]] = {}
    for start, end in edges:
        chain = _chain(start, end, layer_of)
        for place in chain:
            if not isinstance(place, str):
                layers[place[2]].append(place)
        for one, other in pairwise(chain):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    y_of, height = _heights(_ordered(layers, neighbours), neighbours)
    x_of = [_MARGIN + index * (BOX_WIDTH + _GAP_X) for index in range(len(layers))]
    boxes = tuple(Box(node.id, x_of[layer_of[node.id]], round(y_of[node.id], 1)) for node in plan.nodes)
    reads = {node.id: nodes_read(node) for node in plan.nodes}
    drawn = tuple(
        Edge(start, end, _path(_chain(start, end, layer_of), layer_of, x_of, y_of), start in reads[end])
        for start, end in edges
    )
    width = x_of[-1] + BOX_WIDTH + _MARGIN if x_of else 0.0
    return GraphPicture(boxes, drawn, width, round(height, 1))


def _layers(plan: Plan, upstream: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Returns the layer of each node: the length of the longest path to it.

    A node that nothing comes before stands next to what reads it first, not far at the left.
    """
    layers: dict[str, int] = {}
    for node in plan.nodes:
        layers[node.id] = max((layers[each] + 1 for each in upstream[node.id]), default=0)
    readers: dict[str, list[str]] = {}
    for node in plan.nodes:
        for each in upstream[node.id]:
            readers.setdefault(each, []).append(node.id)
    for node in plan.nodes:
        if not upstream[node.id] and readers.get(node.id):
            layers[node.id] = min(layers[each] for each in readers[node.id]) - 1
    if plan.on_exit is not None and len(plan.nodes) > 1:
        others = [layer for node, layer in layers.items() if node != plan.on_exit]
        layers[plan.on_exit] = max(others) + 1
    return layers


def _chain(start: str, end: str, layer_of: Mapping[str, int]) -> list[str | _Bend]:
    bends: list[str | _Bend] = [(start, end, layer) for layer in range(layer_of[start] + 1, layer_of[end])]
    return [start, *bends, end]


def _ordered(
    layers: list[list[str | _Bend]], neighbours: Mapping[str | _Bend, list[str | _Bend]]
) -> list[list[str | _Bend]]:
    """Returns the layers with what is connected near each other."""
    place = {each: float(index) for layer in layers for index, each in enumerate(layer)}
    in_layer = {each: index for index, layer in enumerate(layers) for each in layer}
    for sweep in range(_SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for index in range(len(layers))[::step]:
            beside = index - step

            def mean(each: str | _Bend, beside: int = beside) -> float:
                found = [place[other] for other in neighbours.get(each, ()) if in_layer[other] == beside]
                return sum(found) / len(found) if found else place[each]

            layers[index].sort(key=mean)
            for position, each in enumerate(layers[index]):
                place[each] = position - len(layers[index]) / 2
    return layers


def _heights(
    layers: list[list[str | _Bend]], neighbours: Mapping[str | _Bend, list[str | _Bend]]
) -> tuple[dict[str | _Bend, float], float]:
    """Returns the upper edge of everything: near the mean of its neighbours, without overlap."""
    centre: dict[str | _Bend, float] = {}
    for layer in layers:
        offset = -sum(_size(each) + _GAP_Y for each in layer) / 2
        for each in layer:
            centre[each] = offset + _size(each) / 2
            offset += _size(each) + _GAP_Y
    for sweep in range(_SWEEPS):
        for layer in layers[:: 1 if sweep % 2 == 0 else -1]:
            _settle(layer, centre, neighbours)
    top = min((centre[each] - _size(each) / 2 for each in centre), default=0.0) - _MARGIN
    height = max((centre[each] + _size(each) / 2 for each in centre), default=0.0) - top + _MARGIN
    return {each: centre[each] - _size(each) / 2 - top for each in centre}, height


def _settle(
    layer: list[str | _Bend],
    centre: dict[str | _Bend, float],
    neighbours: Mapping[str | _Bend, list[str | _Bend]],
) -> None:
    """Moves a layer to where its neighbours are, keeping order and distances."""
    wanted = []
    for each in layer:
        beside = [centre[other] for other in neighbours.get(each, ())]
        wanted.append(sum(beside) / len(beside) if beside else centre[each])
    placed: list[float] = []
    for index, each in enumerate(layer):
        if index == 0:
            placed.append(wanted[0])
            continue
        least = placed[-1] + (_size(layer[index - 1]) + _size(each)) / 2 + _GAP_Y
        placed.append(max(wanted[index], least))
    drift = sum(a - b for a, b in zip(placed, wanted, strict=True)) / len(layer) if layer else 0.0
    for each, place in zip(layer, placed, strict=True):
        centre[each] = place - drift


def _size(place: str | _Bend) -> float:
    return BOX_HEIGHT if isinstance(place, str) else _BEND


def _path(
    chain: list[str | _Bend],
    layer_of: Mapping[str, int],
    x_of: list[float],
    y_of: Mapping[str | _Bend, float],
) -> str:
    start, end = str(chain[0]), str(chain[-1])
    x = x_of[layer_of[start]] + BOX_WIDTH
    y = y_of[chain[0]] + BOX_HEIGHT / 2
    parts = [f"M{x:.1f} {y:.1f}"]
    for place in chain[1:]:
        layer = layer_of[end] if isinstance(place, str) else place[2]
        next_x = x_of[layer] - (5 if place == end else 0)
        next_y = y_of[place] + _size(place) / 2
        middle = (x + next_x) / 2
        parts.append(f"C{middle:.1f} {y:.1f} {middle:.1f} {next_y:.1f} {next_x:.1f} {next_y:.1f}")
        if not isinstance(place, str):
            next_x += BOX_WIDTH
            parts.append(f"H{next_x:.1f}")
        x, y = next_x, next_y
    return "".join(parts)
