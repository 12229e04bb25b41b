"""Whole requests answered by a model at once, without a server: warm-up, and `tfxc predict`."""

from __future__ import annotations

from typing import Any

from tfxc.backends.serving.server import examples as inference
from tfxc.backends.serving.server.model import Model
from tfxc.backends.serving.server.predict import predict_call, predict_signature
from tfxc.backends.serving.server.status import Code, StatusError, invalid
from tfxc.backends.serving.server.tensors import from_proto


def answer_log(model: Model, log: Any) -> None:
    """Answers the request of a PredictionLog; the answer is dropped. Raises StatusError."""
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        request = log.predict_log.request
        signature = predict_signature(model, request.model_spec.signature_name)
        call, _ = predict_call(signature, tensors_of(request.inputs), request.output_filter, False)
        model.run(call.feeds, call.fetches)
    elif kind in ("classify_log", "regress_log"):
        method = inference.CLASSIFY if kind == "classify_log" else inference.REGRESS
        request = getattr(log, kind).request
        _answer_examples(model, request.model_spec.signature_name, method, request.input)
    elif kind == "multi_inference_log":
        request = log.multi_inference_log.request
        for task in request.tasks:
            _answer_examples(model, task.model_spec.signature_name, task.method_name, request.input)
    else:
        raise StatusError(Code.UNIMPLEMENTED, f"Unsupported log_type for warmup: {kind}")


def _answer_examples(model: Model, signature_name: str, method: str, message: Any) -> None:
    signature = inference.examples_signature(model, signature_name, method, False)
    call = inference.examples_call(signature, method, inference.serialised_examples(message))
    model.run(call.feeds, call.fetches)


def tensors_of(inputs: Any) -> dict[str, Any]:
    """Returns the tensors of a request's map. Raises StatusError."""
    tensors = {}
    for alias, proto in inputs.items():
        try:
            tensors[alias] = from_proto(proto)
        except (ValueError, KeyError):
            raise invalid(f"tensor parsing error: {alias}") from None
    return tensors
