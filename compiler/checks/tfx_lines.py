"""S112: what the line of TFX that a pipeline is for does not have."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.tfx_line import asked_line, keys_of_one_line, line_checked_for
from tfxc.schemas.diagnostics import Finding, Related
from tfxc.schemas.words.wording import named


def keys_of_another_line(pipeline: Pipeline) -> Iterator[Finding]:
    """S112, at each key that only another line has."""
    line = line_checked_for(pipeline)
    asked = asked_line(pipeline) is not None
    for path, only in keys_of_one_line(pipeline):
        if only == line:
            continue
        change = f'write `tfx: "{only}"` at the top, if it is to run there' if not asked else None
        yield Finding(
            "S112",
            f"{named(path)} is in TFX {only} only, and this pipeline is for TFX {line}",
            path,
            at_key=True,
            related=(Related(("tfx",), "as is asked for here"),) if asked else (),
            help=(change or f"take it out, or ask for TFX {only}",),
        )
