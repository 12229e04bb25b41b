"""What TFX's own runner gets wrong, and that ours does not: both, side by side."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import PlanParameter
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, ValueOperand

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}
FAILED, COMPLETE = 4, 3


@pytest.fixture(scope="module")
def tfx(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The facts of `tfx_facts.py`, found out by running LocalDagRunner."""
    folder = tmp_path_factory.mktemp("facts")
    script = Path(__file__).with_name("tfx_facts.py")
    with (folder / "log").open("w") as log:
        subprocess.run([sys.executable, str(script), str(folder)], stdout=log, stderr=log, check=True)
    return json.loads((folder / "facts.json").read_text())


def copy_of(plans: Any, name: str, producer: str, **fields: Any) -> Any:
    return plans.step(
        name,
        "Copy",
        inputs={"source": plans.channel(f"{producer}.made", "Dataset")},
        outputs=DATASET,
        upstream=(producer,),
        **fields,
    )


def test_inputs_that_are_not_there(tfx: Any, launcher: Any, plans: Any, project: Path) -> None:
    """TFX writes FAILED into MLMD and returns as if all were well."""
    assert tfx["inputs_that_are_not_there"] == {"exception": "", "states": [FAILED]}
    assert tfx["schema_of_nothing"] == {"exception": "", "states": [FAILED]}

    plan = plans.plan_of(project, plans.step("make", "Make", outputs=DATASET), copy_of(plans, "copy", "make"))
    result = launcher.open(plan, project).node("copy")
    assert result.state == "failed"
    assert (
        result.error.message
        == "`copy` cannot start: its input `source` is `make.made`, but `make` did not run."
    )


def test_a_condition_that_is_false(tfx: Any, launcher: Any, plans: Any, project: Path) -> None:
    """TFX tells a skipped node from one that ran by nothing, and fails what reads from it."""
    assert tfx["consumer_of_a_skipped_node"] == {
        "exception": "",
        "states": [COMPLETE, FAILED],
        "calls": ["Make"],
    }

    when = Comparison(
        operator="==",
        left=ArtifactOperand(node="make", output="made", artifact_type="Dataset", field="uri"),
        right=ValueOperand(value="no"),
    )
    plan = plans.plan_of(
        project, plans.step("make", "Make", outputs=DATASET), copy_of(plans, "first", "make", when=when)
    )
    results = launcher.open(plan, project).all()
    assert [result.state for result in results.values()] == ["succeeded", "skipped"]


def test_a_failed_node_can_be_retried(tfx: Any, launcher: Any, plans: Any, project: Path) -> None:
    """TFX ignores max_execution_retries. The scheduler asks our launcher again, which starts afresh."""
    assert tfx["retries"] == {"exception": "ValueError", "calls": ["Fail"]}

    run = launcher.open(plans.plan_of(project, plans.step("fail", "Fail", outputs=DATASET)), project)
    assert [run.node("fail").execution_id for _ in range(3)] == [1, 2, 3]


def test_falsy_parameters(tfx: Any, launcher: Any, plans: Any, project: Path) -> None:
    """TFX takes a RuntimeParameter's default 0 for none."""
    assert tfx["falsy_runtime_parameter"]["calls"] != ["Show 0"]

    arguments = {"whole": plans.value({"$reference": "parameters.whole"})}
    parameter = PlanParameter(name="whole", type="int", required=False, default=0)
    node = plans.step("show", "Show", outputs=DATASET, arguments=arguments)
    result = launcher.open(plans.plan_of(project, node, parameters=(parameter,)), project).node("show")
    assert (Path(result.artifacts[0].uri) / "shown").read_text().startswith("(0, ")


def test_the_command_line_stays_out(tfx: Any, launcher: Any, plans: Any, project: Path) -> None:
    """TFX hands the process's own arguments to every executor."""
    assert tfx["command_line"] == [["--mine"]]

    result = launcher.open(
        plans.plan_of(project, plans.step("look", "Environment", outputs=DATASET)), project
    ).node("look")
    assert (Path(result.artifacts[0].uri) / "arguments").read_text() == "[]"


def test_nothing_is_packaged_for_workers_in_this_process(
    tfx: Any, launcher: Any, plans: Any, tmp_path: Path
) -> None:
    """TFX builds an sdist of itself for any Beam arguments, and a wheel of every module file."""
    assert tfx["sdist"] == ["sdist"]
    assert tfx["wheel"] == [".whl"]

    plans.write(tmp_path, {"steps.py": BEAM_STEP})
    run = launcher.open(plans.plan_of(tmp_path, plans.step("beam", "OnBeam", outputs=DATASET)), tmp_path)
    result = run.node("beam")
    assert result.state == "succeeded", result.error
    arguments = (Path(result.artifacts[0].uri) / "arguments").read_text()
    assert "--runner=DirectRunner" in arguments
    assert "extra_package" not in arguments


BEAM_STEP = """
    import os

    import apache_beam as beam
    from tfx.dsl.component.experimental.annotations import BeamComponentParameter, OutputArtifact
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.experimental.simple_artifacts import Dataset


    @component(use_beam=True)
    def OnBeam(
        made: OutputArtifact[Dataset], beam_pipeline: BeamComponentParameter[beam.Pipeline] = None
    ):
        with beam_pipeline as pipeline:
            numbers = pipeline | beam.Create([1, 2, 3]) | beam.CombineGlobally(sum)
            numbers | beam.io.WriteToText(os.path.join(made.uri, "sum"))
        with open(os.path.join(made.uri, "arguments"), "w") as stream:
            stream.write(" ".join(beam_pipeline.options._flags))
"""


def test_unknown_fields_of_a_proto(tfx: Any, launcher: Any, plans: Any, project: Path) -> None:
    """TFX drops them without a word."""
    assert tfx["unknown_proto_field"].split() == ["filesystem", "{", "base_directory:", '"x"', "}"]

    destination = {"filesystem": {"base_directory": "serving", "versionning": "UNIX_TIMESTAMP"}}
    node = plans.standard(
        "pusher",
        "pusher",
        "Pusher",
        arguments={"push_destination": plans.message("tfx.components.pusher.PushDestination", destination)},
        outputs={"pushed_model": "PushedModel"},
    )
    error = launcher.try_open(plans.plan_of(project, node), project)
    assert error.message == (
        "pusher.push_destination.filesystem has no field `versionning`; did you mean `versioning`?"
    )
