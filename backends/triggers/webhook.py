"""A request that starts something elsewhere, such as GitHub's repository_dispatch."""

from __future__ import annotations

import json

from tfxc.backends.triggers.values import TriggeredRun, TriggerRequest
from tfxc.backends.web.client import Authorization, Client, split_address
from tfxc.backends.web.headers import checked_headers
from tfxc.schemas.components.trigger import WebhookTarget

FORMAT = "tfxc.trigger/1"


def start(target: WebhookTarget, request: TriggerRequest) -> TriggeredRun:
    """Posts what is to be started, with its id as the header Idempotency-Key. Raises ServerError."""
    origin, path = split_address(target.url, "the webhook")
    own = {
        "format": FORMAT,
        "id": request.new_run_id,
        "pipeline": request.pipeline,
        "run_id": request.run_id,
        "node": request.node,
        "reasons": list(request.reasons),
        "parameters": dict(request.parameters),
    }
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": request.new_run_id,
        **checked_headers(target.headers or {}),
    }
    client = Client(origin, "the webhook", Authorization(missing="check the `headers` that the spec gives"))
    client.tell(path, json.dumps(own if target.body is None else target.body).encode(), headers)
    return TriggeredRun(request.new_run_id, origin)
