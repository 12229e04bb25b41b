"""``tfxc schema``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands.options import TfxOption, tfx_line
from tfxc.compiler.output import write

EXAMPLES = """
tfxc schema -o tfxc.schema.json
tfxc schema --tfx 1.21 -o tfxc.schema.json
tfxc schema | jq '."$defs" | keys'
"""


def schema(
    output: Annotated[
        Optional[Path],
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file, not to the terminal."),
    ] = None,
    tfx: TfxOption = None,
) -> None:
    """Print the JSON Schema of the spec language, for editors.

    An editor with a YAML language server completes and checks a spec that begins with the line
    `# yaml-language-server: $schema=tfxc.schema.json`.
    """
    from tfxc.compiler.models.json_schema import schema_text, spec_json_schema

    text = schema_text(spec_json_schema(tfx_line(tfx)))
    if output is None:
        write(text)
        return
    output.write_text(text, encoding="utf-8")
    write(f"{output}: written\n")
