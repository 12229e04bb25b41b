"""A pipeline as an SVG picture, which needs nothing to be shown: for READMEs and pages."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tfxc.backends.reports.html.graph_picture import Box, Edge, GraphPicture, graph_picture
from tfxc.compiler.draw.view import DrawnNode, graph_view
from tfxc.schemas.plan import Plan

_STYLE = (
    # Legible on light and on dark pages alike: pictures in a page do not know which one it is.
    "text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#1c2733}"
    ".type{font-size:10px;fill:#52606d}"
    "rect{fill:#eef4fb;stroke:#5b8def}"
    ".conditional rect{stroke-dasharray:5 3;fill:#fdf4e3;stroke:#c98a1b}"
    "path{fill:none;stroke:#7b8794;stroke-width:1.4}"
    ".order{stroke-dasharray:4 3}"
)
_LONGEST_LABEL = 23
"""characters that fit into a box"""


def draw_svg(plan: Plan) -> str:
    """Returns a Plan as SVG: boxes from left to right, solid lines where artifacts are read.

    A box with a dashed border has a condition, a dashed line only says what must be over first. The same Plan
    gives the same text; nothing in it is loaded from elsewhere.
    """
    picture = graph_picture(plan)
    nodes = {node.id: node for node in graph_view(plan).nodes}
    size = f'width="{picture.width:g}" height="{picture.height:g}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
            f' viewBox="0 0 {picture.width:g} {picture.height:g}" role="img">',
            f"<title>{escape(plan.name)}: {len(plan.nodes)} nodes</title>",
            f"<style>{_STYLE}</style>",
            *map(_line, picture.edges),
            *(_box(box, nodes[box.node], picture) for box in picture.boxes),
            "</svg>",
            "",
        ]
    )


def _line(edge: Edge) -> str:
    kind = "" if edge.reads else ' class="order"'
    return f'<path{kind} d="{edge.path}"><title>{escape(f"{edge.start} → {edge.end}")}</title></path>'


def _box(box: Box, node: DrawnNode, picture: GraphPicture) -> str:
    title = f"{node.label}: {node.type}" + (f", when {node.condition}" if node.condition else "")
    kind = ' class="conditional"' if node.condition else ""
    return (
        f'<g{kind} transform="translate({box.x:g} {box.y:g})"><title>{escape(title)}</title>'
        f'<rect width="{picture.box_width:g}" height="{picture.box_height:g}" rx="6"/>'
        f'<text x="10" y="19">{escape(_shortened(node.label))}</text>'
        f'<text class="type" x="10" y="34">{escape(_shortened(node.type))}</text></g>'
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
