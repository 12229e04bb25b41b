"""``tfxc plan``"""

from __future__ import annotations

from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption, SpecArgument
from tfxc.compiler.output import write

EXAMPLES = """
tfxc plan pipeline.yaml
tfxc plan pipeline.yaml --env prod | jq '.nodes[].id'
"""


def plan(spec: SpecArgument, env: EnvironmentOption = None, ignore: IgnoreOption = None) -> None:
    """Print the Plan of a spec as JSON: all that a backend sees of it."""
    checked = checked_plan(spec, env, ignore=ignore)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    write(checked.plan.to_json())
