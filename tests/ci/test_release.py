"""What a tag publishes: built, checked and tried as the workflow does it."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/release.yml"


def test_the_workflow_is_one() -> None:
    text = files("check_jsonschema.builtin_schemas.vendor").joinpath("github-workflows.json").read_text()
    jsonschema.validate(yaml.load(WORKFLOW.read_text(encoding="utf-8"), yaml.BaseLoader), json.loads(text))


def test_only_what_publishes_may_do_so() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    may_write = {name for name, job in workflow["jobs"].items() if "permissions" in job}
    assert workflow["permissions"] == {"contents": "read"}
    assert may_write == {"publish", "deploy-site"}
    for name in may_write:
        assert not any("run" in step for step in workflow["jobs"][name]["steps"])


def test_a_tag_that_is_not_the_versions_is_refused() -> None:
    done = subprocess.run([ROOT / ".ci/package", "v99.0.0"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the tag v99.0.0 is not of version" in done.stderr


@pytest.mark.registry
def test_what_is_published_works_where_it_is_installed(tmp_path: Path) -> None:
    copy = tmp_path / "tfxc"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    done = subprocess.run([copy / ".ci/package"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is fit to be published" in done.stdout
