"""Artifact type names ↔ TFX's classes."""

from __future__ import annotations

import importlib
from typing import Any

from tfx.types import artifact, standard_artifacts
from tfx.types.experimental import simple_artifacts

from tfxc.backends.launcher.build.modules import kept_working_directory
from tfxc.schemas.failures import Failure


def artifact_class(name: str) -> type[artifact.Artifact]:
    """Returns the class of an artifact type: one of TFX's by name, or the user's ``module:Class``.

    Raises Failure if there is none.
    """
    if ":" in name:
        module_name, _, class_name = name.partition(":")
        try:
            with kept_working_directory():
                module = importlib.import_module(module_name)
            candidates: list[Any] = [getattr(module, class_name)]
        except (ImportError, AttributeError) as error:
            raise Failure(f"the artifact type `{name}` cannot be imported: {error}.") from None
    else:
        # Some names in standard_artifacts are those of MLMD's system types, which are no artifacts.
        candidates = [getattr(module, name, None) for module in (standard_artifacts, simple_artifacts)]
    for found in candidates:
        if isinstance(found, type) and issubclass(found, artifact.Artifact):
            return found
    raise Failure(f"TFX has no artifact type `{name}`.")


def load_class(path: str) -> type[Any]:
    """Returns the class that ``package.module:Class`` names.

    Raises Failure if this version of TFX does not have it.
    """
    module_name, _, class_name = path.partition(":")
    try:
        with kept_working_directory():
            found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise Failure(f"`{path}` is not in this environment: {error}.") from None
    if not isinstance(found, type):
        raise Failure(f"`{path}` is no class.")
    return found
