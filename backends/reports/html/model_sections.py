"""The section about models: signatures, size, whether they can be served, and where they went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from tfxc.backends.launcher.protocol.property_names import SERVABLE, SERVABLE_REASON
from tfxc.backends.metadata.values import Artifact
from tfxc.backends.reports.artifacts.saved_model import SavedModel
from tfxc.backends.reports.html.numbers import shown_size
from tfxc.backends.reports.html.sections import Section


def model_view(
    node: str, artifact: Artifact, model: Optional[SavedModel], note: str = ""
) -> Mapping[str, Any]:
    """Returns what is shown of a model; ``model`` is None if it cannot be read, and ``note`` says why."""
    servable = artifact.custom_properties.get(SERVABLE)
    return {
        "node": node,
        "uri": artifact.uri,
        "servable": None if servable is None else servable == 1,
        "reason": str(artifact.custom_properties.get(SERVABLE_REASON) or ""),
        "note": note,
        "size": shown_size(model.size) if model is not None else "",
        "files": model.files if model is not None else 0,
        "tensorflow": model.tensorflow if model is not None else "",
        "tags": ", ".join(model.tags) if model is not None else "",
        "signatures": model.signatures if model is not None else (),
    }


def push_view(node: str, artifact: Artifact) -> Mapping[str, Any]:
    """Returns what is shown of a push."""
    properties = artifact.custom_properties
    return {
        "node": node,
        "pushed": properties.get("pushed") == 1,
        "destination": str(properties.get("pushed_destination") or ""),
        "version": str(properties.get("pushed_version") or ""),
    }


def models_section(models: Sequence[Mapping[str, Any]], pushes: Sequence[Mapping[str, Any]]) -> Section:
    """Returns models and pushes."""
    view = {"models": list(models), "pushes": list(pushes)}
    return Section("models", "Models", "models.html.jinja2", view)
