"""Which signatures a module saves its model with, as far as its text is sure.

Only calls of ``tf.saved_model.save``, and of ``save`` of a Keras model, with a literal mapping of signatures
are read, and the endpoints of Keras' ``ExportArchive``, the first of which is the default one, too. Anything
else that may save a model, or add to the mapping, makes it unknown.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tfxc.compiler.python.keras_saves import folder_modules
from tfxc.compiler.python.module_finder import ModuleFinder
from tfxc.compiler.python.parse import PythonSource, nodes_of

DEFAULT = "serving_default"
"""What TensorFlow calls a signature that is given without a name."""

_OTHER_SAVES = frozenset(
    {
        *("export", "export_saved_model", "save_model", "SavedModelBuilder"),
        *("add_meta_graph_and_variables", "simple_save", "copytree", "copy_tree", "convert"),
    }
)
"""Calls that may write a SavedModel, or a part of one."""
_ENDPOINTS = frozenset({"add_endpoint", "track_and_add_endpoint"})
_POSITION = 2
"""of ``signatures`` among the arguments of ``tf.saved_model.save``"""


@dataclass(frozen=True)
class SavedSignatures:
    """The names of the signatures, and all names that the modules define, attributes of models among them."""

    names: frozenset[str]
    defined: frozenset[str]


def saved_signatures(source: PythonSource, finder: ModuleFinder) -> SavedSignatures | None:
    """Returns the signatures that a module and those of its folder that it imports save; None if that is not
    clear."""
    names: set[str] = set()
    defined: set[str] = set()
    for module in folder_modules(source, finder):
        for node in module.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                defined.add(node.name)
            elif isinstance(node, ast.Attribute):
                defined.add(node.attr)
            elif isinstance(node, ast.Call):
                name = _called(node)
                if name in _OTHER_SAVES or name in ("setattr", "import_module"):
                    return None
                found: set[str] | None = set()
                if name in _ENDPOINTS:
                    found = _endpoint(node, module)
                elif name == "save" and _saves_model(node):
                    found = _signatures(node, module)
                if found is None:
                    return None
                names |= found
    return SavedSignatures(frozenset(names), frozenset(defined)) if names else None


def _scope(call: ast.Call, module: PythonSource) -> ast.AST:
    """Returns the innermost function around a call, or the module."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    around = [each for each in module.nodes if isinstance(each, functions) and call in nodes_of(each)]
    return around[-1] if around else module.tree  # they come from the outside in


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _saves_model(call: ast.Call) -> bool:
    """Whether a call of ``save`` may save a model: it does with signatures, or if it is TensorFlow's."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    of_tensorflow = "saved_model" in (getattr(owner, "attr", ""), getattr(owner, "id", ""))
    keywords = {keyword.arg for keyword in call.keywords}
    return of_tensorflow or owner is None or bool(keywords & {"signatures", None, "save_format"})


def _signatures(call: ast.Call, module: PythonSource) -> set[str] | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "signatures"]
    if not given and len(call.args) > _POSITION and not any(isinstance(a, ast.Starred) for a in call.args):
        given = [call.args[_POSITION]]
    if len(given) != 1:
        return None
    (value,) = given
    if isinstance(value, ast.Dict):
        return _keys(value, module)
    if isinstance(value, ast.Name):
        return _of_variable(value, _scope(call, module), module)
    return {DEFAULT} if isinstance(value, ast.Call) and _called(value) == "get_concrete_function" else None


def _endpoint(call: ast.Call, module: PythonSource) -> set[str] | None:
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
    name = _text(given[0], module) if given else None
    return None if name is None else {name, DEFAULT}


def _of_variable(used: ast.Name, scope: ast.AST, module: PythonSource) -> set[str] | None:
    """Returns the keys of a mapping in a variable: bound once, to a literal one, in the function that saves,
    and only filled by ``name["key"] = …`` beside."""
    bound: list[ast.expr] = []
    keys: set[str] = set()
    known = {id(used)}
    nodes = nodes_of(scope)
    for node in nodes:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if _is_name(target, used.id) and node.value is not None:
                bound.append(node.value)
                known.add(id(target))
            elif isinstance(target, ast.Subscript) and _is_name(target.value, used.id):
                key = _text(target.slice, module)
                if key is None:
                    return None
                keys.add(key)
                known.add(id(target.value))
    others = (node for node in nodes if _is_name(node, used.id) and id(node) not in known)
    if len(bound) != 1 or not isinstance(bound[0], ast.Dict) or next(others, None) is not None:
        return None
    first = _keys(bound[0], module)
    return None if first is None else first | keys


def _is_name(node: object, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _keys(mapping: ast.Dict, module: PythonSource) -> set[str] | None:
    keys = [_text(key, module) for key in mapping.keys]
    return {key for key in keys if key is not None} if None not in keys else None


def _text(value: ast.expr | None, module: PythonSource) -> str | None:
    """Returns a literal text, or that of a constant of the module."""
    if isinstance(value, ast.Name):
        statement = module.definitions.get(value.id)
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    elif isinstance(value, ast.Attribute) and value.attr == "DEFAULT_SERVING_SIGNATURE_DEF_KEY":
        return DEFAULT
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
