"""CPU-seconds of the front half in a cold process, beside its budget and what bare imports cost.

    python tests/benchmarks/front_half.py [--repeat 7]

CPU-seconds are user and system time of the child and its own children, from `os.wait4`. The first
start of each command is not counted: it compiles bytecode where that was not done at install.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from generated_specs import write_spec

SIZES = (10, 100, 1000)
BUDGETS = {
    "--help": {0: 0.12},
    "validate": {10: 0.35, 100: 0.4, 1000: 0.6},
    "graph": {10: 0.35, 100: 0.4, 1000: 0.7},
}


def cpu_seconds(arguments: list[str]) -> float:
    """Runs a command with its output thrown away, and returns its CPU-seconds. Raises if it fails."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime


def measure(arguments: list[str], repeat: int) -> tuple[float, float]:
    """Returns the least and the median CPU-seconds of a command."""
    cpu_seconds(arguments)
    times = [cpu_seconds(arguments) for _ in range(repeat)]
    return min(times), statistics.median(times)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    python, tfxc = sys.executable, str(Path(sys.executable).with_name("tfxc"))
    sys.stdout.write(f"{'':44} {'nodes':>6} {'min':>7} {'median':>7} {'budget':>7}\n")

    def row(title: str, arguments: list[str], nodes: int = 0, budget: float | None = None) -> None:
        least, median = measure(arguments, repeat)
        shown = f"{budget:7.2f}" if budget is not None else ""
        sys.stdout.write(f"{title:44} {nodes or '':>6} {least:7.3f} {median:7.3f} {shown}".rstrip() + "\n")
        sys.stdout.flush()

    for code in ("pass", "import typer", "import yaml", "import pydantic, yaml", "import networkx"):
        row(f"python -c '{code}'", [python, "-c", code])
    row("tfxc --help", [tfxc, "--help"], budget=BUDGETS["--help"][0])
    with tempfile.TemporaryDirectory() as folder:
        specs = {}
        for nodes in SIZES:
            (Path(folder) / str(nodes)).mkdir()
            specs[nodes] = str(write_spec(Path(folder) / str(nodes), nodes))
        for command in ("validate", "graph", "plan"):
            for nodes in SIZES:
                budget = BUDGETS.get(command, {}).get(nodes)
                row(f"tfxc {command}", [tfxc, command, specs[nodes]], nodes, budget)


if __name__ == "__main__":
    main()
