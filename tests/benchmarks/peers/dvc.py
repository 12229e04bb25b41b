"""DVC: `dvc dag`, of a stage with one output for each node."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool

CONFIG = """[core]
    no_scm = True
    analytics = false
    check_update = false
"""


def write(graph: Graph, folder: Path) -> None:
    """Writes dvc.yaml, and a repository around it without Git."""
    (folder / ".dvc").mkdir()
    (folder / ".dvc" / "config").write_text(CONFIG, encoding="utf-8")
    stages = {
        name: {
            "cmd": f"run {name}",
            **({"deps": [f"out/{each}" for each in upstream]} if upstream else {}),
            "outs": [f"out/{name}"],
        }
        for name, upstream in graph.items()
    }
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False), encoding="utf-8")


def find_drawn(folder: Path, printed: str) -> Found:
    """Reads the boxes of the picture."""
    return Found(len(re.findall(r"\| *\w+ *(?=\|)", printed)))


def find_dot(folder: Path, printed: str) -> Found:
    """Reads nodes and edges. A node without edges is in none of them, but is drawn."""
    found = re.findall(r'^"(\w+)"(?: -> "\w+")?;?', printed, re.MULTILINE)
    return Found(len({*found, *re.findall(r'-> "(\w+)"', printed)}), printed.count(" -> "))


FORGETS = (".dvc/tmp", ".dvc/cache")

TOOL = Tool(
    name="dvc",
    packages=("dvc",),
    locks=("dvc",),
    write=write,
    commands=(
        Command(
            name="dvc dag",
            does="the same: draws the stages as text",
            beside="graph",
            arguments=("dvc", "dag"),
            find=find_drawn,
            forgets=FORGETS,
        ),
        Command(
            name="dvc dag --dot",
            does="less: reads the stages and lists the edges, does not lay them out",
            beside="graph",
            arguments=("dvc", "dag", "--dot"),
            find=find_dot,
            forgets=FORGETS,
        ),
    ),
)
