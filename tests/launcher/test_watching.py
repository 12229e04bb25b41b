"""Alert and PipelineTrigger in TFX's driver, executor and publisher: what they send and start, and when."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.schemas.plan import Plan

pytestmark = pytest.mark.tfx

SECRET = "a-secret-that-nobody-may-see"
HEAD = """
version: 1
name: watch
components:
  found: {type: Importer, source_uri: anomalies, artifact_type: ExampleAnomalies}
  quiet: {type: Importer, source_uri: nothing, artifact_type: ExampleAnomalies}
  refused:
    type: Importer
    source_uri: blessing
    artifact_type: ModelBlessing
    custom_properties: {blessed: 0}
"""


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    """A folder with an anomaly, with none, and with a blessing."""
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    message = anomalies_pb2.Anomalies()
    message.anomaly_info["size"].description = "it drifted"
    message.anomaly_info["size"].severity = anomalies_pb2.AnomalyInfo.ERROR
    for name, content in (("anomalies", message), ("nothing", anomalies_pb2.Anomalies())):
        split = tmp_path / name / "Split-serving"
        split.mkdir(parents=True)
        (split / "SchemaDiff.pb").write_bytes(content.SerializeToString())
    (tmp_path / "blessing").mkdir()
    return tmp_path


def plan_of(folder: Path, components: str, top: str = "") -> Plan:
    """Returns the Plan of a spec: the head, with more components."""
    spec = folder / "pipeline.yaml"
    spec.write_text(top + HEAD + components)
    checked = check(spec)
    assert checked.plan is not None, checked.diagnostics
    return checked.plan


def recorded(folder: Path) -> str:
    """Returns all that ML Metadata and the files of the runs hold."""
    store = sqlite3.connect(folder / "runs" / "metadata.sqlite")
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".yaml"]
    return "\n".join([*store.iterdump(), *(content.decode("latin-1") for content in files)])


def test_what_was_found_is_told_once_by_every_way(
    launcher: Any, watched: Path, web: Any, small_servers: Any
) -> None:
    with small_servers.mail_server() as mails:
        plan = plan_of(
            watched,
            f"""
  tell:
    type: Alert
    anomalies: [found.result, quiet.result]
    model_blessing: refused.result
    slack: {{webhook_url: "{{{{ env.ADDRESS }}}}/{{{{ env.SECRET }}}}"}}
    webhook:
      url: "{{{{ env.ADDRESS }}}}/hook"
      headers: {{Authorization: "Bearer {{{{ env.SECRET }}}}"}}
    email: {{host: 127.0.0.1, port: {mails.port}, security: none, from: a@example.com, to: [b@example.com]}}
""",
        )
        # What the environment holds is given to the node alone, and none of it is recorded.
        environment = {"ADDRESS": web.address, "SECRET": SECRET}
        plan = with_environment(plan, "tell", environment)
        run = launcher.open(plan, watched)
        for node in ("found", "quiet", "refused"):
            assert run.node(node).state == "succeeded"

        # The webhook fails in the middle: the others have had theirs.
        web.answer = lambda request: (
            (400, f"no {SECRET}".encode()) if request.path == "/hook" else (200, b"ok")
        )
        failed = run.node("tell")
        assert failed.state == "failed"
        assert failed.error is not None
        assert f"the webhook at {web.address} refused a request (400): no ***." in failed.error.message
        assert len(mails.mails) == 1
        assert [request.path for request in web.requests] == ["/hook", f"/{SECRET}"]

        # It is tried again: who has it already gets nothing.
        web.answer = lambda _: (200, b"ok")
        web.requests.clear()
        told = run.node("tell")
        assert told.state == "succeeded", told.error
        assert len(mails.mails) == 1
        (request,) = web.requests
        assert request.headers["Authorization"] == f"Bearer {SECRET}"
        assert request.body["state"] == "running"
        assert request.body["reasons"] == ["anomalies", "not_blessed"]
        assert request.body["not_blessed"] == ["refused"]
        (anomaly,) = request.body["anomalies"]
        assert (anomaly["node"], anomaly["feature"]) == ("found", "size")
        assert anomaly["description"] == "it drifted"
        assert mails.mails[0]["Subject"] == (
            f"watch: 1 anomaly in 1 feature; the model is not blessed by refused (run {run.context.run_id})"
        )

        (summary,) = run.summary().alerts
        assert summary.sent_to == ("webhook",)
        assert summary.reason == "slack and email had this alert of this run before"
    log = run.log("tell").read_text()
    ir = json.dumps(run.ir())
    for text in (recorded(watched), log, ir):
        assert SECRET not in text


def with_environment(plan: Plan, node: str, variables: dict[str, str]) -> Plan:
    nodes = tuple(
        each.model_copy(update={"execution": each.execution.model_copy(update={"env": variables})})
        if each.id == node
        else each
        for each in plan.nodes
    )
    return plan.model_copy(update={"nodes": nodes})


def test_nothing_is_sent_where_nothing_was_found_or_only_told_of(
    launcher: Any, watched: Path, web: Any
) -> None:
    plan = plan_of(
        watched,
        f"""
  silent: {{type: Alert, anomalies: quiet.result, webhook: {{url: "{web.address}"}}}}
  lost:
    type: Alert
    anomalies: found.result
    on_error: warn
    webhook: {{url: "http://127.0.0.1:9/{{{{ run.id }}}}"}}
    slack: {{webhook_url: "{{{{ env.NOWHERE }}}}"}}
""",
    )
    run = launcher.open(plan, watched)
    assert {result.state for result in run.all().values()} == {"succeeded"}
    assert web.requests == []
    silent, lost = run.summary().alerts
    assert (silent.node, silent.sent_to, silent.reason) == ("silent", (), "there was nothing to tell")
    assert (lost.node, lost.sent_to) == ("lost", ())
    assert "the webhook at http://127.0.0.1:9 cannot be reached" in lost.reason
    assert "needs the environment variable NOWHERE" in lost.reason
    # Never from the cache: the next run tells again, what has not changed as well.
    again = launcher.open(plan, watched)
    assert again.node("found").state in ("succeeded", "cached")
    assert again.node("lost").state == "succeeded"


def test_an_alert_on_exit_knows_what_failed(launcher: Any, watched: Path, web: Any) -> None:
    plan = plan_of(
        watched,
        f"""
  missing: {{type: Importer, source_uri: nothing-there, artifact_type: ExampleAnomalies, depends_on: [found]}}
  schema: {{type: ImportSchemaGen, schema_file: broken.pbtxt}}
  check: {{type: SchemaGen, statistics: statistics.result}}
  statistics: {{type: Importer, source_uri: blessing, artifact_type: ExampleStatistics}}
  tell:
    type: Alert
    anomalies: found.result
    webhook: {{url: "{web.address}"}}
    alert_on: [failure]
""",
        top="on_exit: tell\n",
    )
    (watched / "broken.pbtxt").write_text("this is no schema")
    run = launcher.open(plan, watched)
    run.node("found")
    run.node("statistics")
    failed = run.node("schema")
    assert failed.state == "failed"
    assert failed.error is not None
    assert run.node("tell", final_state="failed").state == "succeeded"
    (request,) = web.requests
    assert request.body["state"] == "failed"
    assert request.body["reasons"] == ["anomalies", "failure"]
    assert request.body["failed_nodes"] == [{"node": "schema", "error": failed.error.message}]
    # The run goes on and fails in the same way: that is known. It ends well: that is nothing to tell.
    run.node("schema")
    assert run.node("tell", final_state="failed").state == "succeeded"
    (watched / "broken.pbtxt").write_text("")
    assert run.node("schema").state == "succeeded"
    assert run.node("tell", final_state="succeeded").state == "succeeded"
    assert len(web.requests) == 1


def test_an_alert_whose_inputs_were_never_made_tells_of_the_failure(
    launcher: Any, watched: Path, web: Any
) -> None:
    plan = plan_of(
        watched,
        f"""
  example_gen: {{type: CsvExampleGen, input_base: no-data}}
  statistics_gen: {{type: StatisticsGen, examples: example_gen.examples}}
  example_validator: {{type: ExampleValidator, statistics: statistics_gen.statistics, schema: schema.schema}}
  schema: {{type: ImportSchemaGen, schema_file: schema.pbtxt}}
  tell:
    type: Alert
    anomalies: example_validator.anomalies
    statistics: statistics_gen.statistics
    webhook: {{url: "{web.address}"}}
""",
        top="on_exit: tell\n",
    )
    run = launcher.open(plan, watched)
    assert run.node("example_gen").state == "failed"
    told = run.node("tell", final_state="failed")
    assert told.state == "succeeded", told.error
    (request,) = web.requests
    assert [each["node"] for each in request.body["failed_nodes"]] == ["example_gen"]
    assert request.body["anomalies"] == []


def test_a_pipeline_is_started_once_if_what_was_found_asks_for_it(
    launcher: Any, watched: Path, web: Any
) -> None:
    plan = plan_of(
        watched,
        f"""
  quietly: {{type: PipelineTrigger, anomalies: quiet.result, webhook: {{url: "{web.address}/quiet"}}}}
  retrain:
    type: PipelineTrigger
    anomalies: found.result
    model_blessing: refused.result
    webhook: {{url: "{web.address}/start"}}
    parameters: {{since: "{{{{ run.date }}}}", steps: 5}}
""",
    )
    run = launcher.open(plan, watched)
    web.answers = [(400, b"not now")]
    results = run.all()
    assert results["quietly"].state == "succeeded"
    assert results["retrain"].state == "failed"
    assert run.node("retrain").state == "succeeded"
    assert [request.path for request in web.requests] == ["/start", "/start"]
    body = web.requests[-1].body
    assert body["parameters"] == {"since": "2026-01-31", "steps": 5}
    assert body["reasons"] == ["anomalies", "not_blessed"]
    quietly, retrain = run.summary().triggers
    assert (quietly.run, quietly.reason) == (None, "nothing asked for it")
    assert (retrain.run, retrain.where) == (body["id"], web.address)
    assert retrain.reason == "there are anomalies and a model is not blessed"


def test_another_spec_is_run_here_and_goes_on_where_it_ended(
    launcher: Any, watched: Path, tmp_path: Path
) -> None:
    other = tmp_path / "training" / "other.yaml"
    other.parent.mkdir()
    other.write_text(
        """
version: 1
name: other
parameters:
  text: {type: str}
components:
  schema: {type: ImportSchemaGen, schema_file: schema.pbtxt, description: "{{ parameters.text }}"}
  say: {type: "steps.py:Say", text: "{{ parameters.text }}", depends_on: [schema]}
environments:
  prod: {components: {say: {description: in production}}}
"""
    )
    (other.parent / "schema.pbtxt").write_text("")
    (other.parent / "steps.py").write_text(
        """
from pathlib import Path

from tfx import v1 as tfx


@tfx.dsl.components.component
def Say(text: tfx.dsl.components.Parameter[str]):
    if not Path("go").exists():
        raise ValueError("not yet")
    Path("said").write_text(text)
"""
    )
    plan = plan_of(
        watched,
        """
  retrain:
    type: PipelineTrigger
    anomalies: found.result
    local: {spec: training/other.yaml, environment: prod}
    parameters: {text: "run {{ run.id }}"}
""",
    )
    run = launcher.open(plan, watched)
    run.node("found")
    failed = run.node("retrain")
    assert failed.state == "failed"
    assert failed.error is not None
    assert "training/other.yaml ended with code 1" in failed.error.message
    (other.parent / "go").touch()
    assert run.node("retrain").state == "succeeded", run.log("retrain").read_text()
    assert (other.parent / "said").read_text() == f"run {run.context.run_id}"
    (trigger,) = run.summary().triggers
    folder = other.parent / "runs" / ".tfxc" / str(trigger.run)
    states = {
        each["node"]: each["state"] for each in json.loads((folder / "summary.json").read_text())["nodes"]
    }
    assert states == {"schema": "cached", "say": "succeeded"}
    assert [each.name for each in folder.parent.iterdir() if each.is_dir()] == [folder.name]


def test_anomalies_that_fail_a_run_are_told_on_exit(launcher: Any, watched: Path, web: Any) -> None:
    plan = plan_of(
        watched,
        f"""
  example_gen: {{type: CsvExampleGen, input_base: data}}
  statistics: {{type: StatisticsGen, examples: example_gen.examples}}
  schema: {{type: ImportSchemaGen, schema_file: schema.pbtxt}}
  strict:
    type: ExampleValidator
    statistics: statistics.statistics
    schema: schema.schema
    on_anomaly: fail
  tell: {{type: Alert, anomalies: strict.anomalies, webhook: {{url: "{web.address}"}}}}
""",
        top="on_exit: tell\n",
    )
    (watched / "data").mkdir()
    (watched / "data" / "rows.csv").write_text("size,colour\n" + "1.5,red\n2.5,blue\n" * 20)
    (watched / "schema.pbtxt").write_text('feature { name: "size" type: FLOAT }')
    run = launcher.open(plan, watched)
    for node in ("example_gen", "statistics", "schema"):
        assert run.node(node).state == "succeeded"
    failed = run.node("strict")
    assert failed.state == "failed"
    assert failed.error is not None
    assert run.node("tell", final_state="failed").state == "succeeded"
    (request,) = web.requests
    assert request.body["reasons"] == ["anomalies", "failure"]
    assert {each["feature"] for each in request.body["anomalies"]} == {"colour"}
    assert {each["node"] for each in request.body["anomalies"]} == {"strict"}
    assert request.body["failed_nodes"] == [{"node": "strict", "error": failed.error.message}]
