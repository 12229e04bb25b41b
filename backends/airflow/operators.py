"""What differs between the operators that run a node: imports, environment and the fixed arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.backends.airflow import docker_tasks, kubernetes_tasks
from tfxc.backends.airflow.containers import DockerSettings, KubernetesSettings
from tfxc.backends.airflow.literals import Call, Code, Literal, literal, untemplated
from tfxc.backends.airflow.settings import AirflowSettings, BashSettings, SecretSource
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.start import launcher_command

_RUN: dict[str, Literal] = {
    "TFXC_RUN_ID": "{{ run_id }}",
    "TFXC_RUN_DATE": Code("RUN_DATE"),
    "TFXC_PARAMETERS": "{{ params | tojson }}",
}


@dataclass(frozen=True)
class Provider:
    """An Airflow provider that a DAG file imports from, beside the standard one."""

    package: str
    module: str
    imports: tuple[str, ...]


DOCKER = Provider(docker_tasks.PACKAGE, docker_tasks.MODULE, docker_tasks.IMPORTS)
KUBERNETES = Provider(kubernetes_tasks.PACKAGE, kubernetes_tasks.MODULE, kubernetes_tasks.IMPORTS)
SMTP = Provider(
    "apache-airflow-providers-smtp",
    "airflow.providers.smtp",
    ("from airflow.providers.smtp.notifications.smtp import SmtpNotifier",),
)


def providers(settings: AirflowSettings) -> list[Provider]:
    """Returns the providers that the DAG needs beside Airflow itself."""
    needed = {"docker": [DOCKER], "kubernetes": [KUBERNETES]}.get(settings.operator, [])
    if settings.on_failure is not None and settings.on_failure.email is not None:
        return [*needed, SMTP]
    return needed


def operator_context(settings: AirflowSettings) -> dict[str, Any]:
    """Returns what the template needs of the operator. Its section of the settings must be there."""
    context: dict[str, Any] = {"operator": settings.operator}
    if settings.operator == "docker" and settings.docker is not None:
        context["operator_class"] = "DockerOperator"
        context["environment"] = literal(_environment(settings))
        context.update(_container_command(settings.docker))
        context["arguments"] = literal(docker_tasks.container_arguments(settings.docker), before=12)
    elif settings.operator == "kubernetes" and settings.kubernetes is not None:
        context["operator_class"] = "KubernetesPodOperator"
        context["environment"] = literal(_pod_environment(settings))
        context.update(_container_command(settings.kubernetes))
        context["arguments"] = literal(kubernetes_tasks.pod_arguments(settings.kubernetes), before=6)
    else:
        context["operator_class"] = "BashOperator"
        context["environment"] = literal(
            {
                "TFXC_BUNDLE": Code("str(BUNDLE)"),
                **_python(settings.bash),
                **_environment(settings),
            }
        )
        context["python_variable"] = _python_variable(settings.bash)
        context["flags"] = " --warm" if settings.bash.warm else ""
    return context


def _container_command(container: DockerSettings | KubernetesSettings) -> dict[str, str]:
    """Returns the launcher's command, and its arguments but for the node."""
    launcher = [untemplated(word) for word in launcher_command(container.python)]
    run_node = ["run-node", "--summary", "--result-line", "--plan", untemplated(container.bundle)]
    return {
        "launcher": literal(launcher, before=len("LAUNCHER = ")),
        "run_node": literal(run_node, before=len("RUN_NODE = ")),
    }


def _python_variable(bash: BashSettings) -> str:
    fixed = bash.python is not None or bash.python_variable is not None
    return "TFXC_PYTHON" if fixed else bash.python_environment


def _python(bash: BashSettings) -> dict[str, Literal]:
    if bash.python is not None:
        return {"TFXC_PYTHON": untemplated(bash.python)}
    if bash.python_variable is not None:
        return {"TFXC_PYTHON": f"{{{{ var.value.get({bash.python_variable!r}) }}}}"}
    return {}


def _environment(settings: AirflowSettings) -> dict[str, Literal]:
    """Returns the environment of a node: texts as they are, and templates that Airflow renders."""
    return {**_RUN, **_given(settings)}


def _given(settings: AirflowSettings) -> dict[str, Literal]:
    fixed = {name: untemplated(text) for name, text in settings.env.items()}
    kept = {name: _secret(source) for name, source in settings.secrets.items()}
    return {**fixed, **{name: text for name, text in kept.items() if text is not None}}


def _secret(source: SecretSource) -> str | None:
    """Returns the template that reads a secret from Airflow, or None if Kubernetes keeps it."""
    if source.variable is not None:
        return f"{{{{ var.value.get({source.variable!r}) }}}}"
    if source.connection is not None:
        return f"{{{{ conn.get({source.connection!r}).password }}}}"
    return None


def container_environment(node: PlanNode, settings: AirflowSettings) -> Literal:
    """Returns the environment of a user's container: its own, and what all tasks have beside the run."""
    own = {name: untemplated(str(value)) for name, value in node.execution.env.items()}
    if settings.operator == "kubernetes":
        return _pod_variables({**_given(settings), **own}, settings)
    return {**_given(settings), **own}


def _pod_environment(settings: AirflowSettings) -> list[Call]:
    return _pod_variables(_environment(settings), settings)


def _pod_variables(environment: Mapping[str, Literal], settings: AirflowSettings) -> list[Call]:
    variables = [
        Call("k8s.V1EnvVar", (), (("name", name), ("value", value))) for name, value in environment.items()
    ]
    secrets = [
        kubernetes_tasks.secret_variable(name, source.kubernetes_secret, source.key)
        for name, source in settings.secrets.items()
        if source.kubernetes_secret is not None and source.key is not None
    ]
    return variables + secrets
