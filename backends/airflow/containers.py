"""Settings of the two operators that run nodes in containers."""

from __future__ import annotations

from typing import Annotated, Literal, Optional, Union

from pydantic import Field

from tfxc.backends.container.base_image import BASE_IMAGE_WORDS
from tfxc.backends.container.fields import (
    BUNDLE_IN_IMAGE,
    ContainerModel,
    ImageName,
    MountPath,
    ObjectName,
    Program,
)
from tfxc.backends.container.places import Mount

AbsolutePath = Annotated[str, Field(pattern=r"^/")]


class _ImageSettings(ContainerModel):
    """The image that nodes run in, and what is where in it."""

    image: ImageName = Field(
        description="An image with tfxc[tfx] and this bundle, as its Dockerfile makes one."
    )
    base_image: Optional[ImageName] = Field(default=None, description=BASE_IMAGE_WORDS)
    python: Program = Field(default="python", description="The Python of the image that has TFX.")
    bundle: AbsolutePath = Field(default=BUNDLE_IN_IMAGE, description="Where the bundle is in the image.")


class DockerMount(ContainerModel):
    """A folder of the Docker host, or a volume, inside the containers."""

    source: str = Field(description="A path on the Docker host, or the name of a volume.")
    target: AbsolutePath = Field(description="Where it is in the container.")
    type: Literal["bind", "volume"] = Field(default="bind", description="What the source is.")
    read_only: bool = Field(default=False, description="Whether the container may only read it.")


class DockerSettings(_ImageSettings):
    """Nodes run in containers of one image, through apache-airflow-providers-docker."""

    url: Optional[str] = Field(default=None, description="The Docker daemon; the worker's own if none.")
    connection: Optional[str] = Field(
        default=None, description="The Airflow Connection of a private image registry."
    )
    network: Optional[str] = Field(default=None, description="The network mode of the containers.")
    user: Optional[Union[str, int]] = Field(default=None, description="The user that the node runs as.")
    shared_memory: Optional[str] = Field(default=None, description="Size of /dev/shm, such as 1Gi.")
    force_pull: bool = Field(default=False, description="Pull the image for every task.")
    mounts: list[DockerMount] = Field(default_factory=list, description="Folders and volumes to mount.")

    def all_mounts(self) -> list[Mount]:
        """Returns what every container has beside its image."""
        return [Mount(mount.target, mount.read_only) for mount in self.mounts]


class Toleration(ContainerModel):
    """A Kubernetes toleration: which tainted nodes a pod may run on."""

    key: Optional[str] = Field(default=None, description="The taint's key; all taints if none.")
    operator: Literal["Equal", "Exists"] = Field(default="Equal", description="How the value is compared.")
    value: Optional[str] = Field(default=None, description="The taint's value.")
    effect: Optional[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]] = Field(
        default=None, description="The taint's effect; all effects if none."
    )
    toleration_seconds: Optional[int] = Field(
        default=None, ge=0, description="For NoExecute: how long a pod stays on a node that gets the taint."
    )


class ClaimMount(ContainerModel):
    """A persistent volume claim inside the pods."""

    claim: ObjectName = Field(description="The claim's name.")
    path: MountPath = Field(description="Where it is in the container.")
    sub_path: Optional[str] = Field(default=None, description="A folder of the volume, in place of its root.")
    read_only: bool = Field(default=False, description="Whether the pod may only read it.")


class SecretMount(ContainerModel):
    """A Secret or ConfigMap as files inside the pods."""

    name: ObjectName = Field(description="The Secret's or ConfigMap's name.")
    path: MountPath = Field(description="The folder in the container that gets a file for each key.")


class KubernetesSettings(_ImageSettings):
    """Nodes run in pods, through apache-airflow-providers-cncf-kubernetes."""

    namespace: Optional[ObjectName] = Field(
        default=None, description="The pods' namespace; that of the connection or of Airflow if none."
    )
    connection: Optional[str] = Field(
        default=None, description="The Airflow Connection of the cluster; kubernetes_default if none."
    )
    in_cluster: Optional[bool] = Field(
        default=None, description="Whether to use the service account of the pod that Airflow runs in."
    )
    service_account: Optional[ObjectName] = Field(default=None, description="The pods' service account.")
    image_pull_policy: Optional[Literal["Always", "IfNotPresent", "Never"]] = Field(
        default=None, description="When the image is pulled; Kubernetes' own rule if null."
    )
    image_pull_secrets: list[ObjectName] = Field(
        default_factory=list, description="Secrets with the image registry's credentials."
    )
    startup_timeout: int = Field(
        default=600, ge=1, description="Seconds that a pod may take to start; images with TFX are large."
    )
    labels: dict[str, str] = Field(default_factory=dict, description="Labels of the pods.")
    annotations: dict[str, str] = Field(default_factory=dict, description="Annotations of the pods.")
    node_selector: dict[str, str] = Field(
        default_factory=dict, description="Labels of the nodes that the pods may run on."
    )
    tolerations: list[Toleration] = Field(default_factory=list, description="Taints that the pods tolerate.")
    volumes: list[ClaimMount] = Field(default_factory=list, description="Persistent volume claims to mount.")
    secret_files: list[SecretMount] = Field(default_factory=list, description="Secrets to mount as files.")
    config_map_files: list[SecretMount] = Field(
        default_factory=list, description="ConfigMaps to mount as files."
    )

    def all_mounts(self) -> list[Mount]:
        """Returns what every pod has beside its image: claims to write to, other files to read."""
        files = [*self.secret_files, *self.config_map_files]
        claims = [Mount(claim.path, claim.read_only) for claim in self.volumes]
        return [*claims, *(Mount(each.path, read_only=True) for each in files)]
