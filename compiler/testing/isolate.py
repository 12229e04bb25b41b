"""A Plan whose runs leave nothing but in a folder of a test: pure, but for a look at what is there.

What is replaced:

================================  ==========================================================================
pipeline root, metadata store     folders of the test: every run is a first run
``input_base`` of ExampleGens     a sample (`tfxc.compiler.testing.sample`)
arguments that are written to     folders of the test (``push_destination``)
path parameters                   those below the pipeline root, and those that are not there and are given
                                  to components of the user's: folders of the test
Alert, PipelineTrigger            they post to a server of the test, whoever they would tell
registries, Google Cloud,         left out, with what reads from them
Pushers with an executor
Beam arguments, resources         none: what is asked of a cluster is for all of the data
================================  ==========================================================================
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfxc.backends.launcher.protocol.values import Scalar, Values, resolve
from tfxc.schemas.components import find_component_model, written_arguments
from tfxc.schemas.components.watch import WatchingComponent
from tfxc.schemas.plan import (
    ContainerComponent,
    Plan,
    PlanArgument,
    PlanNode,
    PythonComponent,
    Resources,
    SqliteMetadata,
    StandardComponent,
)
from tfxc.schemas.plan_graph import nodes_read
from tfxc.schemas.plan_places import node_values
from tfxc.schemas.plan_values import is_uri, path, references_in, with_paths

_NO_PROXY = ("no_proxy", "NO_PROXY")


@dataclass(frozen=True)
class TestFolders:
    """The folders of a test. ``answers`` is the address of its server, "" if there is none."""

    __test__ = False

    root: Path
    answers: str = ""

    @property
    def outputs(self) -> Path:
        """The pipeline root."""
        return self.root / "outputs"

    @property
    def store(self) -> Path:
        return self.root / "metadata.sqlite"

    def data(self, node: str) -> Path:
        """Where the sample of a node lies."""
        return self.root / "data" / node

    def written(self, name: str) -> Path:
        """Where something is written that is no output."""
        return self.root / "written" / name


@dataclass(frozen=True)
class Replaced:
    """Something that a test does otherwise; ``of`` is a node, a parameter or a key of the spec."""

    of: str
    how: str


@dataclass(frozen=True)
class Isolated:
    """A Plan for a test, its parameters, and what is not as in a run. ``left_out``: node → why."""

    plan: Plan
    parameters: Mapping[str, Scalar]
    replaced: tuple[Replaced, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...] | None:
        """The nodes that are run; None for all."""
        if not self.left_out:
            return None
        return tuple(node.id for node in self.plan.nodes if node.id not in self.left_out)


def isolated(
    plan: Plan, values: Values, given: Mapping[str, Scalar], folders: TestFolders, sampled: frozenset[str]
) -> Isolated:
    """Returns the Plan for a test.

    ``values`` are those of the run, with all parameters; ``given`` are the parameters that somebody gave for
    the test, which stay. ``sampled`` are the nodes that read a sample. Raises Failure for a value that
    cannot be resolved.
    """
    replaced: list[Replaced] = []
    parameters = dict(given)
    for name, place in _moved_parameters(plan, values, given, folders).items():
        parameters[name] = str(place)
        replaced.append(Replaced(f"parameters.{name}", "a folder of this test"))
    left_out = _left_out(plan)
    nodes = tuple(
        node if node.id in left_out else _node(node, folders, sampled, replaced) for node in plan.nodes
    )
    if plan.beam_pipeline_args or any(node.execution.beam_pipeline_args for node in plan.nodes):
        replaced.append(Replaced("beam_pipeline_args", "none: Beam runs here"))
    of_test = plan.model_copy(
        update={
            "pipeline_root": path(str(folders.outputs)),
            "metadata": SqliteMetadata(path=path(str(folders.store))),
            "beam_pipeline_args": (),
            "nodes": nodes,
        }
    )
    return Isolated(of_test, parameters, tuple(replaced), left_out)


def _moved_parameters(
    plan: Plan, values: Values, given: Mapping[str, Scalar], folders: TestFolders
) -> dict[str, Path]:
    """Returns the path parameters that name what a run would write."""
    base = Path(values.folder or ".")
    root = resolve(plan.pipeline_root, values, "pipeline_root")
    to_own_code = frozenset(
        target.removeprefix("parameters.")
        for node in plan.nodes
        if isinstance(node.component, (PythonComponent, ContainerComponent))
        for placed in node_values(node)
        for target in references_in(placed.value)
    )
    moved = {}
    for parameter in plan.parameters:
        value = values.parameters.get(parameter.name)
        if parameter.type != "path" or parameter.name in given or not isinstance(value, str) or not value:
            continue
        if is_uri(value):
            continue
        place = Path(os.path.normpath(base / value))
        is_output = isinstance(root, str) and not is_uri(root) and place.is_relative_to(root)
        if is_output or (parameter.name in to_own_code and not place.exists()):
            moved[parameter.name] = folders.written(parameter.name)
    return moved


def _left_out(plan: Plan) -> dict[str, str]:
    """Returns the nodes that act outside of the pipeline, and those that read from them, with why."""
    left: dict[str, str] = {}
    for node in plan.nodes:
        model = find_component_model(node.component.type)
        if model is not None and model.acts_outside and not issubclass(model, WatchingComponent):
            left[node.id] = f"it {model.acts_outside}"
        elif model is not None and model.destination and _has_own_executor(node):
            left[node.id] = "it pushes with an executor of its own"
        else:
            missing = [each for each in plan.nodes if each.id in left and each.id in nodes_read(node)]
            if missing:
                left[node.id] = f"it reads from `{missing[0].label}`"
    return left


def _has_own_executor(node: PlanNode) -> bool:
    return isinstance(node.component, StandardComponent) and node.component.executor is not None


def _node(
    node: PlanNode, folders: TestFolders, sampled: frozenset[str], replaced: list[Replaced]
) -> PlanNode:
    """Returns a node for a test."""
    arguments = dict(node.arguments)
    environment = dict(node.execution.env)
    if node.id in sampled:
        arguments["input_base"] = arguments["input_base"].model_copy(
            update={"value": path(str(folders.data(node.id)))}
        )
    for name in written_arguments(node.component.type) & arguments.keys():
        arguments[name] = _written_to(arguments[name], folders.written(node.id))
        replaced.append(Replaced(node.label, f"`{name}` is a folder of this test"))
    model = find_component_model(node.component.type)
    if model is not None and issubclass(model, WatchingComponent):
        arguments = _posted(node, model, arguments, folders)
        for name in _NO_PROXY:
            known = os.environ.get(name)
            environment[name] = f"{known},127.0.0.1" if known else "127.0.0.1"
        replaced.append(
            Replaced(node.label, f"posts to this test, and to nobody else; it {model.acts_outside}")
        )
    execution = node.execution.model_copy(
        update={"resources": Resources(), "beam_pipeline_args": None, "env": environment}
    )
    return node.model_copy(update={"arguments": arguments, "execution": execution})


def _written_to(argument: PlanArgument, folder: Path) -> PlanArgument:
    """Returns an argument whose every path is a folder of the test."""
    return argument.model_copy(update={"value": with_paths(argument.value, str(folder))})


def _posted(
    node: PlanNode,
    model: type[WatchingComponent],
    arguments: Mapping[str, PlanArgument],
    folders: TestFolders,
) -> dict[str, PlanArgument]:
    """Returns the arguments of a node that tells somebody, who is the test now."""
    url = {"url": f"{folders.answers}/{node.id}"}
    kept = {name: each for name, each in arguments.items() if name not in model.told}
    told = next(each for name, each in arguments.items() if name in model.told)
    kept["webhook"] = told.model_copy(update={"value": url, "execution_property": "webhook"})
    return kept
