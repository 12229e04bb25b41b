"""Components of the user's, described from their source without importing it.

``file.py:name`` is looked up beside the spec, ``package.module:name`` there and then on
``sys.path``. A function with TFX's ``@component`` is read by the rules of
``tfx.dsl.component.experimental.function_parser``, a component class by its ``SPEC_CLASS`` and
constructor (`tfxc.compiler.python.classes`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from tfxc.compiler.python.classes import describe_class
from tfxc.compiler.python.declared import declared_description
from tfxc.compiler.python.description import (
    DECLARE,
    Location,
    PythonComponentDescription,
    PythonComponentError,
    undefined,
)
from tfxc.compiler.python.functions import describe_function
from tfxc.compiler.python.imports import import_root
from tfxc.compiler.python.module_finder import ModuleFinder, is_never_the_users
from tfxc.compiler.python.names import External, Local, UserModule, resolve
from tfxc.compiler.python.parse import PythonSource, PythonSourceError, empty_source
from tfxc.compiler.python.read_once import ReadOnce
from tfxc.compiler.source.files import DISK, Files
from tfxc.schemas.words.suggest import closest

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


class PythonComponentReader:
    """Reads components of the user's; each file and each component once."""

    def __init__(self, folder: Path, files: Files = DISK) -> None:
        self.finder = ModuleFinder(folder, files)
        self.read = ReadOnce(self._read)

    def declared(
        self, type_name: str, folder: Path, interface: Mapping[str, Any]
    ) -> PythonComponentDescription:
        """Returns the description that a spec declares; of the code only its place is looked for, and the
        name where it can be seen. Raises PythonComponentError."""
        where, _, name = type_name.rpartition(":")
        if not _NAME.fullmatch(name):
            return self._read(type_name, folder)  # says why not
        try:
            location = self._locate(where, folder)
        except PythonComponentError as error:
            if error.code != "M406" or is_never_the_users(where):
                raise
            path = Path(f"{where.replace('.', '/')}.py")  # it is installed where the nodes run
            return declared_description(
                type_name, name, Location(path, None, where, empty_source(path)), interface
            )
        if name not in location.source.definitions and not location.source.is_open:
            return self._read(type_name, folder)
        return declared_description(type_name, name, location, interface)

    def _read(self, type_name: str, folder: Path) -> PythonComponentDescription:
        where, _, name = type_name.rpartition(":")
        if not _NAME.fullmatch(name):
            raise PythonComponentError(
                "T201",
                f"`{type_name}` does not name a component of a Python file",
                "write `file.py:function` or `package.module:function`",
            )
        try:
            location, module = self.module(where, folder)
        except PythonComponentError as error:
            if error.code != "M406" or is_never_the_users(where):
                raise
            raise PythonComponentError(error.code, error.message, *error.help, DECLARE) from None
        return describe(type_name, name, location, module)

    def module(self, where: str, folder: Path) -> tuple[Location, UserModule]:
        """Returns the user's module that ``file.py`` or ``package.module`` names.

        Raises PythonComponentError.
        """
        location = self._locate(where, folder)
        is_package = location.file.name == "__init__.py"
        package = location.import_name if is_package else location.import_name.rpartition(".")[0]
        root = location.folder or _root_of(location)
        return location, UserModule(location.source, root, package, self.finder)

    def _locate(self, where: str, folder: Path) -> Location:
        if where.endswith(".py") or "/" in where:
            return self._locate_file(where, folder)
        if not _DOTTED.fullmatch(where):
            raise PythonComponentError(
                "T201",
                f"`{where}` is neither a Python file nor the name of a module",
                "write `file.py:function` or `package.module:function`",
            )
        if is_never_the_users(where):
            raise PythonComponentError(
                "M406",
                f"`{where}` belongs to TFX, its dependencies or the standard library",
                "TFX's own components are named without a module: `tfxc components` lists them",
            )
        for root in (folder, self.finder.folder):
            path = self.finder.in_folder(root, where)
            if path is not None:
                return Location(path, root, where, self.source(path, f"the module `{where}`"))
        path = self.finder.find(where)
        if path is None:
            raise PythonComponentError(
                "M406",
                f"there is no module `{where}`, neither beside the spec nor installed here",
                "the part before the last `:` is what Python would import, such as `my_package.steps`",
            )
        return Location(path, None, where, self.source(path, f"the module `{where}`"))

    def _locate_file(self, where: str, folder: Path) -> Location:
        path = folder / where
        check_module_name(path, where)
        source = self.source(path, f"`{where}`")
        root, import_name = import_root(path, source, self.finder, folder)
        return Location(path, root, import_name, source)

    def source(self, path: Path, shown: str) -> PythonSource:
        """Returns a parsed file. Raises PythonComponentError."""
        try:
            return self.finder.read(path)
        except PythonSourceError as error:
            raise PythonComponentError(*unreadable_source(error, shown, path, self.finder.files)) from None


def unreadable_source(error: PythonSourceError, shown: str, path: Path, files: Files) -> tuple[str, ...]:
    """Returns code, message and help for a file that cannot be read as Python."""
    if error.kind == "missing":
        return ("M401", f"{shown} is not there", *_near_files(path, files))
    if error.kind == "unreadable":
        return ("M402", f"{shown} {error.message}")
    return ("M403", f"{shown} {error.message}")


def check_module_name(path: PurePath, shown: str) -> None:
    """Raises PythonComponentError if Python could not import a file by its name."""
    if path.suffix != ".py":
        raise PythonComponentError("M402", f"`{shown}` is not a Python file: its name must end in `.py`")
    if path.name == "__init__.py":
        return
    if not _NAME.fullmatch(path.stem):
        raise PythonComponentError(
            "M407",
            f"Python cannot import a file called `{path.name}`",
            "use letters, digits and underscores only, as in `my_module.py`",
        )
    if is_never_the_users(path.stem):
        raise PythonComponentError(
            "M407",
            f"`{path.name}` has the name of another package, so that Python would import that one",
            f"rename it, for example to `my_{path.stem}.py`",
        )


def describe(type_name: str, name: str, location: Location, module: UserModule) -> PythonComponentDescription:
    """Describes a component that a module defines. Raises PythonComponentError."""
    shown = location.file.name
    if name not in location.source.definitions:
        if location.source.is_open:
            raise PythonComponentError(
                "M408",
                f"what `{shown}` calls `{name}` cannot be read without running it",
                "define it, or import it by its name, at the top level of the file",
                DECLARE,
            )
        names = [
            known
            for known, statement in location.source.definitions.items()
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        ]
        raise undefined(name, names, shown, type_name)
    meaning = resolve(ast.Name(id=name, ctx=ast.Load()), module)
    if isinstance(meaning, Local) and isinstance(meaning.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return describe_function(type_name, name, location, meaning.node, meaning.module)
    if isinstance(meaning, Local) and isinstance(meaning.node, ast.ClassDef):
        return describe_class(type_name, name, location, meaning.node, meaning.module)
    if isinstance(meaning, External):
        raise PythonComponentError(
            "M408",
            f"`{name}` in `{shown}` is imported from outside the spec's folder and cannot be read",
            "name the module that defines it",
            DECLARE,
        )
    raise PythonComponentError(
        "M408",
        f"what `{shown}` calls `{name}` is neither a function nor a class",
        "a component is a function with TFX's `@component`, or a component class",
        DECLARE,
    )


def near_module(path: Path, files: Files) -> str | None:
    """Returns the name of the Python file that a path to no file surely means, or None."""
    try:
        return closest(path.name, [name for name in files.names(path.parent) if name.endswith(".py")])
    except OSError:
        return None


def _near_files(path: Path, files: Files) -> tuple[str, ...]:
    if not files.is_dir(path.parent):
        return ("its folder is not there either",)
    near = near_module(path, files)
    return (
        (f"did you mean `{near}`?",)
        if near is not None
        else ("the path starts at the folder of the file that names it",)
    )


def _root_of(location: Location) -> Path:
    root = location.file.parent
    for _ in range(location.import_name.count(".") + (location.file.name == "__init__.py")):
        root = root.parent
    return root
