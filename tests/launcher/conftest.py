"""One launcher for all tests of a session, and Plans written by hand."""

from __future__ import annotations

import copy
import hashlib
import importlib
import itertools
import pkgutil
import shutil
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest

from tfxc.backends.launcher.protocol.client import LauncherClient
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    ErrorReply,
    IrRequest,
    NodeRequest,
    NodeResult,
    OpenRequest,
    ReadyReply,
    Reply,
    RunContext,
    StartedReply,
    SummaryReply,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.compiler.driver import check
from tfxc.schemas import protos as schemas_of_protos
from tfxc.schemas.plan import (
    Plan,
    PlanArgument,
    PlanChannel,
    PlanExecution,
    PlanModule,
    PlanModuleFolder,
    PlanNode,
    PythonComponent,
    SqliteMetadata,
    StandardComponent,
)
from tfxc.schemas.protos.base import ProtoModel

_REPLY_TIMEOUT = 300.0


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes text files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")


def channel(reference: str, artifact_type: str) -> tuple[PlanChannel, ...]:
    """Returns the channel of ``node.output``."""
    node, _, output = reference.partition(".")
    return (PlanChannel(node=node, output=output, artifact_type=artifact_type),)


def standard(node: str, package: str, type_name: str, **fields: Any) -> PlanNode:
    """Returns a node that is one of TFX's own components."""
    component = StandardComponent(
        type=type_name, class_path=f"tfx.components.{package}.component:{type_name}"
    )
    return PlanNode(id=node, component=component, **fields)


def step(node: str, function: str, *, module: str = "steps", **fields: Any) -> PlanNode:
    """Returns a node that is a ``@component`` function of ``steps.py``."""
    component = PythonComponent(
        type=f"{module}:{function}", module=PlanModule(folder=0, import_name=module), function=function
    )
    return PlanNode(id=node, component=component, **fields)


def value(content: Any) -> PlanArgument:
    """Returns an argument that is passed as it is."""
    return PlanArgument(value=content)


def message(full_name: str, content: Any) -> PlanArgument:
    """Returns an argument that is a protobuf message."""
    return PlanArgument(kind="proto", proto=full_name, proto_module=proto_modules()[full_name], value=content)


@cache
def proto_modules() -> dict[str, str]:
    """Returns the full name of each config message → the module that registers it."""
    found: dict[str, str] = {}
    for each in pkgutil.iter_modules(schemas_of_protos.__path__):
        module = importlib.import_module(f"{schemas_of_protos.__name__}.{each.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, ProtoModel) and hasattr(value, "proto"):
                found[value.proto] = value.proto_module()
    return found


def plan_of(folder: Path, *nodes: PlanNode, **fields: Any) -> Plan:
    """Returns a Plan whose runs lie in ``runs`` of the folder, with the folder's Python files."""
    files = sorted(path.name for path in folder.glob("*.py"))
    digest = hashlib.sha256()
    for name in files:
        digest.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    settings: dict[str, Any] = {
        "name": "example",
        "pipeline_root": {"$path": "runs"},
        "metadata": SqliteMetadata(path={"$path": "runs/metadata.sqlite"}),
        "modules": (PlanModuleFolder(source=".", files=tuple(files), sha256=digest.hexdigest()),),
    }
    return Plan(nodes=nodes, **{**settings, **fields})


class OpenedRun:
    """A run that is open in the launcher."""

    def __init__(self, harness: Harness, plan: Plan, context: RunContext) -> None:
        self.harness, self.plan, self.context = harness, plan, context

    @property
    def folder(self) -> Path:
        return Path(self.context.base_folder)

    def log(self, node: str) -> Path:
        return self.folder / f"{node}.log"

    def start(self, node: str, **fields: Any) -> int:
        """Sends the request and returns its id."""
        identifier = self.harness.client.new_id()
        request = NodeRequest(
            id=identifier, run_id=self.context.run_id, node=node, log=str(self.log(node)), **fields
        )
        self.harness.client.request(request)
        return identifier

    def node(self, node: str, **fields: Any) -> NodeResult:
        """Runs one node and returns how it ended."""
        return self.harness.finished(self.start(node, **fields))

    def all(self, **fields: Any) -> dict[str, NodeResult]:
        """Runs all nodes in the Plan's order."""
        return {node.id: self.node(node.id, **fields) for node in self.plan.nodes}

    def summary(self, *, at_once: bool = False) -> RunSummary:
        identifier = self.harness.client.new_id()
        request = SummaryRequest(id=identifier, run_id=self.context.run_id, at_once=at_once)
        self.harness.client.request(request)
        reply = self.harness.reply(identifier)
        assert isinstance(reply, SummaryReply), reply
        return reply.summary

    def ir(self) -> Any:
        identifier = self.harness.client.new_id()
        self.harness.client.request(IrRequest(id=identifier, run_id=self.context.run_id))
        reply = self.harness.reply(identifier)
        assert reply.reply == "done", reply
        return reply.data


class Harness:
    """A client, and the replies that have arrived and were not asked for yet."""

    def __init__(self, client: LauncherClient) -> None:
        self.client = client
        self.ready: Optional[ReadyReply] = None
        self._replies: list[Reply] = []
        self._runs = itertools.count(1)

    def reply(self, identifier: int, timeout: float = _REPLY_TIMEOUT) -> Any:
        """Waits for the reply to a request, other than that it started."""
        return self._wait(
            lambda reply: reply.id == identifier and not isinstance(reply, StartedReply), timeout
        )

    def started(self, identifier: int) -> StartedReply:
        """Waits until a node's process runs."""
        found: StartedReply = self._wait(
            lambda reply: reply.id == identifier and isinstance(reply, StartedReply), _REPLY_TIMEOUT
        )
        return found

    def finished(self, identifier: int) -> NodeResult:
        """Waits until a node is over."""
        reply = self.reply(identifier)
        assert reply.reply == "finished", reply
        result: NodeResult = reply.result
        return result

    def cancel(self, target: int, **fields: Any) -> None:
        identifier = self.client.new_id()
        self.client.request(CancelRequest(id=identifier, target=target, **fields))
        self.reply(identifier)

    def try_open(self, plan: Plan, folder: Path, **fields: Any) -> Any:
        """Opens a run; returns it, or the LaunchError that stood in its way."""
        run_id = fields.pop("run_id", f"run-{next(self._runs)}")
        context = RunContext(
            plan=plan.to_json(),
            base_folder=str(folder),
            modules_folder=fields.pop("modules_folder", str(folder / "modules")),
            run_id=run_id,
            run_date="2026-01-31",
            **fields,
        )
        identifier = self.client.new_id()
        self.client.request(OpenRequest(id=identifier, context=context))
        reply = self.reply(identifier)
        return reply.error if isinstance(reply, ErrorReply) else OpenedRun(self, plan, context)

    def open(self, plan: Plan, folder: Path, **fields: Any) -> OpenedRun:
        """Opens a run."""
        opened = self.try_open(plan, folder, **fields)
        assert not isinstance(opened, LaunchError), opened
        assert isinstance(opened, OpenedRun)
        return opened

    def _wait(self, wanted: Any, timeout: float) -> Any:
        deadline = time.monotonic() + timeout
        while True:
            for reply in self._replies:
                if wanted(reply):
                    self._replies.remove(reply)
                    return reply
            left = deadline - time.monotonic()
            assert left > 0, f"no reply within {timeout} s; there are {self._replies}"
            for reply in self.client.poll(left):
                if isinstance(reply, ReadyReply):
                    self.ready = reply
                else:
                    self._replies.append(reply)


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A launcher that all tests of the session share: TFX is imported once."""
    log = tmp_path_factory.mktemp("launcher") / "launcher.log"
    with LauncherClient(log=log) as client:
        yield Harness(client)


@pytest.fixture
def own_launcher(tmp_path: Path) -> Iterator[Harness]:
    """A launcher of the test's own, for tests that end it."""
    with LauncherClient(log=tmp_path / "launcher.log") as client:
        yield Harness(client)


@pytest.fixture(scope="session")
def plans() -> SimpleNamespace:
    """What Plans are written with."""
    return SimpleNamespace(
        write=write,
        channel=channel,
        standard=standard,
        step=step,
        value=value,
        message=message,
        plan_of=plan_of,
        execution=PlanExecution,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with ``modules/steps.py`` as its module ``steps``."""
    shutil.copy(Path(__file__).parent / "modules" / "steps.py", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def plan_of_spec() -> Callable[[Path], Plan]:
    """The Plan of a spec in which nothing is wrong."""

    def compiled(spec: Path) -> Plan:
        checked = check(spec)
        assert [each.message for each in checked.diagnostics if each.is_error] == []
        assert checked.plan is not None
        return checked.plan

    return compiled


OF_THE_LAUNCHER = {"--runner=DirectRunner", "--direct_running_mode=in_memory", "--direct_num_workers=1"}
"""Beam's arguments that the launcher gives a component that is told nothing of a runner or of workers."""


@pytest.fixture(scope="session")
def deployment() -> Callable[[Any], Any]:
    """Returns a function that gives an IR's ``deployment_config`` for a comparison: executors' classes, Beam
    arguments, images and commands of containers, drivers of one's own, platform configurations.

    Left out are the Beam arguments of the launcher's own, since TFX leaves Beam to choose, and the connection
    to ML Metadata: TFX's runners open what the IR says, and the launcher what the Plan says.
    """

    def of(ir: Any) -> Any:
        found = copy.deepcopy(ir.get("deployment_config", {}))
        found.pop("metadata_connection_config", None)
        for spec in found.get("executor_specs", {}).values():
            for key in ("beam_pipeline_args", "beam_pipeline_args_placeholders"):
                spec[key] = [
                    each
                    for each in spec.get(key, [])
                    if (each if isinstance(each, str) else each.get("value", {}).get("string_value"))
                    not in OF_THE_LAUNCHER
                ]
                if not spec[key]:
                    del spec[key]
        return found

    return of
