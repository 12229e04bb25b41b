"""What the installed TFMA and Keras say of their metrics: writes ``schemas/metric_classes.json`` anew.

Run it where the TFMA of a line of TFX is installed; TFX itself need not be there. Both lines give the same
table (TFMA 0.47.1 with tf-keras 2.16.0, and TFMA 0.52.0 with tf-keras 2.21.0)::

    python tests/schemas/introspect_metric_classes.py schemas/metric_classes.json

A class is taken if TFMA makes computations with it. What a text can be is found out by trying the texts that
stand in the sources; whether other arguments, binarization, averages and weights are taken, by trying them.
"""

from __future__ import annotations

import ast
import enum
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Optional

KINDS = {int: "int", float: "float", str: "str", bool: "bool", list: "list", tuple: "list", dict: "dict"}
SAMPLES: Mapping[str, Any] = {
    "float": 0.5, "int": 2, "str": "sample", "bool": True, "list": [0.5], "dict": {},
}  # fmt: skip
WHERE_NEEDED: tuple[Mapping[str, Any], ...] = (
    {"class_id": 1, "max_num_detections": 100, "iou_threshold": 0.5, "area_range": [0.0, 1.0]},
    {"class_ids": [1], "class_weights": [1.0], "max_num_detections": 100, "area_range": [0.0, 1.0]},
    {"top_k_list": [1]},
)
"""arguments that some classes need although they have defaults"""
NOWHERE = "no_such_value"


def table() -> dict[str, Any]:
    """Returns the classes that a ``class_name`` without a ``module`` can be, and functions of Keras."""
    from tensorflow_model_analysis.metrics import metric_types
    from tensorflow_model_analysis.utils.keras_lib import tf_keras

    registered = metric_types.registered_metrics()
    module = sys.modules[tf_keras.metrics.Metric.__module__.rpartition(".")[0]]
    keras = {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, tf_keras.metrics.Metric) and name not in registered
    }
    classes = {
        name: described
        for name, cls in sorted({**registered, **keras}.items())
        if (described := _described(name, cls, name in registered)) is not None
    }
    functions = {
        name: camel
        for name, value in sorted(vars(module).items())
        if inspect.isfunction(value) and name not in classes and (camel := _camel(value.__name__)) in classes
    }
    return {"functions": functions, "classes": classes}


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _described(name: str, cls: type, is_of_tfma: bool) -> Optional[dict[str, Any]]:
    arguments = _arguments(cls)
    required = [key for key, each in arguments.items() if each.pop("required")]
    given = {key: _sample(key, arguments[key]["kinds"]) for key in required}
    tried = [
        {**given, **{key: more[key] for key in more if key in arguments}} for more in ({}, *WHERE_NEEDED)
    ]
    fitting = (
        (base, query) for base in tried for query in ("", "query") if _problem(name, base, query) is None
    )
    base, query = next(fitting, (given, ""))
    made = _made(name, base, query)
    if isinstance(made, Exception):
        return None
    for key, each in arguments.items():
        is_free = key in ("name", "dtype") or key.endswith(("_key", "_name"))
        values = [] if is_free or "str" not in each["kinds"] else _values(name, cls, base, key, query)
        if values:
            each["values"] = values
    options = {
        "binarize": {"binarize": {"class_ids": {"values": [0]}}},
        "micro_average": {"aggregate": {"micro_average": True}},
        "macro_average": {"aggregate": {"macro_average": True, "class_weights": {"0": 1.0}}},
        "class_weights": {"aggregate": {"micro_average": True, "class_weights": {"0": 1.0}}},
        "example_weights": {"example_weights": {"weighted": True}},
    }
    return {
        "library": "TFMA" if is_of_tfma else "Keras",
        "names": sorted({key.name for key in made}),
        "arguments": arguments,
        "required": required,
        "takes_others": _problem(name, {**base, NOWHERE: 1}, query) is None,
        "needs_query_key": bool(query),
        "refuses": [key for key, spec in options.items() if _problem(name, base, query, spec) is not None],
    }


def _arguments(cls: type) -> dict[str, dict[str, Any]]:
    """The keyword arguments of a class and of those to which it hands on what it does not know."""
    hints = typing.get_type_hints(cls.__init__)
    found: dict[str, dict[str, Any]] = {}
    for key, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        has_default = parameter.default is not parameter.empty
        kinds = _kinds(hints[key]) if key in hints else _kinds_like(parameter.default)
        if has_default and parameter.default is None and kinds:
            kinds = sorted({*kinds, "null"})
        found[key] = {"kinds": kinds, "required": not has_default}
    return found


def _kinds(hint: Any) -> list[str]:
    """What JSON can be for a type; nothing where that is not sure."""
    if hint is type(None):
        return ["null"]
    origin = typing.get_origin(hint)
    if origin in (typing.Union, getattr(types, "UnionType", None)):
        each = [_kinds(argument) for argument in typing.get_args(hint)]
        return sorted({kind for kinds in each for kind in kinds}) if all(each) else []
    kind = KINDS.get(origin or hint)
    return [] if kind is None else sorted({kind, "int"}) if kind == "float" else [kind]


def _kinds_like(default: Any) -> list[str]:
    """What JSON can be where only the default tells: a number may be a list of them as well."""
    if isinstance(default, bool):
        return ["bool"]
    if isinstance(default, (int, float)):
        return ["float", "int", "list", "null"]
    return ["null", "str"] if isinstance(default, str) else []


def _sample(key: str, kinds: list[str]) -> Any:
    if key == "rouge_type":
        return "rouge1"
    if key == "num_classes":
        return 2
    if key in ("target_class_ids", "class_ids"):
        return [0]
    if key == "feature_key_path":
        return ["features", "weight"]
    return next((value for kind, value in SAMPLES.items() if kind in kinds), 0.5)


def _values(name: str, cls: type, base: Mapping[str, Any], key: str, query: str) -> list[str]:
    """The texts that an argument can be; none if any text will do, or if it has to be told otherwise."""
    enums = [
        value
        for each in vars(inspect.getmodule(cls)).values()
        if inspect.isclass(each) and issubclass(each, enum.Enum) and each.__name__.endswith(_camel(key))
        for value in (member.value for member in each)
    ]
    if enums or _problem(name, {**base, key: NOWHERE}, query) is None:
        return sorted(enums)
    taken = [text for text in _texts(cls) if _problem(name, {**base, key: text}, query) is None]
    return [text for text in taken if text] if len(taken) > 1 else []  # a single one: others stand elsewhere


@cache
def _texts(cls: type) -> tuple[str, ...]:
    modules = {inspect.getmodule(each) for each in cls.__mro__ if each is not object}
    modules |= {sys.modules.get("tf_keras.src.utils.metrics_utils")}
    found: set[str] = set()
    for module in modules:
        if module is None or not getattr(module, "__file__", None):
            continue
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 30:
                found.add(node.value)
    return tuple(sorted(found))


def _problem(
    name: str, config: Mapping[str, Any], query: str = "", more: Optional[Mapping[str, Any]] = None
) -> Optional[Exception]:
    made = _made(name, config, query, more)
    return made if isinstance(made, Exception) else None


def _made(
    name: str, config: Mapping[str, Any], query: str = "", more: Optional[Mapping[str, Any]] = None
) -> Any:
    """Returns the keys of the metrics that TFMA makes computations for, or what it raises."""
    from google.protobuf import json_format
    from tensorflow_model_analysis.metrics import metric_specs
    from tensorflow_model_analysis.proto import config_pb2

    spec = {"metrics": [{"className": name, "config": json.dumps(config)}], "queryKey": query, **(more or {})}
    message = json_format.ParseDict(
        {"modelSpecs": [{"labelKey": "label"}], "metricsSpecs": [spec]},
        config_pb2.EvalConfig(),
    )
    try:
        computations = metric_specs.to_computations(list(message.metrics_specs), eval_config=message)
        return list(_public(key for each in computations for key in each.keys))
    except Exception as problem:  # noqa: BLE001 - whatever it raises, it does not take this
        return problem


def _public(keys: typing.Iterable[Any]) -> Iterator[Any]:
    return (key for key in keys if not str(key.name).startswith("_"))


def text(found: Mapping[str, Any]) -> str:
    """Returns the file of a table: a line for each class."""
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in found["classes"].items())
    return f'{{"functions": {json.dumps(found["functions"])},\n"classes": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(table()), encoding="utf-8")
