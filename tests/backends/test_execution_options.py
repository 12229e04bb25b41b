"""Every execution option on every backend changes the bundle or is a finding: nothing is dropped."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tfxc.backends import Bundle, UnusableBackendError, backend_names, load_backend
from tfxc.compiler.bundle import read_modules
from tfxc.compiler.checks.honoured import honoured_findings
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.schemas.execution import Execution
from tfxc.schemas.execution_options import EXECUTION_OPTIONS
from tfxc.schemas.plan import (
    ContainerComponent,
    ManagedMetadata,
    Plan,
    PlanArgument,
    PlanExecution,
    PlanExecutor,
    PlanModule,
    PlanQuery,
    StandardComponent,
)
from tfxc.schemas.plan_values import artifact_value, container_input

SPEC = """version: 1
name: example
pipeline_root: gs://bucket/root
metadata: {grpc: {host: metadata, port: 8080}}
components:
  first:
    type: Importer
    source_uri: gs://bucket/{date}
    artifact_type: Model
  second:
    type: Pusher
    model: first.result
    push_destination: {filesystem: {base_directory: gs://bucket/serving}}
    {asked}
  last: {type: Importer, source_uri: gs://bucket/last, artifact_type: Model, depends_on: [{above}]}
{pipeline}
backends:
  airflow:
    operator: OPERATOR
    docker: {image: example}
    kubernetes: {image: example}
  kubeflow: {image: example}
"""

ASKED: Mapping[str, str] = {
    "when": 'when: first.result.uri != ""',
    "retries": "execution: {retries: 2}",
    "retry_delay": "execution: {retries: 2, retry_delay: 30s}",
    "retry_exponential_backoff": "execution: {retries: 2, retry_delay: 30s, retry_exponential_backoff: true}",
    "timeout": "execution: {timeout: 1h}",
    "cache": "execution: {cache: false}",
    "check_model": "execution: {check_model: false}",
    "trigger_strategy": "execution: {trigger_strategy: ALL_UPSTREAM_NODES_COMPLETED}",
    "cpu": "execution: {resources: {cpu: 2}}",
    "memory": "execution: {resources: {memory: 2Gi}}",
    "accelerator": "execution: {resources: {accelerator: {type: nvidia.com/gpu}}}",
    "beam_pipeline_args": "execution: {beam_pipeline_args: [--runner=FlinkRunner]}",
    "env": "execution: {env: {STAGE: test}}",
    "on_exit": "",
    "run.date": "",
}
"""option → what asks for it, in `second`; two stand elsewhere"""

OF_THE_PLAN: Mapping[str, Callable[[Plan], Plan]] = {
    "container": lambda plan: with_second(
        plan, component=ContainerComponent(image="example", command=("run", container_input("model", "uri")))
    ),
    "executor": lambda plan: with_second(
        plan,
        component=StandardComponent(
            type="Pusher",
            class_path="tfx.components.pusher.component:Pusher",
            executor=PlanExecutor(module=PlanModule(folder=None, import_name="own"), class_name="Own"),
        ),
    ),
    "katib": lambda plan: with_second(
        plan,
        component=StandardComponent(
            type="Tuner", class_path="tfx.components.tuner.component:Tuner", engine="katib"
        ),
    ),
    "artifact_values": lambda plan: with_second(
        plan, arguments={"threshold": PlanArgument(value=artifact_value("first", "result"))}
    ),
    "artifacts_of_other_pipelines": lambda plan: with_second(
        plan, inputs={"model": (PlanQuery(artifact_type="Model", pipeline="other"),)}
    ),
    "artifacts_by_property": lambda plan: with_second(
        plan, inputs={"model": (PlanQuery(artifact_type="Model", properties={"city": "rome"}),)}
    ),
    "on_anomaly": lambda plan: with_second(plan, execution=PlanExecution(on_anomaly="fail")),
    "managed_metadata": lambda plan: plan.model_copy(update={"metadata": ManagedMetadata()}),
}
"""option that only a Plan can ask for yet → a Plan that asks for it, made of one that does not"""


def with_second(plan: Plan, **fields: Any) -> Plan:
    nodes = [node.model_copy(update=fields) if node.id == "second" else node for node in plan.nodes]
    return plan.model_copy(update={"nodes": tuple(nodes)})


ONLY_WITH: Mapping[str, str] = {"retry_delay": "retries", "retry_exponential_backoff": "retry_delay"}
"""option → the one that it says something about: without that one it has no effect"""

ALWAYS: Mapping[tuple[str, str], bytes] = {("airflow", "run.date"): b"TFXC_RUN_DATE"}
"""backend and option → what is in its bundle whether the option is asked for or not"""

BACKENDS = ("local", "kubeflow", "airflow:bash", "airflow:docker", "airflow:kubernetes")


def checked(folder: Path, backend: str, option: str | None) -> CheckedSpec:
    name, _, operator = backend.partition(":")
    text = SPEC.replace("OPERATOR", operator or "bash")
    text = text.replace("{asked}", ASKED[option] if option is not None else "")
    text = text.replace("{date}", '"{{ run.date }}"' if option == "run.date" else "model")
    text = text.replace('gs://bucket/"{{ run.date }}"', '"gs://bucket/{{ run.date }}"')
    text = text.replace("{above}", "" if option == "on_exit" else "second")
    text = text.replace("{pipeline}", "on_exit: last" if option == "on_exit" else "")
    path = folder / f"{option}.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, backends=(name,))


@pytest.fixture(scope="module")
def unasked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str | None], CheckedSpec]:
    """Returns a function like `checked`, for specs that many tests compare with: each is checked once."""
    folder = tmp_path_factory.mktemp("unasked")
    return cache(lambda backend, option: checked(folder, backend, option))


def emitted(spec: CheckedSpec, backend: str, carried: bool) -> Mapping[str, bytes]:
    """Returns what the orchestrator reads of a bundle: without the Plan, unless that is all there is."""
    assert spec.plan is not None, [each.message for each in spec.diagnostics]
    bundle = load_backend(backend.partition(":")[0]).emit(spec.plan, read_modules(spec.plan, Path()))
    files = {str(path): content for path, content in bundle.files.items()}
    if backend != "local" and not carried:
        files = {name: text for name, text in files.items() if name not in ("plan.json", "docs.json")}
    return files


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("option", [*ASKED])
def test_an_option_changes_the_bundle_or_is_a_finding(
    tmp_path: Path, unasked: Callable[[str, str | None], CheckedSpec], backend: str, option: str
) -> None:
    spec = checked(tmp_path, backend, option)
    table = EXECUTION_OPTIONS[option]
    if spec.plan is None:
        assert {each.code for each in spec.diagnostics} <= {"B101", "B126"}
        return
    assert table.asked(spec.plan)
    always = ALWAYS.get((backend.partition(":")[0], option))
    if always is not None:
        assert any(always in content for content in emitted(spec, backend, table.carried).values())
        return
    without = unasked(backend, ONLY_WITH.get(option))
    assert without.plan is not None
    assert not table.asked(without.plan)
    assert emitted(spec, backend, table.carried) != emitted(without, backend, table.carried)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("option", OF_THE_PLAN)
def test_what_only_a_plan_can_ask_for_is_carried_or_a_finding(
    unasked: Callable[[str, str | None], CheckedSpec], backend: str, option: str
) -> None:
    spec = unasked(backend, None)
    assert spec.plan is not None
    asking = OF_THE_PLAN[option](spec.plan)
    table = EXECUTION_OPTIONS[option]
    assert table.asked(asking)
    assert not table.asked(spec.plan)
    found = honoured_findings(load_backend(backend.partition(":")[0]), asking, spec.loaded.document)
    if table.carried:
        assert not found
        assert emitted(replace(spec, plan=asking), backend, True) != emitted(spec, backend, True)
    elif option in load_backend(backend.partition(":")[0]).honours:
        found = load_backend(backend.partition(":")[0]).check(asking)
        if not found:
            assert emitted(replace(spec, plan=asking), backend, False) != emitted(spec, backend, False)
        assert {each.code for each in found} <= {"B101"}
    else:
        assert [(each.code, each.path) for each in found] == [("B101", table.asked(asking)[0])]
        assert "does not name" not in found[0].message


def test_every_option_is_tried() -> None:
    assert set(ASKED) | set(OF_THE_PLAN) == set(EXECUTION_OPTIONS)
    assert not set(ASKED) & set(OF_THE_PLAN)


def test_every_installed_backend_is_tried() -> None:
    assert {"local", "airflow", "kubeflow"} <= set(backend_names())
    assert {each.partition(":")[0] for each in BACKENDS} == {"local", "airflow", "kubeflow"}


def test_the_table_has_all_of_the_execution_section() -> None:
    of_the_language = {"when", "on_exit", "run.date", *OF_THE_PLAN}
    assert set(_fields(Execution)) == set(EXECUTION_OPTIONS) - of_the_language


def _fields(model: type[BaseModel]) -> Iterator[str]:
    """Yields the options of a section: those of `resources` by their own names."""
    for name, each in model.model_fields.items():
        inner = [kind for kind in get_args(each.annotation) if isinstance(kind, type)]
        resources = [kind for kind in inner if issubclass(kind, BaseModel)] if name == "resources" else []
        yield from _fields(resources[0]) if resources else (name,)


@pytest.mark.parametrize("name", ["local", "airflow", "kubeflow"])
def test_what_a_backend_names_is_in_the_table(name: str) -> None:
    backend = load_backend(name)
    assert backend.honours | set(backend.cannot) == set(EXECUTION_OPTIONS)
    assert not backend.honours & set(backend.cannot)


class _Older:
    """A backend of an earlier time, which says what it can do in another way."""

    name = "older"
    settings = BaseModel

    def check(self, plan: Any) -> list[Any]:
        return []

    def emit(self, plan: Any, modules: Any) -> Bundle:
        return Bundle({})


def test_a_backend_that_does_not_say_what_it_honours_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name = "older"

        def load(self) -> _Older:
            return _Older()

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Entry()])
    with pytest.raises(UnusableBackendError, match="it has no `honours`"):
        load_backend("older")
