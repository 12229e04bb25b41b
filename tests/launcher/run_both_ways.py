"""A program: runs nodes of a bundle with and without what makes Beam faster.

    python run_both_ways.py BUNDLE FOLDER NODE…

The first node, an ExampleGen, runs in FOLDER/light and FOLDER/shuffled: it brings the rows into an order
of chance, also in plain TFX. All others run in FOLDER/light and FOLDER/plain, on the same examples. Both
ways share one import of TFX; each node is a fork of that, as in a run of tfxc's.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import tfx.v1  # noqa: F401  (each fork has it)

from tfxc.backends.launcher.processes import work
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.backends.launcher.speed import replacements


def run_node(bundle: str, folder: str, node: str, light: bool) -> None:
    """Runs one node in a fork; ends this program if it fails."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"{node} failed in {folder}")
        return
    if not light:
        for module in replacements.ALL:
            module.lighten = lambda: None  # type: ignore[attr-defined]
    context = RunContext(
        plan=str(Path(bundle) / "plan.json"),
        base_folder=folder,
        modules_folder=str(Path(bundle) / "modules"),
        run_id="both",
        run_date="2026-01-31",
    )
    answer = work.answer_single(context, node, None)
    print(answer.decode(), flush=True)  # noqa: T201
    os._exit(0 if answer[:1] == b"+" and b'"succeeded"' in answer else 1)


def main() -> None:
    """Runs what the command line names."""
    bundle, folder, example_gen, *others = sys.argv[1:]
    run_node(bundle, f"{folder}/shuffled", example_gen, light=False)
    run_node(bundle, f"{folder}/light", example_gen, light=True)
    shutil.copytree(f"{folder}/light", f"{folder}/plain")
    for node in others:
        run_node(bundle, f"{folder}/light", node, light=True)
        run_node(bundle, f"{folder}/plain", node, light=False)


if __name__ == "__main__":
    main()
