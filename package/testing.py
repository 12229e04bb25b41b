"""Tests of specs with pytest: the plug-in, and what its fixtures give, for annotations.

pytest finds the plug-in by itself where tfxc is installed. The fixtures are ``tfxc_spec``, ``tfxc_run`` and
``tfxc_runs``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfxc.compiler.testing.plugin import (
    pytest_addoption,
    pytest_configure,
    tfxc_run,
    tfxc_runs,
    tfxc_spec,
)

if TYPE_CHECKING:
    from tfxc.compiler.testing.runs import SpecRuns
    from tfxc.compiler.testing.sample_run import SampleRun
    from tfxc.compiler.testing.spec import Spec

__all__ = [
    "SampleRun",
    "Spec",
    "SpecRuns",
    "pytest_addoption",
    "pytest_configure",
    "tfxc_run",
    "tfxc_runs",
    "tfxc_spec",
]

_CLASSES = {"SampleRun": "sample_run", "Spec": "spec", "SpecRuns": "runs"}


def __getattr__(name: str) -> Any:
    """Imports a class when it is asked for: pytest loads this module in every session."""
    if name not in _CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"tfxc.compiler.testing.{_CLASSES[name]}"), name)
