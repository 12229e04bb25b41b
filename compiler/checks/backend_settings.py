"""The ``backends`` sections of a spec: each is checked with the settings model of its backend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.backends import UnusableBackendError, backend_names, load_backend
from tfxc.compiler.checks.shape.findings import validate_model
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest


def settings_findings(document: Mapping[str, Any]) -> list[Finding]:
    """Returns what is wrong with the settings of each backend that the document names.

    Only those backends are imported. A backend that is not installed is B102, one that cannot be
    loaded B103.
    """
    sections = document["backends"]
    findings: list[Finding] = []
    if not isinstance(sections, dict):
        return findings
    installed = backend_names()
    for name, settings in sections.items():
        path = ("backends", name)
        if name not in installed:
            help = (*did_you_mean(name, installed), f"the backends are {enumeration(installed)}")
            message, fix = f"there is no backend `{name}`", only_closest(name, installed)
            findings.append(Finding("B102", message, path, at_key=True, help=help, fix=fix))
            continue
        try:
            model = load_backend(name).settings
        except UnusableBackendError as error:
            help = ("reinstall the package that brings it, or take its section out",)
            findings.append(Finding("B103", str(error), path, at_key=True, help=help))
            continue
        if isinstance(settings, dict):
            findings += validate_model(model, settings, path)
    return findings
