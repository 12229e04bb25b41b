"""``tfxc graph``"""

from __future__ import annotations

import shutil
import sys
from enum import Enum
from typing import Annotated

import typer

from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption, SpecArgument
from tfxc.compiler.output import is_unicode, use_colours, write
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc graph pipeline.yaml
tfxc graph pipeline.yaml --collapse
tfxc graph pipeline.yaml --format mermaid >> README.md
tfxc graph pipeline.yaml --format dot | dot -Tsvg > pipeline.svg
tfxc graph pipeline.yaml --format svg > pipeline.svg
tfxc graph pipeline.yaml --json | jq '.nodes[] | {id, type}'
"""


class Format(str, Enum):
    """How the graph is drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"


def graph(
    spec: SpecArgument,
    env: EnvironmentOption = None,
    ignore: IgnoreOption = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to draw it.")] = Format.TEXT,
    collapse: Annotated[
        bool, typer.Option("--collapse", "-c", help="Draw each component once, however many nodes it is.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Draw the nodes of a pipeline.

    Solid lines carry artifacts. Mermaid text is drawn by GitHub and many editors, dot by Graphviz; SVG is the
    picture itself.
    """
    if format is Format.SVG and collapse:
        raise WrongUse("SVG shows every node: leave out --collapse, or draw it with --format dot.")
    checked = checked_plan(spec, env, ignore=ignore)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    if format is Format.SVG and not json:
        from tfxc.compiler.draw.svg import draw_svg

        write(draw_svg(checked.plan))
        return
    from tfxc.compiler.draw.view import collapsed, graph_view

    if json:
        format = Format.JSON
    view = collapsed(graph_view(checked.plan)) if collapse else graph_view(checked.plan)
    if format is Format.TEXT:
        from tfxc.compiler.draw.text import draw_text
        from tfxc.compiler.render.snippets import painted, plain

        paint = painted if use_colours(sys.stdout) else plain
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        write(draw_text(view, paint, is_unicode(sys.stdout), columns))
        return
    if format is Format.JSON:
        from tfxc.compiler.draw.as_json import graph_json

        write(graph_json(view))
        return
    from tfxc.compiler.draw import markup

    write(markup.draw_dot(view) if format is Format.DOT else markup.draw_mermaid(view))
