"""TFMA's metrics whose modules are deferred: found by their class names as ever.

A module of TFMA's registers its metrics when it is run. Those that stand on whole toolkits of natural
language are `tfxc.backends.launcher.speed.deferred`, so the registry has to know what is in them.
"""

from __future__ import annotations

import importlib
from typing import Any

_PACKAGE = "tensorflow_model_analysis.metrics"
_CLASSES = {"Bleu": "bleu", "Rouge": "rouge"}
MODULES = tuple(f"{_PACKAGE}.{module}" for module in _CLASSES.values())
"""The modules of metrics that may be deferred."""
_REGISTRY = "_METRIC_OBJECTS"


class _Registry(dict[str, Any]):
    """The registered metrics by class name: one that is looked for is imported. Listed are those in use."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and self._found(name))

    def __missing__(self, name: str) -> Any:
        if self._found(name):
            return self[name]
        raise KeyError(name)

    def __copy__(self) -> _Registry:
        return _Registry(self)

    def _found(self, name: str) -> bool:
        """Takes in a metric by its class name; whether there is one."""
        if name not in _CLASSES:
            return False
        module = importlib.import_module(f"{_PACKAGE}.{_CLASSES[name]}")
        self.setdefault(name, getattr(module, name))
        return True


def register() -> None:
    """Lets the registry find metrics of deferred modules. Where TFMA keeps none, nothing is done."""
    metric_types = importlib.import_module(f"{_PACKAGE}.metric_types")
    registered = getattr(metric_types, _REGISTRY, None)
    if type(registered) is dict:
        setattr(metric_types, _REGISTRY, _Registry(registered))
