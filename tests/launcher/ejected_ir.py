"""A program: what TFX's compiler makes of ejected pipelines.

python ejected_ir.py REQUESTS: a JSON list of programs and working folders. Prints a list of IRs as JSON.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from tfx.dsl.compiler import compiler


def compiled(program: Path, folder: str) -> Any:
    """Returns the IR of a program, whose modules no other program sees."""
    os.chdir(folder)
    path, modules = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(program.parent))
    try:
        spec = importlib.util.spec_from_file_location("ejected", program)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        takes = inspect.signature(module.create_pipeline).parameters
        of_run = {"run_id": "run", "run_date": "2026-01-31"}
        made = module.create_pipeline(**{key: value for key, value in of_run.items() if key in takes})
        ir = compiler.Compiler().compile(made)
        return json.loads(json_format.MessageToJson(ir, preserving_proto_field_name=True))
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(program.parent)):
                del sys.modules[name]


if __name__ == "__main__":
    os.environ["UNSUPPORTED_DO_NOT_PACKAGE_USER_MODULES"] = "1"
    found = []
    for program, folder in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        try:
            found.append(compiled(Path(program), folder))
        except Exception as error:  # noqa: BLE001 - the test says which
            found.append(f"{type(error).__name__}: {error}")
    print(json.dumps(found))  # noqa: T201
