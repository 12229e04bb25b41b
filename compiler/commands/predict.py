"""``tfxc predict``"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.compiler.commands.model_options import (
    BlessedOption,
    ParameterOption,
    PusherOption,
    named_model,
)
from tfxc.compiler.commands.options import EnvironmentOption, spec_in_folder
from tfxc.compiler.commands.registry_options import KubeflowOption, MlflowOption
from tfxc.compiler.output import json_text, write
from tfxc.schemas.failures import Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.backends.serving.models import FoundModel
    from tfxc.backends.serving.rows import Row
    from tfxc.backends.serving.server.asking import Asking

EXAMPLES = """
tfxc predict pipeline.yaml --input new.csv
tfxc predict serving/penguin --input new.jsonl --json | jq .species
head -3 data/penguins.csv | tfxc predict pipeline.yaml --input - --format csv
tfxc predict pipeline.yaml --explain
tfxc predict models:/penguin@champion --input new.csv --mlflow http://localhost:5000
"""


def predict(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="SPEC|MODEL",
            help="A spec or its folder (the model that its Pusher pushed), a SavedModel, a folder with its "
            "versions, or `models:/NAME@ALIAS` of a registry.",
            callback=spec_in_folder,
        ),
    ],
    file: Annotated[
        Optional[str],
        typer.Option("--input", "-i", metavar="FILE", help="CSV, JSON lines, TFRecord; - is standard input."),
    ] = None,
    format_name: Annotated[
        Optional[str],
        typer.Option("--format", metavar="FORMAT", help="csv, jsonl or tfrecord; told by the file's name."),
    ] = None,
    output_format: Annotated[str, typer.Option(metavar="FORMAT", help="text, jsonl or csv.")] = "text",
    json: Annotated[bool, typer.Option("--json", help="The same as --output-format jsonl.")] = False,
    signature: Annotated[str, typer.Option(metavar="NAME", help="The signature to ask.")] = "serving_default",
    version: Annotated[
        Optional[int], typer.Option(metavar="N", help="The model's version; the newest if not given.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what the signature takes and gives, and ask nothing.")
    ] = False,
    tags: Annotated[
        str, typer.Option("--saved-model-tags", metavar="TAG", help="The graph to load.")
    ] = "serve",
    env: EnvironmentOption = None,
    pusher: PusherOption = None,
    blessed: BlessedOption = False,
    parameter: ParameterOption = None,
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
) -> None:
    """Ask a pipeline's model about data in a file.

    Columns are the features of the model, by their names; others are not used. A gap in CSV is a feature
    that is missing.
    """
    if file is None and not explain:
        raise WrongUse("say what to ask about: --input with a file, or - for standard input; or --explain.")
    layout = "jsonl" if json else output_format
    rows = _rows(file, format_name) if file is not None and not explain else iter(())
    found = named_model(
        model, env, pusher, parameter or [], blessed=blessed, mlflow=mlflow, kubeflow=kubeflow
    )
    folder = _folder(found, version)
    try:
        from tfxc.backends.serving.server import asking
    except ImportError:
        raise Failure(
            "asking a model needs packages that are not installed here: install them with "
            "`pip install 'tfxc[serve]'` (in a project of uv: `uv add 'tfxc[serve]'`)."
        ) from None
    from tfxc.backends.serving.answers import explained, lines_of

    asked = asking.Asking(asking.load(folder, tags), signature)
    if explain:
        said = asked.asked.as_json()
        write(json_text(said) if json else explained(said))
        return
    for line in lines_of(asked.answers(_told(asked, rows)), layout):
        write(line)


def _rows(name: str, wanted: Optional[str]) -> Iterator[Row]:
    from tfxc.backends.serving.rows import STANDARD_INPUT, format_of, read_rows

    if name == STANDARD_INPUT and wanted is None:
        raise WrongUse("--input - needs --format: csv, jsonl or tfrecord.")
    if name != STANDARD_INPUT and not Path(name).is_file():
        raise WrongUse(f"`{name}` is no file")
    return read_rows(name, format_of(name, wanted))


def _folder(found: FoundModel, version: Optional[int]) -> Path:
    if version is None:
        return found.newest()
    versions = found.versions()
    if version not in versions:
        known = ", ".join(map(str, sorted(versions)))
        raise WrongUse(f"`{found.path}` has no version {version}; there are: {known}.")
    return versions[version]


def _told(asked: Asking, rows: Iterator[Row]) -> Iterator[Row]:
    """Yields the rows, and says of the first one what of it is not used, and what it does not have."""
    first = next(rows, None)
    if first is None:
        sys.stderr.write("note: there are no rows to ask about\n")
        return
    from tfxc.schemas.words.printable import printable

    for names, what in (
        (asked.unused(first), "not used"),
        (asked.absent(first), "missing, and taken as gaps"),
    ):
        if names:
            listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
            sys.stderr.write(printable(f"note: columns that are {what}: {listed}") + "\n")
    yield from chain([first], rows)
