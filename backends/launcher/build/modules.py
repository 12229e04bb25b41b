"""The user's Python modules: putting their folders on ``sys.path`` and importing what they define."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Optional

from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanModule


def module_folder(module: PlanModule, context: RunContext) -> Optional[Path]:
    """Returns the folder that a module is imported from; None if it is an installed package.

    In a bundle the Plan's folders lie under ``modules_folder`` by their index. Where that is not
    there the folder beside the spec is used, which is what a run straight from a spec does.
    """
    if module.folder is None:
        return None
    bundled = Path(context.modules_folder) / str(module.folder)
    if bundled.is_dir():
        return bundled
    return None


def source_folder(plan: Plan, module: PlanModule, context: RunContext) -> Optional[Path]:
    """Returns the folder to import a module from, in a bundle or beside the spec.

    Raises Failure if neither is there.
    """
    if module.folder is None:
        return None
    bundled = module_folder(module, context)
    if bundled is not None:
        return bundled
    beside = Path(context.base_folder) / plan.modules[module.folder].source
    if beside.is_dir():
        return beside
    raise Failure(
        f"the folder of the module `{module.import_name}` is not there: neither {beside} nor "
        f"{Path(context.modules_folder) / str(module.folder)}."
    )


def put_first(folder: Path) -> None:
    """Puts a folder first on ``sys.path``, and on PYTHONPATH for processes that Beam starts."""
    text = str(folder)
    if text in sys.path:
        sys.path.remove(text)
    sys.path.insert(0, text)
    rest = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != text]
    os.environ["PYTHONPATH"] = os.pathsep.join([text, *rest])
    importlib.invalidate_caches()


@contextlib.contextmanager
def importable(folder: Optional[Path]) -> Iterator[None]:
    """Makes a folder's modules importable, and forgets them again.

    Two folders of one Plan may each have a ``steps.py``; whoever imports from both, one after the
    other, must not get the first one's twice.
    """
    if folder is None:
        yield
        return
    path = list(sys.path)
    pythonpath = os.environ.get("PYTHONPATH")
    put_first(folder)
    try:
        yield
    finally:
        sys.path[:] = path
        if pythonpath is None:
            os.environ.pop("PYTHONPATH", None)
        else:
            os.environ["PYTHONPATH"] = pythonpath


@contextlib.contextmanager
def kept_working_directory() -> Iterator[None]:
    """Goes back to the working directory when the user's code has run, wherever it has gone."""
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


def forget(folder: Path) -> None:
    """Removes from ``sys.modules`` what was imported from a folder."""
    for name, module in list(sys.modules.items()):
        places = _places(module)
        if places and all(_is_below(place, folder) for place in places):
            del sys.modules[name]


def _places(module: ModuleType) -> tuple[str, ...]:
    """Returns where a module comes from: its file, or the folders of a package without one."""
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return (file,)
    try:
        return tuple(str(place) for place in getattr(module, "__path__", None) or ())
    except (TypeError, KeyError):  # what imitates a module, or a namespace whose parent is gone
        return ()


def _is_below(place: str, folder: Path) -> bool:
    return place.startswith(str(folder) + os.sep)


def check_name_is_free(module: PlanModule, folder: Optional[Path]) -> None:
    """Raises Failure if another package that is already imported has the module's name.

    Python would silently hand out that package in place of the user's file. A folder that only became a
    package by its name (without an ``__init__.py``) is no such package: it is forgotten.
    """
    if folder is None:
        return
    top = module.import_name.partition(".")[0]
    taken: Optional[ModuleType] = sys.modules.get(top)
    if taken is None:
        return
    places = _places(taken)
    if places and all(_is_below(place, folder) for place in places):
        return
    if places and getattr(taken, "__file__", None) is None:
        for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
            del sys.modules[name]
        return
    where = places[0] if places else "the standard library"
    raise Failure(f"the module name `{top}` is taken by {where}: give {folder / (top + '.py')} another name.")


def load_attribute(module: PlanModule, name: str) -> Any:
    """Imports a module and returns what it calls ``name``. Raises Failure if it does not."""
    try:
        with kept_working_directory():
            loaded = importlib.import_module(module.import_name)
    except ModuleNotFoundError as error:
        if error.name is not None and module.import_name.split(".")[0] == error.name.split(".")[0]:
            raise Failure(
                f"the module `{module.import_name}` cannot be imported: there is no `{error.name}`."
            ) from None
        raise
    if not hasattr(loaded, name):
        raise Failure(f"the module `{module.import_name}` defines no `{name}`.")
    return getattr(loaded, name)
