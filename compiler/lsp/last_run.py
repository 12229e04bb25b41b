"""What became of the last run of a spec, as its folders on this machine tell."""

from __future__ import annotations

from pathlib import Path

from tfxc.backends.metadata.folder_runs import FolderRun, read_folder_run
from tfxc.backends.metadata.run_folder import RUNS_FOLDER, RunFolder
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.spec import DEFAULT_PIPELINE_ROOT

MOST_FOLDERS = 20
"""Runs that are looked at, the newest first."""


def last_run(pipeline: Pipeline) -> FolderRun | None:
    """Returns the last run of a pipeline whose root is a folder that the spec says; None if there is none."""
    root = pipeline.document.get("pipeline_root", DEFAULT_PIPELINE_ROOT)
    if not isinstance(root, str) or is_templated(root):
        return None
    base = pipeline.loaded.folder if "://" in root else pipeline.loaded.origin_of(("pipeline_root",)) / root
    runs = base / RUNS_FOLDER
    try:
        folders = sorted((each for each in runs.iterdir() if each.is_dir()), key=_changed, reverse=True)
    except (OSError, ValueError):
        return None
    for folder in folders[:MOST_FOLDERS]:
        run = read_folder_run(RunFolder(folder))
        if run is not None and run.pipeline in ("", pipeline.document.get("name")):
            return run
    return None


def run_words(run: FolderRun) -> str:
    """Returns a run in one line."""
    began = run.began.strftime("%Y-%m-%d %H:%M")
    return f"last run {run.run_id}: {run.state}, {began}" + (f": {run.error}" if run.error else "")


def node_words(run: FolderRun, component: str) -> str | None:
    """Returns what became of a component in a run, in one line; None if the run did not know it.

    Of one with a matrix it is told how many nodes ended how.
    """
    nodes = [
        node for name, node in run.nodes.items() if name == component or name.startswith(component + ".")
    ]
    if not nodes:
        return None
    if len(nodes) == 1:
        reason = f": {nodes[0].reason}" if nodes[0].reason else ""
        return f"last run: {nodes[0].state}{reason}"
    counts: dict[str, int] = {}
    for node in nodes:
        counts[node.state] = counts.get(node.state, 0) + 1
    return "last run: " + ", ".join(f"{number} {state}" for state, number in counts.items())


def _changed(folder: Path) -> float:
    try:
        return (folder / "events.jsonl").stat().st_mtime
    except OSError:
        return 0.0
