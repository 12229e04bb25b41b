"""Why a node has failed, as a sentence: what its launch raised, inputs that are not there, anomalies."""

from __future__ import annotations

from typing import Optional

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration.portable.mlmd import execution_lib

from tfxc.backends.launcher.node import (
    anomalies,
    asked_columns,
    broken_files,
    csv_input,
    deprecated_columns,
    explain,
    labels,
    metadata,
)
from tfxc.backends.launcher.node.job import Job, inputs_of
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.schemas.failures import Failure


def raised(job: Job, problem: BaseException) -> LaunchError:
    """Returns the sentence for what the launch raised."""
    error = explain.explain(problem, job.plan, job.context, job.node)
    if isinstance(problem, Failure):
        return error
    broken = (
        csv_input.broken_line(job.planned, job.values)
        or broken_files.broken_file(job.planned, job.values)
        or labels.missing_label(job.planned, job.values, problem, lambda: inputs_of(job, labels.EXAMPLES))
        or deprecated_columns.missing_column(problem, lambda: inputs_of(job, deprecated_columns.SCHEMA))
        or asked_columns.missing_column(problem, error.message, lambda: inputs_of(job, labels.EXAMPLES))
    )
    if broken is not None:
        error = error.model_copy(update={"message": f"`{job.node}` failed: {broken}"})
    return error


def unresolved(job: Job, execution: Execution) -> LaunchError:
    """Returns why TFX could not resolve the inputs of a node: which input, and whose output it is."""
    with metadata.connected(job.connection) as handle:
        missing = explain.missing_inputs(handle.store, job.plan, job.context.run_id, job.planned, job.ir)
    if missing:
        return LaunchError(message=f"`{job.node}` cannot start: {missing}.", exception="InputResolutionError")
    return explain.from_execution(job.node, execution)


def found_anomalies(job: Job, execution: Execution) -> Optional[LaunchError]:
    """Returns why a node that anomalies fail has failed, and says so in MLMD; None if it has not.

    What it found stays published: it is what somebody now looks at.
    """
    if job.planned.execution.on_anomaly != "fail":
        return None
    with metadata.connected(job.connection) as handle:
        outputs = execution_lib.get_output_artifacts(handle, execution.id)
        try:
            found = [
                anomalies.sentence(job.node, artifact.uri)
                for key, artifact_type in job.planned.outputs.items()
                if artifact_type == "ExampleAnomalies"
                for artifact in outputs.get(key, ())
            ]
        except OSError as error:
            raise Failure(f"the anomalies that `{job.node}` found cannot be read: {error}.") from None
        told = " | ".join(each for each in found if each is not None)
        if not told:
            return None
        message = f"`{job.node}` found anomalies {told}."
        metadata.fail(handle.store, [execution], message)
    return LaunchError(message=message, exception="Anomalies")
