"""Seven things that Beam's in-memory runner does again and again, done once.

A pipeline of Transform's has some 300 stages, and for each of them Beam looks at every method of
every DoFn, walks through the globals of every imported module, empties the caches of every logger
and parses its command line anew. With TFX imported (7,000 modules, 2,000 loggers) that is more than
a third of the time that Transform and StatisticsGen take on a small data set. Each replacement
returns what the original returns; where a version of Beam lacks what is replaced, nothing is done.
"""

from __future__ import annotations

import functools
import inspect
import types
import weakref
from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> None:
    """Replaces the seven functions in this process, which must be a node's own."""
    _inspect_each_dofn_class_once()
    _measure_cached_values_without_modules()
    _leave_loggers_alone()
    _parse_options_once()
    _read_arguments_of_methods_once()
    _read_sources_of_methods_once()
    _read_signatures_once()


def _inspect_each_dofn_class_once() -> None:
    """State and timer parameters stand in a DoFn's class: look for them once a class."""
    from apache_beam.transforms import userstate

    inspect_dofn = getattr(userstate, "get_dofn_specs", None)
    if inspect_dofn is None:
        return
    known: weakref.WeakKeyDictionary[type, tuple[frozenset[Any], frozenset[Any]]] = (
        weakref.WeakKeyDictionary()
    )

    @functools.wraps(inspect_dofn)
    def get_dofn_specs(dofn: Any) -> tuple[set[Any], set[Any]]:
        if any(isinstance(value, types.MethodType) for value in vars(dofn).values()):
            # A method that was set on the instance is not the class's.
            found: tuple[set[Any], set[Any]] = inspect_dofn(dofn)
            return found
        specs = known.get(type(dofn))
        if specs is None:
            states, timers = inspect_dofn(dofn)
            specs = known[type(dofn)] = (frozenset(states), frozenset(timers))
        return set(specs[0]), set(specs[1])

    userstate.get_dofn_specs = get_dofn_specs


def _measure_cached_values_without_modules() -> None:
    """The size of a side input is measured without first listing the globals of all modules.

    Beam's filter already leaves modules and functions, the ways to those globals, unmeasured.
    """
    import objsize  # type: ignore[import-untyped]
    from apache_beam.runners.worker import statecache

    parts = [
        getattr(statecache, name, None) for name in ("_size_func", "_get_referents_func", "_filter_func")
    ]
    if None in parts or not hasattr(statecache, "get_deep_size"):
        return
    size, referents, keep = parts
    statecache.get_deep_size = functools.partial(
        objsize.get_deep_size,
        get_size_func=size,
        get_referents_func=referents,
        filter_func=keep,
        exclude_modules_globals=False,
    )


def _leave_loggers_alone() -> None:
    """After each pickle Beam switches off dill's tracing, which is off already."""
    try:
        import dill  # type: ignore[import-untyped]
    except ImportError:
        return
    internals: Any = getattr(dill, "dill", None) or getattr(dill, "_dill", None)
    trace = getattr(internals, "_trace", None)
    if trace is None:
        return
    tracing = False

    def set_tracing(wanted: bool) -> None:
        nonlocal tracing
        if wanted or tracing:
            trace(wanted)
        tracing = wanted

    internals._trace = set_tracing


def _parse_options_once() -> None:
    """A view of pipeline options has no state but what it shares with them: make each view once."""
    from apache_beam.options.pipeline_options import PipelineOptions

    make_view = PipelineOptions.view_as
    # The first part keeps the shared options alive, so that their id stays theirs.
    views: dict[tuple[int, type], tuple[Any, Any]] = {}

    @functools.wraps(make_view)
    def view_as(options: Any, cls: type) -> Any:
        shared = options._all_options
        known = views.get((id(shared), cls))
        if known is None:
            known = views[id(shared), cls] = (shared, make_view(options, cls))
        return known[1]

    if hasattr(PipelineOptions(), "_all_options"):
        PipelineOptions.view_as = view_as


def _read_arguments_of_methods_once() -> None:
    """What a method's arguments are called stands in its function: look for them once a function."""
    from apache_beam.transforms import core

    read_arguments: Any = getattr(core, "get_function_args_defaults", None)
    if not has_lines(read_arguments, "signature = get_signature(f)", "return args, defaults"):
        return
    known: weakref.WeakKeyDictionary[types.FunctionType, tuple[tuple[str, ...], tuple[Any, ...]]] = (
        weakref.WeakKeyDictionary()
    )

    @functools.wraps(read_arguments)
    def get_function_args_defaults(f: Any) -> tuple[list[str], list[Any]]:
        function = f.__func__ if type(f) is types.MethodType else None
        if type(function) is not types.FunctionType or vars(function):
            # One that is wrapped, or says itself what its arguments are, is asked each time.
            found: tuple[list[str], list[Any]] = read_arguments(f)
            return found
        if function not in known:
            names, defaults = read_arguments(f)
            known[function] = (tuple(names), tuple(defaults))
        return list(known[function][0]), list(known[function][1])

    core.get_function_args_defaults = get_function_args_defaults


def _read_sources_of_methods_once() -> None:
    """Whether a method yields and returns stands in its source: read that once a function."""
    from apache_beam.transforms import core

    read_source: Any = getattr(core, "_check_fn_use_yield_and_return", None)
    if not has_lines(read_source, "source_code = _get_function_body_without_inners(fn)"):
        return
    known: weakref.WeakKeyDictionary[types.FunctionType, bool] = weakref.WeakKeyDictionary()

    @functools.wraps(read_source)
    def check_fn_use_yield_and_return(fn: Any) -> bool:
        function = fn.__func__ if type(fn) is types.MethodType else fn
        if type(function) is not types.FunctionType:
            return bool(read_source(fn))
        if function not in known:
            known[function] = bool(read_source(fn))
        return known[function]

    core._check_fn_use_yield_and_return = check_fn_use_yield_and_return


class _Inspect:
    """Stands in for the module inspect: the signature of a function is looked for once."""

    def __init__(self) -> None:
        self._functions: weakref.WeakKeyDictionary[Any, inspect.Signature] = weakref.WeakKeyDictionary()
        self._methods: weakref.WeakKeyDictionary[Any, inspect.Signature] = weakref.WeakKeyDictionary()

    def signature(self, function: Any) -> inspect.Signature:
        """Returns what inspect does: a signature cannot be changed."""
        is_method = type(function) is types.MethodType
        plain = function.__func__ if is_method else function
        if type(plain) is not types.FunctionType or vars(plain):
            # One that is wrapped, or says itself what its signature is, is asked each time.
            return inspect.signature(function)
        known = self._methods if is_method else self._functions
        if plain not in known:
            known[plain] = inspect.signature(function)
        return known[plain]

    def __getattr__(self, name: str) -> Any:
        return getattr(inspect, name)


def _read_signatures_once() -> None:
    """What a function takes and returns stands in its signature, which is made anew each time."""
    from apache_beam.typehints import decorators

    if getattr(decorators, "inspect", None) is inspect and has_lines(
        getattr(decorators, "get_signature", None), "signature = inspect.signature(func)"
    ):
        decorators.inspect = _Inspect()
