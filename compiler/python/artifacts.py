"""Artifact types and other things of TFX's that a module of the user's names."""

from __future__ import annotations

import ast

from tfxc.compiler.python.names import External, Local, UserModule, resolve
from tfxc.schemas.artifacts import artifact_type_names


def tfx_name(expression: ast.expr, module: UserModule) -> str | None:
    """Returns the last part of the dotted name of something of TFX's, else None."""
    meaning = resolve(expression, module)
    if isinstance(meaning, External) and meaning.dotted.startswith("tfx."):
        return meaning.dotted.rpartition(".")[2]
    return None


def _is_standard(dotted: str) -> bool:
    """Whether a dotted name is one of TFX's artifact classes."""
    return dotted.startswith("tfx.") and dotted.rpartition(".")[2] in artifact_type_names()


def artifact_type(expression: ast.expr, module: UserModule) -> str | None:
    """Returns the name of the artifact type that a class has: one of TFX's by the class's name, one
    of the user's by its ``TYPE_NAME``."""
    func = expression.func if isinstance(expression, ast.Call) else None
    if isinstance(func, ast.Attribute) and func.attr == "annotate_as":  # the type, with what it is for
        return artifact_type(func.value, module)
    meaning = resolve(expression, module)
    if isinstance(meaning, Local) and isinstance(meaning.node, ast.Call) and meaning.node is not expression:
        return artifact_type(meaning.node, meaning.module)
    if isinstance(meaning, External):
        return meaning.dotted.rpartition(".")[2] if _is_standard(meaning.dotted) else None
    if isinstance(meaning, Local) and isinstance(meaning.node, ast.ClassDef):
        return _type_name(meaning.node, meaning.module)
    return None


def _type_name(class_: ast.ClassDef, module: UserModule, depth: int = 0) -> str | None:
    for statement in class_.body:
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        targets = (
            statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        )
        named = any(isinstance(target, ast.Name) and target.id == "TYPE_NAME" for target in targets)
        if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    for base in class_.bases:
        meaning = resolve(base, module)
        if isinstance(meaning, Local) and isinstance(meaning.node, ast.ClassDef) and depth < 10:
            inherited = _type_name(meaning.node, meaning.module, depth + 1)
            if inherited is not None:
                return inherited
        elif isinstance(meaning, External) and _is_standard(meaning.dotted):
            return meaning.dotted.rpartition(".")[2]
    return None
