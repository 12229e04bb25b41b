"""Files beside a spec that belong to its pipeline as its code does, and travel with it in bundles."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath

from tfxc.schemas.components import carried_arguments
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_places import PlacedPath, paths
from tfxc.schemas.plan_values import is_uri


def carried_files(plan: Plan) -> tuple[PurePosixPath, ...]:
    """Returns the files that bundles carry, relative to the spec and to the bundle, sorted."""
    found = {carried_file(plan, each) for each in paths(plan)}
    return tuple(sorted(each for each in found if each is not None))


def carried_file(plan: Plan, each: PlacedPath) -> PurePosixPath | None:
    """Returns the file that a path of a Plan names if bundles carry it.

    That is one whose path is known before a run, and that lies below the spec's folder.
    """
    if each.node is None or len(each.inside) != 1 or not each.text:
        return None
    if each.inside[0] not in carried_arguments(plan.node(each.node).component.type):
        return None
    path = PurePosixPath(posixpath.normpath(each.text))
    if is_uri(each.text) or path.is_absolute() or path.parts[:1] in ((), ("..",)):
        return None
    return path
