"""What the constructor of a component class takes, and what becomes of it.

The arguments of a constructor need not be those of the spec class: they are renamed, converted, or left to
the base class by ``**kwargs``. What is passed on by its bare name in the call of the spec class or of the
base's constructor is followed; the rest is taken as the constructor declares it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tfxc.compiler.python.names import UserModule, linearized

REST_TO_SPEC = "spec"
REST_TO_BASE = "base"


@dataclass(frozen=True)
class Argument:
    """An argument of a constructor.

    ``key`` is the spec class's (or TFX's base class's) argument that it is passed as, None if that cannot be
    told. ``is_direct`` is whether the spec class gets it just as it was given.
    """

    name: str
    annotation: ast.expr | None
    module: UserModule
    has_default: bool
    default_is_none: bool
    key: str | None = None
    is_direct: bool = False


@dataclass(frozen=True)
class Constructor:
    """What a component class takes.

    ``rest`` is who gets what ``**kwargs`` take: the spec class, the base class (one of TFX's), somebody
    unknown (an empty text), or None where nothing else is taken; ``given`` are the keys among them that
    the constructor itself gives.
    """

    arguments: Mapping[str, Argument] = field(default_factory=dict)
    rest: str | None = None
    given: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Call:
    """A call of the spec class or of the base's constructor: what is passed by place, by name, by ``**``."""

    positional: tuple[ast.expr, ...]
    keywords: Mapping[str, ast.expr]
    has_rest: bool


def read_constructor(class_: ast.ClassDef, module: UserModule) -> Constructor | None:
    """Returns the constructor of a component class; None if no class of the user's has one."""
    chain = [
        (function, where)
        for inner, where in linearized(class_, module)
        if (function := _own_constructor(inner)) is not None
    ]
    read: Constructor | None = None
    for function, where in reversed(chain):
        read = _constructor(function, where, read)
    return read


def _own_constructor(class_: ast.ClassDef) -> ast.FunctionDef | None:
    found = [each for each in class_.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    return found[-1] if found else None


def _constructor(function: ast.FunctionDef, module: UserModule, base: Constructor | None) -> Constructor:
    """Returns what one ``__init__`` takes; `base` is what the next class's takes, None if that is TFX's."""
    own = {argument.name: argument for argument in _arguments(function, module)}
    changed = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    rest: str | None = None if function.args.kwarg is None else ""
    inherited: dict[str, Argument] = {}
    given: set[str] = set()
    for call, is_base in _calls(function):
        through = base.arguments if base is not None and is_base else {}
        for keyword, value in (*zip(through, call.positional), *call.keywords.items()):  # noqa: B905
            given.add(keyword)
            if isinstance(value, ast.Name) and value.id in own and own[value.id].key is None:
                taken = through.get(keyword)
                key = taken.key if taken is not None else keyword
                to_spec = taken.is_direct if taken is not None else not is_base
                direct = value.id not in changed and to_spec
                own[value.id] = replace(own[value.id], key=key, is_direct=direct)
        if call.has_rest and function.args.kwarg is not None:
            if not is_base:
                rest = REST_TO_SPEC
            elif base is None:
                rest = REST_TO_BASE
            else:
                rest = base.rest
                inherited = {
                    name: argument
                    for name, argument in base.arguments.items()
                    if name not in given and name not in own
                }
                given |= base.given
    return Constructor({**own, **inherited}, rest, frozenset(given))


def _arguments(function: ast.FunctionDef, module: UserModule) -> Iterator[Argument]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args][1:]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults[-len(positional) :] if positional else []
    with_defaults = [
        *zip(positional, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in with_defaults:
        is_none = isinstance(default, ast.Constant) and default.value is None
        yield Argument(argument.arg, argument.annotation, module, default is not None, is_none)


def _calls(function: ast.FunctionDef) -> Iterator[tuple[_Call, bool]]:
    """Yields the calls that take the arguments on, with whether each is of the base's constructor.

    A spec class is called by its name, which ends in ``Spec``, or as ``self.SPEC_CLASS``.
    """
    rest = function.args.kwarg.arg if function.args.kwarg is not None else None
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name != "__init__" and not name.lower().endswith("spec") and name != "SPEC_CLASS":
            continue
        if name in ("ExecutorClassSpec", "BeamExecutorSpec"):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
        has_rest = any(
            keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id == rest
            for keyword in node.keywords
        )
        is_spec_only = set(keywords) <= {"spec", "custom_executor_spec"} and not has_rest
        if name == "__init__" and is_spec_only and not any(isinstance(each, ast.Name) for each in node.args):
            continue  # BaseComponent's: what it takes is the spec
        yield _Call(_positional(node), keywords, has_rest), name == "__init__"


def _positional(call: ast.Call) -> tuple[ast.expr, ...]:
    """Returns the arguments of a call that are passed by place, without the ``self`` of ``Base.__init__``."""
    is_self = bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id == "self"
    return tuple(call.args[1:] if is_self else call.args)
