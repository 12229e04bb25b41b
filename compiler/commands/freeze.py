"""``tfxc freeze``"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.compiler.commands.checked_specs import check_spec
from tfxc.compiler.commands.options import EnvironmentOption, spec_in_folder
from tfxc.compiler.output import write, write_diagnostics, write_json
from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.compiler.source.save import save, unified_diff
from tfxc.schemas.failures import EXIT_FAILED, Failure, WrongUse, because
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.whole_files import write_whole

if TYPE_CHECKING:
    from tfxc.backends.metadata.past import Past
    from tfxc.backends.metadata.values import Artifact, Run

EXAMPLES = """
tfxc freeze pipeline.yaml
tfxc freeze pipeline.yaml --diff
tfxc freeze pipeline.yaml --run 20261128-12 -o schemas/birds.pbtxt
"""

SCHEMA_FILE = "schema.pbtxt"
"""What SchemaGen calls its file."""
_HEAD = """\
# The schema that the data are held to. It was inferred from data, with `tfxc freeze`, and is changed by hand
# from then on: see tensorflow_metadata/proto/v0/schema.proto.
"""


def freeze(
    spec: Annotated[
        Path,
        typer.Argument(
            metavar="SPEC",
            help="The spec's file, or the folder of its pipeline.yaml.",
            callback=spec_in_folder,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="PATH", help="A folder beside the spec, or a file ending in .pbtxt."
        ),
    ] = Path("schema"),
    run: Annotated[
        Optional[str],
        typer.Option(metavar="ID", help="Whose schema; that of the latest run that succeeded if not given."),
    ] = None,
    node: Annotated[
        Optional[str],
        typer.Option(metavar="NODE", help="The SchemaGen, if the spec has several."),
    ] = None,
    env: EnvironmentOption = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print how the spec would change, and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a schema file that says something else.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Keep the schema that a run has inferred, and make the spec use it.

    The schema is written to a file, and in the spec the SchemaGen becomes an ImportSchemaGen of that file;
    comments and layout stay. From then on all data are validated against that schema, not against one
    that follows from them: look at it, and change it by hand. An --output that is a relative path starts
    at the spec's folder.
    """
    from tfxc.backends.metadata.past import read_past
    from tfxc.compiler.freeze import importing, inferring_node, left_to_do
    from tfxc.schemas.words.printable import printable

    if spec == STANDARD_INPUT:
        raise WrongUse("a spec on standard input cannot be edited: name its file")
    if diff and json:
        raise WrongUse("--diff writes nothing: leave --diff or --json out")
    checked = check_spec(spec, env, ())
    if checked.plan is None:
        write_diagnostics([checked], sys.stderr)
        raise typer.Exit(EXIT_FAILED)
    name = inferring_node(checked, node)
    folder = spec.absolute().parent
    target = folder / (output if output.suffix == ".pbtxt" else output / SCHEMA_FILE)
    past = read_past(checked.plan, folder)
    found, schema = _inferred(past, name, run)
    text = _HEAD + _read(schema)
    new = importing(checked, name, Path(os.path.relpath(target, folder)).as_posix())
    left = left_to_do(checked, {spec: new, target: text})
    if diff:
        old = checked.loaded.trees[0].source.text
        write(unified_diff(old, new, str(spec)))
        return
    _write(target, text, force)
    save(spec, checked.loaded.trees[0].source.text, new)
    shown = os.path.relpath(target)
    if json:
        told = {"format": "tfxc.freeze/1", "schema": shown, "run": found.id, "spec": str(spec), "node": name}
        write_json({**told, "notes": list(left)})
        return
    write(f"{shown}: the schema of run {found.id}\n{spec}: `{name}` imports it\n")
    write("Look at the schema: what it allows is what will be good data from now on.\n")
    for sentence in left:
        write(f"{printable(sentence)}\n")


def _inferred(past: Past, node: str, wanted: str | None) -> tuple[Run, Artifact]:
    """Returns the run and the schema that a node has inferred in it. Raises WrongUse if there is none."""
    runs = (
        [past.run(wanted)] if wanted is not None else [r for r in past.runs[::-1] if r.state == "succeeded"]
    )
    for run in runs:
        for each in run.nodes:
            schemas = each.outputs.get("schema", ()) if each.node == node else ()
            if schemas and schemas[0].state == "live":
                return run, schemas[0]
    where = f"run {runs[0].id}" if wanted is not None else "no run that succeeded"
    has = "has no schema of" if wanted is not None else "has one of"
    raise WrongUse(f"{where} {has} `{node}`: run the pipeline first, on data that are good")


def _read(schema: Artifact) -> str:
    if is_uri(schema.uri):
        raise Failure(
            f"the schema lies at {schema.uri}, which cannot be read here: copy its {SCHEMA_FILE} beside the"
            f" spec, and name it in an ImportSchemaGen."
        )
    file = Path(schema.uri) / SCHEMA_FILE
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(f"the schema of that run cannot be read, {because(error, file)}.") from None


def _write(target: Path, text: str, force: bool) -> None:
    """Writes the schema. Raises Failure if there is another one, or it cannot be written."""
    try:
        if target.exists() and target.read_text(encoding="utf-8") != text and not force:
            raise Failure(f"{target} is there, and another schema: --force writes over it, -o names another.")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, text)
    except OSError as error:
        raise Failure(f"the schema cannot be written, {because(error, target)}.") from None
