"""Requests and answers as the parts of a PredictionLog. The messages are filled when they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfxc.backends.launcher.servable.session import Tensor
from tfxc.backends.serving.server.examples import CLASSIFY
from tfxc.backends.serving.server.request_log import Fill
from tfxc.backends.serving.server.tensors import to_proto


def prediction(
    inputs: Mapping[str, Tensor], output_filter: Sequence[str], outputs: Mapping[str, Tensor]
) -> Fill:
    """Returns what fills in a predict request and its answer."""

    def fill(log: Any) -> None:
        both = log.predict_log
        for alias, tensor in inputs.items():
            both.request.inputs[alias].CopyFrom(to_proto(tensor))
        both.request.output_filter.extend(output_filter)
        for alias, tensor in outputs.items():
            both.response.outputs[alias].CopyFrom(to_proto(tensor))
        for message in (both.request, both.response):
            message.model_spec.CopyFrom(log.log_metadata.model_spec)

    return fill


def inference(method: str, message: Any, result: Any) -> Fill:
    """Returns what fills in a classify or regress request and its answer."""

    def fill(log: Any) -> None:
        both = log.classify_log if method == CLASSIFY else log.regress_log
        both.request.input.CopyFrom(message)
        if method == CLASSIFY:
            add_classes(both.response.result, result)
        else:
            add_values(both.response.result, result)
        for each in (both.request, both.response):
            each.model_spec.CopyFrom(log.log_metadata.model_spec)

    return fill


def add_classes(message: Any, result: Any) -> None:
    """Adds the classes of each example to a ClassificationResult."""
    for row in result:
        classes = message.classifications.add().classes
        for each in row:
            classes.add(label=each.label, score=each.score)


def add_values(message: Any, result: Any) -> None:
    """Adds the value of each example to a RegressionResult."""
    for value in result:
        message.regressions.add(value=value)
