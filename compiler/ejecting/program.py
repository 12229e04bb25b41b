"""A whole Plan → a Python program of plain TFX, and what it lacks."""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tfxc.compiler.ejecting.expressions import WIDTH, Call, Code, Expression, written
from tfxc.compiler.ejecting.imports import Imports
from tfxc.compiler.ejecting.nodes import Nodes
from tfxc.compiler.ejecting.values import RUN_DATE, RUN_ID, TAKEN, NotPlainError, Values, python_names
from tfxc.schemas.plan import Plan, PlanExecution, PlanNode, ServerMetadata, SqliteMetadata

PROGRAM = PurePosixPath("pipeline.py")
_OWN_OPTIONS = ("retries", "timeout", "resources", "env", "trigger_strategy", "on_anomaly", "check_model")


@dataclass(frozen=True)
class Ejected:
    """The program's text, the modules that it needs (path beside it → source), and what it lacks."""

    program: str
    modules: Mapping[PurePosixPath, Path]
    missing: tuple[str, ...]


def program_of(plan: Plan, folder: Path) -> Ejected:
    """Returns the program of a Plan whose modules start at ``folder``."""
    imports = Imports()
    variables: dict[str, str] = {}
    values = Values(plan, imports, variables)
    folders = ["" if len(plan.modules) < 2 else f"modules_{index}" for index in range(len(plan.modules))]
    nodes = Nodes(plan, values, imports, variables, folders)
    missing = list(_of_pipeline(plan))
    blocks: list[str] = []
    names = _variables(plan)
    for node in plan.nodes:
        variables[node.id] = names[node.id]
        comments = [f"{node.id}: {each}" for each in _of_node(node)]
        try:
            lines = nodes.statements(node)
            comments += nodes.notes
            nodes.notes.clear()
        except NotPlainError as reason:
            del variables[node.id]
            comments = [f"{node.id} is left out: {reason}"]
            lines = []
        missing += comments
        description = [node.description] if node.description and lines else []
        told = (line for each in (*description, *comments) for line in textwrap.wrap(each, WIDTH - 6))
        blocks.append("\n".join([*(f"    # {each}" for each in told), *lines]))
    pipeline = _pipeline(plan, values, imports, list(variables.values()))
    body = "\n\n".join([*filter(None, blocks), pipeline])
    module_paths = {
        PurePosixPath(place) / file: folder / each.source / file
        for place, each in zip(folders, plan.modules, strict=True)
        for file in each.files
    }
    return Ejected(_text(plan, values, imports, body, folders), module_paths, tuple(missing))


def _text(plan: Plan, values: Values, imports: Imports, body: str, folders: list[str]) -> str:
    runner = imports.name("tfx.orchestration.local.local_dag_runner", "LocalDagRunner")
    pipeline = imports.module("tfx.orchestration.pipeline")
    path_class = imports.name("pathlib", "Path") if "HERE" in body or any(folders) else None
    here = f"HERE = {path_class}(__file__).resolve().parent\n\n\n" if path_class else ""
    search = ""
    if any(folders) and imports.module("sys"):
        search = "".join(f'sys.path.insert(0, str(HERE / "{each}"))\n' for each in folders)
    of_run = _of_run(values, imports)
    arguments = [*(f"{name}: str" for name in of_run), *_parameters(plan)]
    signature = f"def create_pipeline({', '.join(arguments)}) -> {pipeline}.Pipeline:"
    if len(signature) > 100:
        signature = "def create_pipeline(\n    " + ",\n    ".join(arguments) + f",\n) -> {pipeline}.Pipeline:"
    told = plan.description or f"The pipeline {plan.name}."
    docstring = f'    """{told.replace(chr(92), " ").replace(chr(34), chr(39)).splitlines()[0]}"""\n'
    called = Call("create_pipeline", (), tuple((name, Code(value)) for name, value in of_run.items()))
    run = written(Call(f"{runner}().run", (called,)), "", "    ")
    main = f'if __name__ == "__main__":\n    {run}\n'
    head = f'"""{plan.name}: a TFX pipeline. Relative paths start at the working directory."""\n'
    if search:
        here = here.rstrip("\n") + "\n" + search + "\n\n"
    future = "from __future__ import annotations\n"
    after = f"{here or chr(10)}{signature}\n{docstring}{body}\n\n\n{main}"
    return f"{head}\n{future}\n{imports.text(after)}\n{after}"


def _pipeline(plan: Plan, values: Values, imports: Imports, components: list[str]) -> str:
    module = imports.module("tfx.orchestration.pipeline")
    name = plan.name_in_tfx
    if any(node.id_in_tfx == name for node in plan.nodes):
        name = f"{name}-pipeline"
    named: list[tuple[str, Expression]] = [
        ("pipeline_name", name),
        ("pipeline_root", values.value(plan.pipeline_root)),
        ("components", [Code(each) for each in components]),
        ("enable_cache", any(node.execution.cache for node in plan.nodes)),
    ]
    connection = _metadata(plan, values, imports)
    if connection is not None:
        named.append(("metadata_connection_config", connection))
    if plan.beam_pipeline_args:
        named.append(("beam_pipeline_args", values.value(list(plan.beam_pipeline_args))))
    return "    " + written(Call(f"{module}.Pipeline", (), tuple(named)), "return ", "    ")


def _metadata(plan: Plan, values: Values, imports: Imports) -> Call | None:
    metadata = plan.metadata
    if isinstance(metadata, SqliteMetadata):
        function = imports.module("tfx.orchestration.metadata")
        return Call(f"{function}.sqlite_metadata_connection_config", (values.value(metadata.path),))
    if isinstance(metadata, ServerMetadata) and metadata.kind == "mysql":
        function = imports.module("tfx.orchestration.metadata")
        keys = {
            "host": "host",
            "port": "port",
            "database": "database",
            "user": "username",
            "password": "password",
        }
        given = [(name, getattr(metadata, key)) for key, name in keys.items()]
        given = [(name, 3306 if name == "port" and each is None else each or "") for name, each in given]
        named = tuple((name, values.value(each)) for name, each in given)
        return Call(f"{function}.mysql_metadata_connection_config", (), named)
    return None


def _parameters(plan: Plan) -> Iterator[str]:
    """Yields the parameters of the function, those without a default first."""
    ordered = sorted(plan.parameters, key=lambda each: not each.required)
    names = python_names(plan)
    for each in ordered:
        declared = f"{names[each.name]}: {'str' if each.type == 'path' else each.type}"
        yield declared if each.required else f"{declared} = {written(_default(each.type, each.default))}"


def _default(kind: str, default: Any) -> Any:
    return float(default) if kind == "float" and type(default) is int else default


def _of_run(values: Values, imports: Imports) -> Mapping[str, str]:
    """Returns the arguments that every run has another value of, and what the program gives for them."""
    if not values.of_run:
        return {}
    now = f"{imports.name('datetime', 'datetime')}.now()"
    known = {RUN_ID: f'{now}.strftime("%Y%m%d-%H%M%S")', RUN_DATE: f"{now}.date().isoformat()"}
    return {name: known[name] for name in sorted(values.of_run)}


def _variables(plan: Plan) -> Mapping[str, str]:
    """Returns a name for each node, by its id."""
    modules = {each.import_name.partition(".")[0] for node in plan.nodes for each in node.modules()}
    executors = {each.import_name.rpartition(".")[2] for node in plan.nodes for each in node.modules()}
    taken = {*TAKEN, *python_names(plan).values(), *modules, *executors}
    found = {}
    for node in plan.nodes:
        name = "".join(each if each.isalnum() else "_" for each in node.id)
        name = f"node_{name}" if name[:1].isdigit() else name
        while keyword.iskeyword(name) or name in taken:
            name += "_"
        taken.add(name)
        found[node.id] = name
    return found


def _of_pipeline(plan: Plan) -> Iterator[str]:
    if any(node.id_in_tfx == plan.name_in_tfx for node in plan.nodes):
        yield "the pipeline has another name: TFX builds none that is called like one of its nodes"
    if plan.on_exit is not None:
        yield f"{plan.on_exit} is to run whatever became of the others: TFX has no such node"
    if len({node.execution.cache for node in plan.nodes}) > 1:
        yield "TFX caches all nodes or none: those with `cache: false` are cached too"
    if not isinstance(plan.metadata, SqliteMetadata) and not (
        isinstance(plan.metadata, ServerMetadata) and plan.metadata.kind == "mysql"
    ):
        yield f"metadata: give TFX's runner the connection ({plan.metadata.kind}) yourself"
    limits = [
        each.name for each in plan.parameters if each.minimum is not None or each.choices or each.pattern
    ]
    if limits:
        yield f"the limits of {', '.join(limits)} are not checked"


def _of_node(node: PlanNode) -> Iterator[str]:
    """Yields how a node is run that TFX's own runners do not honour."""
    usual = PlanExecution()
    own = [name for name in _OWN_OPTIONS if getattr(node.execution, name) != getattr(usual, name)]
    if own:
        listed = ", ".join(f"`{each}`" for each in own)
        yield f"TFX's local runner does not honour {listed}"
