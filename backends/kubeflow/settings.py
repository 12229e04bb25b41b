"""The ``backends.kubeflow`` section of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional, Union

from pydantic import Field

from tfxc.backends.container.base_image import BASE_IMAGE_WORDS
from tfxc.backends.container.fields import (
    ContainerModel,
    EnvName,
    ImageName,
    LabelKey,
    LabelValue,
    MountPath,
    ObjectName,
    Program,
    Quantity,
)

if TYPE_CHECKING:
    from tfxc.schemas.plan import PlanNode


class ObjectSource(ContainerModel):
    """A secret or config map that a node reads, as environment variables, as files, or both."""

    name: ObjectName = Field(description="The secret's or config map's name in the run's namespace.")
    env: dict[EnvName, str] = Field(
        default_factory=dict, description="Environment variable → key of the secret or config map."
    )
    mount_path: Optional[MountPath] = Field(
        default=None, description="The folder in which every key is a file."
    )
    optional: bool = Field(default=False, description="Start the node even if the object is not there.")


class VolumeClaim(ContainerModel):
    """A persistent volume claim that is mounted into the node's container."""

    claim: ObjectName = Field(description="The claim's name in the run's namespace.")
    mount_path: MountPath = Field(description="Where the volume appears in the container.")
    sub_path: Optional[str] = Field(
        default=None, description="A folder of the volume to mount in place of its root (needs KFP 2.16)."
    )


class Toleration(ContainerModel):
    """A taint of cluster nodes that this pipeline's nodes put up with."""

    key: Optional[LabelKey] = Field(default=None, description="The taint's key; without it, every taint.")
    operator: Literal["Exists", "Equal"] = Field(
        default="Equal", description="Whether the taint must be there, or equal `value`."
    )
    value: Optional[LabelValue] = Field(default=None, description="The taint's value, for `Equal`.")
    effect: Optional[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]] = Field(
        default=None, description="The taint's effect; without it, every effect."
    )
    seconds: Optional[int] = Field(
        default=None, ge=0, description="How long a running node stays after a NoExecute taint appears."
    )


class AffinityTerm(ContainerModel):
    """A requirement on a label of the cluster's machines."""

    key: LabelKey = Field(description="The label's key.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = Field(
        default="In", description="How the label is compared with `values`."
    )
    values: list[str] = Field(default_factory=list, description="What it is compared with.")
    weight: Optional[int] = Field(
        default=None, ge=1, le=100, description="A preference of this weight; without it, a must."
    )


class SecurityContext(ContainerModel):
    """As whom the container runs (needs KFP 2.16)."""

    run_as_user: Optional[int] = Field(default=None, ge=0, description="Numeric user id.")
    run_as_group: Optional[int] = Field(default=None, ge=0, description="Numeric group id.")
    run_as_non_root: Optional[bool] = Field(default=None, description="Refuse to start as root.")


class Requests(ContainerModel):
    """What the scheduler sets aside, where it is less than the limit in `execution.resources`."""

    cpu: Optional[Union[int, float]] = Field(default=None, gt=0, description="Cores.")
    memory: Optional[Quantity] = Field(default=None, description="Memory.")


class TaskSettings(ContainerModel):
    """How nodes run in the cluster. The same keys serve the whole pipeline and, in `nodes`, one node."""

    image: Optional[ImageName] = Field(
        default=None, description="The container image, built from the bundle's Dockerfile."
    )
    image_pull_policy: Optional[Literal["Always", "IfNotPresent", "Never"]] = Field(
        default=None, description="When the image is pulled."
    )
    image_pull_secrets: list[ObjectName] = Field(
        default_factory=list, description="Secrets that let the cluster pull the image."
    )
    env: dict[EnvName, str] = Field(default_factory=dict, description="Environment variables.")
    secrets: list[ObjectSource] = Field(default_factory=list, description="Secrets to read.")
    config_maps: list[ObjectSource] = Field(default_factory=list, description="Config maps to read.")
    volumes: list[VolumeClaim] = Field(default_factory=list, description="Volume claims to mount.")
    shared_memory: Optional[Quantity] = Field(
        default=None, description="Size of /dev/shm, which data loaders of several processes need."
    )
    node_selector: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels that a cluster machine must have."
    )
    node_affinity: list[AffinityTerm] = Field(
        default_factory=list, description="Requirements and preferences on labels of cluster machines."
    )
    tolerations: list[Toleration] = Field(default_factory=list, description="Taints to put up with.")
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict, description="Labels of the pod.")
    annotations: dict[LabelKey, str] = Field(default_factory=dict, description="Annotations of the pod.")
    pod_fields: dict[EnvName, str] = Field(
        default_factory=dict,
        description="Environment variable → field of the pod, such as spec.nodeName.",
    )
    security_context: Optional[SecurityContext] = Field(default=None, description="As whom it runs.")
    requests: Optional[Requests] = Field(
        default=None, description="CPU and memory to set aside, where less than the limits."
    )


class KubeflowSettings(TaskSettings):
    """Settings of the Kubeflow backend: those of every node, and what is different for single nodes."""

    base_image: Optional[ImageName] = Field(default=None, description=BASE_IMAGE_WORDS)
    python: Program = Field(default="python", description="The Python interpreter inside the image.")
    pip_packages: list[Annotated[str, Field(pattern=r"^\S.*$")]] = Field(
        default_factory=list, description="Requirements that your modules need beside TFX."
    )
    nodes: dict[str, TaskSettings] = Field(
        default_factory=dict,
        description="Node → settings laid over the pipeline's: mappings are merged, the rest replaced.",
    )

    def for_node(self, node: PlanNode) -> TaskSettings:
        """Returns the settings of one node, with every default filled in: the pipeline's, those of its
        component if that is several nodes, and over them its own."""
        from tfxc.schemas.plan_names import names_of

        fields = TaskSettings.model_fields
        common: dict[str, Any] = {name: getattr(self, name) for name in fields}
        for key in reversed(names_of(node)):
            over = self.nodes.get(key)
            for name in over.model_fields_set if over is not None else ():
                value = getattr(over, name)
                inherited = common[name]
                merged = isinstance(value, dict) and isinstance(inherited, dict)
                common[name] = {**inherited, **value} if merged else value
        return TaskSettings.model_construct(**common)
