"""Loads `tfxc serve` and one Python server in turns, both running, and prints medians and ratios.

On a machine that does other work the servers' lines of `serving.py` are measured minutes apart. Here each
round loads all of them one after the other, and a ratio is that of one round; beside it is the CPU time that
each server has used for a request, which other work changes least.
"""

# ruff: noqa: T201  (a script that prints)

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import serving
from serving_models import example_of, newest

OURS = {"tfxc REST": False, "tfxc REST, batching": True}


def listening_cpu(port: int) -> float:
    """Returns the CPU seconds of the process that listens on a port, and of its group."""
    wanted = f":{port:04X} "
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if wanted in f"{line.split()[1]} " and line.split()[3] == "0A"
    }
    groups = {os.getpgid(int(each.name)) for each in _processes() if _sockets(each) & inodes}
    fields = [(each / "stat").read_text().rpartition(")")[2].split() for each in _processes()]
    ticks = sum(int(each[11]) + int(each[12]) for each in fields if int(each[2]) in groups)
    return ticks / os.sysconf("SC_CLK_TCK")


def _processes() -> list[Path]:
    return [each for each in Path("/proc").iterdir() if each.name.isdigit() and (each / "stat").exists()]


def _sockets(process: Path) -> set[str]:
    try:
        links = [str(each.readlink()) for each in (process / "fd").iterdir()]
    except OSError:
        return set()
    return {each[8:-1] for each in links if each.startswith("socket:")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="penguin")
    parser.add_argument("--peer", default="mlflow")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--environments", type=Path)
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="tfxc-serving-"))
    pythons = serving.environments(options.environments or work, [options.peer])
    folder = newest(options.model)
    if folder is None:
        raise SystemExit(f"specs/{options.model} has pushed no model yet")
    row = example_of(folder)
    log = work / "log"
    with ExitStack() as stack:
        targets = {
            label: stack.enter_context(serving.tfxc(folder, row, log, "http", batching))
            for label, batching in OURS.items()
        }
        targets[options.peer] = stack.enter_context(
            serving.peer(options.peer, pythons[options.peer], folder, row, log, work)
        )
        for target in targets.values():
            serving.wait_for_answer(target)
        rates: dict[str, list[float]] = {label: [] for label in targets}
        cpu: dict[str, list[float]] = {label: [] for label in targets}
        for _ in range(options.rounds):
            for label, target in targets.items():
                before = listening_cpu(target.port)
                found = serving.load(target, options.clients, options.seconds)
                used = listening_cpu(target.port) - before
                rates[label].append(found["rate"])
                asked = found["rate"] * (options.seconds + serving.WARM_UP)
                cpu[label].append(used / asked * 1e6 if asked else 0.0)
    what = f"{options.model}, {options.clients} clients"
    print(f"| {what} | requests/s | times {options.peer} | CPU, µs a request |")
    print("|---|---|---|---|")
    for label, found_rates in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(found_rates, rates[options.peer], strict=True)]
        spread = f"{median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        print(f"| {label} | {median(found_rates):,.0f} | {spread} | {median(cpu[label]):,.0f} |")


if __name__ == "__main__":
    main()
