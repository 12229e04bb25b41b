"""Reads JSON values as messages: [[message, value], …] on standard input, a list of truths out."""

from __future__ import annotations

import json
import sys

from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2

MESSAGES = {
    "ml_pipelines.PipelineSpec": pipeline_spec_pb2.PipelineSpec,
    "ml_pipelines.PipelineDeploymentConfig": pipeline_spec_pb2.PipelineDeploymentConfig,
    "ml_pipelines.PlatformSpec": pipeline_spec_pb2.PlatformSpec,
    "ml_pipelines.ExecutorOutput": pipeline_spec_pb2.ExecutorOutput,
    "kfp_kubernetes.KubernetesExecutorConfig": kubernetes_executor_config_pb2.KubernetesExecutorConfig,
}


def is_read(message: str, value: object) -> bool:
    """Whether protobuf takes the value for the message."""
    try:
        json_format.ParseDict(value, MESSAGES[message]())
    except (json_format.ParseError, AttributeError, TypeError, ValueError):
        return False
    return True


answers = [is_read(message, value) for message, value in json.load(sys.stdin)]
sys.stdout.write(json.dumps(answers) + "\n")
