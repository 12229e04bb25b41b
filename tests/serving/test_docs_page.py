"""What docs/serving.md shows is tried on servers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.conftest import ROOT, Page
from tests.serving.served import Start

pytestmark = pytest.mark.tfx

PAGE = Page(ROOT / "docs" / "serving.md")


def test_the_command_line_client(start: Start, models: Path) -> None:
    served = start(models / "half_plus_two")
    position = next(number for number, block in enumerate(PAGE.blocks) if "ask" in block.notes)
    command = PAGE.blocks[position].text.replace("8501", str(served.rest_port))
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == PAGE.blocks[position + 1].text.strip()


def test_the_client_in_python(start: Start, penguin: Path, tmp_path: Path) -> None:
    served = start(penguin / "pipeline.yaml")
    client = tmp_path / "client.py"
    client.write_text(next(block.text for block in PAGE.blocks if block.name == "client.py"))
    command = [sys.executable, str(client), f"http://localhost:{served.rest_port}/v1/models/penguin:predict"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() in ("['Adelie']", "Adelie")
