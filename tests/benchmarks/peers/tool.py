"""What a tool of the comparison is: its environment, how its pipeline is written, and its commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Graph = Mapping[str, Sequence[str]]
"""Node → the nodes that it waits for, in the order of the spec."""


@dataclass(frozen=True)
class Found:
    """How many nodes, and edges if it tells, a command's output has. `problem` says what else is wrong."""

    nodes: int
    edges: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Command:
    """A command that is started in the folder of the tool's pipeline, each time in a new process.

    `arguments` begins with a program of the tool's environment. `does` is for the reader: what of tfxc's work
    it does and what not. `beside` is the name of the command of tfxc that it is compared with, "" for tfxc's
    own. `find` reads from the folder and from what was printed whether the work was done. Where a command
    tells nothing of the nodes, the output of `witness`, run once and not measured, is read as well.
    `forgets` are files and folders that are removed before each start, so that nothing is kept from the last.
    """

    name: str
    does: str
    beside: str
    arguments: tuple[str, ...]
    find: Callable[[Path, str], Found]
    witness: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A tool and its commands.

    `locks` are folders of tests/environments that its environment is made from, none for tfxc, which is
    measured where it is installed. `packages` are those whose versions the table tells.
    """

    name: str
    packages: tuple[str, ...]
    locks: tuple[str, ...]
    write: Callable[[Graph, Path], None]
    commands: tuple[Command, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


def edges(graph: Graph) -> int:
    """Returns how many there are."""
    return sum(len(upstream) for upstream in graph.values())


def last_object(printed: str) -> dict[str, Any]:
    """Returns the JSON object that ends a text, the only one that begins at a line's beginning."""
    whole = f"\n{printed}"
    found: dict[str, Any] = json.loads(whole[whole.rindex("\n{") :])
    return found
