"""Which nodes of a Plan a run executes: ``--from``, ``--to`` and ``--only``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_graph import nodes_above, nodes_below
from tfxc.schemas.plan_names import nodes_named
from tfxc.schemas.words.suggest import unknown


def select_nodes(
    plan: Plan, *, from_nodes: Sequence[str] = (), to_nodes: Sequence[str] = (), only: Sequence[str] = ()
) -> tuple[str, ...] | None:
    """Returns the ids of the selected nodes in the Plan's order, or None if nothing limits the run.

    ``from_nodes`` selects these nodes and all below them, ``to_nodes`` these and all above them, both
    together what lies between; ``only`` exactly these. A name can mean several nodes: see
    `tfxc.schemas.plan_names`. The on-exit node belongs to every run that
    ``only`` does not limit, because it has no edges that ``from_nodes`` and ``to_nodes`` could follow.
    Raises WrongUse for an unknown node, for ``only`` beside the others, and if nothing is left.
    """
    if not (from_nodes or to_nodes or only):
        return None
    below, above, alone = (
        _named(plan, option, names)
        for option, names in (("--from", from_nodes), ("--to", to_nodes), ("--only", only))
    )
    if only:
        if from_nodes or to_nodes:
            raise WrongUse("--only names all the nodes to run, so it cannot stand beside --from and --to.")
        return tuple(node.id for node in plan.nodes if node.id in alone)
    chosen = {node.id for node in plan.nodes}
    if from_nodes:
        chosen &= nodes_below(plan, below)
    if to_nodes:
        chosen &= nodes_above(plan, above)
    if not chosen - {plan.on_exit}:
        raise WrongUse(
            f"there is no node between --from {', '.join(from_nodes)} and --to {', '.join(to_nodes)}: "
            f"`tfxc graph` shows the order."
        )
    if plan.on_exit is not None:
        chosen.add(plan.on_exit)
    return tuple(node.id for node in plan.nodes if node.id in chosen)


def _named(plan: Plan, option: str, names: Iterable[str]) -> tuple[str, ...]:
    """Returns the ids of the nodes that an option's names mean. Raises WrongUse for one that means none."""
    found: dict[str, None] = {}
    for name in names:
        meant = nodes_named(plan, name)
        if not meant:
            known = dict.fromkeys(
                [*(group.id for group in plan.groups), *(node.label for node in plan.nodes)]
            )
            raise WrongUse(f"{option}: {unknown('node', name, known)}")
        found.update(dict.fromkeys(meant))
    return tuple(found)
