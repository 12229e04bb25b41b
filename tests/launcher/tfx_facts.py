"""What plain TFX does: run with LocalDagRunner in one process, told as JSON in ``facts.json``.

``python tfx_facts.py FOLDER`` writes into that folder only. Each function is one fact, and
`test_what_tfx_does.py` puts it beside what our launcher does.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
from tfx.components import Pusher, SchemaGen, Trainer
from tfx.dsl.component.experimental.annotations import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base import base_executor
from tfx.dsl.experimental.conditionals.conditional import Cond
from tfx.dsl.experimental.node_execution_options.utils import NodeExecutionOptions
from tfx.orchestration import metadata, pipeline
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.proto import pusher_pb2, trainer_pb2
from tfx.types import Channel
from tfx.types.experimental.simple_artifacts import Dataset
from tfx.types.standard_artifacts import Examples, ExampleStatistics, Model
from tfx.utils import dependency_utils, proto_utils

FACTS: dict[str, Callable[[Path], Any]] = {}
CALLS: list[str] = []


def fact(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Registers a fact under its function's name."""
    FACTS[function.__name__] = function
    return function


@component  # type: ignore[untyped-decorator]
def Make(made: OutputArtifact[Dataset]):  # type: ignore[no-untyped-def]
    CALLS.append("Make")


@component  # type: ignore[untyped-decorator]
def Copy(source: InputArtifact[Dataset], made: OutputArtifact[Dataset]):  # type: ignore[no-untyped-def]
    CALLS.append("Copy")


@component  # type: ignore[untyped-decorator]
def Fail(made: OutputArtifact[Dataset]):  # type: ignore[no-untyped-def]
    CALLS.append("Fail")
    raise ValueError("no luck")


@component  # type: ignore[untyped-decorator]
def Show(made: OutputArtifact[Dataset], whole: Parameter[int] = 7):  # type: ignore[no-untyped-def]
    CALLS.append(f"Show {whole}")


@component(use_beam=True)  # type: ignore[untyped-decorator]
def OnBeam(  # type: ignore[no-untyped-def]
    made: OutputArtifact[Dataset],
    beam_pipeline: BeamComponentParameter[beam.Pipeline] = None,
):
    CALLS.append("OnBeam")


def run(folder: Path, *components: Any, **fields: Any) -> str:
    """Runs a pipeline with LocalDagRunner; returns the type of the exception, or nothing."""
    CALLS.clear()
    built = pipeline.Pipeline(
        pipeline_name="example",
        pipeline_root=str(folder / "runs"),
        metadata_connection_config=metadata.sqlite_metadata_connection_config(str(folder / "mlmd.sqlite")),
        components=list(components),
        **fields,
    )
    try:
        LocalDagRunner().run(built)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the fact
        return type(error).__name__
    return ""


def states(folder: Path) -> list[int]:
    """Returns the state of each execution, oldest first."""
    with sqlite3.connect(folder / "mlmd.sqlite") as database:
        return [row[0] for row in database.execute("SELECT last_known_state FROM Execution ORDER BY id")]


@fact
def inputs_that_are_not_there(folder: Path) -> Any:
    """Nothing produces the examples of the second node."""
    copy = Copy(source=Channel(type=Dataset, producer_component_id="Nobody", output_key="made"))
    return {"exception": run(folder, copy), "states": states(folder)}


@fact
def consumer_of_a_skipped_node(folder: Path) -> Any:
    """The first node's condition is false; the second one reads it."""
    make = Make()
    with Cond(make.outputs["made"].future()[0].uri == "no"):
        first = Copy(source=make.outputs["made"]).with_id("first")
    second = Copy(source=first.outputs["made"]).with_id("second")
    return {"exception": run(folder, make, first, second), "states": states(folder), "calls": list(CALLS)}


@fact
def retries(folder: Path) -> Any:
    """Two retries are asked for."""
    fail = Fail()
    fail.node_execution_options = NodeExecutionOptions(max_execution_retries=2)
    return {"exception": run(folder, fail), "calls": list(CALLS)}


@fact
def falsy_runtime_parameter(folder: Path) -> Any:
    """The default 0 of a RuntimeParameter."""
    show = Show(whole=RuntimeParameter(name="whole", ptype=int, default=0))
    return {"exception": run(folder, show), "calls": list(CALLS)}


@fact
def command_line(folder: Path) -> Any:
    """The arguments of the process, in an executor."""

    seen: list[list[str]] = []
    original = base_executor.BaseExecutor.__init__

    def remember(self: Any, context: Any = None) -> None:
        seen.append(list(context.extra_flags))
        original(self, context)

    base_executor.BaseExecutor.__init__ = remember
    sys.argv.append("--mine")
    try:
        run(folder, Make())
    finally:
        sys.argv.remove("--mine")
        base_executor.BaseExecutor.__init__ = original
    return seen


@fact
def sdist(folder: Path) -> Any:
    """How often TFX packages itself for a Beam component with arguments."""
    built: list[str] = []
    original = dependency_utils.build_ephemeral_package

    def remember() -> str:
        built.append("sdist")
        return str(folder / "none.tar.gz")

    dependency_utils.build_ephemeral_package = remember
    try:
        run(folder, OnBeam(), beam_pipeline_args=["--direct_num_workers=1"])
    finally:
        dependency_utils.build_ephemeral_package = original
    return built


@fact
def wheel(folder: Path) -> Any:
    """What is built of a module file when the pipeline is compiled."""
    (folder / "model.py").write_text("def run_fn(fn_args): pass\n")
    trainer = Trainer(
        examples=Channel(type=Examples, producer_component_id="Nobody", output_key="examples"),
        module_file=str(folder / "model.py"),
        train_args=trainer_pb2.TrainArgs(num_steps=1),
        eval_args=trainer_pb2.EvalArgs(num_steps=1),
    )
    run(folder, trainer)
    return [path.suffix for path in (folder / "runs" / "_wheels").iterdir()]


@fact
def unknown_proto_field(folder: Path) -> Any:
    """A misspelt field of a dictionary that becomes a proto."""
    pusher = Pusher(
        model=Channel(type=Model),
        push_destination={"filesystem": {"base_directory": "x", "versionning": "y"}},
    )
    recorded = pusher.exec_properties["push_destination"]
    # What its executor makes of it.
    return str(proto_utils.json_to_proto(recorded, pusher_pb2.PushDestination()))


@fact
def schema_of_nothing(folder: Path) -> Any:
    """A standard component without its input, through the runner."""
    statistics = Channel(type=ExampleStatistics, producer_component_id="Nobody", output_key="statistics")
    return {"exception": run(folder, SchemaGen(statistics=statistics)), "states": states(folder)}


def main(folder: Path) -> None:
    """Finds out every fact, each in a folder of its own."""
    found: dict[str, Any] = {}
    for name, function in FACTS.items():
        (folder / name).mkdir()
        try:
            found[name] = function(folder / name)
        except Exception as error:  # noqa: BLE001 - one fact must not hide the others
            found[name] = f"{type(error).__name__}: {error}"
    (folder / "facts.json").write_text(json.dumps(found))
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv.pop()))
