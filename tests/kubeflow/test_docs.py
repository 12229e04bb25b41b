"""The documentation's example compiles, and its words are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tfxc.backends.kubeflow.settings import KubeflowSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "kubeflow.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_example_compiles(page: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "pipeline.yaml").write_text(example)
    command = ("compile", "pipeline.yaml", "--env", "cluster", "--backend", "kubeflow", "-o", "build")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "tfxc"), *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = {path.name for path in (tmp_path / "build").iterdir() if not path.name.startswith(".")}
    assert written == {"Dockerfile", "README.md", "pipeline.yaml", "plan.json", "requirements.txt", "wheels"}


def test_every_setting_is_described(page: str) -> None:
    table = page.partition("## Settings")[2].partition("\n## ")[0]
    assert set(KubeflowSettings.model_fields) <= set(re.findall(r"`([a-z_]+)`", table))
