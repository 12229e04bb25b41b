"""Asking an interpreter that has TFX for the IR of a pipeline."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from tfxc.backends.launcher.protocol.import_messages import PROGRAM, ImportAnswer, ImportRequest
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
