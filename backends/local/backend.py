"""The local backend: what it can do, what it cannot, and its bundle."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Any, Optional

from pydantic import BaseModel, ConfigDict, Field

from tfxc.backends import Bundle
from tfxc.backends.launcher.protocol.container_runtime import ContainerRuntime, find_runtime
from tfxc.backends.launcher.protocol.limits import LAUNCHER_CANNOT, LAUNCHER_HONOURS
from tfxc.backends.local.running.machine import KNOWN_ACCELERATORS, Machine
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.execution import Duration
from tfxc.schemas.plan import ContainerComponent, Plan, PlanNode

PLAN_FILE = PurePosixPath("plan.json")
UNSUPPORTED = "B101"
_RESOURCES = ("execution", "resources")


class LocalSettings(BaseModel):
    """Settings of runs on this machine (``backends: local:``)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    jobs: Optional[int] = Field(
        default=None,
        ge=1,
        le=1024,
        description="How many nodes run side by side; the number of cores if not given.",
    )
    keep_warm: Optional[Duration] = Field(
        default=None,
        description="For how long TFX stays imported after a run, for the next one; 5m if not given.",
    )


class LocalBackend:
    """Runs a Plan on this machine: each node in a process of its own, Beam on its DirectRunner.

    ``cpu`` is how many of the run's places a node takes and how many
    threads its pools may have, ``memory`` is set aside while the node runs, and a node that asks for
    accelerators has all of the machine's to itself.
    """

    name = "local"
    settings: type[BaseModel] = LocalSettings
    honours = LAUNCHER_HONOURS | {
        "retries",
        "retry_delay",
        "retry_exponential_backoff",
        "timeout",
        "trigger_strategy",
        "cpu",
        "memory",
        "accelerator",
        "container",
        "on_exit",
    }
    cannot: Mapping[str, str] = LAUNCHER_CANNOT

    def check(self, plan: Plan) -> list[Finding]:
        """Returns a finding for each accelerator of a kind that only a cluster can hand out."""
        findings = []
        for node in plan.nodes:
            accelerator = node.execution.resources.accelerator
            if accelerator is not None and accelerator.type not in KNOWN_ACCELERATORS:
                findings.append(
                    Finding(
                        UNSUPPORTED,
                        f"the local backend has no accelerator of type `{accelerator.type}` for `{node.id}`",
                        (*node.origin, *_RESOURCES, "accelerator", "type"),
                        help=(f"on one machine there is: {', '.join(KNOWN_ACCELERATORS)}",),
                    )
                )
        return findings

    def emit(self, plan: Plan, modules: Mapping[PurePosixPath, bytes]) -> Bundle:
        """Returns the Plan and the user's modules, as `tfxc run` takes them."""
        return Bundle(
            {PLAN_FILE: plan.to_json().encode(), **{path: modules[path] for path in sorted(modules)}}
        )


def machine_findings(plan: Plan, machine: Machine, chosen: Collection[str] | None = None) -> list[Finding]:
    """Returns a finding for each of the chosen nodes (None: of all) that asks for memory or accelerators
    that ``machine`` has not; of those of one component for the first.

    More cores than the machine has are no finding: such a node takes all there are, and longer.
    """
    findings: list[Finding] = []
    for node in _first_of_components(plan, chosen):
        resources = node.execution.resources
        if resources.memory is not None and resources.memory > machine.memory:
            findings.append(
                Finding(
                    UNSUPPORTED,
                    f"`{node.id}` asks for {_gibibytes(resources.memory)} of memory, and this machine has "
                    f"{_gibibytes(machine.memory)}",
                    (*node.origin, *_RESOURCES, "memory"),
                    help=("ask for less, or keep the request in an environment for the cluster",),
                )
            )
        wanted = resources.accelerator
        if wanted is None or wanted.type not in KNOWN_ACCELERATORS:
            continue
        found = machine.accelerators.get(wanted.type, 0)
        if found < wanted.count:
            findings.append(
                Finding(
                    UNSUPPORTED,
                    f"`{node.id}` asks for {wanted.count} × {wanted.type}, and this machine has "
                    f"{found or 'none'}",
                    (*node.origin, *_RESOURCES, "accelerator"),
                    help=("keep the request in an environment for the cluster: `environments:`, `--env`",),
                )
            )
    return findings


def container_findings(plan: Plan, chosen: Optional[Collection[str]]) -> list[Finding]:
    """Returns a finding for each node of the run that is a container, if no container can be run here.

    ``chosen`` are the nodes of the run, None for all. Docker or Podman is asked only if there is one.
    """
    nodes = [
        node
        for node in plan.nodes
        if isinstance(node.component, ContainerComponent) and (chosen is None or node.id in chosen)
    ]
    if not nodes:
        return []
    runtime = find_runtime()
    if isinstance(runtime, ContainerRuntime):
        return []
    return [
        Finding(
            UNSUPPORTED,
            f"`{node.id}` runs in a container, which nothing here can start: {runtime.reason}",
            (*node.origin, "type"),
            help=("install Docker or Podman, or run other nodes only: `--only`, `--to`",),
        )
        for node in nodes
    ]


def settings_of(plan: Plan) -> LocalSettings:
    """Returns the Plan's settings of this backend; the compiler has checked them."""
    values: dict[str, Any] = plan.backends.get("local", {})
    return LocalSettings.model_validate(values)


def _gibibytes(amount: int) -> str:
    return f"{amount / 2**30:.3g} GiB"


def _first_of_components(plan: Plan, chosen: Collection[str] | None) -> list[PlanNode]:
    nodes: dict[object, PlanNode] = {}
    for node in plan.nodes:
        if chosen is None or node.id in chosen:
            nodes.setdefault(node.origin, node)
    return list(nodes.values())
