"""A DAG run of Airflow 2 (``/api/v1``) or 3 (``/api/v2``), over the REST API."""

from __future__ import annotations

from typing import Any

from tfxc.backends.triggers.values import TriggeredRun, TriggerRequest
from tfxc.backends.web.client import Authorization, Client, ServerError, basic, bearer, quoted
from tfxc.schemas.components.trigger import AirflowTarget

_WHAT = "Airflow"
_NEWEST, _BEFORE = "/api/v2", "/api/v1"
_CREDENTIALS = "`username` and `password`, or `token`"


def start(target: AirflowTarget, request: TriggerRequest) -> TriggeredRun:
    """Starts a run of a DAG, or finds the one that an earlier attempt has started. Raises ServerError."""
    api = _api(target)
    client = Client(target.url, _WHAT, _authorization(target, api))
    dag = f"{api}/dags/{quoted(target.dag_id)}"
    is_paused = bool(_dag(client, dag, target).get("is_paused"))
    body: dict[str, Any] = {"dag_run_id": request.new_run_id, "conf": dict(request.parameters)}
    if api == _NEWEST:
        body["logical_date"] = None  # a run at no date of the schedule; the field must be there
    is_new = True
    try:
        # Of two with one id Airflow starts the first.
        client.send("POST", f"{dag}/dagRuns", body, repeatable=True)
    except ServerError as error:
        if error.status != 409 or not _exists(client, f"{dag}/dagRuns/{quoted(request.new_run_id)}"):
            raise
        is_new = False
    note = "the DAG is paused, so the run waits" if is_paused else ""
    return TriggeredRun(request.new_run_id, f"the DAG {target.dag_id} of Airflow", is_new, note)


def _api(target: AirflowTarget) -> str:
    """Returns where the API is: Airflow 3 has none of Airflow 2's."""
    client = Client(target.url, _WHAT, Authorization(missing=f"give {_CREDENTIALS}"))
    return _NEWEST if _exists(client, f"{_NEWEST}/version") else _BEFORE


def _authorization(target: AirflowTarget, api: str) -> Authorization:
    """Returns who asks. Airflow 3 gives a token for user and password."""
    if target.token is not None:
        return bearer(target.token, "`token`")
    if target.username is None or target.password is None:
        return Authorization(missing=f"give {_CREDENTIALS}")
    words = "`username` and `password`"
    if api == _BEFORE:
        return basic(target.username, target.password, words)
    asking = Client(target.url, _WHAT, Authorization(missing=f"check {words}"))
    body = {"username": target.username, "password": target.password}
    answer = asking.send("POST", "/auth/token", body, repeatable=True)
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise ServerError(f"{_WHAT} at {asking.base} gave no token for the user: give one as `token`.")
    return bearer(token, words)


def _dag(client: Client, path: str, target: AirflowTarget) -> dict[str, Any]:
    try:
        found = client.get(path)
    except ServerError as error:
        if error.status == 404:
            raise ServerError(f"{_WHAT} at {client.base} has no DAG `{target.dag_id}`.", 404) from None
        raise
    return found if isinstance(found, dict) else {}


def _exists(client: Client, path: str) -> bool:
    try:
        client.get(path)
    except ServerError as error:
        if error.status == 404:
            return False
        raise
    return True
