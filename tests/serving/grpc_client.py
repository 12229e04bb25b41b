"""A client of tensorflow-serving-api: ``grpc_client.py ADDRESS [reload FOLDER | token TOKEN]``.

It prints what it was answered as JSON. It imports TensorFlow, as users' clients do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


def predict_request(name: str, inputs: dict[str, Any], signature: str = "", version: Any = None) -> Any:
    """Returns a predict request; a version that is a text is a label."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = name, signature
    if isinstance(version, str):
        request.model_spec.version_label = version
    elif version is not None:
        request.model_spec.version.value = version
    for alias, value in inputs.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
    return request


def examples(*values: float) -> list[Any]:
    """Returns examples with a feature x."""
    return [
        tf.train.Example(
            features={"feature": {"x": tf.train.Feature(float_list=tf.train.FloatList(value=[value]))}}
        )
        for value in values
    ]


def filled(message: Any, signature: str, *values: float, name: str = "half_plus_two") -> Any:
    """Returns a classify or regress request."""
    message.model_spec.name, message.model_spec.signature_name = name, signature
    message.input.example_list.examples.extend(examples(*values))
    return message


def classes(result: Any) -> Any:
    """Returns classes as lists."""
    return [[[each.label, each.score] for each in row.classes] for row in result.classifications]


def error_of(call: Callable[[], Any]) -> list[str]:
    """Returns the code and text of an error."""
    try:
        call()
    except grpc.RpcError as error:
        return [error.code().name, error.details()]
    return ["OK", ""]


def multi(tasks: list[tuple[str, str, str]]) -> Any:
    """Returns a multi-inference request of (model, signature, method)."""
    request = inference_pb2.MultiInferenceRequest()
    for name, signature, method in tasks:
        task = request.tasks.add(method_name=method)
        task.model_spec.name, task.model_spec.signature_name = name, signature
    request.input.example_list.examples.extend(examples(2.0))
    return request


def everything(channel: Any) -> dict[str, Any]:
    """Asks all that a server can be asked."""
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    status_stub = model_service_pb2_grpc.ModelServiceStub(channel)
    found: dict[str, Any] = {}

    def predicted(request: Any) -> dict[str, Any]:
        response = stub.Predict(request, 60)
        values = tf.make_ndarray(response.outputs["y"]).tolist()
        spec = response.model_spec
        return {"y": values, "version": spec.version.value, "signature": spec.signature_name}

    x = {"x": [1.0]}
    found["predict"] = predicted(predict_request("half_plus_two", {"x": [1.0, 2.0]}, version=1))
    found["predict_label"] = predicted(predict_request("half_plus_two", x, version="stable"))
    found["predict_latest"] = predicted(predict_request("half_plus_two", x))
    row = {"a": [[1.0, 2.0]], "b": tf.constant([3], tf.int64).numpy(), "t": ["x"], "f": [True]}
    request = predict_request("mixed", row)
    outputs = stub.Predict(request, 60).outputs
    found["types"] = {
        "number": list(outputs["number"].int64_val),
        "text": [each.decode() for each in outputs["text"].string_val],
        "flag": list(outputs["flag"].bool_val),
        "total": list(outputs["total"].float_val),
    }
    request.output_filter.append("total")
    found["output_filter"] = sorted(stub.Predict(request, 60).outputs)
    regress = filled(regression_pb2.RegressionRequest(), "regress_x", 2.0, 4.0)
    regress.model_spec.version.value = 1
    found["regress"] = [each.value for each in stub.Regress(regress, 60).result.regressions]
    classify = filled(classification_pb2.ClassificationRequest(), "classify_x", 2.0)
    classify.model_spec.version.value = 1
    found["classify"] = [
        [[label, score] for label, score in row] for row in classes(stub.Classify(classify, 60).result)
    ]
    both = multi([("half_plus_two", "regress_x", REGRESS), ("half_plus_two", "classify_x", CLASSIFY)])
    for task in both.tasks:
        task.model_spec.version.value = 1
    results = stub.MultiInference(both, 60).results
    found["multi_inference"] = {
        "regress": [each.value for each in results[0].regression_result.regressions],
        "classify": classes(results[1].classification_result),
    }
    metadata = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    metadata.model_spec.name = "half_plus_two"
    answer = stub.GetModelMetadata(metadata, 60)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(signatures)
    names = sorted(name for name in signatures.signature_def if not name.startswith("__"))
    found["metadata"] = {"version": answer.model_spec.version.value, "signatures": names}
    status = get_model_status_pb2.GetModelStatusRequest()
    status.model_spec.name = "half_plus_two"
    states = get_model_status_pb2.ModelVersionStatus.State.Name
    found["status"] = [
        [each.version, states(each.state), each.status.error_code]
        for each in status_stub.GetModelStatus(status, 60).model_version_status
    ]
    health = channel.unary_unary("/grpc.health.v1.Health/Check")
    found["health"] = health(b"", timeout=60).hex()
    found["errors"] = errors(stub, status_stub)
    return found


def errors(stub: Any, status_stub: Any) -> dict[str, list[str]]:
    """Asks what cannot be answered."""
    x = {"x": [1.0]}
    broken = predict_request("half_plus_two", x)
    broken.inputs["x"].tensor_shape.dim[0].size = 7
    broken.inputs["x"].tensor_content = b"123"
    unknown_output = predict_request("half_plus_two", x)
    unknown_output.output_filter.append("z")
    nothing = get_model_metadata_pb2.GetModelMetadataRequest()
    nothing.model_spec.name = "half_plus_two"
    unknown_field = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["x"])
    unknown_field.model_spec.name = "half_plus_two"
    status = get_model_status_pb2.GetModelStatusRequest()
    status.model_spec.name = "none"
    task = ("half_plus_two", "regress_x", REGRESS)
    calls: dict[str, Callable[[], Any]] = {
        "unknown_model": lambda: stub.Predict(predict_request("none", x), 60),
        "unknown_label": lambda: stub.Predict(predict_request("half_plus_two", x, version="x"), 60),
        "unknown_signature": lambda: stub.Predict(predict_request("half_plus_two", x, "x"), 60),
        "missing_input": lambda: stub.Predict(predict_request("mixed", {"a": [[1.0, 2.0]]}), 60),
        "unknown_output": lambda: stub.Predict(unknown_output, 60),
        "broken_tensor": lambda: stub.Predict(broken, 60),
        "no_spec": lambda: stub.Predict(predict_pb2.PredictRequest(), 60),
        "no_name": lambda: stub.Predict(predict_request("", x, "x"), 60),
        "no_examples": lambda: stub.Regress(filled(regression_pb2.RegressionRequest(), "regress_x"), 60),
        "no_field": lambda: stub.GetModelMetadata(nothing, 60),
        "unknown_field": lambda: stub.GetModelMetadata(unknown_field, 60),
        "two_models": lambda: stub.MultiInference(multi([task, ("mixed", "a", REGRESS)]), 60),
        "same_task_twice": lambda: stub.MultiInference(multi([task, task]), 60),
        "status_of_unknown": lambda: status_stub.GetModelStatus(status, 60),
    }
    return {name: error_of(call) for name, call in calls.items()}


def reloaded(channel: Any, folder: str) -> dict[str, Any]:
    """Asks a server to serve other models."""
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    models = model_service_pb2_grpc.ModelServiceStub(channel)

    def reload(base_path: str, label: int = 0) -> list[Any]:
        request = model_management_pb2.ReloadConfigRequest()
        config = request.config.model_config_list.config.add(
            name="sequence", base_path=base_path, model_platform="tensorflow"
        )
        if label:
            config.version_labels["stable"] = label
        status = models.HandleReloadConfigRequest(request, 60).status
        return [status.error_code, status.error_message]

    found: dict[str, Any] = {"added": reload(f"{folder}/sequence")}
    outputs = stub.Predict(predict_request("sequence", {"x": [[5.0]]}), 60).outputs
    found["predict_added"] = list(outputs["length"].float_val)
    found["gone"] = error_of(lambda: stub.Predict(predict_request("half_plus_two", {"x": [1.0]}), 60))
    found["wrong_label"] = reload(f"{folder}/sequence", 7)
    found["relative"] = reload("here")
    return found


def with_token(channel: Any, token: str) -> dict[str, Any]:
    """Asks without and with a token."""
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
    request = predict_request("half_plus_two", {"x": [1.0]})
    without = error_of(lambda: stub.Predict(request, 60))[0]
    metadata = (("authorization", f"Bearer {token}"),)
    answer = stub.Predict(request, 60, metadata=metadata)
    return {"without": without, "with": list(answer.outputs["y"].float_val)}


def main() -> None:
    """Prints the answers."""
    channel = grpc.insecure_channel(sys.argv[1])
    if sys.argv[2:3] == ["reload"]:
        found = reloaded(channel, sys.argv[3])
    elif sys.argv[2:3] == ["token"]:
        found = with_token(channel, sys.argv[3])
    else:
        found = everything(channel)
    print(json.dumps(found))  # noqa: T201 - it is the answer


if __name__ == "__main__":
    main()
