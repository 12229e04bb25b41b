"""The component that tells people what a run has found: tfxc's own, which TFX does not have."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Optional

from pydantic import Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import InitErrorDetails

from tfxc.schemas.addresses import EmailAddress, WebAddress, refused
from tfxc.schemas.components.base import ChannelReference, Output
from tfxc.schemas.components.markers import ChannelInput, FilledInByExecutor, Secret
from tfxc.schemas.components.watch import WatchingComponent
from tfxc.schemas.fields import validate_beside
from tfxc.schemas.protos.base import ConfigModel

AlertReason = Literal["anomalies", "not_blessed", "failure", "always"]
ALERT_REASONS: list[AlertReason] = ["anomalies", "not_blessed", "failure"]
"""What is told if a spec does not say."""


class WebhookSettings(ConfigModel):
    """A server that gets what was found as JSON."""

    url: Annotated[str, WebAddress("give it as a header: `headers: {Authorization: …}`")] = Field(
        description="Where to post it."
    )
    headers: Annotated[Optional[dict[str, str]], Secret()] = Field(
        default=None, description="Headers of the request, such as Authorization."
    )


class SlackSettings(ConfigModel):
    """A channel of Slack, or of Mattermost and others that take the same body."""

    webhook_url: Annotated[str, WebAddress("take the webhook's address as Slack shows it"), Secret()] = Field(
        description="The address of the incoming webhook; who knows it can post."
    )


class EmailSettings(ConfigModel):
    """A mail over an SMTP server."""

    host: str = Field(min_length=1, pattern=r"^[^\s/:@]+$", description="The SMTP server.")
    port: Optional[int] = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port; by default 587, 465 for `tls` and 25 for `none`.",
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="Begin without encryption and demand it at once, begin with it, or have none.",
    )
    username: Optional[str] = Field(default=None, min_length=1, description="Who sends, for the server.")
    password: Annotated[Optional[str], Secret()] = Field(default=None, description="That user's password.")
    from_: Annotated[str, EmailAddress()] = Field(alias="from", description="The sender's address.")
    to: list[Annotated[str, EmailAddress()]] = Field(min_length=1, description="Who gets it.")

    @model_validator(mode="wrap")
    @classmethod
    def _no_open_password(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        errors = []
        given = value if isinstance(value, dict) else {}
        if given.get("password") is not None and given.get("security") == "none":
            error = refused(
                "everybody on the way can read a password that is sent without encryption",
                "write `security: starttls` or `security: tls`",
            )
            errors.append(InitErrorDetails(type=error, loc=("security",), input="none"))
        for one, other in (("password", "username"), ("username", "password")):
            if given.get(one) is not None and given.get(other) is None:
                error = refused(f"it is of no use without `{other}`", f"give `{other}` too, or neither")
                errors.append(InitErrorDetails(type=error, loc=(one,), input=given[one]))
        return validate_beside(handler, value, errors, cls.__name__)


class Alert(WatchingComponent):
    """Tells people what was found: by webhook, Slack or e-mail. As `on_exit` it tells what failed as well.

    It is never cached, and tells the same of one run only once, however often it is tried.
    """

    class_path = "tfxc.backends.launcher.components.alert:Alert"
    outputs: ClassVar[Mapping[str, Output]] = {
        "alert": Output("JsonValue", "What was found, whether it was sent, to whom and why not.")
    }
    acts_outside = "tells people"
    told = ("webhook", "slack", "email")
    at_least_one = (told,)

    evaluation: Annotated[Optional[ChannelReference], ChannelInput("ModelEvaluation", many=True)] = Field(
        default=None, description="An Evaluator's evaluation: its metrics and the thresholds that it misses."
    )
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing", many=True)] = Field(
        default=None, description="An Evaluator's blessing: a model that has none is told of."
    )
    infra_blessing: Annotated[Optional[ChannelReference], ChannelInput("InfraBlessing", many=True)] = Field(
        default=None, description="An InfraValidator's blessing: a model that has none is told of."
    )
    statistics: Annotated[Optional[ChannelReference], ChannelInput("ExampleStatistics", many=True)] = Field(
        default=None, description="Statistics: how many examples there are is told too."
    )
    alert_on: list[AlertReason] = Field(
        default=ALERT_REASONS,
        min_length=1,
        description="When something is sent: `anomalies`, a model that is `not_blessed`, the `failure` of a "
        "node (as `on_exit`), or `always`. The first three by default.",
    )
    webhook: Annotated[Optional[WebhookSettings], FilledInByExecutor()] = Field(
        default=None, description="A server that gets it as JSON."
    )
    slack: Annotated[Optional[SlackSettings], FilledInByExecutor()] = Field(
        default=None, description="A channel of Slack, Mattermost or the like."
    )
    email: Annotated[Optional[EmailSettings], FilledInByExecutor()] = Field(
        default=None, description="A mail over an SMTP server."
    )
    on_error: Literal["fail", "warn"] = Field(
        default="fail",
        description="What comes of an alert that cannot be sent: the node fails, or the summary says so.",
    )
    report_url: Annotated[
        Optional[str], WebAddress("leave it out: it is sent to everybody who gets the alert")
    ] = Field(
        default=None,
        description="Where people find the run, such as `https://airflow.example.com/dags/x`; told too.",
    )
