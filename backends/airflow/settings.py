"""The ``backends.airflow`` section of a spec."""

from __future__ import annotations

import re
import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Optional, Union

from pydantic import AfterValidator, Field, model_validator

from tfxc.backends.airflow.containers import DockerSettings, KubernetesSettings, Toleration
from tfxc.backends.airflow.schedule import parse_schedule
from tfxc.backends.container.fields import ContainerModel, EnvName, ImageName
from tfxc.schemas.execution import Duration
from tfxc.schemas.quantities import parse_duration

if TYPE_CHECKING:
    from tfxc.schemas.plan import PlanNode

_CALLBACK = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", re.ASCII)


def _checked_schedule(text: str) -> str:
    parse_schedule(text)
    return text


def _checked_wait(value: Union[int, float, str]) -> Union[int, float, str]:
    parse_duration(value)
    return value


def _checked_duration(value: Union[int, float, str]) -> Union[int, float, str]:
    if parse_duration(value) <= 0:
        raise ValueError("the duration must be above zero")
    return value


def _checked_date(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text}` is not a date: write 2026-01-31, or 2026-01-31T06:00:00") from None
    if moment.tzinfo is not None:
        raise ValueError(f"`{text}` has a time zone of its own: write it without, and set `timezone`")
    return text


def _checked_timezone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # A system without time zone data knows none: then there is nothing to check against.
        if zoneinfo.available_timezones():
            raise ValueError(f"`{name}` is not a time zone: write one such as Europe/Berlin or UTC") from None
    return name


def _checked_asset(uri: str) -> str:
    if not _SCHEME.fullmatch(uri) or not uri.isascii() or len(uri) > 1500:
        raise ValueError(f"`{uri}` is not an asset's URI: write one such as s3://bucket/model, in ASCII")
    if uri.lower().startswith("airflow:"):
        raise ValueError("Airflow keeps the scheme `airflow:` for itself")
    return uri


def _checked_callback(name: str) -> str:
    if not _CALLBACK.fullmatch(name):
        raise ValueError(f"`{name}` is not the name of a function: write package.module:function")
    return name


AirflowId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=250)]
AirflowKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]+$", max_length=250)]
AssetUri = Annotated[str, AfterValidator(_checked_asset)]
Positive = Annotated[Duration, AfterValidator(_checked_duration)]
Wait = Annotated[Duration, AfterValidator(_checked_wait)]
Date = Annotated[str, AfterValidator(_checked_date)]


class AssetSchedule(ContainerModel):
    """Runs when assets were updated: datasets, in Airflow 2."""

    all: list[AssetUri] = Field(default_factory=list, description="Run when each of these was updated.")
    any: list[AssetUri] = Field(default_factory=list, description="Run when one of these was updated.")

    @model_validator(mode="after")
    def _one_of_them(self) -> AssetSchedule:
        if bool(self.all) == bool(self.any):
            raise ValueError("give `all` or `any`, with the URIs of the assets")
        return self


class SecretSource(ContainerModel):
    """Where the value of an environment variable is kept."""

    variable: Optional[AirflowKey] = Field(default=None, description="An Airflow Variable.")
    connection: Optional[AirflowKey] = Field(
        default=None, description="An Airflow Connection: the value is its password."
    )
    kubernetes_secret: Optional[AirflowId] = Field(
        default=None, description="A Secret of the namespace that the pods run in."
    )
    key: Optional[AirflowId] = Field(default=None, description="The key in the Kubernetes Secret.")

    @model_validator(mode="after")
    def _one_source(self) -> SecretSource:
        sources = [self.variable, self.connection, self.kubernetes_secret]
        if sum(source is not None for source in sources) != 1:
            raise ValueError("give one of `variable`, `connection` and `kubernetes_secret`")
        if (self.key is None) != (self.kubernetes_secret is None):
            raise ValueError("`kubernetes_secret` and `key` go together")
        return self


class BashSettings(ContainerModel):
    """Nodes run on the Airflow worker, in a Python environment that has TFX."""

    python: Optional[str] = Field(
        default=None, min_length=1, description="The Python of an environment with tfxc[tfx], by its path."
    )
    python_variable: Optional[AirflowKey] = Field(
        default=None, description="An Airflow Variable that holds the path, read when a task starts."
    )
    python_environment: EnvName = Field(
        default="TFXC_PYTHON",
        description="An environment variable of the worker that holds the path, where neither is given.",
    )
    warm: bool = Field(
        default=False,
        description="Keep a launcher that has TFX imported on each worker: nodes start by a fork of it.",
    )

    @model_validator(mode="after")
    def _one_python(self) -> BashSettings:
        if self.python is not None and self.python_variable is not None:
            raise ValueError("give `python` or `python_variable`, not both")
        return self


class PoolSettings(ContainerModel):
    """A pool that this pipeline brings along, in the bundle's pools.json."""

    slots: int = Field(ge=1, description="How many tasks of the pool run at once.")
    description: str = Field(default="", description="What the pool is for.")
    include_deferred: bool = Field(default=False, description="Whether deferred tasks take a slot.")


class EmailSettings(ContainerModel):
    """An e-mail for each failed task, through the provider apache-airflow-providers-smtp."""

    to: list[str] = Field(min_length=1, description="Who gets it.")
    sender: Optional[str] = Field(
        default=None, description="The address it comes from; without one, the connection's."
    )
    connection: AirflowKey = Field(default="smtp_default", description="The SMTP connection.")


class FailureSettings(ContainerModel):
    """What happens when a node has failed for good."""

    callback: Optional[Annotated[str, AfterValidator(_checked_callback)]] = Field(
        default=None,
        description="`package.module:function`, importable where Airflow runs; it gets the task's context.",
    )
    email: Optional[EmailSettings] = Field(default=None, description="Send an e-mail.")


class NodeSettings(ContainerModel):
    """Settings of one node."""

    pool: Optional[AirflowId] = Field(default=None, description="The pool that its task takes slots of.")
    pool_slots: int = Field(default=1, ge=1, description="How many slots it takes.")
    priority_weight: Optional[int] = Field(default=None, description="Higher ones are started first.")
    queue: Optional[str] = Field(default=None, description="The queue of workers that it runs on.")
    executor: Optional[str] = Field(
        default=None, description="The Airflow executor, where there are several."
    )
    image: Optional[ImageName] = Field(default=None, description="An image in place of the operator's.")
    node_selector: Optional[dict[str, str]] = Field(
        default=None, description="Labels of the Kubernetes nodes it may run on, in place of the operator's."
    )
    tolerations: Optional[list[Toleration]] = Field(
        default=None, description="Kubernetes taints that it tolerates, in place of the operator's."
    )
    outlets: list[AssetUri] = Field(
        default_factory=list,
        description="Assets (datasets, in Airflow 2) that the node has updated when its task succeeds.",
    )


class AirflowSettings(ContainerModel):
    """The ``backends.airflow`` section."""

    dag_id: Optional[AirflowId] = Field(
        default=None, description="The DAG's id; the pipeline's name if none."
    )
    schedule: Optional[Annotated[str, AfterValidator(_checked_schedule)]] = Field(
        default=None,
        description="When runs start: a cron expression, a preset such as @daily, or a duration such as 6h; "
        "null for runs by hand only.",
    )
    assets: Optional[AssetSchedule] = Field(
        default=None,
        description="Run when assets (datasets, in Airflow 2) were updated, in place of a schedule.",
    )
    start_date: Optional[Date] = Field(default=None, description="The first data interval starts here.")
    end_date: Optional[Date] = Field(default=None, description="No run for intervals after this.")
    timezone: Annotated[str, AfterValidator(_checked_timezone)] = Field(
        default="UTC", description="The time zone of the schedule, the dates and `{{ run.date }}`."
    )
    catchup: bool = Field(default=False, description="Run every interval since start_date.")
    max_active_runs: int = Field(default=1, ge=1, description="How many runs may be active at once.")
    max_active_tasks: int = Field(default=16, ge=1, description="How many tasks of the DAG run at once.")
    run_timeout: Optional[Positive] = Field(default=None, description="A run that takes longer has failed.")
    depends_on_past: bool = Field(
        default=False, description="Start a node only if it succeeded in the run before."
    )
    paused: Optional[bool] = Field(
        default=None, description="Whether a new DAG is paused; Airflow's own setting if null."
    )
    tags: list[str] = Field(default_factory=list, description="Tags of the DAG.")
    owner: str = Field(default="airflow", min_length=1, description="Who owns the tasks.")
    retries: int = Field(
        default=0, ge=0, le=100, description="Retries of the nodes whose `execution` has none."
    )
    retry_delay: Wait = Field(default="5m", description="Wait before these retries.")
    weight_rule: Literal["downstream", "upstream", "absolute"] = Field(
        default="downstream", description="How priority weights add up along the graph."
    )
    on_failure: Optional[FailureSettings] = Field(
        default=None, description="What happens when a node has failed for good."
    )
    operator: Literal["bash", "docker", "kubernetes"] = Field(
        default="bash",
        description="What runs a node: a process on the worker, a Docker container or a Kubernetes pod.",
    )
    bash: BashSettings = Field(default=BashSettings(), description="For the operator `bash`.")
    docker: Optional[DockerSettings] = Field(default=None, description="For the operator `docker`.")
    kubernetes: Optional[KubernetesSettings] = Field(
        default=None, description="For the operator `kubernetes`."
    )
    env: dict[EnvName, str] = Field(
        default_factory=dict, description="Environment variables of every node, as they are."
    )
    secrets: dict[EnvName, SecretSource] = Field(
        default_factory=dict, description="Environment variables whose values Airflow or Kubernetes keeps."
    )
    pools: dict[AirflowId, PoolSettings] = Field(
        default_factory=dict, description="Pools that this pipeline brings along."
    )
    nodes: dict[str, NodeSettings] = Field(
        default_factory=dict,
        description="Settings of single nodes, by the component's name or the node's id.",
    )

    def for_node(self, node: PlanNode) -> NodeSettings:
        """Returns the settings of one node: those of its component, and over them its own."""
        from tfxc.schemas.plan_names import names_of

        given = [self.nodes[name] for name in reversed(names_of(node)) if name in self.nodes]
        return NodeSettings.model_construct(
            **{key: getattr(each, key) for each in given for key in each.model_fields_set}
        )
