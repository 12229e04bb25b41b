"""The metrics that an ``eval_config`` asks for, wherever in it they stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.language.references import constant_text, is_templated
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.metric_classes import MetricClass, metric_classes

_OWN_CODE = ("module_file", "module_path", "custom_executor_spec", "executor")


@dataclass(frozen=True)
class AskedMetric:
    """One entry of ``metrics`` at ``path``, in the item ``spec`` of ``metrics_specs`` at ``spec_path``.

    ``config`` are its keyword arguments; None where they are not known before a run.
    """

    path: Path
    message: Mapping[str, Any]
    spec_path: Path
    spec: Mapping[str, Any]
    config: Mapping[str, Any] | None

    @property
    def class_name(self) -> str | None:
        """The name of its class; None if it is not known before a run."""
        name = field(self.message, "class_name")
        return constant_text(name)

    @property
    def known_class(self) -> MetricClass | None:
        """Its class, if that is surely one of TFMA's or Keras's: TFMA's own go before any ``module``."""
        found = metric_classes().get(self.class_name or "")
        has_module = field(self.message, "module") not in (None, "")
        return None if found is None or (has_module and found.library != "TFMA") else found

    @property
    def config_path(self) -> Path:
        """Where the keyword arguments stand."""
        return (*self.path, field_key(self.message, "config"))

    @property
    def class_path(self) -> Path:
        """Where the class is named."""
        return (*self.path, field_key(self.message, "class_name"))


def metrics_specs(node: Node) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yields the ``metrics_specs`` of an Evaluator that are mappings, with their paths."""
    base: Path = (*node.path, "eval_config")
    for path, spec in items(node.values.get("eval_config"), "metrics_specs"):
        if isinstance(spec, dict):
            yield (*base, *path), spec


def asked_metrics(node: Node) -> Iterator[AskedMetric]:
    """Yields the metrics that an Evaluator is asked for, in document order."""
    for spec_path, spec in metrics_specs(node):
        for path, message in items(spec, "metrics"):
            if isinstance(message, dict):
                config = _arguments(field(message, "config"))
                yield AskedMetric((*spec_path, *path), message, spec_path, spec, config)


def has_own_code(node: Node) -> bool:
    """Whether an Evaluator runs code of the user's, which may register metric classes of its own."""
    return any(node.values.get(key) is not None for key in _OWN_CODE)


def computed_names(node: Node) -> frozenset[str] | None:
    """Returns the names of the metrics that an Evaluator is asked for; None if that cannot be told."""
    names: set[str] = set()
    if not isinstance(node.values.get("eval_config"), dict):
        return None
    if has_own_code(node):
        return None
    for metric in asked_metrics(node):
        found = metric.known_class
        if metric.config is None or found is None or not found.names:
            return None
        given = metric.config.get("name")
        if given is None and not any(key.endswith("_name") for key in metric.config):
            names.update(found.names)
        elif isinstance(given, str) and not is_templated(given) and len(found.names) == 1:
            names.add(given)
        else:
            return None
    return frozenset(names)


def computes_those_of_the_model(node: Node) -> bool:
    """Whether the metrics that a model was saved with may be computed too, as they are by default."""
    options = field(node.values.get("eval_config"), "options")
    return field(options, "include_default_metrics") is not False


def _arguments(config: Any) -> Mapping[str, Any] | None:
    if config is None or config == "":
        return {}
    if isinstance(config, dict):
        return config
    if not isinstance(config, str) or is_templated(config):
        return None
    try:
        found = json.loads(config if config.startswith("{") else "{" + config + "}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
