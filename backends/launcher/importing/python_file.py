"""A TFX pipeline's Python file → the pipeline object, without running the pipeline.

The file's own code does run, as it would under ``python FILE``.
"""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Optional

from google.protobuf import json_format
from google.protobuf.message import Message
from tfx.orchestration import pipeline as tfx_pipeline

from tfxc.backends.launcher.importing.runners import Noted
from tfxc.schemas.failures import Failure, WrongUse

_MAKERS = ("create_pipeline", "_create_pipeline", "build_pipeline", "make_pipeline", "pipeline")


def pipeline_of(
    file: Path,
    noted: Noted,
    call: Optional[str],
    call_arguments: Mapping[str, str],
    arguments: Sequence[str],
    name: Optional[str],
) -> tuple[tfx_pipeline.Pipeline, tuple[str, ...]]:
    """Runs a file and returns its pipeline, with notes on how it was come by.

    That is what a function returns, if one is named; else what a runner was given; else what was made; else
    what a function called ``create_pipeline``, or declared to return a Pipeline, returns by its defaults.
    Raises WrongUse, Failure.
    """
    module, error = _run(file, arguments, as_program=call is None)
    if call is not None:
        if error is not None:
            raise Failure(error)
        return _called(module, call, call_arguments), ()
    notes: tuple[str, ...] = ()
    found = noted.given or noted.made
    if found and error is not None:
        notes = (f"{error} The pipeline had been given to its runner before.",)
    elif error is not None:
        raise Failure(error)
    if not found:
        return _by_defaults(module, file), ()
    return _chosen(_outermost(found), name), notes


def _run(file: Path, arguments: Sequence[str], as_program: bool) -> tuple[ModuleType, Optional[str]]:
    """Runs a file as ``__main__``, or as a module of its own name. Returns it, and what stopped it."""
    name = "__main__" if as_program else file.stem
    module = ModuleType(name)
    module.__file__ = str(file)
    module.__dict__["__builtins__"] = __builtins__
    sys.modules[name] = module
    sys.argv[:] = [str(file), *arguments]
    sys.path.insert(0, str(file.parent))
    try:
        code = compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise Failure(f"{file} is not Python: {error}.") from None
    try:
        exec(code, module.__dict__)  # noqa: S102 - running the user's file is what was asked for
    except SystemExit as ended:
        if ended.code not in (None, 0):
            return module, f"{file.name} ended with {ended.code!r}."
    except Exception as error:  # noqa: BLE001 - it is the user's code
        return module, _told(error, file)
    return module, None


def _told(error: Exception, file: Path) -> str:
    """Returns a sentence about an exception of the user's code, with the line that it came from."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(file) and frame.lineno is not None
    ]
    where = f"{file.name}:{lines[-1]}" if lines else file.name
    if isinstance(error, ModuleNotFoundError):
        return f"{where}: there is no module `{error.name}` where TFX is installed."
    text = str(error).strip().splitlines()
    return f"{where}: {type(error).__name__}: {text[-1].rstrip('.') if text else ''}."


def _outermost(found: Sequence[tfx_pipeline.Pipeline]) -> list[tfx_pipeline.Pipeline]:
    """Returns pipelines, each once, without those that are nodes of another."""
    inner = {id(node) for each in found for node in each.components}
    unique = {id(each): each for each in found}
    return [each for key, each in unique.items() if key not in inner]


def _chosen(found: Sequence[tfx_pipeline.Pipeline], name: Optional[str]) -> tfx_pipeline.Pipeline:
    """Returns the pipeline of a name; without one the only pipeline. Raises WrongUse."""
    by_name = {each.pipeline_info.pipeline_name: each for each in found}
    listed = ", ".join(f"`{each}`" for each in by_name)
    if name is not None:
        if name not in by_name:
            raise WrongUse(f"it has no pipeline `{name}`; there are: {listed}")
        return by_name[name]
    if len(by_name) > 1:
        raise WrongUse(f"it has several pipelines: say which with --pipeline: {listed}")
    return next(iter(by_name.values()))


def _by_defaults(module: ModuleType, file: Path) -> tfx_pipeline.Pipeline:
    """Returns what the one function that makes a pipeline returns without arguments. Raises WrongUse."""
    makers = _makers(module)
    for name, function in makers.items():
        required = _required(function)
        if not required:
            return _called(module, name, {})
    if not makers:
        raise WrongUse(
            f"{file.name} gives no pipeline to a runner, makes none, and has no function that returns one"
        )
    name, function = next(iter(makers.items()))
    needed = " ".join(f"-A {each}=…" for each in _required(function))
    raise WrongUse(f"{file.name} makes its pipeline in a function: --call {name} {needed}")


def _makers(module: ModuleType) -> dict[str, Any]:
    functions = {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }
    named = [name for name in _MAKERS if name in functions]
    declared = [
        name
        for name, function in functions.items()
        if name not in named
        and (
            "Pipeline" in str(function.__annotations__.get("return", ""))
            or name.endswith(("create_pipeline", "_pipeline"))
        )
    ]
    return {name: functions[name] for name in (*named, *declared)}


def _required(function: Any) -> list[str]:
    return [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]


def _called(module: ModuleType, name: str, texts: Mapping[str, str]) -> tfx_pipeline.Pipeline:
    """Returns the pipeline that a function makes. Raises WrongUse, Failure."""
    function = getattr(module, name, None)
    if not callable(function):
        raise WrongUse(f"the file defines no function `{name}`")
    parameters = inspect.signature(function).parameters
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    for text in texts:
        if text not in parameters and not takes_all:
            raise WrongUse(f"`{name}` has no parameter `{text}`; there are: {', '.join(parameters)}")
    missing = [each for each in _required(function) if each not in texts]
    if missing:
        raise WrongUse(f"`{name}` needs {' '.join(f'-A {each}=…' for each in missing)}")
    given = {key: _value(text, parameters.get(key)) for key, text in texts.items()}
    try:
        made = function(**given)
    except Exception as error:  # noqa: BLE001 - it is the user's code
        raise Failure(_told(error, Path(str(module.__file__)))) from None
    if isinstance(made, tfx_pipeline.Pipeline):
        return made
    raise WrongUse(f"`{name}` returns {type(made).__name__}, and no Pipeline")


def _value(text: str, parameter: Optional[inspect.Parameter]) -> Any:
    """Returns an argument as its parameter is declared: a message from its JSON form, a text as it is, and
    anything else as JSON if it is JSON."""
    declared = parameter.annotation if parameter is not None else None
    if declared is str or declared == "str":
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(declared, type) and issubclass(declared, Message) and isinstance(value, dict):
        return json_format.ParseDict(value, declared())
    return value
