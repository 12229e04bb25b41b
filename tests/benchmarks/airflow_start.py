"""What starting a node costs as Airflow starts it: in a process of its own, and in a standby launcher.

    python tests/benchmarks/airflow_start.py [--repeat 5]

The node is the one of specs/custom that does next to nothing. Wall and CPU-seconds are of the process
that Airflow waits for; CPU-seconds of the node in the standby launcher's child are in `node`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_node(bundle: Path, run_id: str, folder: Path, *options: str) -> tuple[float, float, float]:
    """Runs the node; returns wall seconds, CPU-seconds, and the seconds of the node itself."""
    command = [sys.executable, "-m", "tfxc.backends.launcher", "run-node", "--plan", str(bundle)]
    command += ["--node", "collect", "--run-id", run_id, "--no-cache", "--result-line", *options]
    began = time.monotonic()
    process = subprocess.Popen(
        command, env={**os.environ, "XDG_RUNTIME_DIR": str(folder)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    if status:
        raise SystemExit("the node failed")
    return seconds, usage.ru_utime + usage.ru_stime, float(json.loads(output.splitlines()[-1])["seconds"])


def end_standby(folder: Path) -> None:
    """Ends the standby launcher of a folder."""
    listing = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if str(folder) in line and " standby " in line:
            os.kill(int(line.split()[0]), signal.SIGTERM)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    folder = Path(tempfile.mkdtemp(prefix="tfxc-", dir="/tmp"))  # a socket's path must be short
    try:
        tfxc = Path(sys.executable).with_name("tfxc")
        bundle = folder / "bundle"
        spec = ROOT / "specs" / "custom" / "pipeline.yaml"
        compiling = [tfxc, "compile", spec, "--backend", "airflow", "-o", bundle]
        subprocess.run(compiling, check=True, stdout=subprocess.DEVNULL)
        sys.stdout.write(f"{'':28} {'wall':>6} {'CPU':>6} {'node':>6}\n")
        cold = [run_node(bundle, f"cold-{number}", folder) for number in range(repeat)]
        first = run_node(bundle, "first", folder, "--warm")
        warm = [run_node(bundle, f"warm-{number}", folder, "--warm") for number in range(repeat)]
        rows = {
            "its own process": min(cold),
            "--warm, the first": first,
            "--warm, all others": min(warm),
        }
        for title, (wall, cpu, node) in rows.items():
            sys.stdout.write(f"{title:28} {wall:6.2f} {cpu:6.2f} {node:6.2f}\n")
        saved = min(cold)[0] - min(warm)[0]
        sys.stdout.write(f"{'--warm saves, each node':28} {saved:6.2f}\n")
    finally:
        end_standby(folder)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
