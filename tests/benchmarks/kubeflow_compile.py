"""CPU-seconds of compiling for Kubeflow in a cold process, beside the kfp SDK and TFX's own runner.

    .ci/environments kubeflow
    uv pip install --target .venvs/tfx-kfp --no-deps 'kfp-pipeline-spec<0.7'    # what TFX's runner imports
    python tests/benchmarks/kubeflow_compile.py [--repeat 5]

The same graph each time: a generated spec for `tfxc compile`; for `kfp dsl compile` a container component
for each node with the same parameters; for TFX's KubeflowV2DagRunner a StatisticsGen for each node. The
first start of each command is not counted: it compiles bytecode where that was not done at install.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from generated_specs import write_spec_for_cluster

ROOT = Path(__file__).resolve().parents[2]
GOALS = {10: 0.8, 100: 0.9, 1000: 1.8}
KFP = """
import json, sys
from kfp import dsl

NODES = json.load(open({nodes!r}))

def component(name):
    def node(data: str, train_steps: int, min_accuracy: float, run_id: str, state: dsl.OutputPath(str),
             summary: dsl.Output[dsl.Markdown]):
        return dsl.ContainerSpec(image="registry.example/generated:1", command=["python", "-m", "task"],
                                 args=["--node", name, state, summary.path])
    node.__name__ = name
    return dsl.container_component(node)

@dsl.pipeline(name="generated")
def pipeline(data: str = "gs://bucket/data", train_steps: int = 200, min_accuracy: float = 0.9):
    tasks = {{}}
    for name, upstream in NODES.items():
        tasks[name] = component(name)(data=data, train_steps=train_steps, min_accuracy=min_accuracy,
                                      run_id=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
        tasks[name].after(*(tasks[each] for each in upstream))
        tasks[name].set_caching_options(False)
"""
TFX = """
import json
from tfx import v1 as tfx

NODES = json.load(open({nodes!r}))
examples = tfx.components.CsvExampleGen(input_base="gs://bucket/data").with_id("beginning")
made = {{}}
for name, upstream in NODES.items():
    made[name] = tfx.components.StatisticsGen(examples=examples.outputs["examples"]).with_id(name)
    for each in upstream:
        made[name].add_upstream_node(made[each])
pipeline = tfx.dsl.Pipeline(pipeline_name="generated", pipeline_root="gs://bucket/root",
                            components=[examples, *made.values()])
runner = tfx.orchestration.experimental.KubeflowV2DagRunner(
    config=tfx.orchestration.experimental.KubeflowV2DagRunnerConfig(), output_filename={output!r})
runner.run(pipeline)
"""


def cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Runs a command with its output thrown away, and returns its CPU-seconds. Raises if it fails."""
    actions = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    process = os.posix_spawn(arguments[0], arguments, environment, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime


def least(arguments: list[str], repeat: int, **environment: str) -> float:
    """Returns the least CPU-seconds of a command that is started several times."""
    whole = {**os.environ, **environment}
    return min(cpu_seconds(arguments, whole) for _ in range(repeat + 1))


def nodes_of(spec: Path) -> dict[str, list[str]]:
    """Returns node → the nodes that it waits for, as the Plan has them."""
    tfxc = str(Path(sys.executable).with_name("tfxc"))
    done = subprocess.run([tfxc, "plan", str(spec)], capture_output=True, text=True, check=True)
    return {node["id"]: node["upstream"] for node in json.loads(done.stdout)["nodes"]}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(GOALS))
    options = parser.parse_args()
    kfp = ROOT / ".venvs" / "kubeflow" / "bin" / "kfp"
    spec_package = ROOT / ".venvs" / "tfx-kfp"
    sys.stdout.write(
        f"{'nodes':>6} {'tfxc':>7} {'goal':>6} {'kfp':>8} {'ratio':>6} {'TFX':>8} {'ratio':>6}\n"
    )
    for nodes in options.sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            spec = write_spec_for_cluster(folder, nodes)
            graph = folder / "graph.json"
            graph.write_text(json.dumps(nodes_of(spec)))
            ours = tfxc_seconds(spec, folder / "bundle", options.repeat)
            row = f"{nodes:>6} {ours:7.2f} {GOALS.get(nodes, 0):6.1f}"
            row += _compared(ours, kfp_seconds(kfp, graph, folder, min(2, options.repeat)))
            row += _compared(ours, tfx_seconds(spec_package, graph, folder, 1))
            sys.stdout.write(row.rstrip() + "\n")
            sys.stdout.flush()


def tfxc_seconds(spec: Path, bundle: Path, repeat: int) -> float:
    """Returns the CPU-seconds of compiling a spec into a new folder."""
    tfxc = str(Path(sys.executable).with_name("tfxc"))
    times = []
    for _ in range(repeat + 1):
        shutil.rmtree(bundle, ignore_errors=True)
        command = [tfxc, "compile", str(spec), "--env", "cluster", "--backend", "kubeflow", "-o", str(bundle)]
        times.append(cpu_seconds(command, dict(os.environ)))
    return min(times)


def kfp_seconds(kfp: Path, graph: Path, folder: Path, repeat: int) -> float | None:
    """Returns the CPU-seconds of `kfp dsl compile` for a graph, or None if kfp is not there."""
    if not kfp.exists():
        return None
    script = folder / "kfp_pipeline.py"
    script.write_text(KFP.format(nodes=str(graph)))
    return least(
        [str(kfp), "dsl", "compile", "--py", str(script), "--output", str(folder / "kfp.yaml")], repeat
    )


def tfx_seconds(spec_package: Path, graph: Path, folder: Path, repeat: int) -> float | None:
    """Returns the CPU-seconds of TFX's runner for a graph, or None if it cannot be imported."""
    if not spec_package.exists():
        return None
    script = folder / "tfx_pipeline.py"
    script.write_text(TFX.format(nodes=str(graph), output=str(folder / "tfx.json")))
    return least([sys.executable, str(script)], repeat, PYTHONPATH=str(spec_package))


def _compared(ours: float, other: float | None) -> str:
    return f" {other:8.2f} {other / ours:5.1f}×" if other is not None else f" {'—':>8} {'':>6}"


if __name__ == "__main__":
    main()
