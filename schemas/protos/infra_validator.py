"""How a model is tried in a real model server. Mirrors ``tfx/proto/infra_validator.proto``."""

from typing import Annotated, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.protos.base import ConfigModel, FieldOfTfxc, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Count

PROTO_MODULE = "tfx.proto.infra_validator_pb2"


class TensorFlowServing(ProtoModel):
    """The TensorFlow Serving images to try a model in."""

    proto = "tfx.components.infra_validator.TensorFlowServing"

    image_name: Optional[str] = Field(
        default=None, description="The image without a tag; tensorflow/serving by default."
    )
    tags: Optional[list[str]] = Field(
        default=None, description="The image's tags, such as 2.16.1: the model must work in each."
    )
    digests: Optional[list[str]] = Field(
        default=None, description="The image's digests, beside or in place of tags."
    )

    # Without an image TFX tries none and calls the model good.
    at_least_one = (("tags", "digests"),)


class LocalDockerConfig(ProtoModel):
    """A Docker daemon to run the model server with."""

    proto = "tfx.components.infra_validator.LocalDockerConfig"

    client_base_url: Optional[str] = Field(
        default=None, description="The daemon's address; this machine's own by default."
    )
    client_api_version: Optional[str] = Field(
        default=None, description="The version of Docker's API; the client's own by default."
    )
    client_timeout_seconds: Optional[Count] = Field(
        default=None, description="How long to wait for the daemon, in seconds; 60 by default."
    )
    host_ip_address: Optional[str] = Field(
        default=None, description="The address that the server's port is reached at; localhost by default."
    )


class SecretKeySelector(ProtoModel):
    """A key of a Kubernetes Secret."""

    proto = "tfx.components.infra_validator.SecretKeySelector"

    name: str = Field(min_length=1, description="The Secret's name.")
    key: str = Field(min_length=1, description="The key in it.")


class EnvVarSource(ProtoModel):
    """Where the value of an environment variable comes from."""

    proto = "tfx.components.infra_validator.EnvVarSource"

    secret_key_ref: Optional[SecretKeySelector] = Field(default=None, description="A key of a Secret.")


class EnvVar(ProtoModel):
    """An environment variable of the model server."""

    proto = "tfx.components.infra_validator.EnvVar"

    name: str = Field(min_length=1, description="The variable's name.")
    value: Optional[str] = Field(default=None, description="Its value.")
    value_from: Optional[EnvVarSource] = Field(default=None, description="Where its value comes from.")

    at_most_one = (("value", "value_from"),)


class Resources(ProtoModel):
    """What the model server asks of Kubernetes."""

    proto = "tfx.components.infra_validator.Resources"

    requests: Optional[dict[str, str]] = Field(
        default=None, description='Resource → amount reserved: `{cpu: "1", memory: 2Gi}`. Numbers are text.'
    )
    limits: Optional[dict[str, str]] = Field(default=None, description="Resource → the most it may use.")
    claims: Optional[dict[str, str]] = Field(default=None, description="Resource claims of the pod.")


class PodOverrides(ProtoModel):
    """What is added to the model server's pod."""

    proto = "tfx.components.infra_validator.PodOverrides"

    annotations: Optional[dict[str, str]] = Field(default=None, description="Annotations of the pod.")
    env: Optional[list[EnvVar]] = Field(default=None, description="Environment variables.")
    resources: Optional[Resources] = Field(default=None, description="CPU, memory and the like.")


class KubernetesConfig(ProtoModel):
    """A Kubernetes cluster to run the model server in: the one that the node itself runs in."""

    proto = "tfx.components.infra_validator.KubernetesConfig"

    service_account_name: Optional[str] = Field(
        default=None, description="The server pod's service account; the node's own by default."
    )
    active_deadline_seconds: Optional[Count] = Field(
        default=None,
        description="After so many seconds the server is stopped whatever happens; 86400 by default. More "
        "than max_loading_time_seconds.",
    )
    serving_pod_overrides: Optional[PodOverrides] = Field(
        default=None, description="What is added to the server's pod."
    )


class LocalProcess(ConfigModel):
    """A process of this environment: nothing has to be installed, and no container is started."""


class ServingSpec(ProtoModel):
    """Which model server a model is tried in, and where that runs."""

    proto = "tfx.components.infra_validator.ServingSpec"
    oneofs: ClassVar[Oneofs] = {
        "serving_binary": ("tensorflow_serving",),
        "serving_platform": ("local_docker", "kubernetes"),
    }

    tensorflow_serving: Optional[TensorFlowServing] = Field(
        default=None, description="TensorFlow Serving, in these images."
    )
    local_docker: Optional[LocalDockerConfig] = Field(
        default=None, description="Run it with Docker: `{}` for this machine's."
    )
    kubernetes: Optional[KubernetesConfig] = Field(
        default=None, description="Run it in the Kubernetes cluster that the node runs in."
    )
    local_process: Annotated[Optional[LocalProcess], FieldOfTfxc()] = Field(
        default=None,
        description="Try it with TensorFlow Serving's own loader in a process of its own, without Docker: "
        "`{}`. In place of an image and a platform.",
    )
    model_name: Optional[str] = Field(
        default=None, description="The model's name in the server; infra-validation-model by default."
    )

    at_least_one = (("local_docker", "kubernetes", "local_process"), ("tensorflow_serving", "local_process"))
    at_most_one = (
        ("tensorflow_serving", "local_process"),
        ("local_docker", "local_process"),
        ("kubernetes", "local_process"),
    )


class ValidationSpec(ProtoModel):
    """When a model counts as good."""

    proto = "tfx.components.infra_validator.ValidationSpec"

    max_loading_time_seconds: Optional[Count] = Field(
        default=None, description="The longest that loading may take, in seconds; 300 by default."
    )
    num_tries: Optional[Count] = Field(
        default=None, description="How often to try before the model counts as bad; 5 by default."
    )


class TensorFlowServingRequestSpec(ProtoModel):
    """Requests to TensorFlow Serving."""

    proto = "tfx.components.infra_validator.TensorFlowServingRequestSpec"

    tag_set: Optional[list[str]] = Field(
        default=None, description="All tags of the SavedModel's graph to use; serve by default."
    )
    signature_names: Optional[list[str]] = Field(
        default=None, description="The signatures to call; serving_default by default."
    )


class RequestSpec(ProtoModel):
    """Requests that are sent to the model server."""

    proto = "tfx.components.infra_validator.RequestSpec"
    oneofs: ClassVar[Oneofs] = {"kind": ("tensorflow_serving",)}

    tensorflow_serving: TensorFlowServingRequestSpec = Field(
        description="Requests to TensorFlow Serving: `{}` for the default signature."
    )
    split_name: Optional[str] = Field(
        default=None, description="The split whose examples are sent; the first one by default."
    )
    num_examples: Optional[Count] = Field(
        default=None, description="How many examples are sent, to each signature; 1 by default."
    )
    make_warmup: Optional[bool] = Field(
        default=None,
        description="Put a copy of the model with these requests as its warm-up into the blessing. The "
        "examples are then readable in the model's assets.",
    )
