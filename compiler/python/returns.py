"""What a component's function returns: the fields of a TypedDict, or of TFX's older OutputDict."""

from __future__ import annotations

import ast

from tfxc.compiler.python.artifacts import tfx_name
from tfxc.compiler.python.names import External, Local, UserModule, resolve

Field = tuple[str, ast.expr, UserModule]
"""a name, its annotation, and the module that the annotation is written in"""


def returned_fields(annotation: ast.expr, module: UserModule) -> list[Field] | None:
    """Returns the fields that a return annotation declares, or None if it declares none."""
    if isinstance(annotation, ast.Call) and tfx_name(annotation.func, module) == "OutputDict":
        return [(keyword.arg, keyword.value, module) for keyword in annotation.keywords if keyword.arg]
    meaning = resolve(annotation, module)
    return typed_dict_fields(meaning) if isinstance(meaning, Local) else None


def typed_dict_fields(meaning: Local, depth: int = 0) -> list[Field] | None:
    """Returns the fields of a TypedDict, of its bases first, or None if it is not one."""
    node, module = meaning.node, meaning.module
    if isinstance(node, ast.Call):
        called = resolve(node.func, module)
        is_typed_dict = isinstance(called, External) and called.dotted.endswith(".TypedDict")
        if is_typed_dict and len(node.args) == 2 and isinstance(node.args[1], ast.Dict):
            pairs = zip(node.args[1].keys, node.args[1].values, strict=True)
            return [
                (key.value, value, module)
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
        return None
    if not isinstance(node, ast.ClassDef) or depth > 10:
        return None
    fields: dict[str, Field] = {}
    is_typed_dict = False
    for base in node.bases:
        inherited = resolve(base, module)
        if isinstance(inherited, External) and inherited.dotted.endswith(".TypedDict"):
            is_typed_dict = True
        elif isinstance(inherited, Local):
            more = typed_dict_fields(inherited, depth + 1)
            if more is not None:
                is_typed_dict = True
                fields.update((name, (name, inner, where)) for name, inner, where in more)
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            fields[name] = (name, statement.annotation, module)
    return list(fields.values()) if is_typed_dict else None


def unquoted(annotation: ast.expr) -> ast.expr:
    """Returns what a string annotation says; a TypedDict's are evaluated by TFX."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return annotation
    return annotation
