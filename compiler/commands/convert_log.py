"""``tfxc convert-log``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.output import write, write_json
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.words.wording import counted

EXAMPLES = """
tfxc convert-log requests -o examples
tfxc convert-log requests/penguin/2026-01-31 -o examples
"""


def convert_log(
    logs: Annotated[
        list[Path],
        typer.Argument(
            metavar="LOG...", help="TFRecord files of PredictionLogs, or folders with them (*.tfrecord)."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to write, by model, day and hour.")
    ],
    model: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="The model of requests that do not name one.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Turn logged requests into tf.Examples.

    There is one for each row, as `tfxc serve --request-log-format examples` keeps them, in the same folders.
    Converting a file again replaces what was made of it.
    """
    try:
        from tfxc.backends.serving.server.converting import convert
    except ImportError:
        raise Failure(
            "reading PredictionLogs needs packages that are not installed here: install them with "
            "`pip install 'tfxc[serve]'` (in a project of uv: `uv add 'tfxc[serve]'`)."
        ) from None
    files = [file for log in logs for file in _files(log)]
    requests = rows = 0
    for file in files:
        done = convert(file, output, model)
        requests, rows = requests + done.requests, rows + done.rows
        if done.without_rows:
            sys.stderr.write(f"{file}: {done.without_rows} records are of a kind that has no rows\n")
    if json:
        told = {"format": "tfxc.converted_log/1", "files": len(files), "requests": requests, "rows": rows}
        write_json({**told, "output": str(output)})
        return
    counts = counted(requests, "request"), counted(len(files), "file"), counted(rows, "row")
    write("{} of {}: {} in {}\n".format(*counts, output))


def _files(log: Path) -> list[Path]:
    if log.is_dir():
        found = sorted(log.rglob("*.tfrecord"))
        if not found:
            raise WrongUse(f"`{log}` has no *.tfrecord: a file that is being written ends in .part.")
        return found
    if not log.exists():
        raise WrongUse(f"`{log}` is not there.")
    return [log]
