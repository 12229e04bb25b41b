"""Jobs for GitLab CI, in a file that .gitlab-ci.yml includes.

A deployment is triggered with the variables MODEL and VERSION, waits for somebody who approves it, and is
alone in its resource group.
"""

from __future__ import annotations

from typing import Any

from tfxc.compiler.ci import scripts
from tfxc.compiler.ci.project import PipelineSpec, Project, Submission

FILE = ".gitlab/tfxc.yml"
_MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"'
_PRODUCTION = "production"
_CODE_QUALITY = "gl-code-quality-report.json"
_TEST_REPORT = "test-report.xml"


def jobs(project: Project) -> dict[str, Any]:
    """Returns the file by its path in the repository."""
    document: dict[str, Any] = {
        ".tfxc": {
            # With git, and for what is submitted and deployed with docker, kfp and kubectl.
            "image": "$TFXC_IMAGE",
            "variables": {"TFXC_IMAGE": "python:3.11", "TFXC": project.requirement},
            "before_script": [scripts.INSTALL],
        },
        "tfxc-validate": {
            "extends": ".tfxc",
            "stage": "test",
            "rules": [{"if": _MERGE_REQUEST}, {"if": _pushed_to(project)}],
            "script": [scripts.validate(project, "gitlab", _CODE_QUALITY)],
            "artifacts": {"when": "always", "reports": {"codequality": _CODE_QUALITY}},
        },
        "tfxc-difference": {
            "extends": ".tfxc",
            "stage": "test",
            "rules": [{"if": _MERGE_REQUEST}],
            "variables": {"GIT_DEPTH": "0", "BASE": "$CI_MERGE_REQUEST_DIFF_BASE_SHA"},
            "script": [scripts.difference(project)],
            "artifacts": {"paths": ["difference.md"], "expose_as": "how the pipelines change"},
        },
    }
    if project.tests:
        document["tfxc-test"] = {
            "extends": ".tfxc",
            "stage": "test",
            "rules": [{"if": _MERGE_REQUEST}, {"if": _pushed_to(project)}],
            "variables": {"TFXC": project.requirement_with_tfx},
            "script": [scripts.test(project, _TEST_REPORT)],
            "artifacts": {"when": "always", "reports": {"junit": _TEST_REPORT}},
        }
    for spec in project.specs:
        if spec.submission is not None:
            document[f"tfxc-submit-{spec.name}"] = _submit(project, spec, spec.submission)
        if spec.model_name is not None:
            document[f"tfxc-deploy-{spec.name}"] = _deploy(project, spec)
    return {FILE: document}


def _submit(project: Project, spec: PipelineSpec, submission: Submission) -> dict[str, Any]:
    script = [scripts.submit(project, spec)]
    job: dict[str, Any] = {
        "extends": ".tfxc",
        "stage": "deploy",
        "rules": [{"if": _pushed_to(project)}],
        "resource_group": f"submit-{spec.name}",
        "environment": {"name": _PRODUCTION},
    }
    if submission is Submission.KUBEFLOW:
        job["variables"] = {"REVISION": "$CI_COMMIT_SHA"}
        script.insert(0, "pip install --quiet kfp\n")
    return {**job, "script": script}


def _deploy(project: Project, spec: PipelineSpec) -> dict[str, Any]:
    asked = f'$CI_PIPELINE_SOURCE =~ /^(trigger|web|api)$/ && $MODEL == "{spec.model_name}"'
    return {
        "extends": ".tfxc",
        "stage": "deploy",
        "rules": [{"if": asked, "when": "manual"}],
        "resource_group": f"deploy-{spec.model_name}",
        "environment": {"name": _PRODUCTION},
        "script": [script for _, script in scripts.deploy(project, spec)],
    }


def _pushed_to(project: Project) -> str:
    return f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{project.branch}"'
