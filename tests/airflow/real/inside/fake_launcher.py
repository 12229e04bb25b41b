"""Stands in for the Python of a TFX environment: notes how it was called, and ends as it was told to.

FAKE_LAUNCHER is a folder. ``script.json`` in it says, by the name of a bundle's folder and by node, how
its attempts end, one after the other: an exit code, or "sleep" (until SIGTERM). The last one is for all
attempts that follow; nodes that are not in it succeed. ``calls.jsonl`` gets a line for each call.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

folder = Path(os.environ["FAKE_LAUNCHER"])
node = sys.argv[sys.argv.index("--node") + 1]
bundle = Path(sys.argv[sys.argv.index("--plan") + 1]).name


def note(event: str) -> None:
    call = {
        "event": event,
        "bundle": bundle,
        "node": node,
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
    }
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps(call) + "\n")


def stop(*_: object) -> None:
    note("stopped")
    sys.exit(1)


signal.signal(signal.SIGTERM, stop)
lines = (folder / "calls.jsonl").read_text().splitlines() if (folder / "calls.jsonl").exists() else []
earlier = sum((call["bundle"], call["node"]) == (bundle, node) for call in map(json.loads, lines))
note("started")
script = json.loads((folder / "script.json").read_text()).get(bundle, {}).get(node, [0])
action = script[min(earlier, len(script) - 1)]
if action == "sleep":
    time.sleep(600)
sys.exit(action)
