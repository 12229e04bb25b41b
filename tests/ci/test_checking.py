"""What others check their specs with: the hooks of pre-commit, GitHub's action, GitLab's component.

Each is run: the hooks by pre-commit, the steps of the action and the script of the component by the shells
that GitHub and GitLab start.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

pytestmark = pytest.mark.shell

ROOT = Path(__file__).parents[2]
GOOD = """\
version: 1
name: good
components:
  example_gen: {type: CsvExampleGen, input_base: data}
"""
BAD = GOOD.replace("input_base", "input_bse")
WARNED = GOOD.replace("components", "parameters: {steps: {type: int, default: 1}}\ncomponents")
GITHUB_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
GITLAB_SHELL = ("sh", "-e", "-c")
SCHEMAS = "check_jsonschema.builtin_schemas.vendor"


def schema(name: str) -> Any:
    return json.loads((files(SCHEMAS) / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Returns a repository with a good spec, a bad one and one with a warning."""
    path = tmp_path / "repository"
    for name, text in (("good", GOOD), ("bad", BAD), ("a b", WARNED)):
        folder = path / "specs" / name
        folder.mkdir(parents=True)
        (folder / "pipeline.yaml").write_text(text)
    git(path, "init", "--quiet")
    return path


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def environment(tools: Path, **more: str) -> dict[str, str]:
    """Returns an environment in which ``tfxc`` is the one of this checkout."""
    tools.mkdir(exist_ok=True)
    (tools / "tfxc").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from tfxc.compiler.cli import main; main()" "$@"\n'
    )
    (tools / "tfxc").chmod(0o755)
    return {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", **more}


def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def step_variables(step: Any, given: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables of a step as GitHub fills them in. KeyError: there is no such input."""
    values = {name: str(each.get("default", "")) for name, each in action()["inputs"].items()}
    assert set(given) <= set(values)
    values.update(given)
    reference = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
    return {
        name: reference.sub(lambda found: values[found.group(1)], text) for name, text in step["env"].items()
    }


def check_on_github(repository: Path, tools: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Runs the step of the action that checks."""
    step = action()["runs"]["steps"][-1]
    inputs = {name.replace("_", "-"): value for name, value in given.items()}
    variables = environment(tools, **step_variables(step, inputs))
    command = [*GITHUB_SHELL, step["run"]]
    return subprocess.run(command, cwd=repository, env=variables, capture_output=True, text=True, check=False)


def test_the_action_is_one() -> None:
    document = action()
    jsonschema.validate(document, schema("github-actions"))
    for step in document["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "an input would be a part of the script"


def test_the_action_marks_lines_and_fails(repository: Path, tmp_path: Path) -> None:
    done = check_on_github(repository, tmp_path / "tools", sarif_file="report.sarif")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "::warning file=specs/a b/pipeline.yaml",
        "::error file=specs/bad/pipeline.yaml",
        "::error file=specs/bad/pipeline.yaml",
    ]
    log = json.loads((repository / "report.sarif").read_text())
    assert len(log["runs"][0]["results"]) == len(lines)


@pytest.mark.parametrize(
    ("given", "exit_code", "said"),
    [
        ({"specs": "specs/good"}, 0, ""),
        ({"specs": "specs/good specs/a?b"}, 0, "W701"),
        ({"specs": "specs/a?b\nspecs/good", "strict": "true"}, 1, "W701"),
        ({"specs": "specs/a?b", "strict": "true", "ignore": "W7"}, 0, ""),
        ({"specs": "specs/a?b", "strict": "true", "select": "W76"}, 0, ""),
        ({"specs": "specs/good", "env": "prod"}, 1, "P351"),
        ({"specs": "$(touch owned) `touch owned`"}, 2, "Y015"),
        ({"specs": "--version"}, 2, "Y015"),
        ({"specs": ""}, 2, ""),
    ],
)
def test_the_inputs_of_the_action(
    repository: Path, tmp_path: Path, given: dict[str, str], exit_code: int, said: str
) -> None:
    done = check_on_github(repository, tmp_path / "tools", **given)
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert said in done.stdout
    assert not (repository / "owned").exists()


def component() -> tuple[Any, str]:
    """Returns the header of the component, and the text of what it adds to a pipeline."""
    header, body = (ROOT / "templates" / "validate.yml").read_text(encoding="utf-8").split("\n---\n")
    return yaml.safe_load(header), body


def job(**given: Any) -> Any:
    """Returns the job as GitLab makes it from inputs."""
    header, body = component()
    values = {name: each.get("default") for name, each in header["spec"]["inputs"].items()}
    assert set(given) <= set(values)
    values.update(given)

    def value(found: re.Match[str]) -> str:
        filled = values[found.group(1)]
        return str(filled).lower() if isinstance(filled, bool) else str(filled)

    document = yaml.safe_load(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", value, body))
    jsonschema.validate(document, schema("gitlab-ci"))
    return document[values["job-name"]]


def check_on_gitlab(repository: Path, tools: Path, **given: Any) -> subprocess.CompletedProcess[str]:
    checking = job(**given)
    command = [*GITLAB_SHELL, "\n".join(checking["script"])]
    variables = environment(tools, **checking["variables"])
    return subprocess.run(command, cwd=repository, env=variables, capture_output=True, text=True, check=False)


def test_the_component_reports_to_the_merge_request(repository: Path, tmp_path: Path) -> None:
    done = check_on_gitlab(repository, tmp_path / "tools")
    assert done.returncode == 1, done.stderr
    assert "error[S101]" in done.stdout
    reports = job()["artifacts"]["reports"]
    issues = json.loads((repository / reports["codequality"]).read_text())
    assert {each["check_name"] for each in issues} == {"S101", "S102", "W701"}
    assert {each["location"]["path"] for each in issues} == {
        "specs/a b/pipeline.yaml",
        "specs/bad/pipeline.yaml",
    }
    assert 'failures="2"' in (repository / reports["junit"]).read_text()


@pytest.mark.parametrize(
    ("given", "exit_code"),
    [
        ({"specs": "specs/good"}, 0),
        ({"specs": "specs/a?b", "strict": True}, 1),
        ({"specs": "specs/a?b", "strict": True, "ignore": "W7"}, 0),
        ({"specs": "specs/a?b", "strict": True, "select": "W76"}, 0),
        ({"specs": "specs/good", "env": "prod"}, 1),
        ({"specs": "$(touch owned) specs/nothing"}, 2),
    ],
)
def test_the_inputs_of_the_component(
    repository: Path, tmp_path: Path, given: dict[str, Any], exit_code: int
) -> None:
    done = check_on_gitlab(repository, tmp_path / "tools", **given)
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert not (repository / "owned").exists()


@pytest.mark.registry
def test_the_action_installs_itself(repository: Path, tmp_path: Path) -> None:
    step = next(each for each in action()["runs"]["steps"] if each.get("name") == "install tfxc")
    paths = tmp_path / "paths"
    variables = {
        **os.environ,
        **step_variables(step, {}),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_PATH": str(paths),
    }
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
    subprocess.run([*GITHUB_SHELL, step["run"]], cwd=repository, env=variables, check=True)
    tfxc = Path(paths.read_text().strip()) / "tfxc"
    done = subprocess.run([tfxc, "validate", "specs"], cwd=repository, capture_output=True, check=False)
    assert done.returncode == 1


@pytest.mark.registry
def test_pre_commit_runs_the_hooks(repository: Path, tmp_path: Path) -> None:
    (repository / "tfxc.toml").write_text('specs = ["specs/good"]\n')
    git(repository, "add", "--all")

    def hook(name: str, *given: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("pre-commit")
        command = [str(program), "try-repo", str(ROOT), name, "--verbose", *(given or ("--all-files",))]
        variables = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "NO_COLOR": "1"}
        return subprocess.run(
            command, cwd=repository, env=variables, capture_output=True, text=True, check=False
        )

    done = hook("tfxc-validate")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "--> specs/bad/pipeline.yaml:4:" in done.stdout
    assert "2 errors, 1 warning in 2 files" in done.stdout
    good = hook("tfxc-validate", "--files", "specs/good/pipeline.yaml")
    assert good.returncode == 0, good.stdout
    assert "1 spec is valid" in good.stdout
    project = hook("tfxc-validate-project")
    assert project.returncode == 0, project.stdout
    fixed = hook("tfxc-fix")
    assert "files were modified by this hook" in fixed.stdout
    assert (repository / "specs" / "bad" / "pipeline.yaml").read_text() == GOOD
