"""``tfxc run --dry-run``: what a run would do, told instead of done."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tfxc.compiler.commands.run.source import Source, tell_of_data
from tfxc.compiler.output import json_text, write
from tfxc.schemas.failures import EXIT_DONE, EXIT_FAILED

if TYPE_CHECKING:
    from tfxc.backends.launcher.protocol.conversation import Launcher
    from tfxc.backends.local.running.prepare import RunRequest


def tell_what_would_be_done(
    source: Source, request: RunRequest, launcher: Launcher, ignored: frozenset[str], json: bool
) -> int:
    """Prints what a run would do with each node, and returns the exit code: 1 if a node cannot run."""
    from tfxc.backends.local.dry_run.ask import dry_run
    from tfxc.backends.local.running.prepare import identified
    from tfxc.compiler.difference.secrets import secrets_of
    from tfxc.compiler.dry_run.reasons import Told
    from tfxc.compiler.dry_run.words import as_json, as_text

    now = datetime.now().astimezone()
    found = dry_run(request, launcher, now)
    tell_of_data(source, request, ignored)
    told = Told(
        request.plan,
        request.modules,
        identified(request, now).folder.path.parent,
        frozenset() if source.checked is None else secrets_of(source.checked.loaded),
        request.cache,
    )
    text = json_text(as_json(found, told))
    write(text if json else as_text(found, told))
    return EXIT_FAILED if any(each.state in ("fails", "not_run") for each in found) else EXIT_DONE
