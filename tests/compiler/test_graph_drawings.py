"""Drawings of a pipeline: lanes in a terminal, Mermaid, Graphviz."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.draw.markup import draw_dot, draw_mermaid
from tfxc.compiler.draw.svg import draw_svg
from tfxc.compiler.draw.text import MOST_LANES, draw_text
from tfxc.compiler.draw.view import DrawnNode, Edge, GraphView, collapsed, graph_view
from tfxc.compiler.driver import check
from tfxc.compiler.render.snippets import painted, plain, width
from tfxc.schemas.plan import Plan, PlanGroup

ROOT = Path(__file__).parents[2]


def node(id: str, *edges: str, when: str = "", on_exit: bool = False) -> DrawnNode:
    """An edge is ``producer.label``, or a name for an edge of order only."""
    drawn = tuple(
        Edge(edge.split(".")[0], "data", edge.split(".")[1]) if "." in edge else Edge(edge, "order")
        for edge in edges
    )
    return DrawnNode(id, id, id.title(), "", when, drawn, on_exit)


def draw(*nodes: DrawnNode, unicode: bool = True) -> str:
    return draw_text(GraphView("p", "", nodes), plain, unicode)


DIAMOND = (
    node("a"),
    node("b", "a.x"),
    node("c", "a.x"),
    node("d", "b.y", "c.z", "a"),
)


def test_lanes() -> None:
    assert (
        draw(*DIAMOND)
        == """\
p: 4 nodes
● a      A
├─╮ a.x
│ ● b    B
├─│─╮ a.x
│ │ ● c  C
├─┴─╯ b.y, c.z, after a
● d      D
"""
    )


def test_a_chain_stays_in_its_lane() -> None:
    assert draw(node("a"), node("b", "a.x"), node("c", "b.y")) == (
        "p: 3 nodes\n● a  A\n│ a.x\n● b  B\n│ b.y\n● c  C\n"
    )


def test_nodes_without_a_path_between_them_do_not_touch() -> None:
    assert draw(node("a"), node("b")) == "p: 2 nodes\n● a  A\n\n● b  B\n"


def test_conditions_and_exit_handlers() -> None:
    drawn = draw(node("a"), node("b", "a.x", when="a.x.uri != ''", on_exit=True))
    assert drawn.endswith("● b  B\n  when a.x.uri != '', runs on exit\n")


def test_ascii() -> None:
    drawn = draw(*DIAMOND, unicode=False)
    assert drawn.isascii()
    assert "| * b    B\n|-|-. a.x\n" in drawn


def test_colours_are_only_added() -> None:
    view = GraphView("p", "", DIAMOND)
    assert re.sub(r"\x1b\[[0-9;]*m", "", draw_text(view, painted)) == draw_text(view, plain)


def test_too_many_lanes_are_listed_instead() -> None:
    wide = [node("root"), *(node(f"n{number}", "root.x") for number in range(40))]
    last = node("last", *(f"n{number}.y" for number in range(40)))
    drawn = draw(*wide, last)
    assert "├" not in drawn
    assert drawn.count("●") == 42
    assert "  n0.y, n1.y" in drawn


def test_lines_are_cut_to_the_width_of_a_terminal() -> None:
    nodes = [node(f"n{number}") for number in range(9)]
    last = DrawnNode(
        "日本",
        "日本",
        "T" * 80,
        "",
        "w" * 80,
        node("x", *(f"n{n}.long_output" for n in range(9))).edges,
        True,
    )
    view = GraphView("p", "", (*nodes, last))
    for columns in (30, 50, 80):
        drawn = draw_text(view, plain, columns=columns)
        assert max(map(width, drawn.splitlines())) <= columns
        assert "…" in drawn


def test_control_characters_are_shown_and_not_sent() -> None:
    hostile = DrawnNode("a", "a", "\x1b[31m.py:B", "", "x == '\x07'", (), False)
    assert not set(draw(hostile)) & set("\x1b\x07")


@st.composite
def graphs(draw_value: st.DrawFn) -> list[DrawnNode]:
    nodes: list[DrawnNode] = []
    for number in range(draw_value(st.integers(1, 12))):
        producers = draw_value(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        nodes.append(node(f"n{number}", *(f"n{producer}.o" for producer in sorted(producers))))
    return nodes


BELOW = {**dict.fromkeys("│├┤┼╮╭┬╷", True), **dict.fromkeys("╰╯┴─ ╵", False)}
ABOVE = {**dict.fromkeys("│├┤┼╰╯┴╵", True), **dict.fromkeys("╮╭┬─ ╷", False)}


@given(graphs())
def test_every_line_goes_on_from_row_to_row(nodes: list[DrawnNode]) -> None:
    """A lane that leaves a row downwards enters the next one from above, and the other way round."""
    lines = [line.split("n")[0] for line in draw(*nodes).splitlines()[1:]]
    for upper, lower in pairwise(lines):
        for column in range(0, max(len(upper), len(lower)), 2):
            above, below = (line[column] if column < len(line) else " " for line in (upper, lower))
            if above != "●" and below != "●":
                assert BELOW[above] == ABOVE[below], (upper, lower, column)


@given(graphs())
def test_every_node_has_its_row_below_its_edges(nodes: list[DrawnNode]) -> None:
    lines = draw(*nodes).splitlines()[1:]
    for drawn in nodes:
        (row,) = (number for number, line in enumerate(lines) if re.search(rf"●[ │]* {drawn.id}\s", line))
        if drawn.edges:
            assert lines[row - 1].endswith(", ".join(f"{edge.producer}.o" for edge in drawn.edges))


def test_at_most_so_many_lanes() -> None:
    chain = [node("n0")] + [node(f"n{number}", "n0.o") for number in range(1, 3 * MOST_LANES)]
    lines = draw(*chain).splitlines()
    assert max(line.find("●") for line in lines) < 2 * MOST_LANES


HOSTILE = 'a"]; b["<script>`x`\\N\n#quot; ]]>'


def test_mermaid_escapes_everything() -> None:
    hostile = DrawnNode("end", "end", HOSTILE, "", HOSTILE, (Edge("end", "data", HOSTILE),), False)
    text = draw_mermaid(GraphView("graph", "", (hostile,)))
    title, box, edge = text.splitlines()
    assert title == "flowchart TD"
    assert re.fullmatch(r'    n0\{\{"[^"<>`{}\\]*(?:<(?:/?b|br/|/?i)>[^"<>`{}\\]*)*"\}\}', box)
    assert re.fullmatch(r'    n0 -->\|"[^"<>`\\]*"\| n0', edge)


def test_mermaid_of_a_pipeline() -> None:
    assert draw_mermaid(GraphView("p", "", DIAMOND)).splitlines()[1:] == [
        '    n0["<b>a</b><br/>A"]',
        '    n1["<b>b</b><br/>B"]',
        '    n2["<b>c</b><br/>C"]',
        '    n3["<b>d</b><br/>D"]',
        '    n0 -->|"x"| n1',
        '    n0 -->|"x"| n2',
        '    n1 -->|"y"| n3',
        '    n2 -->|"z"| n3',
        "    n0 -.-> n3",
    ]


def test_dot_of_a_pipeline() -> None:
    text = draw_dot(GraphView("p", "", DIAMOND))
    assert '    "b" -> "d" [label="y"];\n' in text
    assert '    "a" -> "d" [style=dashed];\n' in text


def test_dot_strings_end_where_they_should() -> None:
    hostile = DrawnNode("a", "a", HOSTILE, HOSTILE, HOSTILE, (), False)
    text = draw_dot(GraphView(HOSTILE, "", (hostile,)))
    for line in text.splitlines():
        unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in unquoted
        assert "script" not in unquoted
    assert "\\\\N" in text


GROUPED = GraphView(
    "p",
    "",
    (node("a"), replace(node("b", "a.x"), group="inner"), replace(node("c"), group="outer", label="c[1]")),
    (
        PlanGroup(id="outer", label=HOSTILE),
        PlanGroup(id="inner", label="inner", parent="outer"),
        PlanGroup(id="empty", label="empty"),
    ),
)


def test_groups_are_boxes_in_mermaid() -> None:
    lines = draw_mermaid(GROUPED).splitlines()
    assert [line.split("[")[0] for line in lines] == [
        "flowchart TD",
        "    n0",
        "    subgraph g0",
        "        n2",
        "        subgraph g1",
        "            n1",
        "        end",
        "    end",
        '    n0 -->|"x"| n1',
    ]
    assert '["<b>c[1]</b><br/>C"]' in lines[3]
    assert "<script>" not in lines[2]


def test_groups_are_clusters_in_dot() -> None:
    text = draw_dot(GROUPED)
    assert '        subgraph "cluster_inner" {\n            label="inner";\n            "b" [' in text
    assert '        "c" [label="c[1]\\nC"];' in text
    assert "empty" not in text
    assert text.count("{") == text.count("}") + HOSTILE.count("{")


def test_the_view_of_a_plan() -> None:
    def plan_node(id: str, **more: object) -> dict[str, object]:
        component = {"kind": "standard", "type": id.title(), "class_path": "m:C"}
        return {"id": id, "component": component, "outputs": {"o": "Model"}, **more}

    def channel(name: str) -> dict[str, str]:
        return {"node": name, "output": "o", "artifact_type": "Model"}

    blessed = {**channel("b"), "field": "custom_property", "name": "blessed"}
    when = {"operator": "==", "left": blessed, "right": {"value": 1}}
    view = graph_view(
        Plan.model_validate(
            {
                "name": "p",
                "pipeline_root": "r",
                "metadata": {"kind": "sqlite", "path": "m"},
                "on_exit": "d",
                "nodes": [
                    plan_node("a"),
                    plan_node("b", inputs={"i": [channel("a"), {"artifact_type": "Model"}]}, upstream=["a"]),
                    plan_node("c", inputs={"o": [channel("a")]}, when=when, upstream=["a", "b"]),
                    plan_node("d", upstream=["c"]),
                ],
            }
        )
    )
    a, b, c, d = view.nodes
    assert a.edges == ()
    assert b.edges == (Edge("a", "data", "o → i"),)
    assert c.edges == (Edge("a", "data", "o"), Edge("b", "condition", "o"))
    assert c.condition == "b.o.custom_properties.blessed == 1"
    assert d.edges == (Edge("c", "order"),)
    assert d.on_exit
    assert c.producers() == ("a", "b")


def test_a_collapsed_drawing_has_each_component_once() -> None:
    cities = Path(__file__).parents[2] / "specs" / "cities" / "pipeline.yaml"
    plan = check(cities).plan
    assert plan is not None
    view = collapsed(graph_view(plan))
    assert {node.id: node.label for node in view.nodes if "×" in node.label} == {
        name: f"{name} × 3" for name in ("example_gen", "transform", "trainer", "evaluator")
    }
    edges = {node.id: set(node.producers()) for node in view.nodes}
    assert edges["best"] == {"trainer", "evaluator"}
    assert edges["evaluator"] == {"trainer", "new_city"}
    seen: set[str] = set()
    for node in view.nodes:
        assert edges[node.id] <= seen
        seen.add(node.id)
    assert "│ best.model" in draw_text(view, plain)


def test_the_picture_shows_every_node_and_is_whole_by_itself() -> None:
    plan = check(ROOT / "specs/penguin/pipeline.yaml").plan
    assert plan is not None
    drawn = ElementTree.fromstring(draw_svg(plan))
    space = "{http://www.w3.org/2000/svg}"
    boxes = drawn.findall(f"{space}g")
    assert [(box.findtext(f"{space}text") or "") for box in boxes] == [node.id for node in plan.nodes]
    conditional = {box.findtext(f"{space}text") for box in boxes if box.get("class") == "conditional"}
    assert conditional == {node.id for node in plan.nodes if node.when is not None}
    assert not [each for each in drawn.iter() for name in each.attrib if "href" in name or name == "src"]


def test_names_in_the_picture_are_escaped(tmp_path: Path) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(
        "version: 1\nname: p\ncomponents:\n"
        "  a: {type: CsvExampleGen, input_base: data}\n"
        "  b: {matrix: {city: ['<&>']}, type: StatisticsGen, examples: a.examples}\n"
    )
    plan = check(spec).plan
    assert plan is not None
    assert any("<&>" in (each.text or "") for each in ElementTree.fromstring(draw_svg(plan)).iter())


def test_the_picture_of_the_readme_is_in_step() -> None:
    plan = check(ROOT / "specs/penguin/pipeline.yaml").plan
    assert plan is not None
    picture = ROOT / "docs/images/penguin-graph.svg"
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        picture.write_text(draw_svg(plan), encoding="utf-8")
    assert picture.read_text(encoding="utf-8") == draw_svg(plan)
