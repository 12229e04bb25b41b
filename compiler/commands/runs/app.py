"""The commands of ``tfxc runs``. Without the name of one, the runs are listed."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from tfxc.compiler.cli import command_group, guarded
from tfxc.compiler.commands.runs import clean, compare, listing, logs, show

LIST = "list"


class ListByDefault(TyperGroup):
    """A group in which ``tfxc runs SPEC`` means ``tfxc runs list SPEC``."""

    default = LIST

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Puts ``list`` before arguments that begin with no command."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [LIST, *args]
        return super().parse_args(ctx, args)


app = command_group(
    cls=ListByDefault,
    help="List, show, compare and clean the runs of a pipeline.",
    epilog="\b\nExamples:\n  tfxc runs pipeline.yaml\n  tfxc runs show latest\n"
    "  tfxc runs compare 20261128-12 latest\n  tfxc runs clean --keep 5 --dry-run",
)

for module, command in (
    (listing, listing.list_runs),
    (show, show.show),
    (compare, compare.compare),
    (logs, logs.logs),
    (clean, clean.clean),
):
    name = LIST if module is listing else command.__name__
    examples = "\n".join(f"  {line}" for line in module.EXAMPLES.strip().splitlines())
    app.command(name, epilog=f"\b\nExamples:\n{examples}")(guarded(command))
