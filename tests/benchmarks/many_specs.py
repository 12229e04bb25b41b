"""Wall and CPU seconds of checking many small specs: in one call, by one process and by all cores, and in as
many calls as there are specs.

    python tests/benchmarks/many_specs.py [--specs 1000] [--starts 50]

Of the calls only ``--starts`` are made; their seconds are multiplied. CPU-seconds are user and system time of
the command and of its own processes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from generated_specs import write_spec

NODES = 10


def measured(arguments: list[str]) -> tuple[float, float]:
    """Runs a command with its output thrown away, and returns its wall and CPU seconds."""
    actions = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    before = time.monotonic()
    process = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.monotonic() - before, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--starts", type=int, default=50)
    given = parser.parse_args()
    tfxc = str(Path(sys.executable).with_name("tfxc"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(given.specs):
            (folder / str(number)).mkdir()
            write_spec(folder / str(number), NODES).rename(folder / str(number) / "pipeline.yaml")
        one = str(folder / "0" / "pipeline.yaml")
        measured([tfxc, "validate", one])  # compiles bytecode where that was not done at install
        sys.stdout.write(f"{given.specs} specs of {NODES} nodes{'':16} {'wall':>8} {'CPU':>8}\n")
        rows = {
            "one call, one process": measured([tfxc, "validate", name, "--jobs", "1"]),
            "one call, all cores": measured([tfxc, "validate", name]),
        }
        starts = [measured([tfxc, "validate", one]) for _ in range(given.starts)]
        factor = given.specs / given.starts
        rows[f"{given.specs} calls, from {given.starts}"] = (
            factor * sum(wall for wall, _ in starts),
            factor * sum(cpu for _, cpu in starts),
        )
        for title, (wall, cpu) in rows.items():
            sys.stdout.write(f"{title:40} {wall:8.1f} {cpu:8.1f}\n")


if __name__ == "__main__":
    main()
