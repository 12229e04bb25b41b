"""A request of the REST API answered. Mirrors ``model_servers/http_rest_api_handler.cc``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from inspect import signature
from typing import Any

from google.protobuf import json_format

from tfxc.backends.serving.server.model import SERVING_DEFAULT, SignatureTensor
from tfxc.backends.serving.server.models.manager import ModelSpec
from tfxc.backends.serving.server.rest import answers
from tfxc.backends.serving.server.rest.paths import Target
from tfxc.backends.serving.server.rest.requests import examples_body, predict_body
from tfxc.backends.serving.server.service import Service
from tfxc.backends.serving.server.status import invalid

_DEFAULTS = (
    "always_print_fields_with_no_presence"
    if "always_print_fields_with_no_presence" in signature(json_format.MessageToDict).parameters
    else "including_default_value_fields"  # until protobuf 5
)
_OPTIONS: Any = {"preserving_proto_field_name": True, _DEFAULTS: True}


async def answer(service: Service, target: Target, body: bytes) -> str:
    """Returns the JSON that answers a request. Raises StatusError."""
    spec = target.spec
    if target.action == "predict":
        return await _predict(service, spec, body)
    if target.action == "classify":
        found = await service.classify(spec, *examples_body(body))
        return answers.classes(found.outputs)
    if target.action == "regress":
        found = await service.regress(spec, *examples_body(body))
        return answers.values(found.outputs)
    if not spec.name:
        raise invalid("Missing model name in request.")
    return _metadata(service, spec) if target.action == "metadata" else _status(service, spec)


async def _predict(service: Service, spec: ModelSpec, body: bytes) -> str:
    with service.manager.lease(spec) as lease:

        def inputs_of(name: str) -> Mapping[str, SignatureTensor]:
            wanted = lease.model.signatures.get(name or SERVING_DEFAULT)
            if wanted is None:
                text = f'Serving signature name: "{name or SERVING_DEFAULT}" not found in signature def'
                raise invalid(text)
            return wanted.inputs

        request = predict_body(body, inputs_of)
        found = await service.predict_with(lease, request.signature, request.inputs)
    if not found.outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    return answers.predictions(found.outputs) if request.is_row else answers.columns(found.outputs)


def _status(service: Service, spec: ModelSpec) -> str:
    lines = [
        {
            "version": str(each.version),
            "state": each.state.name,
            "status": {"error_code": each.code.name, "error_message": each.text},
        }
        for each in service.status(spec)
    ]
    return json.dumps({"model_version_status": lines}, indent=1, ensure_ascii=False) + "\n"


def _metadata(service: Service, spec: ModelSpec) -> str:
    version, signatures = service.metadata(spec)
    return json.dumps(
        {
            "model_spec": {"name": spec.name, "signature_name": "", "version": str(version)},
            "metadata": {"signature_def": json_format.MessageToDict(signatures, **_OPTIONS)},
        },
        indent=1,
        ensure_ascii=False,
    )
