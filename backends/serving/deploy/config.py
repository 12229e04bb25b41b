"""What TensorFlow Serving is started with: its flags and its files, as texts of protobuf.

Messages: tensorflow_serving/config/model_server_config.proto, monitoring_config.proto and
servables/tensorflow/session_bundle_config.proto (BatchingParameters).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Optional

from tfxc.backends.serving.deploy.values import GRPC_PORT, REST_PORT, Deployment
from tfxc.schemas.serving import Batching

MODELS_CONFIG = "models.config"
MONITORING_CONFIG = "monitoring.config"
BATCHING_CONFIG = "batching.config"
CONFIG_FOLDER = PurePosixPath("/config")
METRICS_PATH = "/monitoring/prometheus/metrics"
STABLE, CANARY = "stable", "canary"


def config_files(deployment: Deployment, base_path: str, labels: dict[str, int]) -> dict[str, str]:
    """Returns the files of one server by name. ``labels`` are the versions it serves; none: the newest."""
    files = {
        MODELS_CONFIG: models_config(deployment.model_name, base_path, labels),
        MONITORING_CONFIG: f"prometheus_config {{\n  enable: true\n  path: {quoted(METRICS_PATH)}\n}}\n",
    }
    if deployment.settings.batching is not None:
        files[BATCHING_CONFIG] = "".join(f"{line}\n" for line in _batching(deployment.settings.batching))
    return files


def models_config(name: str, base_path: str, labels: dict[str, int]) -> str:
    """Returns a ModelServerConfig with one model: its newest version, or those that have a label."""
    policy = "latest { num_versions: 1 }"
    if labels:
        policy = f"specific {{ {' '.join(f'versions: {version}' for version in sorted(labels.values()))} }}"
    lines = [
        f"name: {quoted(name)}",
        f"base_path: {quoted(base_path)}",
        'model_platform: "tensorflow"',
        f"model_version_policy {{ {policy} }}",
        *(f"version_labels {{ key: {quoted(label)} value: {version} }}" for label, version in labels.items()),
    ]
    inner = "".join(f"    {line}\n" for line in lines)
    return f"model_config_list {{\n  config {{\n{inner}  }}\n}}\n"


def arguments(
    deployment: Deployment, labels: dict[str, int], poll: Optional[int] = None, ports: bool = True
) -> list[str]:
    """Returns the flags of tensorflow_model_server. ``poll``: seconds until it rereads the models' file."""
    flags = [f"--port={GRPC_PORT}", f"--rest_api_port={REST_PORT}"] if ports else []
    flags += [
        f"--model_config_file={CONFIG_FOLDER / MODELS_CONFIG}",
        f"--monitoring_config_file={CONFIG_FOLDER / MONITORING_CONFIG}",
    ]
    if poll is not None:
        flags.append(f"--model_config_file_poll_wait_seconds={poll}")
    if labels:
        # At the start no version is available yet, and a label for such a one is refused otherwise.
        flags.append("--allow_version_labels_for_unavailable_models=true")
    if deployment.settings.batching is not None:
        flags += ["--enable_batching=true", f"--batching_parameters_file={CONFIG_FOLDER / BATCHING_CONFIG}"]
    return flags


def quoted(text: str) -> str:
    """Returns a text as protobuf's text format writes it."""
    escaped = "".join(
        f"\\{ord(character):03o}" if ord(character) < 0x20 or ord(character) == 0x7F else character
        for character in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def _batching(batching: Batching) -> Iterator[str]:
    for name in ("max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads"):
        value = getattr(batching, name)
        if value is not None:
            yield f"{name} {{ value: {value} }}"
    for size in batching.allowed_batch_sizes:
        yield f"allowed_batch_sizes: {size}"
    if batching.pad_variable_length_inputs:
        yield "pad_variable_length_inputs: true"
