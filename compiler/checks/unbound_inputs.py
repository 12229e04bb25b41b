"""What keeps a spec that others include from being run by itself: P365."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.components.pipeline import INPUTS
from tfxc.schemas.diagnostics import Finding


def unbound_inputs(pipeline: Pipeline) -> Iterator[Finding]:
    """P365: an input that has no default, of a spec that is to be run by itself."""
    for name, declared in pipeline.inputs.items():
        if declared.default is None:
            yield Finding(
                "P365",
                f"nothing gives the input `{name}` to this spec when it is not included in another one",
                (INPUTS, name),
                at_key=True,
                help=(
                    "run the spec that includes it, or say what it reads by itself: "
                    "`default: example_gen.examples`",
                ),
            )
