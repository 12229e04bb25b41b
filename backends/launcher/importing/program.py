"""A program for `tfxc import`: reads a request, and writes TFX's IR of the pipeline that it names."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.protocol.import_messages import ImportAnswer, ImportRequest
from tfxc.schemas.failures import EXIT_DONE, Failure, WrongUse

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_OF_TFX = ("tfx.", "tfxc.", "tensorflow", "google.", "apache_beam.")


def main() -> int:
    """Answers the request in the file of the first argument into that of the second."""
    request_file, answer_file = sys.argv[1:3]
    request = ImportRequest.model_validate_json(Path(request_file).read_text(encoding="utf-8"))
    os.environ["UNSUPPORTED_DO_NOT_PACKAGE_USER_MODULES"] = "1"
    try:
        answer = _python(request) if request.kind == "python" else _ir(request)
    except Failure as failure:
        answer = ImportAnswer(failure=str(failure), wrong_use=isinstance(failure, WrongUse))
    Path(answer_file).write_text(answer.model_dump_json(), encoding="utf-8")
    sys.stderr.flush()
    os._exit(EXIT_DONE)  # taking a process with TensorFlow in it down properly takes a moment


def _python(request: ImportRequest) -> ImportAnswer:
    """Returns the IR of a Python file's pipeline. Raises Failure."""
    from tfxc.backends.launcher.importing.python_file import pipeline_of
    from tfxc.backends.launcher.importing.runners import note_pipelines

    noted = note_pipelines()
    file = Path(request.file).resolve()
    pipeline, notes = pipeline_of(
        file, noted, request.call, request.call_arguments, request.arguments, request.pipeline
    )
    ir = _named_as_imported(_compiled(pipeline), file)
    return ImportAnswer(ir=ir, modules=_modules(ir, file), notes=notes)


def _compiled(pipeline: Any) -> dict[str, Any]:
    """Returns what TFX's compiler makes of a pipeline. Raises Failure."""
    from tfx.dsl.compiler import compiler

    try:
        compiled = compiler.Compiler().compile(pipeline)
    except Exception as error:  # noqa: BLE001 - TFX raises what it likes
        raise Failure(f"TFX cannot compile the pipeline: {str(error).strip().rstrip('.')}.") from None
    return _as_json(compiled)


def _as_json(compiled: Any) -> dict[str, Any]:
    from google.protobuf import json_format

    text = json_format.MessageToJson(compiled, preserving_proto_field_name=True)
    values: dict[str, Any] = json.loads(text)
    return values


def _ir(request: ImportRequest) -> ImportAnswer:
    """Returns the IR in a file, which is JSON, text or binary. Raises WrongUse."""
    from google.protobuf import json_format, text_format
    from tfx.dsl.compiler import compiler  # noqa: F401 - registers the messages that an IR may hold
    from tfx.proto.orchestration import pipeline_pb2

    content = Path(request.file).read_bytes()
    errors = []
    parsers: tuple[Callable[[Any], Any], ...] = (
        lambda message: json_format.Parse(content.decode("utf-8"), message),
        lambda message: text_format.Parse(content.decode("utf-8"), message),
        lambda message: message.MergeFromString(content),
    )
    for parse in parsers:
        message = pipeline_pb2.Pipeline()
        try:
            parse(message)
        except Exception as error:  # noqa: BLE001 - protobuf's three parsers have no error in common
            errors.append(str(error).strip().splitlines()[0])
            continue
        if message.pipeline_info.id:
            return ImportAnswer(ir=_as_json(message))
    which = 0 if content.lstrip()[:1] == b"{" else 1
    reason = errors[which] if which < len(errors) else "it names no pipeline"
    raise WrongUse(f"{request.file} is no pipeline of TFX's IR: {reason}")


def _named_as_imported(value: Any, file: Path) -> Any:
    """Returns an IR in which what the program's own file defines is named as if that were imported."""
    if isinstance(value, dict):
        return {key: _named_as_imported(inner, file) for key, inner in value.items()}
    if isinstance(value, list):
        return [_named_as_imported(inner, file) for inner in value]
    if isinstance(value, str) and value.startswith("__main__."):
        return f"{file.stem}.{value.removeprefix('__main__.')}"
    return value


def _modules(ir: Any, file: Path) -> dict[str, str]:
    """Returns the files of the modules that the texts of an IR name, themselves or with what is in them."""
    found: dict[str, str] = {}
    for text in _texts(ir):
        if not _DOTTED.fullmatch(text) or text.startswith(_OF_TFX):
            continue
        name = text.rpartition(".")[0]
        while name and name not in found:
            origin = str(file) if name == file.stem else _origin(name)
            if origin is not None:
                found[name] = origin
                break
            name = name.rpartition(".")[0]
    return found


def _origin(name: str) -> str | None:
    """Returns the file of a module, if it is Python."""
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if isinstance(loaded, str):
        return str(Path(loaded).resolve()) if loaded.endswith(".py") else None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    origin = spec.origin if spec is not None else None
    return str(Path(origin).resolve()) if origin is not None and origin.endswith(".py") else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
