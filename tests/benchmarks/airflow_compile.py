"""CPU-seconds of `tfxc compile --backend airflow` in a cold process, beside its budget.

python tests/benchmarks/airflow_compile.py [--repeat 7]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from front_half import cpu_seconds
from generated_specs import write_spec

BUDGETS = {10: 0.8, 100: None, 1000: 1.8}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    tfxc = str(Path(sys.executable).with_name("tfxc"))
    sys.stdout.write(f"{'nodes':>6} {'validate':>9} {'compile':>8} {'budget':>7}\n")
    for nodes, budget in BUDGETS.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            spec = write_spec(folder, nodes)
            # A process on an Airflow worker cannot be given cores and memory.
            spec.write_text(spec.read_text().replace(", resources: {cpu: 4, memory: 8Gi}", ""))
            bundle = folder / "bundle"
            validating, compiling = [], []
            for _ in range(repeat + 1):
                shutil.rmtree(bundle, ignore_errors=True)
                validating.append(cpu_seconds([tfxc, "validate", str(spec)]))
                command = [tfxc, "compile", str(spec), "--backend", "airflow", "-o", str(bundle)]
                compiling.append(cpu_seconds(command))
        shown = f"{budget:7.2f}" if budget is not None else ""
        row = f"{nodes:6} {min(validating):9.3f} {min(compiling):8.3f} {shown}"
        sys.stdout.write(row.rstrip() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
