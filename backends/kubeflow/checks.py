"""What the Kubeflow backend cannot do with a Plan, and what a cluster would refuse in its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfxc.backends.container.base_image import base_image_findings
from tfxc.backends.container.fields import BUNDLE_IN_IMAGE
from tfxc.backends.container.places import Containers, Mount, place_findings
from tfxc.backends.container.users_containers import Starter, container_findings
from tfxc.backends.kubeflow.settings import KubeflowSettings, TaskSettings
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.plan_names import names_of
from tfxc.schemas.quantities import parse_memory
from tfxc.schemas.words.suggest import did_you_mean, only_closest

UNSUPPORTED = "B101"
UNREACHABLE = "B110"
REFUSED = "B111"
NO_IMAGE = "B112"

CLAIM = "volume claim"

SECTION: Path = ("backends", "kubeflow")

RESERVED_VOLUMES = frozenset(
    {
        "kfp-launcher",
        "gcs-scratch",
        "s3-scratch",
        "minio-scratch",
        "dot-local-scratch",
        "dot-cache-scratch",
        "dot-config-scratch",
        "custom-ca",
        "ca-bundle",
        "kfp-workspace",
        "shared-memory",
    }
)
"""Volumes that the backend (container.go and launcher of KFP) or this module put on every pod."""
RESERVED_MOUNTS = (
    "/gcs",
    "/s3",
    "/minio",
    "/oci",
    "/kfp-launcher",
    "/kfp-workspace",
    "/.local",
    "/.cache",
    "/.config",
)

_VOLUME_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_RESOURCE_NAME = re.compile(
    r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z"
)
_EXACT = 2**53
"""KFP keeps every number as a double: integers beyond this one lose their last digits."""


def findings(plan: Plan, settings: KubeflowSettings) -> list[Finding]:
    """Returns everything that is wrong, in the document's order as far as it is known."""
    found = [
        *_image(plan, settings),
        *_parameters(plan),
        *place_findings(plan, _containers(plan, settings)),
        *base_image_findings(plan, settings.base_image, SECTION),
        *_exit(plan),
        *_accelerators(plan),
        *container_findings(plan, Starter("Kubeflow Pipelines", "on Kubeflow Pipelines", "Kubeflow")),
    ]
    for name in settings.nodes:
        if all(name not in names_of(node) for node in plan.nodes):
            message = f"there is no node `{name}` to set anything for"
            there_are = list(dict.fromkeys(node.group or node.id for node in plan.nodes))
            help_lines = did_you_mean(name, there_are) or (f"there are: {', '.join(there_are)}",)
            path, fix = (*SECTION, "nodes", name), only_closest(name, there_are)
            found.append(Finding(REFUSED, message, path, True, help=help_lines, fix=fix))
    if plan.nodes:
        found += _pod(settings, SECTION, None)
    for node in plan.nodes:
        own = next((name for name in names_of(node) if name in settings.nodes), None)
        path = (*SECTION, "nodes", own) if own is not None else SECTION
        if own is not None:
            found += _pod(settings.for_node(node), path, node)
        found += _requests(settings.for_node(node), node, path)
    return found


def _image(plan: Plan, settings: KubeflowSettings) -> Iterator[Finding]:
    without = [node.id for node in plan.nodes if settings.for_node(node).image is None]
    if without:
        which = "nodes" if len(without) == len(plan.nodes) else f"`{without[0]}`"
        path = SECTION if "kubeflow" in plan.backends else ("backends",)
        help = ("give `image` in `backends.kubeflow`: `docker build` gives the bundle's image that name",)
        yield Finding(NO_IMAGE, f"there is no image to run {which} in", path, at_key=True, help=help)


def _parameters(plan: Plan) -> Iterator[Finding]:
    for parameter in plan.parameters:
        default = parameter.default
        path: Path = ("parameters", parameter.name, "default")
        if parameter.type == "int" and isinstance(default, int) and abs(default) > _EXACT:
            message = f"Kubeflow Pipelines cannot pass {default} exactly: its numbers are doubles"
            yield Finding(UNSUPPORTED, message, path, help=(f"use at most {_EXACT}, or make it a `str`",))


def _containers(plan: Plan, settings: KubeflowSettings) -> Containers:
    """Returns what the tasks' containers have: claims to write to, secrets and config maps to read."""
    mounts = {node.id: list(_mounts(settings.for_node(node))) for node in plan.nodes}
    return Containers(BUNDLE_IN_IMAGE, mounts, "backends.kubeflow.volumes", lost=UNREACHABLE)


def _mounts(settings: TaskSettings) -> Iterator[Mount]:
    for kind, _, _, path in _volumes(settings):
        yield Mount(path, read_only=kind != CLAIM)


def _exit(plan: Plan) -> Iterator[Finding]:
    if plan.on_exit is not None and len(plan.nodes) == 1:
        message = "a pipeline whose only node runs on exit is not possible on Kubeflow Pipelines"
        yield Finding(UNSUPPORTED, message, ("on_exit",), help=("add a node that runs before it",))


def _accelerators(plan: Plan) -> Iterator[Finding]:
    for node in plan.nodes:
        accelerator = node.execution.resources.accelerator
        if accelerator is not None and not _RESOURCE_NAME.match(accelerator.type):
            message = f"`{accelerator.type}` is not the name of a Kubernetes resource"
            path = (*node.origin, "execution", "resources", "accelerator", "type")
            yield Finding(REFUSED, message, path, help=("write it as the cluster does: nvidia.com/gpu",))


def _pod(settings: TaskSettings, path: Path, node: PlanNode | None) -> Iterator[Finding]:
    """Yields what Kubernetes would refuse: two volumes of one name, one place mounted twice."""
    volumes: dict[str, str] = {}
    mounts: set[str] = set()
    for kind, place_in_settings, name, mount in _volumes(settings):
        where = (*path, *place_in_settings)
        if not _VOLUME_NAME.match(name):
            message = f"the {kind} `{name}` cannot be mounted: volume names have no dots, and KFP uses its"
            yield Finding(REFUSED, message, where, help=("read it as environment variables (`env`)",))
        elif name in RESERVED_VOLUMES:
            message = f"the {kind} `{name}` cannot be mounted: KFP has a volume of that name on every pod"
            yield Finding(REFUSED, message, where, help=("give the object another name",))
        elif name in volumes:
            message = f"`{name}` is mounted twice, and KFP names both volumes after it"
            yield Finding(REFUSED, message, where, help=("mount it once",))
        volumes[name] = kind
        place = mount.rstrip("/") or "/"
        if place in mounts:
            yield Finding(
                REFUSED,
                f"two volumes are mounted at `{place}`",
                where,
                at_key=True,
                help=("give each its own folder",),
            )
        elif place == "/" or any(
            place == reserved or place.startswith(f"{reserved}/") for reserved in RESERVED_MOUNTS
        ):
            yield Finding(
                REFUSED,
                f"nothing can be mounted at `{place}`: KFP needs that folder",
                where,
                at_key=True,
                help=("mount it under /mnt",),
            )
        mounts.add(place)


def _volumes(settings: TaskSettings) -> Iterator[tuple[str, Path, str, str]]:
    """Yields what is mounted: kind, place in the settings, name and mount path."""
    for index, secret in enumerate(settings.secrets):
        if secret.mount_path is not None:
            yield "secret", ("secrets", index), secret.name, secret.mount_path
    for index, config_map in enumerate(settings.config_maps):
        if config_map.mount_path is not None:
            yield "config map", ("config_maps", index), config_map.name, config_map.mount_path
    for index, volume in enumerate(settings.volumes):
        yield CLAIM, ("volumes", index), volume.claim, volume.mount_path


def _requests(settings: TaskSettings, node: PlanNode, path: Path) -> Iterator[Finding]:
    """Yields requests above the node's limits, which Kubernetes refuses."""
    if settings.requests is None:
        return
    limits, requests = node.execution.resources, settings.requests
    where = (*path, "requests")
    if requests.cpu is not None and limits.cpu is not None and requests.cpu > limits.cpu:
        message = f"`{node.id}` would request {requests.cpu:g} cores and be limited to {limits.cpu:g}"
        yield Finding(REFUSED, message, (*where, "cpu"), help=("request at most the limit",))
    if (
        requests.memory is not None
        and limits.memory is not None
        and parse_memory(requests.memory) > limits.memory
    ):
        message = f"`{node.id}` would request more memory ({requests.memory}) than its limit"
        yield Finding(REFUSED, message, (*where, "memory"), help=("request at most the limit",))
