"""A spec as tests ask about it: its mistakes, its nodes and how they are wired. Nothing is run."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from tfxc.compiler.driver import CheckedSpec
    from tfxc.schemas.diagnostics import Diagnostic
    from tfxc.schemas.plan import Plan, PlanNode


class Spec:
    """A spec, checked for running on this machine.

    ``env`` is the environment that is applied; None is `test` if the spec has one of that name, "" is none.
    Nodes are named by their id or label, as for `tfxc run --only`. Asking about nodes of a spec with
    mistakes raises AssertionError with the mistakes; so does asking about one that there is not.
    """

    def __init__(self, path: Path, env: Optional[str] = None) -> None:
        from tfxc.compiler.testing.run import environment_of

        self.path = path
        self.environment = environment_of(path, env)

    def __repr__(self) -> str:
        return f"Spec({str(self.path)!r}, env={self.environment!r})"

    @cached_property
    def checked(self) -> CheckedSpec:
        """The spec as the compiler sees it."""
        from tfxc.compiler.commands.checked_specs import ignored_codes
        from tfxc.compiler.driver import check

        return check(self.path, self.environment, ("local",), True, ignored_codes((), self.path))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that `tfxc validate` would tell, in the order of the file: ``code``, ``message``, ``span``."""
        return tuple(self.checked.diagnostics)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are mistakes."""
        return tuple(each for each in self.diagnostics if each.is_error)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that are no mistakes."""
        return tuple(each for each in self.diagnostics if not each.is_error)

    def assert_valid(self, strict: bool = True) -> None:
        """Fails with what `tfxc validate` prints if there are errors, or (``strict``) warnings."""
        found = self.diagnostics if strict else self.errors
        if found:
            raise AssertionError(f"the spec has mistakes:\n{self._told()}")

    @property
    def plan(self) -> Plan:
        """What the spec compiles to (`tfxc plan`)."""
        plan = self.checked.plan
        if plan is None:
            raise AssertionError(f"the spec has mistakes:\n{self._told()}")
        return plan

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids of the nodes, in the order in which they can run."""
        return tuple(node.id for node in self.plan.nodes)

    def node(self, name: str) -> PlanNode:
        """Returns a node of the Plan."""
        from tfxc.schemas.plan_names import nodes_named

        found = nodes_named(self.plan, name)
        if len(found) != 1:
            raise AssertionError(_not_one("node", name, found, self.nodes))
        return self.plan.node(found[0])

    def type_of(self, node: str) -> str:
        """Returns the type of a node, such as ``Trainer``."""
        return self.node(node).component.type

    def argument(self, node: str, name: str) -> Any:
        """Returns an argument as the spec writes it, ``{{ references }}`` as texts; None if not given."""
        from tfxc.schemas.spec_values import spec_value

        found = self.node(node).arguments.get(name)
        return None if found is None else spec_value(found.value)

    def reads(self, node: str, input: str) -> tuple[str, ...]:
        """Returns the channels that a node reads as an input: ``("trainer.model",)``.

        What a Resolver looks for in ML Metadata is no channel.
        """
        from tfxc.schemas.plan import PlanChannel

        found = self.node(node)
        if input not in found.inputs:
            raise AssertionError(_not_one(f"input of {node}", input, (), found.inputs))
        channels = (each for each in found.inputs[input] if isinstance(each, PlanChannel))
        return tuple(f"{each.node}.{each.output}" for each in channels)

    def assert_reads(self, node: str, input: str, *channels: str) -> None:
        """Fails unless a node reads just these channels as an input, in any order."""
        found = self.reads(node, input)
        if sorted(found) != sorted(map(self._channel, channels)):
            there, wanted = (", ".join(each) or "nothing" for each in (found, channels))
            raise AssertionError(f"`{node}.{input}` reads {there}, not {wanted}")

    def upstream(self, node: str) -> frozenset[str]:
        """Returns all nodes that must be over before a node starts."""
        from tfxc.schemas.plan_graph import nodes_above

        start = self.node(node).id
        return nodes_above(self.plan, [start]) - {start}

    def downstream(self, node: str) -> frozenset[str]:
        """Returns all nodes that wait for a node."""
        from tfxc.schemas.plan_graph import nodes_below

        start = self.node(node).id
        return nodes_below(self.plan, [start]) - {start}

    def assert_runs_after(self, node: str, *others: str) -> None:
        """Fails unless a node waits for all of the others, at any distance."""
        above = self.upstream(node)
        early = [other for other in others if self.node(other).id not in above]
        if early:
            raise AssertionError(f"`{node}` does not wait for {', '.join(f'`{each}`' for each in early)}")

    def condition(self, node: str) -> Optional[str]:
        """Returns the condition of a node as the spec writes it; None if it has none."""
        from tfxc.schemas.conditions import condition_text

        when = self.node(node).when
        return None if when is None else condition_text(when)

    def _channel(self, text: str) -> str:
        """Returns a channel with its node's id, which may be named by its label: ``trainer[rome].model``."""
        from tfxc.schemas.plan_names import nodes_named

        name, _, output = text.rpartition(".")
        named = nodes_named(self.plan, name)
        return f"{named[0]}.{output}" if len(named) == 1 else text

    def _told(self) -> str:
        from tfxc.compiler.output import write_diagnostics

        said = io.StringIO()
        write_diagnostics([self.checked], said)
        return said.getvalue()


def _not_one(what: str, name: str, found: Iterable[str], known: Iterable[str]) -> str:
    """Returns a sentence about a name that means nothing, or too much."""
    from tfxc.schemas.words.suggest import unknown

    several = list(found)
    if several:
        return f"`{name}` is several: {', '.join(several)}; name one of them"
    return unknown(what, name, list(known))
