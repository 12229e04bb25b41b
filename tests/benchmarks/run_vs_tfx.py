"""Runs pipelines with tfxc and with plain TFX, side by side, and prints what each takes.

The plain pipelines are in plain_tfx/: the same components and the same module files, written by hand
for TFX's LocalDagRunner with the Beam arguments of TFX's examples. Both start from a fresh folder and
take turns. Each folder gets three runs: the first; the second, in which the Evaluator runs again,
because there is a blessed model to compare with now; the third, in which everything is cached.

Before the first run in a folder no launcher waits: the first run imports TFX, and the launcher that it leaves
to the others counts, as what it does for them.

A node's seconds are those between the registration of its execution in ML Metadata and its
publication, read from the metadata file of either. All else is waiting and starting.
"""

# ruff: noqa: T201  (a script that prints)

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from measured_process import Usage, run_measured
from node_times import NodeTime, read_node_times

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
SIDES = ("tfxc", "tfx")
TFXC = str(Path(sys.executable).with_name("tfxc"))
RUNTIME = "XDG_RUNTIME_DIR"
"""Where the launchers that stay have their sockets: a folder of our own keeps those of others out."""
MEBIBYTE = 1024 * 1024

EXAMPLES = """examples:
  python tests/benchmarks/run_vs_tfx.py                       # all pipelines, once
  python tests/benchmarks/run_vs_tfx.py penguin --repeat 3    # medians of three
  python tests/benchmarks/run_vs_tfx.py taxi --runs 1         # the first run only
  python tests/benchmarks/run_vs_tfx.py taxi --only tfxc      # without the plain one
  python tests/benchmarks/run_vs_tfx.py branches --keep /tmp/x  # keep folders and logs
"""


@dataclass(frozen=True)
class Benchmark:
    """A pipeline, and how much of plain TFX's wall time tfxc may take in the first run."""

    name: str
    goal: float
    pushes: bool

    @property
    def spec(self) -> Path:
        """The spec's folder."""
        return SPECS / self.name


@dataclass(frozen=True)
class Run:
    """One measured run."""

    usage: Usage
    nodes: list[NodeTime]


Results = dict[tuple[str, int], list[Run]]
"""(side, number of the run in its folder) → its repetitions"""

BENCHMARKS = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark("penguin", goal=0.13, pushes=True),
        Benchmark("taxi", goal=0.25, pushes=True),
        Benchmark("branches", goal=0.6, pushes=False),
    )
}


def main() -> int:
    """Measures what the command line asks for. Returns 1 if a run failed."""
    arguments = _parse_arguments()
    sides = [arguments.only] if arguments.only else list(SIDES)
    load = os.getloadavg()[0]
    if load > 1:
        _say(f"the load of this machine is {load:.1f}: what else runs here is measured too")
    _warm_up()
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="run-vs-tfx-"))
    try:
        for name in arguments.pipeline or BENCHMARKS:
            benchmark = BENCHMARKS[name]
            _make_data(benchmark)
            results = measure(benchmark, sides, arguments.repeat, arguments.runs, folder)
            print_results(benchmark, sides, arguments.runs, results)
    except FailedRunError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


class FailedRunError(Exception):
    """A pipeline did not run to its end, so that there is nothing to compare."""


def measure(benchmark: Benchmark, sides: list[str], repeat: int, runs: int, folder: Path) -> Results:
    """Runs a pipeline `repeat` times `runs` times on each side, in turns.

    Raises FailedRunError, with the last lines of the log, if a run fails or pushes no model.
    """
    results: Results = {}
    for repetition in range(1, repeat + 1):
        for side in sides if repetition % 2 else reversed(sides):
            root = folder / benchmark.name / f"{side}-{repetition}"
            with _own_launchers() as environment:
                measured = [_run_once(benchmark, side, root, environment) for _ in range(runs)]
            for number, run in enumerate(measured, start=1):
                results.setdefault((side, number), []).append(run)
                _say(
                    f"{benchmark.name}, {side}, repetition {repetition}, run {number}: "
                    f"{run.usage.wall:.1f} s, {run.usage.cpu:.1f} CPU-s"
                )
    return results


@contextmanager
def _own_launchers() -> Iterator[dict[str, str]]:
    """Yields an environment in which no launcher waits yet; those that stay in it leave at the end."""
    with tempfile.TemporaryDirectory(prefix="run-vs-tfx-") as place:
        environment = {**_environment(), RUNTIME: place}
        try:
            yield environment
        finally:
            subprocess.run([TFXC, "standby", "--stop"], env=environment, capture_output=True, check=False)


def _run_once(benchmark: Benchmark, side: str, root: Path, environment: dict[str, str]) -> Run:
    root.mkdir(parents=True, exist_ok=True)
    if side == "tfxc":
        home = root / "spec"
        if not home.exists():
            shutil.copytree(
                benchmark.spec, home, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__")
            )
        command = [TFXC, "run", str(home / "pipeline.yaml")]
        metadata, serving = home / "runs" / "metadata.sqlite", home / "serving"
    else:
        script = HERE / "plain_tfx" / f"{benchmark.name}_pipeline.py"
        command = [sys.executable, str(script), "--root", str(root)]
        metadata, serving = root / "metadata.sqlite", root / "serving"
    log = root / "log.txt"
    usage = run_measured(command, log, environment, environment[RUNTIME])
    if usage.exit_code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise FailedRunError(f"{benchmark.name} failed with {side} (exit code {usage.exit_code}):\n{tail}")
    if benchmark.pushes and not list(serving.glob("*/saved_model.pb")):
        raise FailedRunError(
            f"{benchmark.name} pushed no model with {side}; run it with --keep and see {log}"
        )
    return Run(usage, read_node_times(metadata, usage.started))


def print_results(benchmark: Benchmark, sides: list[str], runs: int, results: Results) -> None:
    """Prints two Markdown tables: what the runs took, and what the time went to."""
    print(f"\n### {benchmark.name}\n")
    rows = []
    for number in range(1, runs + 1):
        for side in sides:
            usages = [run.usage for run in results[side, number]]
            rows.append([
                f"{number}",
                side,
                f"{median(usage.wall for usage in usages):.1f}",
                f"{median(usage.cpu for usage in usages):.1f}",
                *(
                    f"{median(sizes) / MEBIBYTE:.0f}"
                    for sizes in (
                        [usage.peak_parents for usage in usages],
                        [usage.peak_leaf for usage in usages],
                        [usage.peak_total for usage in usages],
                    )
                ),
                _ratio(benchmark, number, side, results),
            ])  # fmt: skip
    _print_table(
        ["run", "", "wall s", "CPU-s", "largest parent MiB", "largest child MiB", "all MiB", "of tfx"],
        rows,
    )
    print()
    columns = (
        [(side, number) for number in (1, runs) for side in sides] if runs > 1 else [(s, 1) for s in sides]
    )
    parts = {column: _breakdown(results[column]) for column in columns}
    names = dict.fromkeys(name for column in columns for name in parts[column])
    _print_table(
        ["seconds of", *(f"{side}, run {number}" for side, number in columns)],
        [[name, *(parts[column].get(name, "") for column in columns)] for name in names],
    )


def _breakdown(runs: list[Run]) -> dict[str, str]:
    """Returns what a run's time went to, the medians of its repetitions, in the order of the run."""
    parts: dict[str, list[float]] = {"before the first node": []}
    cached = {node.node for run in runs for node in run.nodes if node.state == "cached"}
    for run in runs:
        for node in run.nodes:
            parts.setdefault(node.node, []).append(node.seconds)
    for run in runs:
        begin, end = run.usage.started, run.usage.started + run.usage.wall
        first = min((node.started for node in run.nodes), default=end)
        last = max((node.ended for node in run.nodes), default=end)
        parts["before the first node"].append(first - begin)
        parts.setdefault("between nodes", []).append(last - first - _busy(run.nodes))
        parts.setdefault("after the last node", []).append(end - last)
    return {
        name: f"{median(seconds):.1f}{' (cached)' if name in cached else ''}"
        for name, seconds in parts.items()
    }


def _busy(nodes: Iterable[NodeTime]) -> float:
    """Returns the seconds in which at least one node ran."""
    total, until = 0.0, 0.0
    for node in sorted(nodes, key=lambda node: node.started):
        total += max(0.0, node.ended - max(until, node.started))
        until = max(until, node.ended)
    return total


def _ratio(benchmark: Benchmark, number: int, side: str, results: Results) -> str:
    """Returns tfxc's share of plain TFX's wall time, in the first run with the goal."""
    if side != "tfxc" or ("tfx", number) not in results:
        return ""
    ours, theirs = (median(run.usage.wall for run in results[name, number]) for name in SIDES)
    share = f"{ours / theirs:.2f}"
    if number > 1:
        return share
    return f"{share} (goal {benchmark.goal}: {'met' if ours <= benchmark.goal * theirs else 'missed'})"


def _print_table(header: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[index]) for row in [header, *rows]) for index in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


def _make_data(benchmark: Benchmark) -> None:
    if not (benchmark.spec / "data").exists():
        _say(f"making the data of {benchmark.name}")
        subprocess.run([sys.executable, str(benchmark.spec / "make_data.py")], check=True)


def _warm_up() -> None:
    """Has TFX read from disk and compiled once, so that the first run does not pay for it."""
    _say("warming up")
    subprocess.run(
        [sys.executable, "-c", "import tfx.v1"], check=True, capture_output=True, env=_environment()
    )


def _environment() -> dict[str, str]:
    """Returns this process's environment without what keeps Python from using .pyc files."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _pipeline_name(text: str) -> str:
    if text not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no `{text}`, only {', '.join(BENCHMARKS)}")
    return text


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "pipeline",
        nargs="*",
        type=_pipeline_name,
        help=f"some of {', '.join(BENCHMARKS)} (default: all)",
    )
    parser.add_argument("--repeat", type=int, default=1, help="fresh folders a side (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs in each folder (default: %(default)s)")
    parser.add_argument("--only", choices=SIDES, help="measure one side only")
    parser.add_argument("--keep", type=Path, help="write the folders and logs here, and leave them")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
