"""What the DAG file says of nodes that run in Kubernetes pods."""

from __future__ import annotations

from collections.abc import Sequence

from tfxc.backends.airflow.containers import KubernetesSettings, Toleration
from tfxc.backends.airflow.literals import Call, Literal, untemplated
from tfxc.backends.airflow.settings import NodeSettings
from tfxc.schemas.plan import PlanNode, Resources

PACKAGE = "apache-airflow-providers-cncf-kubernetes"
MODULE = "airflow.providers.cncf.kubernetes"
IMPORTS = (
    "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator",
    "from kubernetes.client import models as k8s",
)


def pod_arguments(kubernetes: KubernetesSettings) -> dict[str, Literal]:
    """Returns the arguments that every KubernetesPodOperator of the DAG has."""
    arguments: dict[str, Literal] = {
        "image": untemplated(kubernetes.image),
        "startup_timeout_seconds": kubernetes.startup_timeout,
        "get_logs": True,
        "on_finish_action": "delete_pod",
    }
    optional = {
        "namespace": kubernetes.namespace,
        "kubernetes_conn_id": kubernetes.connection and untemplated(kubernetes.connection),
        "in_cluster": kubernetes.in_cluster,
        "service_account_name": kubernetes.service_account,
        "image_pull_policy": kubernetes.image_pull_policy,
    }
    arguments.update({name: value for name, value in optional.items() if value is not None})
    if kubernetes.image_pull_secrets:
        arguments["image_pull_secrets"] = [
            _model("V1LocalObjectReference", name=name) for name in kubernetes.image_pull_secrets
        ]
    for name, labels in (
        ("labels", kubernetes.labels),
        ("annotations", kubernetes.annotations),
        ("node_selector", kubernetes.node_selector),
    ):
        if labels:
            arguments[name] = {key: untemplated(value) for key, value in labels.items()}
    if kubernetes.tolerations:
        arguments["tolerations"] = _tolerations(kubernetes.tolerations)
    arguments.update(_volumes(kubernetes))
    return arguments


def node_arguments(node: PlanNode, own: NodeSettings) -> dict[str, Literal]:
    """Returns what differs for one node: its image, its place and its resources."""
    arguments: dict[str, Literal] = {}
    if own.image is not None:
        arguments["image"] = untemplated(own.image)
    if own.node_selector is not None:
        arguments["node_selector"] = {key: untemplated(value) for key, value in own.node_selector.items()}
    if own.tolerations is not None:
        arguments["tolerations"] = _tolerations(own.tolerations)
    amounts = _amounts(node.execution.resources)
    if amounts:
        arguments["container_resources"] = _model("V1ResourceRequirements", requests=amounts, limits=amounts)
    return arguments


def secret_variable(name: str, secret: str, key: str) -> Call:
    """Returns an environment variable with the value of a key of a Kubernetes Secret."""
    selector = _model("V1SecretKeySelector", name=secret, key=key)
    return _model("V1EnvVar", name=name, value_from=_model("V1EnvVarSource", secret_key_ref=selector))


def _model(model: str, /, **keywords: Literal) -> Call:
    return Call(f"k8s.{model}", (), tuple(keywords.items()))


def _tolerations(tolerations: Sequence[Toleration]) -> list[Call]:
    return [_model("V1Toleration", **toleration.model_dump(exclude_none=True)) for toleration in tolerations]


def _amounts(resources: Resources) -> dict[str, str]:
    """Returns what a node asks for as Kubernetes quantities: as much is reserved as it may use."""
    amounts: dict[str, str] = {}
    if resources.cpu is not None:
        amounts["cpu"] = f"{round(resources.cpu * 1000)}m"
    if resources.memory is not None:
        amounts["memory"] = str(resources.memory)
    if resources.accelerator is not None:
        amounts[resources.accelerator.type] = str(resources.accelerator.count)
    return amounts


def _volumes(kubernetes: KubernetesSettings) -> dict[str, Literal]:
    """Returns the volumes and where they are mounted, named by their place in the settings."""
    volumes: list[Call] = []
    mounts: list[Call] = []
    for claim in kubernetes.volumes:
        name = f"volume-{len(volumes)}"
        source = _model("V1PersistentVolumeClaimVolumeSource", claim_name=claim.claim)
        volumes.append(_model("V1Volume", name=name, persistent_volume_claim=source))
        keywords: dict[str, Literal] = {"name": name, "mount_path": claim.path}
        if claim.sub_path is not None:
            keywords["sub_path"] = claim.sub_path
        mounts.append(_model("V1VolumeMount", **keywords, read_only=claim.read_only))
    for secret in kubernetes.secret_files:
        name = f"volume-{len(volumes)}"
        source = _model("V1SecretVolumeSource", secret_name=secret.name)
        volumes.append(_model("V1Volume", name=name, secret=source))
        mounts.append(_model("V1VolumeMount", name=name, mount_path=secret.path, read_only=True))
    for config_map in kubernetes.config_map_files:
        name = f"volume-{len(volumes)}"
        source = _model("V1ConfigMapVolumeSource", name=config_map.name)
        volumes.append(_model("V1Volume", name=name, config_map=source))
        mounts.append(_model("V1VolumeMount", name=name, mount_path=config_map.path, read_only=True))
    return {"volumes": volumes, "volume_mounts": mounts} if volumes else {}
