"""Runs the example pipelines for real on every backend, and reads what they leave in ML Metadata.

The three backends are given the same spec; only where things are written is each one's own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "specs"
OWN_SPECS = Path(__file__).with_name("specs")
CLUSTER_SPECS = ROOT / "tests" / "kubeflow" / "specs"
PENGUINS = SPECS / "penguin" / "data"
PENGUIN_SCHEMA = SPECS / "penguin" / "schema" / "schema.pbtxt"

Graph = dict[str, Any]
Parameters = Mapping[str, str | int | float]

BEST = "{{ collect.mean.value }}"
JUDGED = (
    "evaluator.blessing.custom_properties.blessed == 1 and example_validator.anomalies.passed "
    'and evaluator.evaluation.metric("sparse_categorical_accuracy", slice="species:Adelie") > 0.5'
)
"""When the penguin pipeline pushes here, and in tests/kubeflow/specs."""
VALUES = {"announce": {"text": "A model of {{ collect.total.value }}"}, "score": {"best": BEST}}
"""Values of other nodes as arguments of the custom pipeline, as tests/kubeflow/specs has them."""
PLAIN: Parameters = {}
EVENTFUL: Parameters = {"failures": 1, "min_score": 2, "audit_seconds": 600}
"""Parameters of specs/custom: fit is tried twice, publish is skipped, audit is stopped if impatient."""


@dataclass(frozen=True)
class Done:
    """A command that is over."""

    code: int
    output: str

    def ends(self) -> dict[str, str]:
        """Returns task → what the last line about it says, without times."""
        lines = re.findall(
            r"^([a-z-]+): (succeeded|failed|skipped|omitted)(?: after [\d.]+ s)?(?:: (.*))?$",
            self.output,
            re.M,
        )
        return {key: f"{state}: {detail}" if detail else state for key, state, detail in lines}


@dataclass(frozen=True)
class Left:
    """What runs of a pipeline, one after the other, left behind.

    ``graph`` is that of all of them, ``pushed`` the versions that they pushed.
    """

    folder: Path
    runs: tuple[Done, ...]
    graph: Graph
    pushed: tuple[str, ...]


def tfxc(*arguments: str) -> Done:
    """Runs the command."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["MLMD_PASSWORD"] = "not-used"
    done = subprocess.run(
        [str(Path(sys.executable).parent / "tfxc"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    return Done(done.returncode, done.stdout)


def graph(database: Path, **folders: Path) -> Graph:
    """Returns the normalised graph of a store; folders are given by the names that replace them."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("mlmd_graph.py")), str(database)]
    done = subprocess.run(
        [*command, *(f"{folder}={name}" for name, folder in folders.items())],
        capture_output=True,
        text=True,
        check=True,
    )
    found: Graph = json.loads(done.stdout)
    return found


def options(parameters: Parameters) -> list[str]:
    """Returns the command's options for parameters."""
    return [word for name, value in parameters.items() for word in ("-P", f"{name}={value}")]


def in_folder(name: str, folder: Path) -> Path:
    """Writes an overlay of a spec that has everything it writes in ``folder``, and returns its path."""
    folder.mkdir(parents=True)
    pusher = {
        "push_destination": {"filesystem": {"base_directory": str(folder / "serving")}},
        "when": JUDGED,
    }
    schema = {"schema_file": str(PENGUIN_SCHEMA)}  # a bundle carries what is below its spec's folder
    components = {"penguin": {"pusher": pusher, "schema_gen": schema}, "custom": VALUES}
    specs = OWN_SPECS if (OWN_SPECS / name).is_dir() else SPECS
    document = {
        "version": 1,
        "extends": str(specs / name / "pipeline.yaml"),
        "pipeline_root": str(folder / "root"),
        "metadata": {"sqlite": {"path": str(folder / "metadata.sqlite")}},
        "components": components.get(name, {}),
    }
    (folder / "pipeline.yaml").write_text(json.dumps(document))
    return folder / "pipeline.yaml"


def places(name: str, folder: Path) -> Mapping[str, str]:
    """Returns the parameters that say where a pipeline reads and writes."""
    return {"data": str(PENGUINS)} if name == "penguin" else {"out": str(folder / "out")}


def cluster_places(folder: Path) -> Mapping[str, str]:
    """Returns the parameters that the penguin pipeline has for a cluster only."""
    return {"serving": str(folder / "serving"), "schema": str(PENGUIN_SCHEMA)}


def graph_of(folder: Path) -> Graph:
    """Returns the graph of the runs whose files are all in ``folder``."""
    return graph(
        folder / "metadata.sqlite",
        root=folder / "root",
        out=folder / "out",
        serving=folder / "serving",
        data=PENGUINS,
    )


def left_in(folder: Path, done: tuple[Done, ...]) -> Left:
    """Returns what is in a folder now: later runs in it change nothing of that."""
    pushed = tuple(sorted(path.parent.name for path in (folder / "serving").glob("*/saved_model.pb")))
    return Left(folder, done, graph_of(folder), pushed)


def compiled(name: str, folder: Path, *arguments: str) -> Path:
    """Compiles a spec of tests/kubeflow/specs for Kubeflow Pipelines."""
    spec = str(CLUSTER_SPECS / f"{name}.yaml")
    done = tfxc("compile", spec, "--backend", "kubeflow", "-o", str(folder), *arguments)
    assert done.code == 0, done.output
    return folder


def run_locally(name: str, folder: Path, runs: tuple[Parameters, ...], *arguments: str) -> Left:
    """Runs a spec with ``tfxc run``, once for each of ``runs``."""
    spec = in_folder(name, folder)
    where = places(name, folder)
    done = tuple(tfxc("run", str(spec), *arguments, *options({**where, **each})) for each in runs)
    return left_in(folder, done)


def simulate(name: str, folder: Path, runs: tuple[Parameters, ...], *arguments: str) -> Left:
    """Runs what a spec compiles to for Kubeflow with ``tfxc kubeflow simulate``, once for each."""
    compiled(name, folder / "bundle", *arguments)
    done = tuple(simulate_again(name, folder, each) for each in runs)
    return left_in(folder, done)


def simulate_again(name: str, folder: Path, parameters: Parameters) -> Done:
    """Runs once more what `simulate` compiled."""
    where = {**places(name, folder), **(cluster_places(folder) if name == "penguin" else {})}
    command = ("kubeflow", "simulate", str(folder / "bundle"), "--folder", str(folder))
    return tfxc(*command, *options({**where, **parameters}))


def run_in_airflow(
    name: str, airflow: Any, folder: Path, runs: tuple[Parameters, ...], *arguments: str
) -> Left:
    """Runs what a spec compiles to for Airflow with ``airflow dags test``, once for each."""
    spec = in_folder(name, folder)
    # One launcher in standby for all tasks: the processes that it forks are the same, only sooner there.
    document = {**json.loads(spec.read_text()), "backends": {"airflow": {"bash": {"warm": True}}}}
    spec.write_text(json.dumps(document))
    bundle = str(airflow.dags / name)
    done = tfxc("compile", str(spec), "--backend", "airflow", "-o", bundle, *arguments)
    assert done.code == 0, done.output
    ended = [airflow.dags_test(name, timeout=600, **{**places(name, folder), **each}) for each in runs]
    return left_in(folder, tuple(Done(run.exit_code, run.output) for run in ended))
