"""A program: TFX's own test pipelines, as its KubeflowV2DagRunner writes them and as TFX's IR.

python tfx_v2.py SITE_PACKAGES: where kfp is installed, for an interpreter that has TFX. kfp cannot lie beside
TFX, and the runner needs no more of it than its messages. Prints name → [IR, schema 2.0, schema 2.1] as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import google.protobuf

PIPELINES = (
    "two_step_pipeline",
    "full_taxi_pipeline",
    "pipeline_with_two_container_spec_components",
    "two_step_pipeline_with_task_only_dependency",
    "consume_primitive_artifacts_by_value_pipeline",
    "two_step_pipeline_with_dynamic_exec_properties",
)


def place_messages(packages: Path) -> None:
    """Makes kfp's messages importable with the protobuf that TFX has, which is older than their check."""
    version = ModuleType("google.protobuf.runtime_version")
    version.Domain = ModuleType("Domain")  # type: ignore[attr-defined]
    version.Domain.PUBLIC = 0  # type: ignore[attr-defined]
    version.ValidateProtobufRuntimeVersion = lambda *_: None  # type: ignore[attr-defined]
    if not hasattr(google.protobuf, "runtime_version"):
        google.protobuf.runtime_version = version  # type: ignore[attr-defined]
        sys.modules[version.__name__] = version
    kfp = ModuleType("kfp")
    kfp.__path__ = [str(packages / "kfp")]
    sys.modules["kfp"] = kfp


def written() -> dict[str, list[Any]]:
    """Returns what becomes of each pipeline."""
    from google.protobuf import json_format
    from tfx.dsl.compiler import compiler
    from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as runner
    from tfx.orchestration.kubeflow.v2 import test_utils

    found = {}
    for name in PIPELINES:
        ir = compiler.Compiler().compile(getattr(test_utils, name)())
        text = json_format.MessageToJson(ir, preserving_proto_field_name=True)
        of_runner = [
            runner.KubeflowV2DagRunner(
                config=runner.KubeflowV2DagRunnerConfig(use_pipeline_spec_2_1=new)
            ).run(getattr(test_utils, name)(), write_out=False)
            for new in (False, True)
        ]
        found[name] = [json.loads(text), *of_runner]
    return found


if __name__ == "__main__":
    os.environ["UNSUPPORTED_DO_NOT_PACKAGE_USER_MODULES"] = "1"
    place_messages(Path(sys.argv[1]))
    print(json.dumps(written()))  # noqa: T201
