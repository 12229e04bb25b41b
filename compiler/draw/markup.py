"""A pipeline as Mermaid and as Graphviz text, with every name escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfxc.compiler.draw.view import DrawnNode, GraphView

_MERMAID_ENTITIES = str.maketrans(
    {
        "#": "#35;",
        "&": "#amp;",
        '"': "#quot;",
        "<": "#lt;",
        ">": "#gt;",
        "`": "#96;",
        "\\": "#92;",
        "{": "#123;",
        "}": "#125;",
        "\n": " ",
        "\r": " ",
        "\t": " ",
    }
)


def draw_mermaid(view: GraphView) -> str:
    """Returns a Mermaid flowchart: solid arrows carry artifacts, dotted ones conditions and order."""
    names = {node.id: f"n{number}" for number, node in enumerate(view.nodes)}
    lines = ["flowchart TD", *_mermaid_nodes(view, names, None, "    ")]
    for node in view.nodes:
        for edge in node.edges:
            arrow = "-->" if edge.kind == "data" else "-.->"
            label = f'|"{mermaid_text(edge.label)}"|' if edge.label else ""
            lines.append(f"    {names[edge.producer]} {arrow}{label} {names[node.id]}")
    return "\n".join(lines) + "\n"


def _mermaid_nodes(
    view: GraphView, names: Mapping[str, str], group: str | None, indent: str
) -> Iterator[str]:
    """Yields the nodes of a group (None: of none), and the groups in it as boxes."""
    for node in view.nodes_in(group):
        start, end = ("{{", "}}") if node.condition else ("[", "]")
        yield f'{indent}{names[node.id]}{start}"{_mermaid_label(node)}"{end}'
    for inner in view.groups_in(group):
        number = [each.id for each in view.groups].index(inner.id)
        yield f'{indent}subgraph g{number}["{mermaid_text(inner.label)}"]'
        yield from _mermaid_nodes(view, names, inner.id, indent + "    ")
        yield f"{indent}end"


def _mermaid_label(node: DrawnNode) -> str:
    lines = [f"<b>{mermaid_text(node.label)}</b>", mermaid_text(node.type)]
    if node.condition:
        lines.append(f"<i>when {mermaid_text(node.condition)}</i>")
    if node.on_exit:
        lines.append("<i>runs on exit</i>")
    return "<br/>".join(lines)


def mermaid_text(text: str) -> str:
    """Returns a text as a quoted label may hold it."""
    return "".join(character for character in text.translate(_MERMAID_ENTITIES) if character.isprintable())


def draw_dot(view: GraphView) -> str:
    """Returns a Graphviz digraph: solid edges carry artifacts, dashed ones conditions and order."""
    lines = [
        f"digraph {dot_text(view.name)} {{",
        f"    graph [label={dot_text(view.name)}, labelloc=t, fontname=Helvetica];",
        "    node [shape=box, style=rounded, fontname=Helvetica];",
        "    edge [fontname=Helvetica, fontsize=10];",
    ]
    lines += _dot_nodes(view, None, "    ")
    for node in view.nodes:
        for edge in node.edges:
            attributes = [f"label={dot_text(edge.label)}"] if edge.label else []
            attributes += ["style=dashed"] if edge.kind != "data" else []
            shown = f" [{', '.join(attributes)}]" if attributes else ""
            lines.append(f"    {dot_text(edge.producer)} -> {dot_text(node.id)}{shown};")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_nodes(view: GraphView, group: str | None, indent: str) -> Iterator[str]:
    """Yields the nodes of a group (None: of none), and the groups in it as clusters."""
    for node in view.nodes_in(group):
        parts = [node.label, node.type, *([f"when {node.condition}"] if node.condition else [])]
        label = dot_text("\n".join([*parts, *(["runs on exit"] if node.on_exit else [])]))
        tooltip = f", tooltip={dot_text(node.description)}" if node.description else ""
        yield f"{indent}{dot_text(node.id)} [label={label}{tooltip}];"
    for inner in view.groups_in(group):
        yield f"{indent}subgraph {dot_text(f'cluster_{inner.id}')} {{"
        yield f"{indent}    label={dot_text(inner.label)};"
        yield from _dot_nodes(view, inner.id, indent + "    ")
        yield f"{indent}}}"


def dot_text(text: str) -> str:
    """Returns a quoted string; a backslash is doubled, since labels know escapes such as ``\\N``."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "\\n")
    return '"' + "".join(character for character in escaped if character.isprintable()) + '"'
