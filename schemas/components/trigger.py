"""The component that starts another pipeline: tfxc's own, which TFX does not have."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Optional

from pydantic import Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import InitErrorDetails

from tfxc.schemas.addresses import WebAddress, refused
from tfxc.schemas.components.base import ChannelReference, Output
from tfxc.schemas.components.markers import ChannelInput, FilledInByExecutor, Secret, SpecPath
from tfxc.schemas.components.watch import WatchingComponent
from tfxc.schemas.fields import Scalar, validate_beside
from tfxc.schemas.protos.base import ConfigModel

TriggerReason = Literal["anomalies", "not_blessed", "always"]
TRIGGER_REASONS: list[TriggerReason] = ["anomalies", "not_blessed"]
"""What starts the pipeline if a spec does not say."""


class AirflowTarget(ConfigModel):
    """A DAG of Airflow 2 or 3, started over its REST API."""

    at_most_one = (("password", "token"),)

    url: Annotated[str, WebAddress("give `username` and `password`, or `token`")] = Field(
        description="The address of the web server (Airflow 2) or API server (Airflow 3)."
    )
    dag_id: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=250, description="The DAG to start.")
    username: Optional[str] = Field(default=None, min_length=1, description="Who starts it.")
    password: Annotated[Optional[str], Secret()] = Field(default=None, description="That user's password.")
    token: Annotated[Optional[str], Secret()] = Field(
        default=None, description="A token in place of user and password."
    )


class KubeflowTarget(ConfigModel):
    """A pipeline that Kubeflow Pipelines has, started over its REST API (v2beta1)."""

    host: Annotated[str, WebAddress("give `token`")] = Field(
        description="The address of Kubeflow Pipelines, up to what stands before `/apis`."
    )
    pipeline: str = Field(min_length=1, description="The pipeline's name; its newest version is started.")
    version: Optional[str] = Field(
        default=None, min_length=1, description="The name of a version, if not the newest."
    )
    experiment: Optional[str] = Field(
        default=None, min_length=1, description="The experiment that the run belongs to; Default by default."
    )
    namespace: Optional[str] = Field(
        default=None, min_length=1, description="The namespace, where Kubeflow has several users."
    )
    service_account: Optional[str] = Field(
        default=None, min_length=1, description="The Kubernetes service account that the run has."
    )
    token: Annotated[Optional[str], Secret()] = Field(
        default=None, description="A token; else that of the file which KF_PIPELINES_SA_TOKEN_PATH names."
    )


class LocalTarget(ConfigModel):
    """Another spec, run with `tfxc run` on the same machine; the node ends when that run does."""

    spec: Annotated[str, SpecPath()] = Field(min_length=1, description="The spec of the pipeline to run.")
    environment: Optional[str] = Field(
        default=None, min_length=1, description="The environment of that spec; `--env` of `tfxc run`."
    )


class WebhookTarget(ConfigModel):
    """A server that starts something, such as GitHub's repository_dispatch."""

    url: Annotated[str, WebAddress("give it as a header: `headers: {Authorization: …}`")] = Field(
        description="Where to post."
    )
    headers: Annotated[Optional[dict[str, str]], Secret()] = Field(
        default=None, description="Headers of the request, such as Authorization."
    )
    body: Annotated[Optional[dict[str, Any]], Secret()] = Field(
        default=None, description="The JSON body, in the place of tfxc's own."
    )


class PipelineTrigger(WatchingComponent):
    """Starts another pipeline, such as training, if what was found asks for it.

    It is never cached, and starts one run for each of its own, however often it is tried.
    """

    class_path = "tfxc.backends.launcher.components.pipeline_trigger:PipelineTrigger"
    outputs: ClassVar[Mapping[str, Output]] = {
        "triggered_run": Output("JsonValue", "Whether a run was started, which one, and why or why not.")
    }
    acts_outside = "starts another pipeline"
    told = ("airflow", "kubeflow", "local", "webhook")
    exactly_one = (told,)

    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing", many=True)] = Field(
        default=None, description="An Evaluator's blessing of the model that is served."
    )
    infra_blessing: Annotated[Optional[ChannelReference], ChannelInput("InfraBlessing", many=True)] = Field(
        default=None, description="An InfraValidator's blessing."
    )
    trigger_on: list[TriggerReason] = Field(
        default=TRIGGER_REASONS,
        min_length=1,
        description="What starts it: `anomalies`, a model that is `not_blessed`, or `always`. The first two "
        "by default.",
    )

    @model_validator(mode="wrap")
    @classmethod
    def _parameters_of_a_body(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        errors = []
        webhook = value.get("webhook") if isinstance(value, dict) else None
        if isinstance(webhook, dict) and webhook.get("body") is not None and value.get("parameters"):
            error = refused("a body of your own has the parameters in it", "write them into `webhook.body`")
            errors.append(InitErrorDetails(type=error, loc=("parameters",), input=value["parameters"]))
        return validate_beside(handler, value, errors, cls.__name__)

    airflow: Annotated[Optional[AirflowTarget], FilledInByExecutor()] = Field(
        default=None, description="A DAG of Airflow."
    )
    kubeflow: Annotated[Optional[KubeflowTarget], FilledInByExecutor()] = Field(
        default=None, description="A pipeline of Kubeflow Pipelines."
    )
    local: Annotated[Optional[LocalTarget], FilledInByExecutor()] = Field(
        default=None, description="Another spec, on this machine."
    )
    webhook: Annotated[Optional[WebhookTarget], FilledInByExecutor()] = Field(
        default=None, description="A server that starts something."
    )
    parameters: Annotated[Optional[dict[str, Scalar]], FilledInByExecutor()] = Field(
        default=None, description="Values of the other pipeline's parameters."
    )
