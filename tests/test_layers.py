"""What may import what: layers point one way, only the launcher knows TFX. And how long modules may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.docs.import_graphs import inner_statements

ROOT = Path(__file__).parent.parent
LAYERS = ("schemas", "backends", "compiler")
"""Each may import from those before it."""

HEAVY = ("tfx", "tensorflow", "apache_beam", "ml_metadata", "kfp", "airflow")
HEAVY_PARTS = (
    *HEAVY,
    "tensorflow_data_validation",
    "tensorflow_metadata",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tfx_bsl",
    "keras",
    "numpy",
)
NOT_FOR_VALIDATE = (*HEAVY_PARTS, "networkx", "jinja2", "rich", "asyncio")

LAUNCHER = "tfxc.backends.launcher"
LAUNCHER_WITHOUT_TFX = {
    LAUNCHER,
    f"{LAUNCHER}.protocol",
    *(
        f"{LAUNCHER}.protocol.{name}"
        for name in (
            "before_import",
            "client",
            "connection",
            "container_runtime",
            "conversation",
            "evaluation_messages",
            "example_input",
            "import_messages",
            "limits",
            "message",
            "messages",
            "property_names",
            "standby_connection",
            "standby_control",
            "standby_place",
            "summaries",
            "values",
        )
    ),
    f"{LAUNCHER}.servable",
    *(f"{LAUNCHER}.servable.{name}" for name in ("messages", "samples", "session", "verdict")),
}
"""What others may import of the launcher."""

MOST_LINES = 300
"""A module that grows beyond them knows two things, and is split by what it knows."""

SERVER = "tfxc.backends.serving.server"
"""What the server's process runs: it uses TensorFlow's messages and its library, not TensorFlow."""
SERVER_MAY_IMPORT = ("tensorflow.core",)


def _modules() -> dict[str, Path]:
    found = {}
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(("tfxc", *(parts[:-1] if parts[-1] == "__init__" else parts)))
            found[name] = path
    return found


MODULES = _modules()
FRONT_HALF = [
    name
    for name in MODULES
    if (not name.startswith(f"{LAUNCHER}.") or name in LAUNCHER_WITHOUT_TFX)
    and not name.startswith(f"{SERVER}.")
]


@cache
def _imports(name: str, deferred: bool) -> tuple[str, ...]:
    """Returns the modules that a module imports: at import, or (``deferred``) anywhere in it."""
    return tuple(_imported(_parsed(name), name, deferred))


@cache
def _parsed(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def _imported(tree: ast.Module, name: str, deferred: bool) -> Iterator[str]:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            assert node.module is not None
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (inner if inner in MODULES else node.module for inner in names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not deferred:
            continue
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not deferred:
            pending.extend(node.orelse)
            continue
        pending.extend(inner_statements(node))


def test_layers_are_imported_one_way() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in MODULES
        for imported in _imports(name, deferred=True)
        if imported.startswith("tfxc.")
        and LAYERS.index(imported.split(".")[1]) > LAYERS.index(name.split(".")[1])
    ]
    assert wrong == []


READS_STORES = "tfxc.backends.metadata.store"
"""The one module of the front half that may import ml_metadata, in its functions.

Messages of other packages are read with generated modules that `reports.artifacts.messages` finds, without
the packages round them.
"""


def test_no_module_knows_too_much() -> None:
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert not [f"{name}: {count} lines" for name, count in lines.items() if count > MOST_LINES]


def test_only_the_launcher_knows_tfx() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in FRONT_HALF
        # The local backend may import lazily, in functions.
        for imported in _imports(name, deferred=not name.startswith("tfxc.backends.local"))
        if imported.split(".")[0] in HEAVY_PARTS
        and not (name == READS_STORES and imported.split(".")[0] == "ml_metadata")
    ]
    assert wrong == []
    assert not any(each.split(".")[0] in HEAVY_PARTS for each in _imports(READS_STORES, deferred=False))


def test_the_server_knows_no_more_of_tensorflow_than_its_messages() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in MODULES
        if name.startswith(SERVER)
        for imported in _imports(name, deferred=True)
        if imported.split(".")[0] in HEAVY_PARTS and not imported.startswith(SERVER_MAY_IMPORT)
    ]
    assert wrong == []


def test_the_server_does_not_load_tensorflow() -> None:
    code = """
import tfxc.backends.serving.server.process
assert not hasattr(sys.modules["tensorflow"], "__version__")
print()
"""
    suspects = (*(name for name in HEAVY_PARTS if name not in ("tensorflow",)), "pydantic_core.nothing")
    assert _loaded_by(code, suspects) <= {"numpy"}


def test_of_the_launcher_only_its_protocol_is_imported() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in MODULES
        if not name.startswith(LAUNCHER)
        for imported in _imports(name, deferred=True)
        if imported.startswith(LAUNCHER) and imported not in LAUNCHER_WITHOUT_TFX
    ]
    assert wrong == []


SHARED_BY_BACKENDS = ("web", "registry", "launcher", "container", "metadata", "reports", "alerts", "triggers")
"""Every backend may import from these, and each of them from those before it."""
OWN_COMPONENTS = "tfxc.backends.launcher.components."
"""The outermost part of the launcher: what runs there says what was found in the words of the reports."""
USED_BY_OWN_COMPONENTS = {"alerts", "triggers"}


def test_no_backend_imports_another() -> None:
    for name in MODULES:
        if name.count(".") < 2 or not name.startswith("tfxc.backends."):
            continue
        own = name.split(".")[2]
        own_shared = SHARED_BY_BACKENDS.index(own) if own in SHARED_BY_BACKENDS else len(SHARED_BY_BACKENDS)
        allowed = {own, *SHARED_BY_BACKENDS[:own_shared]}
        if name.startswith(OWN_COMPONENTS):
            allowed |= USED_BY_OWN_COMPONENTS
        for imported in _imports(name, deferred=True):
            room = ".".join(imported.split(".")[:3])
            if imported.startswith("tfxc.backends.") and room in MODULES:
                assert room.split(".")[2] in allowed, f"{name} imports {imported}"


def test_there_are_no_import_cycles() -> None:
    graph = {name: MODULES.keys() & set(_imports(name, deferred=False)) for name in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def _loaded_by(code: str, suspects: tuple[str, ...]) -> set[str]:
    """Returns which of the suspects a fresh interpreter has loaded after running the code."""
    program = f"import sys\n{code}\nprint(*(name for name in {suspects!r} if name in sys.modules))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_whole_front_half_loads_nothing_heavy() -> None:
    imports = "\n".join(f"import {name}" for name in FRONT_HALF if not name.endswith("__main__"))
    assert _loaded_by(imports, HEAVY_PARTS) == set()


@pytest.mark.parametrize(
    ("commands", "drawing"),
    [(("validate", "plan"), set()), (("graph",), {"networkx"})],
    ids=["checks", "graph"],
)
def test_commands_load_only_what_they_need(
    commands: tuple[str, ...], drawing: set[str], tmp_path: Path
) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(
        "version: 1\nname: a\ncomponents:\n  example_gen: {type: CsvExampleGen, input_base: data}\n",
        encoding="utf-8",
    )
    code = f"""
from tfxc.compiler.cli import run
for command in {commands!r}:
    assert run([command, {str(spec)!r}]) == 0
print()
"""
    assert _loaded_by(code, NOT_FOR_VALIDATE) == drawing


def test_help_loads_no_command() -> None:
    code = """
from tfxc.compiler.cli import app
try:
    app(["--help"])
except SystemExit as done:
    assert done.code in (0, None), done.code
"""
    suspects = (*NOT_FOR_VALIDATE, "pydantic", "yaml", "tfxc.compiler.driver", "tfxc.compiler.commands.run")
    assert _loaded_by(code, suspects) == set()
