"""Measures commands in new processes, in turns, and checks that each did its work."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.peers.tool import Command, Graph, Tool, edges

PATIENCE = 3
"""How many times its limit of CPU time a command may take on a machine that does other work too."""
ENOUGH = 40.0
"""Seconds: a command that has taken as long in all is not started once more."""


@dataclass(frozen=True)
class Sample:
    """What one process took, in seconds, with those children that it waited for."""

    wall: float
    cpu: float
    exit_code: int
    printed: str
    complained: str


@dataclass(frozen=True)
class Row:
    """A command's medians at one size. Without numbers, `problem` says why."""

    tool: str
    command: str
    nodes: int
    wall: float | None = None
    cpu: float | None = None
    runs: int = 0
    problem: str = ""


@dataclass
class Contestant:
    """A command in the folder of its pipeline, and what it took so far."""

    tool: Tool
    command: Command
    folder: Path
    bin_folder: Path
    environment: Mapping[str, str]
    samples: list[Sample] = field(default_factory=list)
    problem: str = ""

    def start(self, arguments: Sequence[str], limit: float) -> Sample | None:
        """Runs one of the tool's programs; None if it takes longer than the limit."""
        return run(
            [str(self.bin_folder / arguments[0]), *arguments[1:]], self.folder, self.environment, limit
        )

    def sample(self, limit: float) -> Sample | None:
        """Runs the command as if for the first time."""
        for name in self.command.forgets:
            shutil.rmtree(self.folder / name, ignore_errors=True)
            if (self.folder / name).is_file():
                (self.folder / name).unlink()
        return self.start(self.command.arguments, limit)


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float
) -> Sample | None:
    """Runs a command to its end. One that needs more CPU-seconds than the limit, or `PATIENCE` times as long,
    is ended with its children, and None returned."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            arguments, cwd=folder, env=dict(environment), stdout=out, stderr=err, start_new_session=True
        )
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
        exceeded = threading.Event()

        def end() -> None:
            exceeded.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(PATIENCE * limit, end)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        printed, complained = (stream.read().decode(errors="replace") for stream in (out, err))
    cpu = usage.ru_utime + usage.ru_stime
    is_over = exceeded.is_set() or process.returncode == -signal.SIGXCPU
    return None if is_over else Sample(wall, cpu, process.returncode, printed, complained)


def measure(
    contestants: Sequence[Contestant], graph: Graph, repeat: int, limit: float, tell: Callable[[str], None]
) -> list[Row]:
    """Returns a row for each contestant.

    The first start of each is checked and does not count: it compiles bytecode where that was not done at
    install. Then all are started in turns, so that other work on the machine meets them alike.
    """
    for each in contestants:
        each.problem = _first(each, graph, limit)
        tell(f"{len(graph):>6} {each.tool.name:12} {each.command.name:38} {each.problem or 'did its work'}")
    for _ in range(repeat):
        for each in contestants:
            if each.problem or sum(sample.wall for sample in each.samples) > ENOUGH:
                continue
            sample = each.sample(limit)
            if sample is None or sample.exit_code:
                each.problem = f"> {limit:g} s" if sample is None else "failed the second time"
                continue
            each.samples.append(sample)
    return [_row(each, len(graph)) for each in contestants]


def _first(contestant: Contestant, graph: Graph, limit: float) -> str:
    """Returns what is wrong with a command's first start, or ""."""
    sample = contestant.sample(limit)
    if sample is None:
        return f"> {limit:g} s"
    if sample.exit_code:
        said = (sample.complained.strip() or sample.printed.strip() or "nothing").splitlines()[-1]
        return f"failed: {said}"
    printed = sample.printed
    if contestant.command.witness:
        witness = contestant.start(contestant.command.witness, limit)
        printed += "\n" + (witness.printed if witness else "")
    try:
        found = contestant.command.find(contestant.folder, printed)
    except (OSError, ValueError, LookupError, TypeError) as error:
        return f"its output cannot be read: {error}"
    if found.problem:
        return found.problem
    if found.nodes != len(graph) or found.edges not in {None, edges(graph)}:
        return f"{found.nodes} nodes and {found.edges} edges, not {len(graph)} and {edges(graph)}"
    return ""


def _row(contestant: Contestant, nodes: int) -> Row:
    samples = contestant.samples
    name, command = contestant.tool.name, contestant.command.name
    if contestant.problem or not samples:
        return Row(name, command, nodes, problem=contestant.problem or "not repeated")
    wall, cpu = (
        statistics.median(values) for values in zip(*((s.wall, s.cpu) for s in samples), strict=True)
    )
    return Row(name, command, nodes, round(wall, 3), round(cpu, 3), len(samples))
