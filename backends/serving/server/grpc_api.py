"""TensorFlow Serving's gRPC services: PredictionService, ModelService, and gRPC's own health service.

Mirrors ``prediction_service.proto``, ``model_service.proto`` and ``prediction_service_impl.cc``.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Any, Optional

import grpc
import grpc.aio

from tfxc.backends.serving.server import messages
from tfxc.backends.serving.server.answer import tensors_of
from tfxc.backends.serving.server.examples import CLASSIFY
from tfxc.backends.serving.server.logged import add_classes, add_values
from tfxc.backends.serving.server.models.manager import ModelSpec
from tfxc.backends.serving.server.request_log import REQUEST_ID_HEADER
from tfxc.backends.serving.server.service import Answered, Service
from tfxc.backends.serving.server.status import Code, StatusError, invalid
from tfxc.backends.serving.server.tensors import to_proto

Handler = Callable[[Service, Any], Awaitable[Any]]
SIGNATURE_DEF = "signature_def"
_CODES = {Code(code.value[0]): code for code in grpc.StatusCode}
_SERVING, _NOT_SERVING = b"\x08\x01", b"\x08\x02"
"""a grpc.health.v1.HealthCheckResponse each"""


def spec_of(message: Any) -> ModelSpec:
    """Returns which model a ModelSpec message means."""
    choice = message.WhichOneof("version_choice")
    return ModelSpec(
        message.name,
        message.version.value if choice == "version" else None,
        message.version_label if choice == "version_label" else None,
    )


async def predict(service: Service, request: Any) -> Any:
    """PredictionService.Predict"""
    _require_spec(request)
    spec, signature = spec_of(request.model_spec), request.model_spec.signature_name
    found = await service.predict(spec, signature, tensors_of(request.inputs), list(request.output_filter))
    response = messages.PredictResponse()
    _answer_spec(response.model_spec, request.model_spec.name, found)
    for alias, tensor in found.outputs.items():
        response.outputs[alias].CopyFrom(to_proto(tensor))
    return response


async def classify(service: Service, request: Any) -> Any:
    """PredictionService.Classify"""
    _require_spec(request)
    found = await service.classify(
        spec_of(request.model_spec), request.model_spec.signature_name, request.input
    )
    response = messages.ClassificationResponse()
    _answer_spec(response.model_spec, request.model_spec.name, found)
    add_classes(response.result, found.outputs)
    return response


async def regress(service: Service, request: Any) -> Any:
    """PredictionService.Regress"""
    _require_spec(request)
    found = await service.regress(
        spec_of(request.model_spec), request.model_spec.signature_name, request.input
    )
    response = messages.RegressionResponse()
    _answer_spec(response.model_spec, request.model_spec.name, found)
    add_values(response.result, found.outputs)
    return response


async def multi_inference(service: Service, request: Any) -> Any:
    """PredictionService.MultiInference"""
    tasks = [
        (spec_of(task.model_spec), task.model_spec.signature_name, task.method_name) for task in request.tasks
    ]
    response = messages.MultiInferenceResponse()
    for task, found in zip(tasks, await service.multi_inference(tasks, request.input), strict=True):
        result = response.results.add()
        _answer_spec(result.model_spec, task[0].name, found)
        if task[2] == CLASSIFY:
            add_classes(result.classification_result, found.outputs)
        else:
            add_values(result.regression_result, found.outputs)
    return response


async def get_model_metadata(service: Service, request: Any) -> Any:
    """PredictionService.GetModelMetadata"""
    _require_spec(request)
    if not request.metadata_field:
        raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for each in request.metadata_field:
        if each != SIGNATURE_DEF:
            raise invalid(f"Metadata field {each} is not supported")
    version, signatures = service.metadata(spec_of(request.model_spec))
    response = messages.GetModelMetadataResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = version
    response.metadata[SIGNATURE_DEF].Pack(signatures)
    return response


async def get_model_status(service: Service, request: Any) -> Any:
    """ModelService.GetModelStatus"""
    _require_spec(request)
    response = messages.GetModelStatusResponse()
    for each in service.status(spec_of(request.model_spec)):
        status = response.model_version_status.add(version=each.version, state=int(each.state))
        status.status.error_code = int(each.code)
        status.status.error_message = each.text
    return response


async def reload_config(service: Service, request: Any) -> Any:
    """ModelService.HandleReloadConfigRequest"""
    response = messages.ReloadConfigResponse()
    try:
        await service.reload(request.config)
    except StatusError as error:
        response.status.error_code = int(error.code)
        response.status.error_message = error.text
    return response


def _require_spec(request: Any) -> None:
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")


def _answer_spec(message: Any, name: str, found: Answered) -> None:
    message.name, message.signature_name = name, found.signature
    message.version.value = found.version


_PREDICTION: dict[str, tuple[Handler, Any]] = {
    "Predict": (predict, messages.PredictRequest),
    "Classify": (classify, messages.ClassificationRequest),
    "Regress": (regress, messages.RegressionRequest),
    "MultiInference": (multi_inference, messages.MultiInferenceRequest),
    "GetModelMetadata": (get_model_metadata, messages.GetModelMetadataRequest),
}
_MODEL: dict[str, tuple[Handler, Any]] = {
    "GetModelStatus": (get_model_status, messages.GetModelStatusRequest),
    "HandleReloadConfigRequest": (reload_config, messages.ReloadConfigRequest),
}


def add_services(server: Any, service: Service, token: Optional[str]) -> None:
    """Adds the services to a server of grpc.aio."""
    handlers = [
        ("tensorflow.serving.PredictionService", _PREDICTION),
        ("tensorflow.serving.ModelService", _MODEL),
    ]
    for name, methods in handlers:
        table = {
            method: grpc.unary_unary_rpc_method_handler(
                _rpc(service, method, handler, token),
                request_deserializer=request.FromString,
                response_serializer=lambda response: response.SerializeToString(),
            )
            for method, (handler, request) in methods.items()
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, table),))
    health = {"Check": grpc.unary_unary_rpc_method_handler(_health(service))}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("grpc.health.v1.Health", health),))


def _rpc(service: Service, method: str, handler: Handler, token: Optional[str]) -> Any:
    async def call(request: Any, context: Any) -> Any:
        started = time.perf_counter()
        code = Code.OK
        try:
            if token is not None:
                _check_token(context, token)
            await _identify(service, context)
            return await handler(service, request)
        except StatusError as error:
            code = error.code
            await context.abort(_CODES[code], error.text)
        except grpc.aio.AbortError:
            raise
        except Exception:  # noqa: BLE001 - a mistake of ours is an answer too
            service.tell_mistake()
            code = Code.INTERNAL
            await context.abort(_CODES[code], "tfxc itself made a mistake; its log says more")
        finally:
            name = request.model_spec.name if hasattr(request, "model_spec") else ""
            took = time.perf_counter() - started
            service.answered(name, method, "GRPC", code, took)
        return None

    return call


async def _identify(service: Service, context: Any) -> None:
    """Tells a client the id that its request is kept under, before the answer."""
    given = dict(context.invocation_metadata() or ()).get(REQUEST_ID_HEADER, "")
    identity = service.identify(given if isinstance(given, str) else "")
    if identity:
        await context.send_initial_metadata(((REQUEST_ID_HEADER, identity),))


def _check_token(context: Any, token: str) -> None:
    given = str(dict(context.invocation_metadata() or ()).get("authorization", ""))
    scheme, _, value = given.partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(value.strip().encode(), token.encode()):
        text = "a token is asked for: send the metadata `authorization: Bearer TOKEN`"
        raise StatusError(Code.UNAUTHENTICATED, text)


def _health(service: Service) -> Any:
    async def check(request: bytes, context: Any) -> bytes:
        if request:  # a service by its name: its models are one thing
            known = (b"tensorflow.serving.PredictionService", b"tensorflow.serving.ModelService")
            if request[2:] not in known:
                await context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return _SERVING if service.manager.available() else _NOT_SERVING

    return check
