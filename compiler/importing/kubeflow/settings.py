"""How the containers of a PipelineSpec are run → `execution` of components, and `backends.kubeflow`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tfxc.compiler.importing.kubeflow.model import Json, PipelineFile, Task
from tfxc.compiler.importing.notes import Notes

_PLAIN = {"imagePullPolicy": "image_pull_policy"}
_TOLERATION = {"key": "key", "operator": "operator", "value": "value", "effect": "effect"}


def execution_of(task: Task, file: PipelineFile, notes: Notes) -> dict[str, Any]:
    """Returns what a task's container and pod say of ``execution``, beside retries and cache."""
    found: dict[str, Any] = {}
    container = task.executor.get("container", {})
    resources = _resources(container.get("resources", {}), task.id, notes)
    if resources:
        found["resources"] = resources
    env = {each["name"]: str(each.get("value", "")) for each in container.get("env", ())}
    if env:
        found["env"] = env
    policy = task.json.get("retryPolicy", {})
    if policy.get("maxRetryCount") and policy.get("backoffDuration", "0s") != "0s":
        found["retry_delay"] = policy["backoffDuration"]
        if float(policy.get("backoffFactor", 1)) > 1:
            found["retry_exponential_backoff"] = True
    deadline = file.on_cluster.get(task.executor_label, {}).get("activeDeadlineSeconds")
    if deadline:
        found["timeout"] = f"{deadline}s"
    return found


def _resources(given: Json, id_: str, notes: Notes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cpu = given.get("resourceCpuLimit") or given.get("cpuLimit")
    if cpu:
        text = str(cpu)
        cores = float(text[:-1]) / 1000 if text.endswith("m") else _number(text)
        if cores is None:
            notes.add(id_, f"its limit of CPUs `{text}` is left out: it is known at run time only")
        else:
            found["cpu"] = int(cores) if cores.is_integer() else cores
    memory = given.get("resourceMemoryLimit") or (
        f"{given['memoryLimit']:g}G" if given.get("memoryLimit") else None
    )
    if memory and "{{" in str(memory):
        notes.add(id_, f"its limit of memory `{memory}` is left out: it is known at run time only")
    elif memory:
        found["memory"] = memory
    accelerator = given.get("accelerator", {})
    kind = accelerator.get("resourceType") or accelerator.get("type")
    if kind:
        count = int(accelerator.get("resourceCount") or accelerator.get("count") or 1)
        found["accelerator"] = {"type": kind, "count": count}
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def cluster_settings(
    tasks: Iterable[Task], file: PipelineFile, ids: Mapping[str, str], notes: Notes
) -> dict[str, Any]:
    """Returns the section ``backends.kubeflow``, empty if Kubernetes is told nothing.

    It has no ``image``, which is for what tfxc runs beside the containers: it belongs into an environment.
    """
    nodes = {}
    for task in tasks:
        settings = _of_pod(file.on_cluster.get(task.executor_label, {}), ids[task.id], notes)
        requests = _requests(task.executor.get("container", {}).get("resources", {}))
        if requests:
            settings["requests"] = requests
        if settings:
            nodes[ids[task.id]] = settings
    return {"nodes": nodes} if nodes else {}


def _requests(given: Json) -> dict[str, Any]:
    found: dict[str, Any] = {}
    cpu = str(given.get("resourceCpuRequest") or given.get("cpuRequest") or "")
    cores = float(cpu[:-1]) / 1000 if cpu.endswith("m") else _number(cpu)
    if cores:
        found["cpu"] = int(cores) if cores.is_integer() else cores
    memory = str(given.get("resourceMemoryRequest") or "")
    if memory and "{{" not in memory:
        found["memory"] = memory
    return found


def _of_pod(config: Json, id_: str, notes: Notes) -> dict[str, Any]:
    """Returns a KubernetesExecutorConfig as settings of a node: the way back of what the backend emits."""
    found: dict[str, Any] = {}
    left = dict(config)
    left.pop("activeDeadlineSeconds", None)
    for key, name in _PLAIN.items():
        if key in left:
            found[name] = left.pop(key)
    for kind, plural in (("secret", "secrets"), ("configMap", "config_maps")):
        sources = _sources(left.pop(f"{kind}AsEnv", ()), left.pop(f"{kind}AsVolume", ()), kind)
        if sources:
            found[plural] = sources
    if "pvcMount" in left:
        found["volumes"] = [
            {
                "claim": _name(each, "pvcName") or each.get("constant", ""),
                "mount_path": each["mountPath"],
                **({"sub_path": each["subPath"]} if each.get("subPath") else {}),
            }
            for each in left.pop("pvcMount")
        ]
    labels = left.pop("nodeSelector", {}).get("labels")
    if labels:
        found["node_selector"] = labels
    metadata = left.pop("podMetadata", {})
    found |= {key: metadata[key] for key in ("labels", "annotations") if metadata.get(key)}
    if "imagePullSecret" in left:
        found["image_pull_secrets"] = [_name(each, "secretName") for each in left.pop("imagePullSecret")]
    if "fieldPathAsEnv" in left:
        found["pod_fields"] = {each["name"]: each["fieldPath"] for each in left.pop("fieldPathAsEnv")}
    if "tolerations" in left:
        found["tolerations"] = [_toleration(each) for each in left.pop("tolerations")]
    shared = left.get("emptyDirMounts", [])
    if len(shared) == 1 and shared[0].get("mountPath") == "/dev/shm" and shared[0].get("sizeLimit"):  # noqa: S108
        found["shared_memory"] = shared[0]["sizeLimit"]
        del left["emptyDirMounts"]
    for key in left:
        notes.add(id_, f"what Kubernetes is told of its pod as `{key}` has no place in a spec")
    return found


def _sources(in_env: Any, as_files: Any, kind: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in in_env:
        source = found.setdefault(_name(each, f"{kind}Name"), {"name": _name(each, f"{kind}Name")})
        source["env"] = {pair["envVar"]: pair[f"{kind}Key"] for pair in each.get("keyToEnv", ())}
        source |= {"optional": True} if each.get("optional") else {}
    for each in as_files:
        source = found.setdefault(_name(each, f"{kind}Name"), {"name": _name(each, f"{kind}Name")})
        source["mount_path"] = each["mountPath"]
        source |= {"optional": True} if each.get("optional") else {}
    return list(found.values())


def _name(entry: Json, field: str) -> str:
    constant = entry.get(f"{field}Parameter", {}).get("runtimeValue", {}).get("constant")
    return str(constant or entry.get(field, ""))


def _toleration(entry: Json) -> dict[str, Any]:
    found = {name: entry[key] for key, name in _TOLERATION.items() if entry.get(key)}
    if "tolerationSeconds" in entry:
        found["seconds"] = int(entry["tolerationSeconds"])
    return found
