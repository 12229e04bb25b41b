"""A run of a pipeline that Kubeflow Pipelines has, over its REST API v2beta1.

KFP makes the ids of runs itself. So a run is found again by its name, which it is given here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.triggers.values import TriggeredRun, TriggerRequest
from tfxc.backends.web.client import Authorization, Client, ServerError, bearer, quoted
from tfxc.schemas.components.trigger import KubeflowTarget

_API = "/apis/v2beta1"
_WHAT = "Kubeflow Pipelines"
_TOKEN_FILE = "KF_PIPELINES_SA_TOKEN_PATH"  # noqa: S105 - the name of a variable


def start(target: KubeflowTarget, request: TriggerRequest) -> TriggeredRun:
    """Starts a run of a pipeline, or finds the one that an earlier attempt started. Raises ServerError."""
    client = Client(target.host, _WHAT, _authorization(target), os.environ.get("SSL_CERT_FILE", ""))
    experiment = _experiment(client, target)
    where = f"the pipeline {target.pipeline} of Kubeflow"
    found = _run(client, target, experiment, request.new_run_id)
    if found is not None:
        return TriggeredRun(found, where, is_new=False)
    pipeline = _pipeline(client, target)
    body: dict[str, Any] = {
        "display_name": request.new_run_id,
        "description": f"Started by {request.node} of {request.pipeline}, run {request.run_id}.",
        "pipeline_version_reference": {
            "pipeline_id": pipeline,
            "pipeline_version_id": _version(client, target, pipeline),
        },
        "runtime_config": {"parameters": dict(request.parameters)},
    }
    if experiment is not None:
        body["experiment_id"] = experiment
    if target.service_account is not None:
        body["service_account"] = target.service_account
    try:
        made = client.send("POST", f"{_API}/runs", body, repeatable=False)
    except ServerError:
        # The answer may be lost and the run there.
        found = _run(client, target, experiment, request.new_run_id)
        if found is None:
            raise
        return TriggeredRun(found, where)
    return TriggeredRun(str(made.get("run_id", "")), where)


def _authorization(target: KubeflowTarget) -> Authorization:
    missing = f"give `token`, or the file that {_TOKEN_FILE} names"
    if target.token is not None:
        return bearer(target.token, "`token`")
    file = os.environ.get(_TOKEN_FILE)
    if not file:
        return Authorization(missing=missing)
    try:
        return bearer(Path(file).read_text(encoding="utf-8"), _TOKEN_FILE)
    except (OSError, UnicodeDecodeError):
        raise ServerError(f"the file that {_TOKEN_FILE} names cannot be read.") from None


def _experiment(client: Client, target: KubeflowTarget) -> Optional[str]:
    """Returns the id of the experiment, which is made if it is not there; None for KFP's default."""
    if target.experiment is None:
        return None
    query = {**_named(target.experiment), "namespace": target.namespace}
    for each in client.get(f"{_API}/experiments", query).get("experiments") or ():
        return str(each["experiment_id"])
    body = {"display_name": target.experiment}
    if target.namespace is not None:
        body["namespace"] = target.namespace
    return str(client.send("POST", f"{_API}/experiments", body, repeatable=False)["experiment_id"])


def _pipeline(client: Client, target: KubeflowTarget) -> str:
    try:
        path = f"{_API}/pipelines/names/{quoted(target.pipeline)}"
        return str(client.get(path, {"namespace": target.namespace})["pipeline_id"])
    except ServerError as error:
        if error.status == 404:
            message = f"{_WHAT} at {client.base} has no pipeline `{target.pipeline}`."
            raise ServerError(message, 404) from None
        raise


def _version(client: Client, target: KubeflowTarget, pipeline: str) -> str:
    """Returns the id of the version that is asked for, or of the newest."""
    query: dict[str, Any] = {"page_size": 1, "sort_by": "created_at desc"}
    if target.version is not None:
        query |= _named(target.version)
    answer = client.get(f"{_API}/pipelines/{quoted(pipeline)}/versions", query)
    for each in answer.get("pipeline_versions") or ():
        return str(each["pipeline_version_id"])
    which = f"version `{target.version}`" if target.version is not None else "version"
    raise ServerError(f"the pipeline `{target.pipeline}` of {_WHAT} at {client.base} has no {which}.", 404)


def _run(client: Client, target: KubeflowTarget, experiment: Optional[str], name: str) -> Optional[str]:
    """Returns the id of the run of a name, if there is one."""
    query = {**_named(name), "namespace": target.namespace, "experiment_id": experiment, "page_size": 1}
    for each in client.get(f"{_API}/runs", query).get("runs") or ():
        return str(each["run_id"])
    return None


def _named(name: str) -> Mapping[str, str]:
    predicate = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    return {"filter": json.dumps({"predicates": [predicate]})}
