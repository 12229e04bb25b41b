"""Workflows for GitHub Actions.

What comes from an event reaches a script through ``env`` only; jobs may read the repository and no more; what
touches production runs in an environment, whose reviewers approve it, and one at a time.
"""

from __future__ import annotations

from typing import Any

from tfxc.compiler.ci import scripts
from tfxc.compiler.ci.project import PipelineSpec, Project, Submission

_FOLDER = ".github/workflows"
_RUNNER = "ubuntu-latest"
_PYTHON = "3.11"
_PRODUCTION = "production"
_TEST_REPORT = "test-report.xml"


def workflows(project: Project) -> dict[str, Any]:
    """Returns the workflows by their paths in the repository."""
    found = {f"{_FOLDER}/pipelines.yml": _pipelines(project)}
    for spec in project.specs:
        if spec.model_name is not None:
            found[f"{_FOLDER}/deploy-{spec.name}.yml"] = _deploy(project, spec)
    return found


def _pipelines(project: Project) -> dict[str, Any]:
    jobs = {"validate": _validate(project), "difference": _difference(project)}
    if project.tests:
        jobs["test"] = _test(project)
    for spec in project.specs:
        if spec.submission is not None:
            jobs[f"submit-{spec.name}"] = _submit(project, spec, spec.submission)
    return {
        "name": "pipelines",
        "on": {"pull_request": {}, "push": {"branches": [project.branch]}},
        "permissions": {"contents": "read"},
        "concurrency": {
            "group": "pipelines-${{ github.ref }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
        "defaults": {"run": {"shell": "bash"}},
        "env": {"TFXC": project.requirement},
        "jobs": jobs,
    }


def _validate(project: Project) -> dict[str, Any]:
    check = {"name": "validate", "run": scripts.validate(project, "github")}
    return {"runs-on": _RUNNER, "timeout-minutes": 10, "steps": [*_prepared(), check]}


def _test(project: Project) -> dict[str, Any]:
    report = {"name": "test-report", "path": _TEST_REPORT}
    return {
        "runs-on": _RUNNER,
        "timeout-minutes": 60,
        "env": {"TFXC": project.requirement_with_tfx},
        "steps": [
            *_prepared(),
            {"name": "test", "run": scripts.test(project, _TEST_REPORT)},
            {"uses": "actions/upload-artifact@v4", "if": "always()", "with": report},
        ],
    }


def _difference(project: Project) -> dict[str, Any]:
    return {
        "if": "github.event_name == 'pull_request'",
        "runs-on": _RUNNER,
        "timeout-minutes": 10,
        "steps": [
            *_prepared({"fetch-depth": 0}),
            {
                "name": "compare with the target branch",
                "env": {"BASE": "${{ github.event.pull_request.base.sha }}"},
                "run": scripts.difference(project),
            },
            {"name": "show it", "run": 'cat difference.md >> "$GITHUB_STEP_SUMMARY"\n'},
        ],
    }


def _submit(project: Project, spec: PipelineSpec, submission: Submission) -> dict[str, Any]:
    variables = {"AIRFLOW_DAGS": "${{ vars.AIRFLOW_DAGS }}"}
    if submission is Submission.KUBEFLOW:
        variables = {"KFP_ENDPOINT": "${{ vars.KFP_ENDPOINT }}", "REVISION": "${{ github.sha }}"}
    if spec.image is not None:
        variables["REGISTRY_USER"] = "${{ secrets.REGISTRY_USER }}"
        variables["REGISTRY_PASSWORD"] = "${{ secrets.REGISTRY_PASSWORD }}"  # noqa: S105 - the name of one
    client = [{"name": "install kfp", "run": "pip install --quiet kfp\n"}]
    return {
        "if": "github.event_name == 'push'",
        "needs": ["validate", *(["test"] if project.tests else [])],
        "runs-on": _RUNNER,
        "timeout-minutes": 60,
        "environment": _PRODUCTION,
        "concurrency": {"group": f"submit-{spec.name}", "cancel-in-progress": False},
        "steps": [
            *_prepared(),
            *(client if submission is Submission.KUBEFLOW else []),
            {"name": "compile and submit", "env": variables, "run": scripts.submit(project, spec)},
        ],
    }


def _deploy(project: Project, spec: PipelineSpec) -> dict[str, Any]:
    version = "${{ github.event.client_payload.version || inputs.version }}"
    steps = [
        {"name": name, "env": {"VERSION": version, **secrets}, "run": script}
        for (name, script), secrets in zip(
            scripts.deploy(project, spec), ({}, {"KUBE_CONFIG": "${{ secrets.KUBE_CONFIG }}"}), strict=True
        )
    ]
    described = {"description": "The version to serve.", "required": True, "type": "string"}
    return {
        "name": f"deploy {spec.model_name}",
        "on": {
            "repository_dispatch": {"types": [f"model-{project.alias}"]},
            "workflow_dispatch": {"inputs": {"version": described}},
        },
        "permissions": {"contents": "read"},
        "concurrency": {"group": f"deploy-{spec.model_name}", "cancel-in-progress": False},
        "defaults": {"run": {"shell": "bash"}},
        "env": {"TFXC": project.requirement},
        "jobs": {
            "deploy": {
                "if": "github.event_name == 'workflow_dispatch' || "
                f"github.event.client_payload.model == '{spec.model_name}'",
                "runs-on": _RUNNER,
                "timeout-minutes": 30,
                "environment": _PRODUCTION,
                "steps": [*_prepared(), *steps],
            }
        },
    }


def _prepared(checkout: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Returns the steps that every job begins with."""
    return [
        {"uses": "actions/checkout@v4", "with": {"persist-credentials": False, **(checkout or {})}},
        {"uses": "actions/setup-python@v5", "with": {"python-version": _PYTHON}},
        {"name": "install tfxc", "run": scripts.INSTALL},
    ]
