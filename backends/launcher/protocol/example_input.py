"""What an ExampleGen of a Plan reads: of which files, in which folder, as which splits, of which span."""

from __future__ import annotations

from typing import Any, Optional

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.components import find_component_model
from tfxc.schemas.data_files import ALL_FILES
from tfxc.schemas.input_data import asked_span
from tfxc.schemas.plan import PlanNode, StandardComponent

INPUT_BASE = "input_base"


def input_place(node: PlanNode, values: Values) -> Optional[str]:
    """Returns the folder or URI that an ExampleGen reads; None for other nodes."""
    argument = node.arguments.get(INPUT_BASE)
    if not isinstance(node.component, StandardComponent) or argument is None:
        return None
    place = resolve(argument.value, values, f"{node.id}.{INPUT_BASE}")
    return place if isinstance(place, str) else None


def input_format(node: PlanNode) -> Optional[str]:
    """Returns of what files a node's ``input_base`` holds; None for a node that reads none."""
    model = find_component_model(node.component.type)
    return None if model is None else model.input_format


def input_splits(node: PlanNode, values: Values) -> list[tuple[str, str]]:
    """Returns split name and file pattern of each input split; by default one of all files."""
    splits = _config(node, "input_config", values).get("splits")
    found = [
        (str(split.get("name", "")), str(split["pattern"]))
        for split in splits or ()
        if isinstance(split, dict) and split.get("pattern")
    ]
    return found or [("", ALL_FILES)]


def input_span(node: PlanNode, values: Values) -> Optional[int]:
    """Returns the span that a node's ``range_config`` names; None for the latest."""
    return asked_span(_config(node, "range_config", values))


def _config(node: PlanNode, name: str, values: Values) -> dict[str, Any]:
    argument = node.arguments.get(name)
    config = None if argument is None else resolve(argument.value, values, f"{node.id}.{name}")
    return config if isinstance(config, dict) else {}
