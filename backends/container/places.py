"""One check of places: which paths of a Plan a node in a container of its own does not have, or loses.

A container has the bundle, at a folder of its image, and what is mounted. The bundle carries the Plan, the
user's Python files and those that are marked as carried, such as schemas. So what a node reads must be at a
URI, below a mount, or in an image that somebody made; what it writes must be at a URI or below a mount,
else it is gone with the container while the run is green.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tfxc.schemas.carried_files import carried_file
from tfxc.schemas.components import written_arguments
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan import Plan, PlanChannel
from tfxc.schemas.plan_places import PlacedPath, default_texts, node_values, paths
from tfxc.schemas.plan_values import beginning, form_of, is_uri, references_in
from tfxc.schemas.words.suggest import enumeration

NOT_THERE = "B110"
ONLY_IN_IMAGE = "B140"
READ_ONLY = "B141"

_FILE = "file://"


@dataclass(frozen=True)
class Mount:
    """A folder of a container that outlives it, or that was filled before it."""

    path: str
    read_only: bool = False


@dataclass(frozen=True)
class Containers:
    """What the containers of a backend have.

    ``bundle`` is where relative paths start in each; ``mounts`` are by node; ``setting`` is where a spec
    says them, such as ``backends.kubeflow.volumes``. ``lost`` is the code of a path that is written to
    and gone with its container.
    """

    bundle: str
    mounts: Mapping[str, Sequence[Mount]]
    setting: str
    lost: str


class _Fate(Enum):
    """What becomes of a path in a container."""

    SHARED = 1
    READ_ONLY = 2
    BESIDE_THE_SPEC = 3
    IN_THE_CONTAINER = 4


def place_findings(plan: Plan, containers: Containers) -> list[Finding]:
    """Returns a finding for each path that the node that uses it has not, or loses, in the Plan's order.

    A parameter counts as its default. What only a run knows is left to it.
    """
    check = _Check(plan, containers)
    found: dict[Path, Finding] = {}
    for place, finding in check.findings():
        known = found.get(place)
        if known is None or (known.code == ONLY_IN_IMAGE and finding.code != ONLY_IN_IMAGE):
            found[place] = finding
    return list(found.values())


class _Check:
    def __init__(self, plan: Plan, containers: Containers) -> None:
        self._plan = plan
        self._containers = containers
        self._defaults = default_texts(plan)
        self._path_parameters = {each.name for each in plan.parameters if each.type == "path"}
        self._node_of = {node.id: node for node in plan.nodes}
        self._users_of = _users_of(plan)
        self._readers_of = _readers_of(plan)

    def findings(self) -> Iterator[tuple[Path, Finding]]:
        """Yields findings, and the place that each is about: that of a default for all that begin with it."""
        for each in paths(self._plan):
            written = self._is_written(each)
            fates = {node: self._fate(each, node, written) for node in self._nodes(each)}
            worst = max(fates.values(), key=lambda fate: fate.value, default=_Fate.SHARED)
            if worst is _Fate.SHARED:
                continue
            if worst is _Fate.IN_THE_CONTAINER and each.place[0] == "parameters" and not self._users(each):
                continue  # no node reads it, and what the pipeline makes of it is judged itself
            parameter = self._parameter(each)
            concerned = [node for node, fate in fates.items() if fate is worst]
            finding = self._finding(each, written, worst, concerned if len(concerned) < len(fates) else [])
            if parameter is not None:
                finding = replace(finding, path=("parameters", parameter, "default"), at_key=False)
            yield finding.path, finding

    def _parameter(self, each: PlacedPath) -> str | None:
        """Returns the path parameter with a default that a path begins with, if one does."""
        form, inner = form_of(each.value)
        head = inner[0] if form == "concatenation" and inner else each.value
        for target in references_in(head):
            scope, _, name = target.partition(".")
            if scope == "parameters" and name in self._path_parameters and target in self._defaults:
                return name
        return None

    def _nodes(self, each: PlacedPath) -> list[str]:
        """Returns the nodes that use a path: all of them one of the pipeline."""
        if each.node is None:
            return self._users(each) or list(self._node_of)
        if self._node_of[each.node].component.kind == "importer":  # its artifact stays where it is
            return [each.node, *self._readers_of.get(each.node, ())]
        return [each.node]

    def _users(self, each: PlacedPath) -> list[str]:
        """Returns the nodes that use a parameter, if the path is the default of one."""
        section, *rest = each.place
        return self._users_of.get(f"parameters.{rest[0]}", []) if section == "parameters" else []

    def _is_written(self, each: PlacedPath) -> bool:
        if each.node is None:
            return each.place[0] != "parameters"
        component = self._node_of[each.node].component
        return component.kind == "standard" and each.inside[0] in written_arguments(component.type)

    def _fate(self, each: PlacedPath, node: str, written: bool) -> _Fate:
        text, whole = beginning(each.value, self._defaults)
        if text[: len(_FILE)].lower() == _FILE:
            text = text[len(_FILE) :]
        if not text:
            return _Fate.SHARED
        if is_uri(text):  # a database file is opened where it is, and a URI is no place for it
            return _Fate.IN_THE_CONTAINER if each.place[0] == "metadata" else _Fate.SHARED
        if carried_file(self._plan, each) is not None:
            return _Fate.SHARED
        full = _normal(posixpath.join(self._containers.bundle, text), whole)
        mount = _mount_of(full, whole, self._containers.mounts.get(node, ()))
        if mount is not None:
            return _Fate.READ_ONLY if written and mount.read_only else _Fate.SHARED
        return _Fate.IN_THE_CONTAINER if text.startswith("/") else _Fate.BESIDE_THE_SPEC

    def _finding(self, each: PlacedPath, written: bool, fate: _Fate, only: Sequence[str]) -> Finding:
        what, help = _what(each), (self._help(each, fate),)
        place, at_key = (("metadata",), True) if each.place[0] == "metadata" else (each.place, False)
        path = f"`{each.shown}`" + self._by_default(each)
        of = f" of {enumeration(only)}" if only else ""
        if fate is _Fate.READ_ONLY:
            message = f"{what} is {path}, on a mount{of} that can only be read"
            return Finding(READ_ONLY, message, place, at_key, help=help)
        if written:
            message = f"{what} is {path}, on no mount{of}: what is written there is gone with the container"
            return Finding(self._containers.lost, message, place, at_key, help=help)
        if fate is _Fate.BESIDE_THE_SPEC:
            message = f"{what} is the path {path} beside the spec, which a container does not have"
            return Finding(NOT_THERE, message, place, at_key, help=help)
        message = f"{what} is {path}, on no mount{of}: there is only what the image has there"
        return Finding(ONLY_IN_IMAGE, message, place, at_key, help=help)

    def _by_default(self, each: PlacedPath) -> str:
        text, whole = beginning(each.value, self._defaults)
        return f", by default `{text}`" if whole and text != each.shown else ""

    def _help(self, each: PlacedPath, fate: _Fate) -> str:
        if fate is _Fate.READ_ONLY:
            return f"write to another place, or let `{self._containers.setting}` mount this one for writing"
        shared = "`mysql`, `postgresql` or `grpc`" if each.place[0] == "metadata" else "a URI"
        mount = f"an absolute path below a mount of `{self._containers.setting}`"
        return f"use {shared}, or {mount}, for instance in an environment"


def _users_of(plan: Plan) -> dict[str, list[str]]:
    """Returns the nodes with a reference in a value of theirs: target → ids in the Plan's order."""
    users: dict[str, list[str]] = {}
    for node in plan.nodes:
        for target in {target for placed in node_values(node) for target in references_in(placed.value)}:
            users.setdefault(target, []).append(node.id)
    return users


def _readers_of(plan: Plan) -> dict[str, list[str]]:
    """Returns the nodes that read outputs of a node: its id → theirs in the Plan's order."""
    readers: dict[str, list[str]] = {}
    for node in plan.nodes:
        channels = (source for sources in node.inputs.values() for source in sources)
        for producer in {channel.node for channel in channels if isinstance(channel, PlanChannel)}:
            readers.setdefault(producer, []).append(node.id)
    return readers


def _what(each: PlacedPath) -> str:
    """Returns what a path is, for the beginning of a sentence."""
    section, *rest = each.place
    if section == "parameters":
        return f"the default of `{rest[0]}`"
    if section == "metadata":
        return "the metadata file"
    return "the pipeline root" if each.node is None else f"`{'.'.join(map(str, rest))}`"


def _normal(path: str, whole: bool) -> str:
    """Returns an absolute path without ``.``, ``..`` and doubled slashes; of a part only what is complete."""
    if whole:
        return _single_slash(posixpath.normpath(path))
    folder, _, rest = path.rpartition("/")
    return posixpath.join(_single_slash(posixpath.normpath(folder or "/")), rest)


def _single_slash(path: str) -> str:
    # POSIX leaves the meaning of two leading slashes open, and normpath keeps them.
    return path[1:] if path.startswith("//") else path


def _mount_of(path: str, whole: bool, mounts: Sequence[Mount]) -> Mount | None:
    """Returns the innermost mount that a path is on, or may be on when the run has completed it."""
    holding = [mount for mount in mounts if _is_below(path, mount.path)]
    if holding:
        return max(holding, key=lambda mount: len(mount.path.rstrip("/")))
    possible = [mount for mount in mounts if not whole and mount.path.startswith(path)]
    return min(possible, key=lambda mount: mount.read_only, default=None)


def _is_below(path: str, folder: str) -> bool:
    folder = _single_slash(posixpath.normpath(folder))
    return path == folder or path.startswith(folder.rstrip("/") + "/")
