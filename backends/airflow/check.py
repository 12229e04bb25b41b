"""What Airflow, or the operator that the settings choose, cannot do with a Plan."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path as FolderPath

from tfxc.backends.airflow import docker_tasks
from tfxc.backends.airflow.container_tasks import container_findings
from tfxc.backends.airflow.operators import providers
from tfxc.backends.airflow.settings import AirflowSettings
from tfxc.backends.container.base_image import base_image_findings
from tfxc.backends.container.fields import BUNDLE_IN_IMAGE
from tfxc.backends.container.places import Containers, place_findings
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode, PlanQuery
from tfxc.schemas.plan_names import names_of
from tfxc.schemas.plan_places import default_texts, paths
from tfxc.schemas.plan_values import beginning, has_references
from tfxc.schemas.words.suggest import did_you_mean, only_closest

_SECTION: Path = ("backends", "airflow")
_DEFAULT_POOL = "default_pool"


def check(plan: Plan, settings: AirflowSettings) -> list[Finding]:
    """Returns the findings, with paths into the spec's document."""
    return [
        *_required_parameters(plan, settings),
        *_schedule(settings),
        *_nodes(plan, settings),
        *_pools(settings),
        *_operator(settings),
        *_resources(plan, settings),
        *container_findings(plan, settings),
        *_places(plan, settings),
        *_base_image(plan, settings),
        *_outlets(plan, settings),
        *_ways_out(plan, settings),
        *_secrets(settings),
        *_providers(settings),
    ]


def _required_parameters(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    """A run that nobody starts has nobody to give its parameters."""
    if settings.schedule is None and settings.assets is None:
        return
    for parameter in plan.parameters:
        if parameter.required:
            yield Finding(
                "B120",
                f"parameter `{parameter.name}` has no default, but Airflow starts runs by itself",
                ("parameters", parameter.name),
                at_key=True,
                help=("give it a default, or take the schedule away",),
            )


def _schedule(settings: AirflowSettings) -> Iterator[Finding]:
    if settings.schedule is not None and settings.assets is not None:
        yield Finding(
            "B121",
            "`schedule` and `assets` exclude each other",
            (*_SECTION, "assets"),
            at_key=True,
            help=("keep one of them",),
        )
    if settings.schedule is not None and settings.start_date is None:
        yield Finding(
            "B121",
            "a schedule needs a `start_date`: the first data interval starts there",
            (*_SECTION, "schedule"),
            help=("add one, such as `start_date: 2026-01-01`",),
        )
    if settings.schedule == "@continuous" and settings.max_active_runs != 1:
        yield Finding(
            "B121",
            "with the schedule `@continuous` only one run can be active",
            (*_SECTION, "max_active_runs"),
            help=("take `max_active_runs` away",),
        )
    if settings.end_date is not None and _moment(settings.end_date) < _moment(settings.start_date):
        yield Finding(
            "B121", "`end_date` is before `start_date`: there would be no run", (*_SECTION, "end_date")
        )


def _moment(date: str | None) -> datetime:
    return datetime.fromisoformat(date) if date is not None else datetime.min


def _nodes(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    known = list(dict.fromkeys(name for node in plan.nodes for name in names_of(node)))
    for name in settings.nodes:
        if name not in known:
            help_lines = did_you_mean(name, known) or ("the nodes are the keys of `components`",)
            path, message = (*_SECTION, "nodes", name), f"there is no node `{name}`"
            yield Finding("B122", message, path, True, help=help_lines, fix=only_closest(name, known))


def _pools(settings: AirflowSettings) -> Iterator[Finding]:
    for name, node in settings.nodes.items():
        if node.pool is None or node.pool == _DEFAULT_POOL:
            continue
        place = (*_SECTION, "nodes", name, "pool")
        pool = settings.pools.get(node.pool)
        if pool is None:
            yield Finding(
                "B123",
                f"the pool `{node.pool}` is not among `pools`: where it does not exist, "
                f"Airflow leaves `{name}` waiting for ever",
                place,
                help=("give its slots under `backends.airflow.pools`: the bundle then brings it along",),
            )
        elif node.pool_slots > pool.slots:
            yield Finding(
                "B124",
                f"`{name}` takes {node.pool_slots} slots of the pool `{node.pool}`, which has {pool.slots}",
                (*_SECTION, "nodes", name, "pool_slots"),
                help=("Airflow would never start it: take fewer slots, or give the pool more",),
            )


def _operator(settings: AirflowSettings) -> Iterator[Finding]:
    if settings.operator != "bash" and getattr(settings, settings.operator) is None:
        yield Finding(
            "B125",
            f"the operator `{settings.operator}` has no settings",
            (*_SECTION, "operator"),
            help=(f"add a section `{settings.operator}` with the `image` that nodes run in",),
        )


def _resources(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    for node in plan.nodes:
        for name, why in _refused_resources(node, settings):
            yield Finding(
                "B126",
                f"the operator `{settings.operator}` cannot give `{node.id}` its {name}: {why}",
                (*node.origin, "execution", "resources", name),
                at_key=True,
                help=("choose the operator `kubernetes`, or take it away (with `null`, in an environment)",),
            )


def _refused_resources(node: PlanNode, settings: AirflowSettings) -> Iterator[tuple[str, str]]:
    resources = node.execution.resources
    if settings.operator == "bash":
        for name in ("cpu", "memory", "accelerator"):
            if getattr(resources, name) is not None:
                yield name, "a process on a worker has what the worker has"
    elif settings.operator == "docker":
        accelerator = resources.accelerator
        if accelerator is not None and accelerator.type != docker_tasks.GPU:
            yield "accelerator", f"Docker knows {docker_tasks.GPU} only"


def _places(plan: Plan, settings: AirflowSettings) -> list[Finding]:
    """Containers share no folder with each other, unless one is mounted."""
    if settings.operator == "bash":
        return []
    container = settings.docker if settings.operator == "docker" else settings.kubernetes
    mounts = container.all_mounts() if container is not None else []
    bundle = container.bundle if container is not None else BUNDLE_IN_IMAGE
    where = f"backends.airflow.{settings.operator}"
    shared = Containers(bundle, {node.id: mounts for node in plan.nodes}, where, lost="B127")
    return place_findings(plan, shared)


def _base_image(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    container = {"docker": settings.docker, "kubernetes": settings.kubernetes}.get(settings.operator)
    if container is not None:
        yield from base_image_findings(plan, container.base_image, (*_SECTION, settings.operator))


def _outlets(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    """A task that succeeds has updated its outlets, but a Pusher may push nothing and succeed."""
    for node in plan.nodes:
        own = settings.for_node(node)
        blessings = [*node.inputs.get("model_blessing", ()), *node.inputs.get("infra_blessing", ())]
        pushes = node.component.kind == "standard" and "PushedModel" in node.outputs.values()
        unsure = pushes and node.when is None and blessings
        if own.outlets and unsure:
            condition = _blessed(blessings[0])
            name = next(name for name in names_of(node) if name in settings.nodes)
            yield Finding(
                "B130",
                f"`{node.id}` may succeed and push nothing, and Airflow takes its outlets for updated",
                (*_SECTION, "nodes", name, "outlets"),
                at_key=True,
                help=(f"give it a condition: `when: {condition}`",),
            )


def _blessed(channel: PlanChannel | PlanQuery) -> str:
    """Returns the condition that a blessing is one."""
    if not isinstance(channel, PlanChannel):
        return "evaluator.blessing.custom_properties.blessed == 1"
    value = "'INFRA_BLESSED'" if channel.artifact_type == "InfraBlessing" else "1"
    return f"{channel.node}.{channel.output}.custom_properties.blessed == {value}"


def _ways_out(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    """Relative paths start at the bundle, which lies elsewhere than the spec."""
    if settings.operator != "bash":
        return  # in a container nothing is beside the bundle: `_places` says what is there
    defaults = default_texts(plan)
    told: set[str] = set()
    for each in paths(plan):
        text, _ = beginning(each.value, defaults)
        if posixpath.normpath(text).split("/")[0] != "..":
            continue
        if has_references(each.value) and any(text.startswith(default) for default in told):
            continue
        if each.place[0] == "parameters":
            told.add(text)
        yield Finding(
            "B131",
            f"the path `{each.shown}` leads out of the bundle, to what lies beside it in the DAGs folder",
            each.place,
            help=("use an absolute path or a URI",),
        )


def _secrets(settings: AirflowSettings) -> Iterator[Finding]:
    for name, source in settings.secrets.items():
        if source.kubernetes_secret is not None and settings.operator != "kubernetes":
            yield Finding(
                "B128",
                f"the secret of `{name}` is kept by Kubernetes, but the operator is `{settings.operator}`",
                (*_SECTION, "secrets", name, "kubernetes_secret"),
                at_key=True,
                help=("keep it in an Airflow `variable` or `connection`, or use the operator `kubernetes`",),
            )
        if name in settings.env:
            yield Finding(
                "B128",
                f"`{name}` is in `env` and in `secrets`",
                (*_SECTION, "secrets", name),
                at_key=True,
                help=("keep one of them",),
            )
    for section, names in (("secrets", settings.secrets), ("env", settings.env)):
        for name in names:
            if name.startswith("TFXC_"):
                message = f"`{name}`: the names that begin with TFXC_ are the launcher's"
                yield Finding("B128", message, (*_SECTION, section, name), at_key=True)


def _providers(settings: AirflowSettings) -> Iterator[Finding]:
    """Where Airflow is installed beside tfxc, a missing provider is known before the DAG is parsed."""
    if find_spec("airflow") is None:
        return
    for provider in providers(settings):
        if not _installed(provider.module):
            yield Finding(
                "B129",
                f"the DAG needs {provider.package}, which the Airflow beside tfxc does not have",
                (*_SECTION, "operator")
                if settings.operator in provider.module
                else (*_SECTION, "on_failure"),
                at_key=True,
                help=(f"run `pip install {provider.package}` where Airflow runs",),
            )


def _installed(module: str) -> bool:
    # Airflow's parents are looked up by file: finding a submodule's spec would import them.
    root = find_spec("airflow")
    if root is None or root.submodule_search_locations is None:
        return False
    folders = module.split(".")[1:]
    return any(FolderPath(location, *folders).exists() for location in root.submodule_search_locations)
