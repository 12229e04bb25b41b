"""What a past run found out, as its folder has kept it."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from tfxc.backends.launcher.protocol.messages import RunSummary
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.metadata.values import Run


def found_out(run: Run) -> RunSummary:
    """Returns what the summary in a run's folder says; an empty one where there is none, or it is broken."""
    if run.folder is None:
        return RunSummary()
    try:
        whole = json.loads(RunFolder(Path(run.folder)).summary.read_text(encoding="utf-8"))
        return RunSummary.model_validate(
            {name: whole[name] for name in RunSummary.model_fields if name in whole}
        )
    except (OSError, ValueError, ValidationError, TypeError):
        return RunSummary()
