"""Metadata stores that ml_metadata itself writes, as the launcher writes them, without running TFX."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd

from tfxc.backends.local.running.run_folder import claim_folder
from tfxc.backends.metadata.run_folder import RunFolder, RunRecord
from tfxc.schemas.plan import (
    Plan,
    PlanNode,
    ResolverComponent,
    SqliteMetadata,
    StandardComponent,
)
from tfxc.schemas.plan_values import is_uri

STATES = {"running": 2, "succeeded": 3, "failed": 4, "cached": 5, "cancelled": 6}
ARTIFACT_TYPES = (
    "Examples",
    "ExampleStatistics",
    "Schema",
    "Model",
    "ModelBlessing",
    "ModelEvaluation",
    "PushedModel",
)


def standard(node: str, component: str, upstream: Sequence[str] = (), **more: Any) -> PlanNode:
    """Returns a node of a TFX component."""
    return PlanNode(
        id=node,
        component=StandardComponent(type=component, class_path=f"tfx.components:{component}"),
        upstream=tuple(upstream),
        **more,
    )


def _opened(path: Path) -> MetadataStore:
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return MetadataStore(config)


@cache
def _new_store() -> tuple[bytes, Mapping[str, int]]:
    """Returns a store that has types and nothing else, and the numbers of these: made once, and copied."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadata.sqlite"
        store = _opened(path)
        types = {name: store.put_artifact_type(mlmd.ArtifactType(name=name)) for name in ARTIFACT_TYPES}
        for name in ("pipeline", "pipeline_run", "node"):
            types[name] = store.put_context_type(mlmd.ContextType(name=name))
        return path.read_bytes(), types


@dataclass
class Store:
    """A store below ``folder``, of one pipeline whose artifacts lie in ``runs/NODE/KEY/EXECUTION``."""

    folder: Path
    pipeline: str = "birds"
    root: str = "runs"
    """what artifacts of `node` lie below: it may be a URI, whose files somebody else writes"""
    _types: dict[str, int] = field(default_factory=dict)
    _folders: int = 0

    def __post_init__(self) -> None:
        (self.folder / "runs").mkdir(parents=True, exist_ok=True)
        content, types = _new_store()
        self.path.write_bytes(content)
        self._types.update(types)
        self.mlmd = _opened(self.path)

    @property
    def path(self) -> Path:
        return self.folder / "runs" / "metadata.sqlite"

    def execution(
        self,
        run_id: str,
        node: str,
        component: str,
        state: str = "succeeded",
        inputs: Mapping[str, Sequence[int]] | None = None,
        outputs: Mapping[str, Sequence[int]] | None = None,
        **properties: Any,
    ) -> int:
        """Puts an execution of a node in a run, and returns its id."""
        execution = mlmd.Execution(
            type_id=self._execution_type(f"tfx.components.{component}"), last_known_state=STATES[state]
        )
        _put_properties(execution.custom_properties, properties)
        names = (("pipeline", self.pipeline), ("pipeline_run", run_id), ("node", f"{self.pipeline}.{node}"))
        contexts = [mlmd.Context(type_id=self._types[kind], name=name) for kind, name in names]
        events = [
            (mlmd.Artifact(id=each), _event(kind, key, index))
            for kind, given in ((mlmd.Event.INPUT, inputs), (mlmd.Event.OUTPUT, outputs))
            for key, ids in (given or {}).items()
            for index, each in enumerate(ids)
        ]
        pairs = [(self.mlmd.get_artifacts_by_id([each.id])[0], event) for each, event in events]
        execution_id, _, _ = self.mlmd.put_execution(
            execution, pairs, contexts, reuse_context_if_already_exist=True
        )
        return int(execution_id)

    def artifact(
        self, artifact_type: str, uri: str, files: Mapping[str, str] | None = None, **properties: Any
    ) -> int:
        """Puts an artifact whose files are written below its URI, and returns its id."""
        artifact = mlmd.Artifact(type_id=self._types[artifact_type], uri=uri, state=mlmd.Artifact.LIVE)
        written = {"content": "x" * 10} if files is None else files
        for name, text in () if is_uri(uri) else written.items():
            path = self.folder / uri / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        recorded = {name: len(text) for name, text in written.items()}
        _put_properties(
            artifact.custom_properties,
            {"tfx_version": "1.16.0", "__tfxc_files__": json.dumps(recorded), **properties},
        )
        return int(self.mlmd.put_artifacts([artifact])[0])

    def node(
        self,
        run_id: str,
        node: str,
        component: str,
        makes: Mapping[str, str],
        inputs: Mapping[str, Sequence[int]] | None = None,
        properties: Mapping[str, Mapping[str, Any]] | None = None,
        recorded: bool = True,
    ) -> dict[str, int]:
        """Puts a node that made outputs (key → type), with folders called as the launcher calls them.

        Returns the artifacts by key. ``properties`` are those of an output.
        """
        part = secrets.token_hex(6)
        more = {"__tfxc_output_folder__": part} if recorded else {}
        number = self.execution(run_id, node, component, inputs=inputs, **more)
        (execution,) = self.mlmd.get_executions_by_id([number])
        made = {
            key: self.artifact(
                kind, f"{self.root}/{node}/{key}/{number}-{part}", **(properties or {}).get(key, {})
            )
            for key, kind in makes.items()
        }
        pairs = [
            (self.mlmd.get_artifacts_by_id([each])[0], _event(mlmd.Event.OUTPUT, key, 0))
            for key, each in made.items()
        ]
        self.mlmd.put_execution(execution, pairs, [])
        return made

    def _execution_type(self, name: str) -> int:
        if name not in self._types:
            self._types[name] = self.mlmd.put_execution_type(mlmd.ExecutionType(name=name))
        return self._types[name]

    def run_folder(
        self,
        run_id: str,
        events: Sequence[Mapping[str, Any]],
        hold: bool = False,
        plan: Plan | None = None,
        **record: Any,
    ) -> RunFolder:
        """Writes the folder of a run. One that is held is held as long as this process lives."""
        folder = RunFolder(self.folder / "runs" / ".tfxc" / run_id)
        lock = claim_folder(folder)
        if not hold:
            os.close(lock)
        whole = RunRecord(run_id=run_id, run_date="2026-01-31", **{"parameters": {}, **record})
        folder.record.write_text(whole.model_dump_json())
        if plan is not None:
            folder.plan.write_text(plan.to_json())
        first = {"event": "run_started", "pipeline": self.pipeline, "run_id": run_id}
        hour = self._folders = self._folders + 1  # each run an hour after the one before
        lines = []
        for number, event in enumerate(({**first, "nodes": _nodes(events)}, *events)):
            lines.append(json.dumps({"time": f"2026-01-31T{hour:02d}:00:{number:02d}Z", **event}))
        folder.events.write_text("\n".join(lines) + "\n")
        return folder


def _nodes(events: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(event["node"] for event in events if "node" in event))


def _event(kind: int, key: str, index: int) -> mlmd.Event:
    event = mlmd.Event(type=kind)
    event.path.steps.add().key = key
    event.path.steps.add().index = index
    return event


def _put_properties(target: Any, properties: Mapping[str, Any]) -> None:
    for name, value in properties.items():
        if isinstance(value, int):
            target[name].int_value = value
        else:
            target[name].string_value = value


def plan_of(*nodes: PlanNode, name: str = "birds") -> Plan:
    """Returns the Plan of a pipeline whose store is a `Store`."""
    return Plan(
        name=name,
        pipeline_root={"$path": "runs"},
        metadata=SqliteMetadata(path={"$path": "runs/metadata.sqlite"}),
        nodes=nodes,
    )


TWO_NODES = plan_of(
    standard("example_gen", "CsvExampleGen", outputs={"examples": "Examples"}),
    standard("trainer", "Trainer", ["example_gen"], outputs={"model": "Model"}),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def make_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Store]:
    """Returns a function that makes an empty store in a folder of its own."""
    return lambda: Store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def two_nodes() -> Plan:
    """Returns the Plan of a pipeline of two nodes."""
    return TWO_NODES


@pytest.fixture
def with_resolver() -> Plan:
    """Returns the Plan of a pipeline that begins with a Resolver."""
    resolver = PlanNode(
        id="latest", component=ResolverComponent(strategy_class="a:B"), outputs={"model": "Model"}
    )
    return plan_of(resolver, *TWO_NODES.nodes)
