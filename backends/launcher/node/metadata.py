"""The MLMD store of a Plan: connecting to it, and what it says about the nodes of a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Optional

import ml_metadata
import tenacity
from google.protobuf import json_format
from ml_metadata import errors as mlmd_errors
from ml_metadata.proto import metadata_store_pb2
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration import metadata as tfx_metadata
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import execution_result_pb2

from tfxc.backends.launcher.node.metadata_calls import server_name, takes_no_more
from tfxc.backends.launcher.node.sqlite_turns import sqlite_path
from tfxc.backends.launcher.protocol.before_import import check_sqlite_file
from tfxc.backends.launcher.protocol.connection import connection
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanMetadata

SUCCESSFUL = (Execution.COMPLETE, Execution.CACHED)
OUTPUT_EVENTS = (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.INTERNAL_OUTPUT)
UNFINISHED = (Execution.NEW, Execution.RUNNING)

_CONNECT_ATTEMPTS = 5


def connection_config(metadata: PlanMetadata, values: Values) -> Any:
    """Returns MLMD's connection configuration of a Plan's ``metadata``.

    Raises Failure if a value cannot be resolved.
    """
    found = connection(metadata, values)
    message = (
        metadata_store_pb2.ConnectionConfig()
        if found.message == "ConnectionConfig"
        else metadata_store_pb2.MetadataStoreClientConfig()
    )
    return json_format.ParseDict(found.fields, message)


def prepare(config: Any) -> None:
    """Makes sure that the store can be opened and creates its tables; retries a busy database.

    Raises Failure with the reason and what to do: a file that is no SQLite database, a folder
    that cannot be written, a server that cannot be reached, a locked database.
    """
    path = sqlite_path(config)
    if path is not None:
        check_sqlite_file(path)
    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((RuntimeError, mlmd_errors.StatusError)),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=2.0),
        stop=tenacity.stop_after_attempt(_CONNECT_ATTEMPTS),
        reraise=True,
    )
    try:
        retry(_open_and_close, config)
    except (RuntimeError, mlmd_errors.StatusError) as error:
        raise Failure(_cannot_open(config, error)) from None


def _open_and_close(config: Any) -> None:
    """Opens the store and asks it something small, so that a bad server shows."""
    ml_metadata.MetadataStore(config).get_context_types()


def _cannot_open(config: Any, error: Exception) -> str:
    """Returns the sentence for a store that cannot be opened."""
    text = " ".join(str(error).split()).rstrip(".")
    path = sqlite_path(config)
    if path is not None:
        # MLMD appends the statement, which says nothing to a user.
        text = text.replace("Error when executing query: ", "").partition(" query:")[0]
        if "malformed" in text:
            return f"the metadata file {path} is a damaged SQLite database: restore it, or move it away."
        return f"the metadata file {path} cannot be opened: {text}."
    full = takes_no_more(config, error)
    if full is not None:
        return full
    verb = "opened" if isinstance(config, metadata_store_pb2.ConnectionConfig) else "reached"
    return f"{server_name(config)} cannot be {verb}: {text}."


@contextlib.contextmanager
def connected(config: Any) -> Iterator[tfx_metadata.Metadata]:
    """Opens TFX's handle of the store for the length of a ``with`` block."""
    with tfx_metadata.Metadata(config) as handle:
        yield handle


def node_executions(store: ml_metadata.MetadataStore, plan: Plan, run_id: str, node: str) -> list[Execution]:
    """Returns a node's executions in one run, oldest first; none if run or node is unknown."""
    run = _context(store, "pipeline_run", run_id)
    if run is None:
        return []
    in_run = {execution.id for execution in store.get_executions_by_context(run.id)}
    return [each for each in executions_of(store, plan, node) if each.id in in_run]


def unfinished_in_run(store: ml_metadata.MetadataStore, run_id: str) -> list[Execution]:
    """Returns the executions of one run, of any pipeline, that are not said to have ended."""
    run = _context(store, "pipeline_run", run_id)
    executions = [] if run is None else store.get_executions_by_context(run.id)
    return [each for each in executions if each.last_known_state in UNFINISHED]


def executions_of(store: ml_metadata.MetadataStore, plan: Plan, node: str) -> list[Execution]:
    """Returns the executions of a node of the Plan in all runs, oldest first; none if the store has none."""
    own = _context(store, "node", f"{plan.name_in_tfx}.{plan.node(node).id_in_tfx}")
    if own is None:
        return []
    return sorted(store.get_executions_by_context(own.id), key=lambda each: each.id)


def _context(
    store: ml_metadata.MetadataStore, type_name: str, name: str
) -> Optional[metadata_store_pb2.Context]:
    """Returns a context by type and name, or None."""
    try:
        return store.get_context_by_type_and_name(type_name, name)
    except mlmd_errors.NotFoundError:
        return None


def has_artifacts(store: ml_metadata.MetadataStore, type_name: str) -> bool:
    """Whether the store knows an artifact of a type."""
    try:
        return bool(store.get_artifacts_by_type(type_name))
    except mlmd_errors.NotFoundError:
        return False


def has_output(store: ml_metadata.MetadataStore, execution_id: int, output: str) -> bool:
    """Whether an execution has put out (or, of a Resolver, found) an artifact under a key."""
    return any(
        event.type in OUTPUT_EVENTS and event.path.steps and event.path.steps[0].key == output
        for event in store.get_events_by_execution_ids([execution_id])
    )


def fail(store: ml_metadata.MetadataStore, executions: Sequence[Execution], reason: str) -> None:
    """Writes that executions failed, and why."""
    for execution in executions:
        result = execution_result_pb2.ExecutionResult(code=1, result_message=reason)
        execution_lib.set_execution_result(result, execution)
    put_states(store, executions, Execution.FAILED)


def put_states(store: ml_metadata.MetadataStore, executions: Sequence[Execution], state: int) -> None:
    """Writes a new last known state of executions."""
    for execution in executions:
        execution.last_known_state = state
    if executions:
        store.put_executions(executions)
