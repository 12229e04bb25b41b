"""The user's own files in place of the run's copies of them, wherever a message names one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.schemas.plan import Plan


def in_users_files(error: LaunchError, plan: Plan, folder: RunFolder, base_folder: Path) -> LaunchError:
    """Returns the error with the paths of the files that the user edits.

    A run uses a copy of the user's modules, so its tracebacks name the copies.
    """
    message, traceback = error.message, error.traceback
    for copy, original in _replacements(plan, folder, base_folder):
        message, traceback = message.replace(copy, original), traceback.replace(copy, original)
    return error.model_copy(update={"message": message, "traceback": traceback})


def _replacements(plan: Plan, folder: RunFolder, base_folder: Path) -> Iterator[tuple[str, str]]:
    for index, modules in enumerate(plan.modules):
        copies = folder.modules / str(index)
        for name in modules.files:
            beside = base_folder / modules.source / name
            bundled = base_folder / "modules" / str(index) / name
            original = next((str(path) for path in (beside, bundled) if path.is_file()), None)
            if original is None:
                continue
            yield str(copies / name), original
            if copies.is_relative_to(base_folder):  # the launcher works in the base folder
                yield (
                    str((copies / name).relative_to(base_folder)),
                    str(Path(original).relative_to(base_folder)),
                )
