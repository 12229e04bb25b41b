"""The graph that a pipeline's runs leave in ML Metadata, without what differs from run to run.

Two backends are equal if they leave equal graphs: the same executions in the same states, with the same
properties, reading and writing the same artifacts of the same types. Ids, times, random names and the
folders of a machine are taken out; artifacts are known by the node, output and attempt they came from.

    .venv/bin/python tests/backends/mlmd_graph.py metadata.sqlite /folder=root

prints a graph as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import ml_metadata
from google.protobuf import json_format
from google.protobuf.message import Message
from ml_metadata.proto import metadata_store_pb2 as mlmd

Graph = dict[str, Any]

_INPUTS = (mlmd.Event.INPUT, mlmd.Event.DECLARED_INPUT, mlmd.Event.INTERNAL_INPUT)
_OUTPUTS = (
    mlmd.Event.OUTPUT,
    mlmd.Event.DECLARED_OUTPUT,
    mlmd.Event.INTERNAL_OUTPUT,
    mlmd.Event.PENDING_OUTPUT,
)
_IDS_OF_ARTIFACTS = re.compile(r"_(?:model|artifact)_id$")
_TIME = re.compile(r"(?<![0-9a-f])1\d{9}(?:\d{3}){0,3}(?![0-9a-f])")
_DATE = re.compile(r"(?<!\d)20\d\d-[01]\d-[0-3]\d(?!\d)")
_DIFFERS = {"__tfxc_output_folder__": "<folder>", "__tfxc_files__": "<files>"}
"""Properties that are never the same twice."""
_FOLDER = re.compile(r"/\d+(?:-[0-9a-f]{12})?(?=/|$)")
"""The folder of an execution: its id, and what keeps it apart from another store's."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def sqlite_connection(path: str) -> mlmd.ConnectionConfig:
    """Returns the configuration of a store in a SQLite file, for reading."""
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = path
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
    return config


def graph(connection: Any, replace: Mapping[str, str]) -> Graph:
    """Returns the graph of a store: ``executions``, ``artifacts`` and the contexts of both.

    ``connection`` is anything that MetadataStore takes; ``replace`` is text → what stands in its place
    (folders, of which the longest goes first).
    """
    return _Reader(ml_metadata.MetadataStore(connection), replace).graph()


class _Reader:
    """One store, read once."""

    def __init__(self, store: ml_metadata.MetadataStore, replace: Mapping[str, str]) -> None:
        self._store = store
        self._replace = dict(sorted(replace.items(), key=lambda pair: -len(pair[0])))
        self._context_types = {each.id: each.name for each in store.get_context_types()}
        self._executions = sorted(store.get_executions(), key=lambda each: each.id)
        self._contexts = {each.id: store.get_contexts_by_execution(each.id) for each in self._executions}
        self._events = defaultdict(list)
        for event in store.get_events_by_execution_ids([each.id for each in self._executions]):
            self._events[event.execution_id].append(event)
        runs = (name for each in self._executions for name in self._names(each.id, "pipeline_run"))
        self._runs = {name: f"run {number}" for number, name in enumerate(dict.fromkeys(runs), start=1)}
        self._replace.update(self._runs)
        self._labels = self._execution_labels()
        self._artifact_labels = self._label_artifacts()

    def graph(self) -> Graph:
        artifacts = {each.id: each for each in self._store.get_artifacts()}
        return {
            "executions": {self._labels[each.id]: self._execution(each) for each in self._executions},
            "artifacts": {
                label: self._artifact(artifacts[key])
                for key, label in sorted(self._artifact_labels.items(), key=str)
            },
        }

    def _names(self, execution: int, context_type: str) -> list[str]:
        return sorted(
            each.name
            for each in self._contexts[execution]
            if self._context_types[each.type_id] == context_type
        )

    def _execution_labels(self) -> dict[int, str]:
        """Returns execution → run, node and which attempt of it it is."""
        attempts: dict[str, int] = defaultdict(int)
        labels = {}
        for execution in self._executions:
            (run,) = self._names(execution.id, "pipeline_run")
            (node,) = self._names(execution.id, "node")
            name = f"{self._runs[run]}: {node}"
            attempts[name] += 1
            labels[execution.id] = f"{name}, attempt {attempts[name]}"
        return labels

    def _label_artifacts(self) -> dict[int, str]:
        """Returns artifact → the execution that first put it out, and where in its outputs."""
        labels: dict[int, str] = {}
        for execution in self._executions:
            for event in self._events[execution.id]:
                if event.type in _OUTPUTS:
                    labels.setdefault(event.artifact_id, f"{self._labels[execution.id]}, {_place(event)}")
        return labels

    def _execution(self, execution: mlmd.Execution) -> dict[str, Any]:
        events = self._events[execution.id]
        return {
            "type": execution.type,
            "state": mlmd.Execution.State.Name(execution.last_known_state),
            "contexts": self._context_names(self._contexts[execution.id]),
            "properties": self._values(execution.properties),
            "custom_properties": self._values(execution.custom_properties),
            "inputs": self._ends(events, _INPUTS),
            "outputs": self._ends(events, _OUTPUTS),
        }

    def _ends(self, events: list[mlmd.Event], types: tuple[int, ...]) -> dict[str, str]:
        found = {
            f"{mlmd.Event.Type.Name(event.type)} {_place(event)}": self._artifact_labels.get(
                event.artifact_id, "?"
            )
            for event in events
            if event.type in types
        }
        return dict(sorted(found.items()))

    def _artifact(self, artifact: mlmd.Artifact) -> dict[str, Any]:
        return {
            "type": artifact.type,
            "state": mlmd.Artifact.State.Name(artifact.state),
            "uri": _FOLDER.sub("/#", self._text(artifact.uri)),
            "contexts": self._context_names(self._store.get_contexts_by_artifact(artifact.id)),
            "properties": self._values(artifact.properties),
            "custom_properties": self._values(artifact.custom_properties),
        }

    def _context_names(self, contexts: list[mlmd.Context]) -> list[str]:
        return sorted(
            # A digest goes first: ten digits of it can look like a time.
            f"{self._context_types[each.type_id]} {self._text(_DIGEST.sub('<digest>', each.name))}"
            for each in contexts
        )

    def _values(self, properties: Mapping[str, mlmd.Value]) -> dict[str, Any]:
        return {
            name: _DIFFERS.get(name) or self._value(name, properties[name]) for name in sorted(properties)
        }

    def _value(self, name: str, value: mlmd.Value) -> Any:
        kind = value.WhichOneof("value")
        plain = getattr(value, kind) if kind is not None else None
        if _IDS_OF_ARTIFACTS.search(name) and isinstance(plain, int):
            return self._artifact_labels.get(plain, "?")
        if name == "split_names" and isinstance(plain, str):
            # Transform writes the splits in the order of a set of texts, which is another in each process.
            return sorted(json.loads(plain))
        if isinstance(plain, Message):
            plain = json.dumps(json_format.MessageToDict(plain), sort_keys=True)
        return self._text(plain) if isinstance(plain, str) else plain

    def _text(self, text: str) -> str:
        for old, new in self._replace.items():
            text = text.replace(old, f"<{new}>")
        text = re.sub(r"(<[^<>]*>/[^/\s\"]+/[^/\s\"]+)/\d+(?:-[0-9a-f]{12})?(?=/|$|[\s\"])", r"\1/#", text)
        # The day of a run is another one for backends that run before and after midnight.
        return _DATE.sub("<date>", _TIME.sub("<time>", text))


def _place(event: mlmd.Event) -> str:
    """Returns the keys and indexes of an event. An artifact that is several inputs of one execution has
    one event with a key for each, in no order."""
    keys: list[str] = []
    for step in event.path.steps:
        if step.WhichOneof("value") == "key":
            keys.append(step.key)
        else:
            keys[-1] += f" {step.index}"
    return ", ".join(sorted(keys))


if __name__ == "__main__":
    folders = dict(argument.split("=", 1) for argument in sys.argv[2:])
    sys.stdout.write(json.dumps(graph(sqlite_connection(sys.argv[1]), folders), indent=1) + "\n")
