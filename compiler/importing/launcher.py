"""Asking an interpreter that has TFX for the IR of a pipeline."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tfxc.backends.launcher.protocol.import_messages import PROGRAM, ImportAnswer, ImportRequest
from tfxc.compiler.importing.formats import whole_ir
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.start import python_command

_MOST_LINES = 5


def ask(request: ImportRequest) -> ImportAnswer:
    """Returns the answer of a new interpreter in the working directory. Raises WrongUse, Failure."""
    if importlib.util.find_spec("tfx") is None:
        raise Failure(
            "reading this file needs TFX, which is not installed here: install it with "
            "`pip install 'tfxc[tfx]'`."
        )
    with tempfile.TemporaryDirectory(prefix="tfxc-import-") as folder:
        asked, answered = Path(folder, "request.json"), Path(folder, "answer.json")
        asked.write_text(request.model_dump_json(), encoding="utf-8")
        command = python_command(sys.executable, PROGRAM, [str(asked), str(answered)])
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if not answered.is_file():
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-_MOST_LINES:]
            raise Failure("TFX could not read the file: " + (" | ".join(last) or f"exit {done.returncode}"))
        answer = ImportAnswer.model_validate_json(answered.read_text(encoding="utf-8"))
    if answer.failure is not None:
        raise WrongUse(answer.failure) if answer.wrong_use else Failure(answer.failure)
    return answer


def ask_of_nodes(nodes: list[str], file: Path) -> ImportAnswer:
    """Returns the answer for the IRs of single nodes, which a file of an orchestrator's holds.

    Raises WrongUse, Failure.
    """
    whole = whole_ir(nodes, file)
    with tempfile.TemporaryDirectory(prefix="tfxc-import-") as folder:
        path = Path(folder, "pipeline.json")
        path.write_text(json.dumps(whole), encoding="utf-8")
        try:
            return ask(ImportRequest(file=str(path), kind="ir"))
        except WrongUse as error:
            raise WrongUse(str(error).replace(str(path), f"the IR in {file}")) from None
