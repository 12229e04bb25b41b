"""The lineage of an artifact as a text tree, as Mermaid and as Graphviz text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tfxc.backends.metadata.lineage import Lineage, Step
from tfxc.backends.metadata.values import Artifact, shown_key
from tfxc.compiler.draw.markup import dot_text, mermaid_text

Shown = Callable[[str], str]


def draw_text(lineage: Lineage, here: Path, is_unicode: bool) -> str:
    """Returns two trees: what made the artifact, and what came of it. What was shown is not shown again."""
    artifact = lineage.artifact
    lines = [f"{_name(artifact)}  {shown_path(artifact.uri, here)}"]
    lines += [f"  {fact}" for fact in _facts(artifact)]
    lines += ["", "made by"] if lineage.before else ["", "made by nothing that the metadata store knows"]
    lines += _before(lineage, artifact.id, here, is_unicode)
    lines += ["", "came of it"] if lineage.after else ["", "nothing came of it yet"]
    lines += _after(lineage, artifact.id, here, is_unicode)
    return "\n".join(lines) + "\n"


def shown_path(uri: str, here: Path) -> str:
    """Returns a URI, relative to ``here`` if it is a path below it."""
    prefix = f"{here}/"
    return uri.removeprefix(prefix)


def _name(artifact: Artifact) -> str:
    return f"{artifact.type} {artifact.id}"


def _facts(artifact: Artifact) -> Iterator[str]:
    if artifact.state != "live":
        yield artifact.state.replace("_", " ")
    for name in ("blessed", "servable", "pushed", "pushed_destination", "span", "version"):
        if name in artifact.custom_properties:
            yield f"{name}: {artifact.custom_properties[name]}"
    again = dict.fromkeys(use.run_id for use in artifact.reusers)
    if again:
        yield f"taken up again in {', '.join(again)}"


def _of_step(step: Step) -> str:
    execution = step.execution
    where = f"run {execution.run_id}" if execution.run_id else "no run"
    return f"{execution.node or execution.type} in {where} (execution {execution.id}, {execution.state})"


def _before(lineage: Lineage, artifact: int, here: Path, is_unicode: bool) -> list[str]:
    makers = {each: step for step in lineage.before.values() for _, each in step.outputs}
    seen: set[int] = set()

    def below(each: int) -> list[tuple[str, int]]:
        step = makers.get(each)
        return [] if step is None else [(f"{shown_key(key)}: ", read) for key, read in step.inputs]

    def label(each: int) -> str:
        step = makers.get(each)
        return f"  by {_of_step(step)}" if step is not None else ""

    step = makers.get(artifact)
    if step is None:
        return []
    seen.add(artifact)
    return [
        f"  {_of_step(step)}",
        *_tree(lineage, below(artifact), below, label, seen, here, is_unicode, "  "),
    ]


def _after(lineage: Lineage, artifact: int, here: Path, is_unicode: bool) -> list[str]:
    def below(each: int) -> list[tuple[str, int]]:
        return [
            (f"{step.execution.node}.{key}: ", made)
            for step in lineage.after.values()
            if any(read == each for _, read in step.inputs)
            for key, made in step.outputs
        ]

    def label(each: int) -> str:
        maker = lineage.artifacts[each].maker
        return f"  in run {maker.run_id}" if maker is not None else ""

    lines = _tree(lineage, below(artifact), below, label, {artifact}, here, is_unicode, "  ")
    ends = [step for step in lineage.after.values() if not step.outputs]
    return [*lines, *(f"  read by {_of_step(step)}" for step in ends)]


def _tree(
    lineage: Lineage,
    children: list[tuple[str, int]],
    below: Callable[[int], list[tuple[str, int]]],
    label: Callable[[int], str],
    seen: set[int],
    here: Path,
    is_unicode: bool,
    indent: str,
) -> list[str]:
    lines = []
    for position, (key, each) in enumerate(children):
        last = position == len(children) - 1
        branch, rest = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if not is_unicode:
            branch, rest = ("`- ", "   ") if last else ("|- ", "|  ")
        known = lineage.artifacts.get(each)
        name = _name(known) if known is not None else f"artifact {each}"
        if each in seen:
            lines.append(f"{indent}{branch}{key}{name}, see above")
            continue
        seen.add(each)
        uri = f"  {shown_path(known.uri, here)}" if known is not None else ""
        lines.append(f"{indent}{branch}{key}{name}{label(each)}{uri}")
        lines += _tree(lineage, below(each), below, label, seen, here, is_unicode, indent + rest)
    return lines


def draw_mermaid(lineage: Lineage) -> str:
    """Returns a Mermaid flowchart: rounded boxes are artifacts, square ones executions."""
    lines = ["flowchart LR"]
    for each in lineage.artifacts.values():
        lines.append(f'    a{each.id}("{mermaid_text(_name(each))}")')
    for number, step in {**lineage.before, **lineage.after}.items():
        label = f"<b>{mermaid_text(step.execution.node)}</b><br/>{mermaid_text(step.execution.run_id)}"
        lines.append(f'    e{number}["{label}"]')
        lines += [f'    a{each} -->|"{mermaid_text(shown_key(key))}"| e{number}' for key, each in step.inputs]
        lines += [f'    e{number} -->|"{mermaid_text(key)}"| a{each}' for key, each in step.outputs]
    lines.append(f"    style a{lineage.artifact.id} stroke-width:4px")
    return "\n".join(lines) + "\n"


def draw_dot(lineage: Lineage) -> str:
    """Returns a Graphviz digraph: ellipses are artifacts, boxes executions."""
    lines = [
        "digraph lineage {",
        "    graph [rankdir=LR, fontname=Helvetica];",
        "    node [fontname=Helvetica];",
    ]
    for each in lineage.artifacts.values():
        bold = ", penwidth=3" if each.id == lineage.artifact.id else ""
        tooltip = f", tooltip={dot_text(each.uri)}" if each.uri else ""
        lines.append(f"    a{each.id} [label={dot_text(_name(each))}{tooltip}{bold}];")
    for number, step in {**lineage.before, **lineage.after}.items():
        label = dot_text(f"{step.execution.node}\n{step.execution.run_id}")
        lines.append(f"    e{number} [shape=box, label={label}];")
        lines += [
            f"    a{each} -> e{number} [label={dot_text(shown_key(key))}];" for key, each in step.inputs
        ]
        lines += [f"    e{number} -> a{each} [label={dot_text(key)}];" for key, each in step.outputs]
    return "\n".join([*lines, "}"]) + "\n"
