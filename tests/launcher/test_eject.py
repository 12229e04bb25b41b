"""Ejected programs, compiled by TFX, have the IR that tfxc makes of their specs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.compiler.ejecting.program import program_of
from tfxc.compiler.ejecting.write import write_ejected

pytestmark = pytest.mark.tfx

SPECS = Path(__file__).resolve().parents[2] / "specs"
NAMES = sorted(path.parent.name for path in SPECS.glob("*/pipeline.yaml"))
LEFT_OUT = ("cities", "parts")
"""Specs with nodes that plain TFX does not have: BestModel, and conditions that read an artifact's files."""


@pytest.fixture(scope="module")
def ejected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Spec → the IR that TFX compiles its ejected program to."""
    folder = tmp_path_factory.mktemp("ejected")
    requests = []
    for name in NAMES:
        checked = check(SPECS / name / "pipeline.yaml")
        assert checked.plan is not None
        made = program_of(checked.plan, checked.loaded.folder)
        write_ejected(made, folder / name, name, checked.loaded.folder)
        work = folder / f"{name}-work"
        shutil.copytree(SPECS / name, work, ignore=shutil.ignore_patterns("runs", "__pycache__"))
        requests.append([str(folder / name / "pipeline.py"), str(work)])
    (folder / "requests.json").write_text(json.dumps(requests), encoding="utf-8")
    script = Path(__file__).with_name("ejected_ir.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder / "requests.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(NAMES, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_an_ejected_spec_has_the_same_ir(
    name: str, ejected: Any, launcher: Any, deployment: Any, tmp_path: Path
) -> None:
    assert isinstance(ejected[name], dict), ejected[name]
    if name in LEFT_OUT:
        return
    plan = check(SPECS / name / "pipeline.yaml").plan
    assert plan is not None
    work = tmp_path / name
    shutil.copytree(SPECS / name, work, ignore=shutil.ignore_patterns("runs", "__pycache__"))
    parameters = {each.name: each.default for each in plan.parameters}
    ours = launcher.open(plan, work, run_id="run", parameters=parameters).ir()
    assert deployment(ours) == deployment(ejected[name])
    assert comparable(ours) == comparable(with_run(ejected[name], ours))


def with_run(ir: Any, of: Any) -> Any:
    """Returns an IR with the run's id and root filled in."""
    known = {"pipeline-run-id": {"string_value": "run"}}
    known["pipeline-root"] = of["runtime_spec"]["pipeline_root"]["field_value"]

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        parameter = value.get("runtime_parameter")
        if parameter is not None:
            return {"field_value": known[parameter["name"]]}
        return {key: filled(each) for key, each in value.items()}

    return filled(ir)


def comparable(ir: Any) -> Any:
    """Returns an IR without what says how it is run, what tfxc adds to the cache key, and where the user's
    code lies: TFX caches all nodes of a pipeline or none."""
    for entry in ir["nodes"]:
        entry["pipeline_node"].pop("execution_options", None)
        parameters = entry["pipeline_node"].get("parameters", {}).get("parameters", {})
        for name in [name for name in parameters if name.startswith("__tfxc")]:
            del parameters[name]
        for name in ("module_file", "module_path"):
            if name in parameters:
                text = parameters.pop(name)["field_value"]["string_value"]
                dotted = text.partition("@")[0].removesuffix(".py").replace("/", ".")
                parameters["module"] = dotted.rpartition(".")[2]
        if not parameters:
            entry["pipeline_node"].pop("parameters", None)
    return {key: value for key, value in ir.items() if key not in ("deployment_config",)}
