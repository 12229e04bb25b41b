"""What a new component of a type begins with: its usual id and the keys that it cannot be without."""

from __future__ import annotations

import re
from collections.abc import Collection

from tfxc.schemas.components.base import Component


def required_keys(model: type[Component]) -> tuple[str, ...]:
    """Returns the keys that a component cannot be without: of a group of which one is needed, the first."""
    required = [
        info.alias or name
        for name, info in model.model_fields.items()
        if info.is_required() and name != "type"
    ]
    for group in (*model.exactly_one, *model.at_least_one):
        if not any(name in required for name in group):
            required.append(group[0])
    return tuple(required)


def free_id(type_name: str, taken: Collection[str]) -> str:
    """Returns the id that a component of a type is usually given: CsvExampleGen is `csv_example_gen`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_name).lower()
    number = 2
    chosen = name
    while chosen in taken:
        chosen = f"{name}_{number}"
        number += 1
    return chosen
