"""Reading a bundle that `tfxc compile --backend local` wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tfxc.backends.local.backend import PLAN_FILE
from tfxc.schemas.failures import Failure, WrongUse, because
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import load_plan


@dataclass(frozen=True)
class LocalBundle:
    """A Plan with the user's modules by their path in the bundle, and where its relative paths start."""

    plan: Plan
    modules: dict[PurePosixPath, bytes]
    folder: Path


def is_bundle(path: Path) -> bool:
    """Whether a path is a bundle's folder or its ``plan.json``, and not a spec."""
    return path.suffix == ".json" or (path.is_dir() and (path / PLAN_FILE).exists())


def read_bundle(path: Path) -> LocalBundle:
    """Reads a bundle from its folder or its ``plan.json``.

    Raises WrongUse if there is no Plan that can be read, and Failure if a module is missing.
    """
    file = path / PLAN_FILE if path.is_dir() else path
    try:
        plan = load_plan(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise WrongUse(f"the bundle cannot be read: {because(error, file)}.") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{file} is no JSON text.") from None
    folder = file.absolute().parent
    modules: dict[PurePosixPath, bytes] = {}
    for index, module_folder in enumerate(plan.modules):
        for name in module_folder.files:
            inside = PurePosixPath("modules", str(index), name)
            try:
                modules[inside] = (folder / inside).read_bytes()
            except OSError as error:
                raise Failure(
                    f"the bundle is not complete, {because(error, folder / inside)}: compile the spec again."
                ) from None
    return LocalBundle(plan, modules, folder)
