"""How long ``tfxc lsp`` takes to answer right after an edit, and its memory over many edits.

    python -m tests.benchmarks.lsp [--nodes 10 100 1000] [--repeat 20] [--edits 10000]

Each time a character is typed into a comment in the middle of the spec, and a request is sent at once, while
the text is being analysed anew. Prints the median and the 95th percentile in milliseconds of wall time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.generated_specs import write_spec
from tests.lsp.client import Client

MARK = "    # here: "


def requests(uri: str, lines: list[str]) -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Returns what editors ask: name → method and parameters."""
    document = {"textDocument": {"uri": uri}}
    line = max(number for number, text in enumerate(lines) if "schema_gen.schema" in text)
    place = {**document, "position": {"line": line, "character": lines[line].index("schema_gen") + 3}}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": len(lines), "character": 0}}
    shown = {"start": {"line": max(0, line - 50), "character": 0}, "end": {"line": line, "character": 0}}
    return {
        "completion": ("completion", place),
        "hover": ("hover", place),
        "definition": ("definition", place),
        "references": ("references", {**place, "context": {"includeDeclaration": True}}),
        "document highlight": ("documentHighlight", place),
        "code actions": ("codeAction", {**document, "range": shown, "context": {"diagnostics": []}}),
        "inlay hints of a screen": ("inlayHint", {**document, "range": shown}),
        "symbols": ("documentSymbol", document),
        "semantic tokens": ("semanticTokens/full", document),
        "folding": ("foldingRange", document),
        "all inlay hints": ("inlayHint", {**document, "range": whole}),
        "rename": ("rename", {**place, "newName": "of_penguins"}),
    }


def opened(folder: Path, nodes: int) -> tuple[Client, str, list[str], int]:
    """Returns a client with a spec open, and the line of its comment."""
    path = write_spec(folder, nodes)
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = next(n for n in range(len(lines) // 2, len(lines)) if lines[n].startswith("    type:"))
    lines.insert(comment, MARK)
    client = Client()
    uri = client.open(path, "\n".join(lines) + "\n")
    return client, uri, lines, comment


@dataclass(frozen=True)
class Latency:
    """How long answers to a request took, in milliseconds: the median, and what 95 % took at most."""

    request: str
    median: float
    most: float


@dataclass(frozen=True)
class Memory:
    """The resident memory of a server after so many edits."""

    edits: int
    mebibytes: float


def latencies(nodes: int, repeat: int) -> Iterator[Latency]:
    """Yields those of each request."""
    with tempfile.TemporaryDirectory() as folder:
        client, uri, lines, comment = opened(Path(folder), nodes)
        typed = 0
        for name, (method, parameters) in requests(uri, lines).items():
            taken = []
            for _ in range(repeat):
                client.change(uri, typed, comment, len(MARK) + typed, len(MARK) + typed, "x")
                typed += 1
                began = time.perf_counter()
                answer = client.ask(f"textDocument/{method}", parameters)
                taken.append(1000 * (time.perf_counter() - began))
                if isinstance(answer, dict) and "code" in answer:
                    raise SystemExit(f"{name}: {answer}")
            taken.sort()
            yield Latency(name, statistics.median(taken), taken[int(len(taken) * 0.95)])
        client.process.kill()


def memory(edits: int) -> Iterator[Memory]:
    """Yields that of a server every tenth of the edits, each of which is analysed."""
    with tempfile.TemporaryDirectory() as folder:
        client, uri, _, comment = opened(Path(folder), 10)
        for number in range(edits):
            client.change(uri, number, comment, len(MARK), len(MARK) + min(number, 1), "xy"[number % 2])
            client.tell("textDocument/didSave", {"textDocument": {"uri": uri}})
            client.wait(uri)
            if number % max(edits // 10, 1) == 0 or number == edits - 1:
                pages = int(Path(f"/proc/{client.process.pid}/statm").read_text().split()[1])
                yield Memory(number + 1, pages * 4096 / 2**20)
        client.process.kill()


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--edits", type=int, default=10_000)
    given = parser.parse_args()

    def row(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    row(f"{'nodes':>6} {'request':26} {'median':>8} {'95 %':>8}")
    for nodes in given.nodes:
        for each in latencies(nodes, given.repeat):
            row(f"{nodes:>6} {each.request:26} {each.median:8.1f} {each.most:8.1f}")
    for sample in memory(given.edits):
        row(f"{sample.edits:>6} edits {sample.mebibytes:8.1f} MiB")


if __name__ == "__main__":
    main()
