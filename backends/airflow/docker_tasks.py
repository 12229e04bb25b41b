"""What the DAG file says of nodes that run in Docker containers."""

from __future__ import annotations

from tfxc.backends.airflow.containers import DockerSettings
from tfxc.backends.airflow.literals import Call, Literal, untemplated
from tfxc.backends.airflow.settings import NodeSettings
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.quantities import parse_memory

PACKAGE = "apache-airflow-providers-docker"
MODULE = "airflow.providers.docker"
IMPORTS = (
    "from airflow.providers.docker.operators.docker import DockerOperator",
    "from docker.types import DeviceRequest, Mount",
)
GPU = "nvidia.com/gpu"


def container_arguments(docker: DockerSettings) -> dict[str, Literal]:
    """Returns the arguments that every DockerOperator of the DAG has."""
    arguments: dict[str, Literal] = {
        "image": untemplated(docker.image),
        "auto_remove": "force",
        "mount_tmp_dir": False,
    }
    optional = {
        "docker_url": docker.url,
        "docker_conn_id": docker.connection and untemplated(docker.connection),
        "network_mode": docker.network,
        "user": docker.user,
        "shm_size": docker.shared_memory and parse_memory(docker.shared_memory),
    }
    arguments.update({name: value for name, value in optional.items() if value is not None})
    if docker.force_pull:
        arguments["force_pull"] = True
    if docker.mounts:
        arguments["mounts"] = [
            Call(
                "Mount",
                (),
                (
                    ("target", untemplated(mount.target)),
                    ("source", untemplated(mount.source)),
                    ("type", mount.type),
                    ("read_only", mount.read_only),
                ),
            )
            for mount in docker.mounts
        ]
    return arguments


def node_arguments(node: PlanNode, own: NodeSettings) -> dict[str, Literal]:
    """Returns what differs for one node: its image and its resources."""
    arguments: dict[str, Literal] = {}
    if own.image is not None:
        arguments["image"] = untemplated(own.image)
    resources = node.execution.resources
    if resources.cpu is not None:
        arguments["cpus"] = resources.cpu
    if resources.memory is not None:
        arguments["mem_limit"] = resources.memory
    if resources.accelerator is not None:
        request = Call(
            "DeviceRequest",
            (),
            (("count", resources.accelerator.count), ("capabilities", [["gpu"]])),
        )
        arguments["device_requests"] = [request]
    return arguments
