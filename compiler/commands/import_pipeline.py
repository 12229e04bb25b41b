"""``tfxc import``"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.output import write, write_diagnostics, write_error, write_json
from tfxc.schemas.failures import EXIT_FAILED, WrongUse

if TYPE_CHECKING:
    from tfxc.compiler.importing.document import Imported
    from tfxc.compiler.importing.notes import Note

EXAMPLES = """
tfxc import pipeline.py
tfxc import pipeline.py -o penguin --call create_pipeline -A data_root=data
tfxc import local_runner.py -o penguin -- --model_framework=keras
tfxc import pipeline.json -o penguin
tfxc import pipeline.yaml -o penguin
"""


def import_pipeline(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A Python file with a TFX pipeline, TFX's IR (JSON, .pbtxt or .pb), or a pipeline.yaml or "
            "pipeline.json of Kubeflow's.",
            show_default=False,
        ),
    ],
    arguments: Annotated[
        Optional[list[str]],
        typer.Argument(metavar="[-- ARGUMENT…]", help="Arguments of the Python file, as it is run."),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="The folder to write pipeline.yaml and modules to."
        ),
    ] = Path(),
    call: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            help="The function that returns the pipeline. By default the file is run as a program, and its "
            "pipeline is the one that it gives to a runner; or else create_pipeline, called by its defaults.",
        ),
    ] = None,
    argument: Annotated[
        Optional[list[str]],
        typer.Option(
            "--argument", "-A", metavar="NAME=VALUE", help="An argument of that function: text or JSON."
        ),
    ] = None,
    pipeline: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="Which pipeline, if the file has several.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Write the spec of an existing TFX pipeline.

    A Python file is run where TFX is installed, with runners that run nothing; its pipeline becomes TFX's IR,
    and the IR a spec. So does a pipeline.yaml or pipeline.json for Kubeflow: of TFX's KubeflowV2DagRunner, of
    kfp 2, or of tfxc with the plan.json that lies beside it. Nodes keep the ids by which ML Metadata knows
    them. The modules of yours that it needs are copied beside the spec, unless they lie in its folder. What
    has no place in a spec stands in it as a comment and is listed. No file is ever overwritten.

    The exit code is 0 when all was carried, 1 when something was not or the spec has mistakes, and 2 when
    there is no pipeline to be found or a file would be overwritten.
    """
    from tfxc.compiler.importing.write import require_no_spec, write_imported
    from tfxc.compiler.importing.yaml_text import yaml_text

    if not file.is_file():
        raise WrongUse(f"{file} is no file")
    require_no_spec(output)
    imported, how = _imported(file, output, call, _named(argument or ()), tuple(arguments or ()), pipeline)
    head, comments = _comments(imported.notes, how, file)
    text = yaml_text(imported.document, head, comments)
    copied = write_imported(output, text, imported.all_copies(), _included(imported, file))
    _tell(imported, how, copied, output, json)


def _imported(
    file: Path,
    output: Path,
    call: Optional[str],
    call_arguments: Mapping[str, str],
    arguments: Sequence[str],
    pipeline: Optional[str],
) -> tuple[Imported, tuple[str, ...]]:
    """Returns the spec of a file's pipeline, and how it was come by. Raises WrongUse, Failure."""
    from tfxc.backends.launcher.protocol.import_messages import ImportRequest
    from tfxc.compiler.importing.document import document_of
    from tfxc.compiler.importing.launcher import ask

    if file.suffix != ".py" and (call or call_arguments or arguments):
        raise WrongUse("--call, -A and arguments are for Python files")
    if call_arguments and call is None:
        raise WrongUse("-A gives arguments to a function: name it with --call")
    search = [Path.cwd(), file.resolve().parent, output]
    if file.suffix != ".py":
        try:
            return _held(file, output, search)
        except _MISFITS:
            raise WrongUse(f"{file} does not fit together: a value in it is not what it should be") from None
    answer = ask(
        ImportRequest(
            file=str(file),
            kind="python",
            call=call,
            call_arguments=dict(call_arguments),
            arguments=tuple(arguments),
            pipeline=pipeline,
        )
    )
    return document_of(answer.ir or {}, answer.modules, search, Path.cwd(), output), answer.notes


_MISFITS = (KeyError, TypeError, AttributeError, ValueError, IndexError, StopIteration, RecursionError)
"""What reading a file raises that has something else where it should be."""


def _held(file: Path, output: Path, search: Sequence[Path]) -> tuple[Imported, tuple[str, ...]]:
    """Returns the spec of a file that is no Python. Raises WrongUse, Failure, or one of `_MISFITS`."""
    from tfxc.backends.launcher.protocol.import_messages import ImportRequest
    from tfxc.compiler.importing.document import document_of
    from tfxc.compiler.importing.formats import held_in
    from tfxc.compiler.importing.kubeflow.bundle import plan_beside
    from tfxc.compiler.importing.kubeflow.pipeline import ir_of
    from tfxc.compiler.importing.launcher import ask, ask_of_nodes
    from tfxc.compiler.importing.plans import document_of_plan

    held = held_in(file)
    plan = plan_beside(held, file)
    if plan is not None:
        return document_of_plan(plan, file.resolve().parent, output), ()
    if held.pipeline is not None:
        ir, beside = ir_of(held.pipeline)
        return document_of(ir, {}, search, Path.cwd(), output, beside), ()
    if held.kind == "ir":
        return document_of(held.json, {}, search, Path.cwd(), output), ()
    request = ImportRequest(file=str(file), kind="ir")
    answer = ask_of_nodes(held.json, file) if held.kind == "argo" else ask(request)
    return document_of(answer.ir or {}, answer.modules, search, Path.cwd(), output), answer.notes


def _named(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise WrongUse(f"-A {each}: write NAME=VALUE")
        found[name] = value
    return found


def _included(imported: Imported, file: Path) -> dict[PurePosixPath, str]:
    """Returns the texts of the specs that a spec includes, by their places below its folder."""
    from tfxc.compiler.importing.yaml_text import yaml_text
    from tfxc.compiler.source.read import SPEC_FILE

    found = {}
    for folder, each in imported.included.items():
        head, comments = _comments(each.notes, (), file)
        found[PurePosixPath(folder, SPEC_FILE)] = yaml_text(each.document, head, comments)
        found |= {PurePosixPath(folder) / path: text for path, text in _included(each, file).items()}
    return found


def _comments(
    notes: Sequence[Note], how: Sequence[str], file: Path
) -> tuple[list[str], dict[str, list[str]]]:
    """Returns the comments at the head of a spec, and those of its components."""
    from tfxc.compiler.importing.notes import PIPELINE

    comments: dict[str, list[str]] = {}
    for note in notes:
        comments.setdefault(note.component, []).append(f"not carried: {note.text}")
    return [f"Imported from {file.name}.", *how, *comments.pop(PIPELINE, [])], comments


def _tell(
    imported: Imported, how: Sequence[str], copied: Sequence[Path], output: Path, as_json: bool
) -> None:
    """Says what was written and what was not carried. Raises typer.Exit if that is anything."""
    from tfxc.compiler.driver import check
    from tfxc.compiler.source.read import SPEC_FILE

    spec = output / SPEC_FILE
    checked = check(spec)
    if as_json:
        write_json(_as_json(imported, how, copied, spec))
    else:
        number = len(imported.document["components"])
        write(f"{spec}: {number} component{'' if number == 1 else 's'}\n")
        for path in copied:
            write(f"{path}: copied\n")
        for note in (*how, *imported.all_notes()):
            sys.stderr.write(f"not carried: {note}\n" if note not in how else f"note: {note}\n")
    errors = [each for each in checked.diagnostics if each.is_error]
    if errors:
        write_diagnostics([checked], sys.stderr)
        write_error(f"{spec} has mistakes, which the pipeline had before or tfxc has not carried")
    if errors or imported.all_notes():
        raise typer.Exit(EXIT_FAILED)


def _as_json(imported: Imported, how: Sequence[str], copied: Sequence[Path], spec: Path) -> dict[str, Any]:
    return {
        "format": "tfxc.import/1",
        "spec": str(spec),
        "name": imported.document["name"],
        "components": list(imported.document["components"]),
        "copied": [str(path) for path in copied],
        "not_carried": [{"component": each.component, "text": each.text} for each in imported.all_notes()],
        "notes": list(how),
    }
