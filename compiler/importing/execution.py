"""How an IR's nodes are run → `execution` of components, and the settings of a whole pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfxc.compiler.importing.expressions import constant
from tfxc.compiler.importing.ir import Ir, IrNode, Json
from tfxc.compiler.importing.notes import PIPELINE, NotCarriedError, Notes
from tfxc.compiler.importing.paths import Paths
from tfxc.schemas.plan_values import reference

_TRIGGERS = {
    "TRIGGER_STRATEGY_UNSPECIFIED": None,
    "ALL_UPSTREAM_NODES_SUCCEEDED": None,
    "ALL_UPSTREAM_NODES_COMPLETED": "ALL_UPSTREAM_NODES_COMPLETED",
}
_OTHER_OPTIONS = ("node_success_optional", "success_optional", "lifetime_start", "run", "skip")
_PASSWORD = reference("env.MLMD_PASSWORD")


def pipeline_wide(ir: Ir, notes: Notes) -> dict[str, Any]:
    """Returns ``beam_pipeline_args`` and ``cache`` where they are the same for all nodes."""
    found: dict[str, Any] = {}
    arguments = {_beam_arguments(node, notes, PIPELINE) for node in ir.nodes if _is_beam(node)}
    if len(arguments) == 1 and (shared := arguments.pop()):
        found["beam_pipeline_args"] = list(shared)
    if ir.nodes and not any(node.is_cached for node in ir.nodes):
        found["cache"] = False
    return found


def of_node(node: IrNode, id_: str, shared: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Returns the ``execution`` of a component, beside what holds for all."""
    found: dict[str, Any] = {}
    options = node.options
    retries = int(options.get("max_execution_retries", 0))
    if retries:
        found["retries"] = retries
    timeout = int(options.get("execution_timeout_sec", 0))
    if timeout:
        found["timeout"] = f"{timeout}s"
    strategy = options.get("strategy", "ALL_UPSTREAM_NODES_SUCCEEDED")
    if strategy not in _TRIGGERS:
        notes.add(id_, f"its trigger strategy {strategy} has no place in a spec")
    elif _TRIGGERS[strategy] is not None:
        found["trigger_strategy"] = _TRIGGERS[strategy]
    for name in _OTHER_OPTIONS:
        if name in options and name not in ("run", "skip"):
            notes.add(id_, f"its option {name} has no place in a spec")
    if not node.is_cached and shared.get("cache") is not False:
        found["cache"] = False
    if _is_beam(node) and "beam_pipeline_args" not in shared:
        arguments = _beam_arguments(node, notes, id_)
        if arguments:
            found["beam_pipeline_args"] = list(arguments)
    resources = _resources(node.platform)
    if resources:
        found["resources"] = resources
    elif node.platform is not None:
        kind = str(node.platform.get("@type", "")).rpartition(".")[2]
        notes.add(
            id_, f"its platform configuration ({kind}) has no place in a spec: see `execution.resources`"
        )
    return found


def _resources(platform: Json | None) -> dict[str, Any]:
    """Returns the limits of a node that has them as TFX's Kubeflow runner takes them; empty of all others."""
    if platform is None or not str(platform.get("@type", "")).endswith(".ResourceSpec"):
        return {}
    found: dict[str, Any] = {}
    cpu, memory = platform.get("cpu_limit"), platform.get("memory_limit")
    if cpu:
        found["cpu"] = int(cpu) if float(cpu).is_integer() else cpu
    if memory:
        found["memory"] = f"{memory:g}G"
    accelerator = platform.get("accelerator", {})
    if accelerator.get("type"):
        count = int(accelerator.get("count") or 1)
        found["accelerator"] = {"type": accelerator["type"], "count": count}
    return found


def _is_beam(node: IrNode) -> bool:
    return node.executor.beam_arguments is not None


def _beam_arguments(node: IrNode, notes: Notes, component: str) -> tuple[str, ...]:
    found = []
    for argument in node.executor.beam_arguments or ():
        if isinstance(argument, str):
            found.append(argument)
        elif "value" in argument:
            found.append(str(constant(argument["value"])))
        else:
            notes.add(component, "a Beam argument that TFX computes is left out")
    return tuple(found)


def metadata(ir: Ir, paths: Paths, notes: Notes) -> dict[str, Any] | None:
    """Returns the section ``metadata``; None if the IR does not say where its metadata is."""
    connection: Json = ir.deployment.get("metadata_connection_config")
    if connection is None:
        return None
    if "sqlite" in connection and connection["sqlite"].get("filename_uri"):
        return {"sqlite": {"path": paths.path(connection["sqlite"]["filename_uri"])}}
    for kind, keys in (
        ("mysql", {"host": "host", "port": "port", "database": "database", "user": "user"}),
        ("postgresql", {"host": "host", "port": "port", "dbname": "database", "user": "user"}),
    ):
        server = connection.get(kind)
        if server is None:
            continue
        found = {name: server[key] for key, name in keys.items() if key in server}
        if isinstance(found.get("port"), str):
            found["port"] = int(found["port"])
        if server.get("password"):
            notes.add(PIPELINE, "the metadata store's password is not written down: set MLMD_PASSWORD")
            found["password"] = _PASSWORD
        return {kind: found}
    if "host" in connection:
        return {"grpc": {"host": connection["host"], "port": int(connection.get("port", 8080))}}
    notes.add(PIPELINE, "its metadata store is of a kind that a spec does not have")
    return None


def pipeline_root(ir: Ir, paths: Paths, notes: Notes) -> Any:
    """Returns ``pipeline_root``; None if the IR does not say it."""
    root = ir.pipeline_root or {}
    value = root.get("field_value") or root.get("runtime_parameter", {}).get("default_value")
    if value is None:
        return None
    try:
        return paths.path(constant(value))
    except NotCarriedError as reason:
        notes.add(PIPELINE, f"`pipeline_root` is left out: {reason}")
        return None


def of_others(ir: Ir, notes: Notes) -> None:
    """Notes what of a whole pipeline has no place in a spec."""
    if ir.json.get("execution_mode", "SYNC") != "SYNC":
        notes.add(PIPELINE, "it is to be run without end (ASYNC): tfxc runs a pipeline once, to its end")
    if "pipeline_level_platform_config" in ir.deployment:
        notes.add(PIPELINE, "its platform configuration has no place in a spec")
    inner: Sequence[str] = ir.inner
    for name in inner:
        notes.add(PIPELINE, f"the pipeline `{name}` inside it is not carried: import it by itself")
