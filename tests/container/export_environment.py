"""Writes backends/container/environment.json: what the images of pipelines install beside tfxc.

``tfx`` is tfxc's own lock (uv.lock, extra tfx); ``s3`` what reads s3:// and minio:// besides, at versions
that fit it. Run it after each change of the lock:

    uv run python tests/container/export_environment.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "backends" / "container" / "environment.json"

# The newest tensorflow-io is built for TensorFlow 2.16, which is TFX 1.16's.
S3 = "boto3\ntensorflow-io==0.37.1\n"
PYTHON = "3.10"


def main() -> None:
    """Writes the file, or with --check says by the exit code whether it is up to date."""
    locked = locked_environment()
    known = {line.partition("==")[0] for line in locked}
    added = [line for line in _resolved(S3, locked) if line.partition("==")[0] not in known]
    text = json.dumps({"tfx": locked, "s3": added}, indent=1) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")


def locked_environment() -> list[str]:
    """Returns the requirements of tfxc[tfx] as uv.lock has them."""
    options = ["--locked", "--extra", "tfx", "--no-dev", "--no-hashes", "--no-emit-project"]
    return _lines(["export", "--quiet", *options, "--no-header", "--no-annotate"])


def _resolved(requirements: str, locked: list[str]) -> list[str]:
    text = requirements + "\n".join(line for line in locked if ">= '3.11'" not in line) + "\n"
    command = ["pip", "compile", "--quiet", "--python-version", PYTHON, "--no-header", "--no-annotate", "-"]
    return _lines(command, text)


def _lines(arguments: list[str], text: str | None = None) -> list[str]:
    done = subprocess.run(
        ["uv", *arguments], input=text, capture_output=True, text=True, cwd=ROOT, check=True
    )
    return [line for line in done.stdout.splitlines() if line.strip()]


if __name__ == "__main__":
    main()
