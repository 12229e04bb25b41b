"""The imports of a written file, sorted as isort does: Python's own, others', the user's."""

from __future__ import annotations

import re
import sys

_WORD = re.compile(r"[^\W\d]\w*")


class Imports:
    """Collects what a file imports."""

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        self._names: dict[str, set[str]] = {}
        self._own: set[str] = set()

    def module(self, dotted: str, alias: str | None = None) -> str:
        """Imports a module, ``from package import module``, and returns its name in the file."""
        package, _, last = dotted.rpartition(".")
        if alias is not None or not package:
            self._whole[dotted] = alias or ""
            return alias or dotted
        self._names.setdefault(package, set()).add(last)
        return last

    def name(self, module: str, name: str) -> str:
        """Imports a name from a module, and returns it."""
        self._names.setdefault(module, set()).add(name)
        return name

    def own(self, dotted: str) -> str:
        """Imports a module of the user's, and returns what it is called in the file."""
        self._own.add(dotted.partition(".")[0])
        self._whole[dotted] = ""
        return dotted

    def text(self, body: str) -> str:
        """Returns the import statements for what a file's body uses: more may have been asked for."""
        used = set(_WORD.findall(body))
        blocks = []
        for kind in (0, 1, 2):
            whole = [
                f"import {module}" + (f" as {alias}" if alias else "")
                for module, alias in sorted(self._whole.items(), key=lambda each: each[0])
                if self._kind(module) == kind and (alias or module.partition(".")[0]) in used
            ]
            names = [
                f"from {module} import {', '.join(sorted(found & used, key=_rank))}"
                for module, found in sorted(self._names.items())
                if self._kind(module) == kind and found & used
            ]
            if whole or names:
                blocks.append("\n".join([*whole, *names]))
        return "\n\n".join(blocks) + "\n"

    def _kind(self, module: str) -> int:
        top = module.partition(".")[0]
        if top in self._own:
            return 2
        return 0 if top in sys.stdlib_module_names else 1


def _rank(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name
