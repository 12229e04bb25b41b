"""CPU-seconds that Airflow takes to load a DAG: tfxc's file, an equal one of dag-factory's, an empty one.

    .ci/environments
    python tests/benchmarks/airflow_parse.py [--repeat 7] [--major airflow2 airflow3]

Each load is a fork of a process that has imported Airflow, which is what Airflow's processor does; the
imports of the file itself count. The DAGs are equal in their tasks, operators, commands, environments,
dependencies, retries, timeouts, parameters and documentation; both files are in the same Airflow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from generated_specs import write_spec

from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import load_plan

ROOT = Path(__file__).resolve().parents[2]
SIZES = (10, 100, 1000)
OPERATORS = {
    "airflow2": "airflow.operators.bash.BashOperator",
    "airflow3": "airflow.providers.standard.operators.bash.BashOperator",
}
EMPTY = """from datetime import datetime, timezone

try:
    from airflow.sdk import DAG
except ImportError:
    from airflow import DAG

with DAG("empty", start_date=datetime(2026, 1, 1, tzinfo=timezone.utc), schedule=None):
    pass
"""
LOAD_YAML = """from pathlib import Path

from dagfactory import load_yaml_dags

# airflow dag
load_yaml_dags(globals_dict=globals(), config_filepath=str(Path(__file__).with_suffix(".yaml")))
"""
COMMAND = (
    'exec "${TFXC_PYTHON:?set it to the Python of an environment with tfxc[tfx]}"'
    ' -m tfxc.backends.launcher run-node --plan "$TFXC_BUNDLE" --node "$TFXC_NODE"'
    " --summary --result-line --end-with-parent"
)
RUN_DATE = (
    "{{ (data_interval_start if data_interval_start is defined and data_interval_start"
    " else dag_run.run_after).astimezone(dag.timezone).strftime('%Y-%m-%d') }}"
)


def install_dag_factory() -> Path:
    """Returns a folder with dag-factory and what it needs beside Airflow, installed once."""
    folder = ROOT / ".venvs" / "dag-factory"
    if not (folder / "dagfactory").is_dir():
        requirements = ROOT / "tests" / "environments" / "dag-factory" / "requirements.txt"
        command = ["uv", "pip", "install", "--quiet", "--no-deps", "--compile-bytecode", "--python"]
        python = ROOT / ".venvs" / "airflow3" / "bin" / "python"
        subprocess.run([*command, python, "--target", folder, "-r", requirements], check=True)
    return folder


def compile_bundle(folder: Path, nodes: int) -> Path:
    """Returns the folder of the bundle of a generated spec."""
    spec_folder = folder / f"spec-{nodes}"
    spec_folder.mkdir()
    spec = write_spec(spec_folder, nodes)
    # A process on an Airflow worker cannot be given cores and memory.
    spec.write_text(spec.read_text().replace(", resources: {cpu: 4, memory: 8Gi}", ""))
    tfxc = Path(sys.executable).with_name("tfxc")
    bundle = folder / f"tfxc-{nodes}"
    command = [tfxc, "compile", spec, "--backend", "airflow", "-o", bundle]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return bundle


def equal_yaml(plan: Plan, documents: dict[str, Any], bundle: Path, operator: str) -> str:
    """Returns dag-factory's YAML of the DAG that tfxc makes of a Plan."""
    tasks: dict[str, dict[str, Any]] = {}
    for node in plan.nodes:
        tasks[node.id] = {
            "operator": operator,
            "bash_command": COMMAND,
            "env": {
                "TFXC_BUNDLE": str(bundle),
                "TFXC_RUN_ID": "{{ run_id }}",
                "TFXC_RUN_DATE": RUN_DATE,
                "TFXC_PARAMETERS": "{{ params | tojson }}",
                "TFXC_NODE": node.id,
            },
            "append_env": True,
            "skip_on_exit_code": 99,
            "doc_md": documents["nodes"][node.id],
        }
        if node.upstream:
            tasks[node.id]["dependencies"] = list(node.upstream)
        if node.execution.retries:
            tasks[node.id]["retries"] = node.execution.retries
            tasks[node.id]["retry_delay"] = {
                "__type__": "datetime.timedelta",
                "seconds": node.execution.retry_delay,
            }
        if node.execution.timeout is not None:
            tasks[node.id]["execution_timeout"] = {
                "__type__": "datetime.timedelta",
                "seconds": node.execution.timeout,
            }
    dag = {
        "default_args": {"owner": "airflow", "retries": 0, "start_date": "2000-01-01"},
        "description": plan.description,
        "schedule": None,
        "catchup": False,
        "max_active_runs": 1,
        "max_active_tasks": 16,
        "doc_md": documents["pipeline"],
        "params": {parameter.name: parameter.default for parameter in plan.parameters},
        "tasks": tasks,
    }
    return yaml.safe_dump({"equal": dag}, sort_keys=False)


def measure(major: str, files: list[Path], repeat: int, dag_factory: Path | None) -> list[dict[str, Any]]:
    """Returns tasks and least CPU-seconds of each file, loaded in one of the majors."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False",
            "DO_NOT_TRACK": "1",
            "PYTHONWARNINGS": "ignore",
        }
        if dag_factory is not None:
            environment["PYTHONPATH"] = str(dag_factory)
        python = ROOT / ".venvs" / major / "bin" / "python"
        program = Path(__file__).parent / "inside_airflow" / "parse_times.py"
        command = [python, program, str(repeat), *files]
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--major", nargs="*", default=list(OPERATORS))
    options = parser.parse_args()
    dag_factory = install_dag_factory()
    sys.stdout.write(
        f"{'':10} {'tasks':>6} {'tfxc':>8} {'dag-factory':>12} {'ratio':>6} {'over empty':>11}\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundles = [compile_bundle(folder, nodes) for nodes in SIZES]
        (folder / "empty.py").write_text(EMPTY)
        for major in options.major:
            others = []
            for bundle in bundles:
                plan = load_plan((bundle / "plan.json").read_text())
                documents = json.loads((bundle / "docs.json").read_text())
                other = folder / f"{major}-{bundle.name}.py"
                other.write_text(LOAD_YAML)
                other.with_suffix(".yaml").write_text(equal_yaml(plan, documents, bundle, OPERATORS[major]))
                others.append(other)
            ours = [next(bundle.glob("*.py")) for bundle in bundles]
            empty, *mine = measure(major, [folder / "empty.py", *ours], options.repeat, None)
            theirs = measure(major, others, options.repeat, dag_factory)
            sys.stdout.write(f"{major:10} {0:6} {empty['seconds']:8.3f}\n")
            for one, two in zip(mine, theirs, strict=True):
                assert one["tasks"] == two["tasks"]
                sys.stdout.write(
                    f"{major:10} {one['tasks']:6} {one['seconds']:8.3f} {two['seconds']:12.3f}"
                    f" {one['seconds'] / two['seconds']:6.2f} {one['seconds'] - empty['seconds']:11.3f}\n"
                )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
