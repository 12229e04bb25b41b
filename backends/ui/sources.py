"""The pipelines that are shown, and how each is read again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfxc.backends.metadata.past import Past, read_past
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan

LoadPlan = Callable[[], tuple[Plan, Path]]
"""Returns a Plan as its spec is now, and the folder where its relative paths start. Raises UnusableSpec."""


class UnusableSpec(Failure):
    """A spec cannot be lowered now. ``str()`` is what its reader is to be told, of one line or more."""


@dataclass(frozen=True)
class Source:
    """A pipeline: its name in addresses, the spec as the user called it, and how its Plan is read."""

    slug: str
    spec: str
    load: LoadPlan

    def plan(self) -> tuple[Plan, Path]:
        """Returns the Plan and its base folder. Raises UnusableSpec."""
        return self.load()

    def past(self) -> Past:
        """Returns all that is known of its runs now. Raises UnusableSpec, and Failure for the store."""
        return read_past(*self.load())


def with_slugs(loads: Sequence[tuple[str, str, LoadPlan]]) -> tuple[Source, ...]:
    """Returns sources of (pipeline's name, spec, how to load it), with names in addresses that differ."""
    taken: dict[str, int] = {}
    sources = []
    for name, spec, load in loads:
        taken[name] = taken.get(name, 0) + 1
        slug = name if taken[name] == 1 else f"{name}~{taken[name]}"
        sources.append(Source(slug, spec, load))
    return tuple(sources)
