"""The ``serving`` section of a spec: how the model that a pipeline pushes is served, for ``tfxc deploy``.

No run reads it, and no Plan has it: it says nothing of how the model is made.
"""

from typing import Annotated, Optional

from pydantic import BaseModel, Field, StringConstraints

from tfxc.schemas.execution import ResourceRequest
from tfxc.schemas.strict import STRICT

ModelName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$", max_length=63)
]
ImageName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$", max_length=512)]
ObjectName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]
FolderOfVolume = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$", max_length=512)]


class ServingModel(BaseModel):
    """Base of the section's models: unknown keys are errors, and nothing is converted."""

    model_config = STRICT


class Replicas(ServingModel):
    """How many servers there are, by how busy they are."""

    minimum: int = Field(default=2, ge=1, le=1000, description="So many at least.")
    maximum: int = Field(default=4, ge=1, le=1000, description="So many at most.")
    target_cpu: int = Field(
        default=70, ge=1, le=100, description="Per cent of `resources.cpu` that a server is to be busy."
    )


class Batching(ServingModel):
    """TensorFlow Serving's BatchingParameters: requests that wait together are answered together."""

    max_batch_size: int = Field(default=32, ge=1, description="So many rows at most in one call.")
    batch_timeout_micros: int = Field(
        default=1000, ge=0, description="So long a request waits for others, in microseconds."
    )
    max_enqueued_batches: Optional[int] = Field(
        default=None, ge=1, description="So many batches wait at most; more are refused as UNAVAILABLE."
    )
    num_batch_threads: Optional[int] = Field(
        default=None, ge=1, description="So many batches are computed at once."
    )
    allowed_batch_sizes: list[int] = Field(
        default=[],
        description="Batches are filled up to one of these; ascending, the last is max_batch_size.",
    )
    pad_variable_length_inputs: bool = Field(
        default=False, description="Fill up inputs of different lengths so that they fit into one batch."
    )


class Serving(ServingModel):
    """How the pushed model is served."""

    model_name: Optional[ModelName] = Field(
        default=None, description="The name that clients ask for; by default the pipeline's."
    )
    image: Optional[ImageName] = Field(
        default=None,
        description="The container image; by default tensorflow/serving of the TensorFlow that trained.",
    )
    resources: Optional[ResourceRequest] = Field(default=None, description="What one server gets.")
    replicas: Optional[Replicas] = Field(
        default=None, description="How many servers there are, by how busy they are."
    )
    batching: Optional[Batching] = Field(
        default=None, description="Answer requests that wait together together; by default it is off."
    )
    volume_claim: Optional[ObjectName] = Field(
        default=None,
        description="The claim whose volume holds the pushed versions, if they are in no bucket.",
    )
    volume_path: Optional[FolderOfVolume] = Field(
        default=None, description="The folder of that volume with the versions; by default its root."
    )
    service_account: Optional[ObjectName] = Field(
        default=None, description="The Kubernetes service account that may read the bucket."
    )
    secret: Optional[ObjectName] = Field(
        default=None,
        description="A Kubernetes secret whose keys become environment variables, as AWS_ACCESS_KEY_ID.",
    )
    gateway: Optional[ObjectName] = Field(
        default=None, description="The Gateway (Gateway API) that requests come through: it weighs a canary."
    )
