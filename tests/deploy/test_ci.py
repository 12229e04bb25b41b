"""The workflows: golden files, the schemas of GitHub and GitLab, and their steps run as the shell they are.

To write the golden files anew after a change that was meant: TFXC_UPDATE_GOLDEN=1 pytest tests/deploy
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tfxc.compiler.cli import run

GOLDEN = Path(__file__).parent / "golden"
PENGUIN = Path(__file__).parents[2] / "specs" / "penguin"
SPEC = "specs/penguin/pipeline.yaml"
SERVING = "\n    serving: {gateway: public}\n"

TOOL = """\
#!/bin/sh
printf '%s' "$(basename "$0")" >> "$CALLS"
for word in "$@"; do printf ' %s' "$word" >> "$CALLS"; done
printf '\\n' >> "$CALLS"
case "$(basename "$0") $*" in
  *port-forward*) exec sleep 30 ;;
  *jsonpath*last-applied*) echo '{"kind": "InferenceService"}' ;;
esac
case "$(basename "$0") $*" in *"${FAILS:-nothing fails}"*) exit 1 ;; esac
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def stand_in(folder: Path, name: str) -> None:
    """Writes a program that notes how it was called, in place of one that needs a cluster or a network."""
    (folder / name).write_text(TOOL, encoding="utf-8")
    (folder / name).chmod(0o755)


@dataclass
class Repository:
    """A repository with the penguin in it, and a folder of programs that need more than this machine."""

    path: Path
    tools: Path
    environment: dict[str, str] = field(default_factory=dict)

    def calls(self) -> list[str]:
        """Returns how the programs were called, in order."""
        place = self.tools / "calls"
        return place.read_text(encoding="utf-8").splitlines() if place.exists() else []

    def shell(self, script: str, variables: Mapping[str, str], shell: tuple[str, ...]) -> Any:
        """Runs a script in the repository."""
        environment = {
            **os.environ,
            "CALLS": str(self.tools / "calls"),
            "GITHUB_STEP_SUMMARY": str(self.tools / "summary.md"),
            **self.environment,
            **variables,
        }
        environment["PATH"] = f"{self.tools}{os.pathsep}{environment['PATH']}"
        return subprocess.run(
            [*shell, script], cwd=self.path, env=environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Returns a repository with one commit."""
    repository = Repository(tmp_path / "repository", tmp_path / "tools")
    repository.tools.mkdir()
    for name in ("pip", "docker", "kfp", "kubectl"):
        stand_in(repository.tools, name)
    tfxc = f'#!/bin/sh\nexec "{sys.executable}" -c "from tfxc.compiler.cli import main; main()" "$@"\n'
    (repository.tools / "tfxc").write_text(tfxc, encoding="utf-8")
    (repository.tools / "tfxc").chmod(0o755)
    left_out = shutil.ignore_patterns("runs", "serving", "__pycache__")
    shutil.copytree(PENGUIN, repository.path / "specs" / "penguin", ignore=left_out)
    spec = repository.path / SPEC
    spec.write_text(spec.read_text(encoding="utf-8").rstrip("\n") + SERVING, encoding="utf-8")
    git(repository.path, "init", "--quiet", "--initial-branch", "main")
    commit(repository)
    return repository


def commit(repository: Repository) -> str:
    git(repository.path, "add", "--all")
    git(repository.path, "commit", "--quiet", "--message", "A change")
    return git(repository.path, "rev-parse", "HEAD")


def write_workflows(repository: Repository, *options: str) -> None:
    arguments = ["ci", str(repository.path / SPEC), "--env", "prod", "-o", str(repository.path)]
    assert run([*arguments, "--requirement", "tfxc==1.0", *options]) == 0


def workflow(repository: Repository, name: str) -> Any:
    return yaml.safe_load((repository.path / ".github" / "workflows" / name).read_text(encoding="utf-8"))


def run_job(repository: Repository, document: Any, job: str, values: Mapping[str, str]) -> Any:
    """Runs the steps of a job of GitHub's one after another, until one fails; returns how the last one ended.

    ``values`` are what expressions in `env` stand for. Steps that use an action have been done already.
    """
    done = None
    common = document["env"]
    for step in document["jobs"][job]["steps"]:
        if "uses" in step:
            continue
        variables = {name: expand(text, values) for name, text in {**common, **step.get("env", {})}.items()}
        done = repository.shell(
            step["run"], variables, ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
        )
        if done.returncode != 0:
            break
    return done


def expand(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values.get(match[1], ""), text)


@pytest.mark.parametrize("target", ["kubernetes", "kserve"])
def test_what_is_written(repository: Repository, target: str) -> None:
    write_workflows(repository, "--github", "--gitlab", "--target", target)
    names = {
        "pipelines.yml": ".github/workflows/pipelines.yml",
        f"deploy-{target}.yml": ".github/workflows/deploy-penguin.yml",
        f"gitlab-{target}.yml": ".gitlab/tfxc.yml",
    }
    for name, place in names.items():
        text, file = (repository.path / place).read_text(encoding="utf-8"), GOLDEN / f"ci.{name}"
        if os.environ.get("TFXC_UPDATE_GOLDEN"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), place


def test_a_call_names_all_that_there_is_to_be(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    write_workflows(repository, "--github")
    capsys.readouterr()
    write_workflows(repository, "--gitlab", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [Path(each).name for each in told["written"]] == ["tfxc.yml"]
    assert [Path(each).name for each in told["removed"]] == ["deploy-penguin.yml", "pipelines.yml"]
    assert any("include it in .gitlab-ci.yml" in each for each in told["notes"])


@pytest.mark.parametrize("options", [(), ("--target", "kserve"), ("--backend", "airflow"), ("--tests",)])
def test_the_schemas_of_github_and_gitlab(repository: Repository, options: tuple[str, ...]) -> None:
    write_workflows(repository, "--github", "--gitlab", *options)
    folder = files("check_jsonschema").joinpath("builtin_schemas", "vendor")
    of_github = json.loads(folder.joinpath("github-workflows.json").read_text(encoding="utf-8"))
    for name in ("pipelines.yml", "deploy-penguin.yml"):
        jsonschema.Draft7Validator(of_github).validate(workflow(repository, name))
    of_gitlab = json.loads(folder.joinpath("gitlab-ci.json").read_text(encoding="utf-8"))
    jobs = yaml.safe_load((repository.path / ".gitlab" / "tfxc.yml").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(of_gitlab).validate(jobs)


def test_pipelines_are_tested_before_they_are_submitted(repository: Repository) -> None:
    write_workflows(repository, "--github", "--gitlab", "--tests")
    jobs = workflow(repository, "pipelines.yml")["jobs"]
    assert jobs["test"]["env"] == {"TFXC": "tfxc[tfx]==1.0"}
    assert f"tfxc test --junit test-report.xml {SPEC}\n" in jobs["test"]["steps"][-2]["run"]
    assert jobs["submit-penguin"]["needs"] == ["validate", "test"]
    of_gitlab = yaml.safe_load((repository.path / ".gitlab" / "tfxc.yml").read_text(encoding="utf-8"))
    assert of_gitlab["tfxc-test"]["artifacts"]["reports"] == {"junit": "test-report.xml"}


def test_what_comes_from_outside_is_never_a_part_of_a_script(repository: Repository) -> None:
    write_workflows(repository, "--github")
    for name in ("pipelines.yml", "deploy-penguin.yml"):
        document = workflow(repository, name)
        assert document["permissions"] == {"contents": "read"}
        for key, job in document["jobs"].items():
            assert "permissions" not in job
            assert ("environment" in job) == key.startswith(("submit", "deploy"))
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")
                if step.get("uses", "").startswith("actions/checkout"):
                    assert step["with"]["persist-credentials"] is False
    assert "pull_request_target" not in workflow(repository, "pipelines.yml")["on"]


@pytest.mark.shell
def test_a_mistake_is_annotated(repository: Repository) -> None:
    write_workflows(repository, "--github")
    document = workflow(repository, "pipelines.yml")
    assert run_job(repository, document, "validate", {}).returncode == 0
    spec = repository.path / SPEC
    text = spec.read_text(encoding="utf-8")
    spec.write_text(
        text.replace("schema: schema_gen.schema", "schema: statistics_gen.statistics", 1), "utf-8"
    )
    done = run_job(repository, document, "validate", {})
    assert done.returncode == 1
    assert re.search(r"^::error file=specs/penguin/pipeline.yaml,line=\d+", done.stdout, re.M)


@pytest.mark.shell
def test_the_difference_of_a_pipeline(repository: Repository) -> None:
    write_workflows(repository, "--github")
    base = commit(repository)
    document = workflow(repository, "pipelines.yml")
    event = {"github.event.pull_request.base.sha": base}
    assert run_job(repository, document, "difference", event).returncode == 0
    summary = repository.tools / "summary.md"
    assert "The pipeline stays the same." in summary.read_text(encoding="utf-8")
    spec = repository.path / SPEC
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("train_steps: {default: 2000}", "train_steps: {default: 9000}"), "utf-8")
    assert run_job(repository, document, "difference", event).returncode == 0
    told = summary.read_text(encoding="utf-8")
    assert re.search(r'^-\s+"default": 2000,$', told, re.M)
    assert re.search(r'^\+\s+"default": 9000,$', told, re.M)
    assert git(repository.path, "worktree", "list").count("\n") == 0


@pytest.mark.shell
def test_a_pipeline_that_is_new_and_one_with_mistakes(repository: Repository) -> None:
    write_workflows(repository, "--github")
    document = workflow(repository, "pipelines.yml")
    git(repository.path, "checkout", "--quiet", "--orphan", "empty")
    git(repository.path, "commit", "--quiet", "--allow-empty", "--message", "Nothing", "--only")
    event = {"github.event.pull_request.base.sha": git(repository.path, "rev-parse", "HEAD")}
    assert run_job(repository, document, "difference", event).returncode == 0
    summary = repository.tools / "summary.md"
    assert "This pipeline is new." in summary.read_text(encoding="utf-8")
    (repository.path / SPEC).write_text("version: 1\n", encoding="utf-8")
    assert run_job(repository, document, "difference", event).returncode == 0
    assert "It has mistakes" in summary.read_text(encoding="utf-8")


@pytest.mark.shell
def test_a_merge_is_submitted_to_kubeflow(repository: Repository) -> None:
    write_workflows(repository, "--github")
    document = workflow(repository, "pipelines.yml")
    values = {
        "vars.KFP_ENDPOINT": "http://kfp",
        "github.sha": "abc123",
        "secrets.REGISTRY_USER": "me",
        "secrets.REGISTRY_PASSWORD": "hidden",
    }
    done = run_job(repository, document, "submit-penguin", values)
    assert done.returncode == 0, done.stderr
    assert repository.calls() == [
        "pip install --quiet tfxc==1.0",
        "pip install --quiet kfp",
        "docker login --username me --password-stdin registry.example.com",
        "docker build --tag registry.example.com/penguin:1.0 build/penguin",
        "docker push registry.example.com/penguin:1.0",
        "kfp --endpoint http://kfp pipeline create-version --pipeline-name penguin"
        " --pipeline-version abc123 build/penguin/pipeline.yaml",
    ]
    assert (repository.path / "build" / "penguin" / "pipeline.yaml").exists()
    assert "hidden" not in done.stdout + done.stderr


@pytest.mark.shell
def test_the_first_version_makes_the_pipeline(repository: Repository) -> None:
    write_workflows(repository, "--github")
    repository.environment["FAILS"] = "create-version"
    done = run_job(repository, workflow(repository, "pipelines.yml"), "submit-penguin", {})
    assert done.returncode == 0, done.stderr
    assert " pipeline create --pipeline-name penguin" in repository.calls()[-1]


@pytest.mark.shell
def test_a_merge_is_submitted_to_airflow(repository: Repository, tmp_path: Path) -> None:
    write_workflows(repository, "--github", "--backend", "airflow")
    document = workflow(repository, "pipelines.yml")
    dags = tmp_path / "dags"
    (dags / "penguin").mkdir(parents=True)
    (dags / "penguin" / "gone.py").write_text("", encoding="utf-8")
    done = run_job(repository, document, "submit-penguin", {"vars.AIRFLOW_DAGS": str(dags)})
    assert done.returncode == 0, done.stderr
    assert (dags / "penguin" / "penguin.py").exists()
    assert [each.name for each in dags.iterdir()] == ["penguin"]
    assert not (dags / "penguin" / "gone.py").exists()
    done = run_job(repository, document, "submit-penguin", {"vars.AIRFLOW_DAGS": "dags"})
    assert done.returncode == 1
    assert "AIRFLOW_DAGS must be" in done.stderr


VERSION = "github.event.client_payload.version || inputs.version"


@pytest.mark.shell
def test_an_alias_that_moves_deploys(repository: Repository, server: Any) -> None:
    write_workflows(repository, "--github")
    document = workflow(repository, "deploy-penguin.yml")
    assert document["on"]["repository_dispatch"] == {"types": ["model-champion"]}
    repository.environment["SERVING_PORT"] = server.url.rpartition(":")[2]
    done = run_job(repository, document, "deploy", {VERSION: "1795617939"})
    assert done.returncode == 0, done.stderr
    assert "penguin answers" in done.stdout
    assert [call for call in repository.calls() if call.startswith("kubectl")] == [
        "kubectl apply --filename build/serving-penguin/kubernetes.yaml",
        "kubectl rollout status deployment/penguin --timeout 10m",
        f"kubectl port-forward service/penguin {repository.environment['SERVING_PORT']}:8501",
    ]
    assert server.asked[0][0] == "/v1/models/penguin/versions/1795617939:predict"
    manifest = (repository.path / "build" / "serving-penguin" / "kubernetes.yaml").read_text(encoding="utf-8")
    assert "specific { versions: 1795617939 }" in manifest


@pytest.mark.shell
def test_a_version_that_answers_wrongly_goes_back(repository: Repository, server: Any) -> None:
    write_workflows(repository, "--github")
    repository.environment["SERVING_PORT"] = server.url.rpartition(":")[2]
    server.answer = (500, {"error": "out of order"})
    document = workflow(repository, "deploy-penguin.yml")
    done = run_job(repository, document, "deploy", {VERSION: "1795617939"})
    assert done.returncode == 1
    assert "penguin goes back to the version before 1795617939" in done.stderr
    assert repository.calls()[-1] == "kubectl rollout undo deployment/penguin"


@pytest.mark.shell
def test_kserve_goes_back_to_what_was_applied_before(repository: Repository, server: Any) -> None:
    write_workflows(repository, "--github", "--target", "kserve")
    repository.environment["SERVING_URL"] = server.url
    document = workflow(repository, "deploy-penguin.yml")
    assert run_job(repository, document, "deploy", {VERSION: "7"}).returncode == 0
    assert not any("before.json" in call for call in repository.calls())
    server.answer = (500, {"error": "out of order"})
    assert run_job(repository, document, "deploy", {VERSION: "8"}).returncode == 1
    assert repository.calls()[-1] == "kubectl apply --filename before.json"


@pytest.mark.parametrize("version", ["", "1; touch pwned", "$(touch pwned)", "-o", "12a"])
def test_a_version_that_is_none_stops_the_job(repository: Repository, version: str) -> None:
    write_workflows(repository, "--github")
    done = run_job(repository, workflow(repository, "deploy-penguin.yml"), "deploy", {VERSION: version})
    assert done.returncode == 1
    assert "the version must be a number" in done.stderr
    assert not (repository.path / "pwned").exists()
    assert not any(call.startswith("kubectl") for call in repository.calls())


@pytest.mark.shell
def test_the_scripts_of_gitlab_run(repository: Repository, server: Any) -> None:
    write_workflows(repository, "--gitlab")
    base = commit(repository)
    jobs = yaml.safe_load((repository.path / ".gitlab" / "tfxc.yml").read_text(encoding="utf-8"))
    given = {"BASE": base, "VERSION": "7", "SERVING_PORT": server.url.rpartition(":")[2], "REVISION": "abc"}
    for name in ("tfxc-validate", "tfxc-difference", "tfxc-submit-penguin", "tfxc-deploy-penguin"):
        job = jobs[name]
        script = "".join([*jobs[".tfxc"]["before_script"], *job["script"]])
        variables = {**jobs[".tfxc"]["variables"], "KFP_ENDPOINT": "http://kfp", **given}
        done = repository.shell(script, variables, ("sh", "-ec"))
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    assert server.asked


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        (("--github", "--branch", "main'; touch pwned"), "cannot stand in a workflow", 2),
        (("--github", "--alias", "${{ secrets.X }}"), "cannot stand in a workflow", 2),
        (("--github", "--requirement", "tfxc; rm -rf /"), "cannot stand in a workflow", 2),
        ((), "say what runs the workflows", 2),
        (("--github", "--env", "prdo"), "prdo", 1),
        (("--github", "--backend", "airflow"), "has no settings of airflow", 2),
    ],
)
def test_sentences(
    repository: Repository, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str, code: int
) -> None:
    spec = str(repository.path / SPEC)
    assert run(["ci", spec, "-o", str(repository.path), *options]) == code
    output = capsys.readouterr()
    assert said in output.err
    assert not (repository.path / ".github").exists()


def test_a_spec_outside_the_repository(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ci", str(repository.path / SPEC), "--github", "-o", str(tmp_path / "other")]) == 2
    assert "name the repository's root with -o" in capsys.readouterr().err


def test_a_spec_whose_name_means_something_to_a_shell(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    named = repository.path / "specs" / "penguin" / "${{ github.actor }}.yaml"
    shutil.copy(repository.path / SPEC, named)
    assert run(["ci", str(named), "--github", "-o", str(repository.path)]) == 2
    assert "cannot stand in a workflow" in capsys.readouterr().err


def test_what_cannot_be_deployed_is_told(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ci", str(repository.path / SPEC), "--github", "-o", str(repository.path)]) == 0
    told = capsys.readouterr().err
    assert "nothing is deployed: `pusher` pushes to the folder `serving`" in told
    assert "so nothing is submitted" in told
    assert [each.name for each in (repository.path / ".github" / "workflows").iterdir()] == ["pipelines.yml"]


def test_a_workflow_of_somebody_else_stays(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = repository.path / ".github" / "workflows" / "pipelines.yml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("name: theirs\n", encoding="utf-8")
    assert run(["ci", str(repository.path / SPEC), "--github", "-o", str(repository.path)]) == 1
    assert theirs.read_text(encoding="utf-8") == "name: theirs\n"
    assert "was not written by tfxc" in capsys.readouterr().err
