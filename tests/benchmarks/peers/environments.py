"""Makes the environments of the peers, each from its locks in tests/environments."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.peers.tool import Tool

ROOT = Path(__file__).resolve().parents[3]
PYTHON = "3.10"
VERSIONS = (
    "import importlib.metadata as m, json, sys; print(json.dumps([m.version(n) for n in sys.argv[1:]]))"
)


class NotInstallableError(Exception):
    """An environment cannot be made; the message is the installer's."""


def programs(tool: Tool, folder: Path) -> Path:
    """Returns the folder of a tool's programs; its environment is made if it is not what its locks say.

    Raises `NotInstallableError`.
    """
    if not tool.locks:
        return Path(sys.executable).parent
    locks = [ROOT / "tests" / "environments" / lock / "requirements.txt" for lock in tool.locks]
    environment = folder / tool.locks[-1]
    stamp = environment / ".built-from"
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    wanted = f"python {PYTHON}, locks {digest}\n"
    if not stamp.exists() or stamp.read_text() != wanted:
        _uv(["venv", "--clear", "--no-project", "--python", PYTHON, str(environment)])
        python = str(environment / "bin" / "python")
        _uv(["pip", "sync", "--python", python, "--compile-bytecode", *map(str, locks)])
        stamp.write_text(wanted)
    return environment / "bin"


def versions(tool: Tool, bin_folder: Path) -> dict[str, str]:
    """Returns package → version of what the table tells of a tool."""
    command = [str(bin_folder / "python"), "-c", VERSIONS, *tool.packages]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(zip(tool.packages, json.loads(told), strict=True))


def _uv(arguments: Sequence[str]) -> None:
    done = subprocess.run(
        ["uv", *arguments, "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotInstallableError(done.stderr.strip())
