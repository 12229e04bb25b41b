"""``tfxc ci``"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.ci.project import PipelineSpec, Project, ServingTarget, Submission
from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.commands.options import specs_in_folders
from tfxc.compiler.output import write, write_json
from tfxc.schemas.failures import Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.compiler.bundle import Written
    from tfxc.compiler.driver import CheckedSpec
    from tfxc.schemas.plan import Plan

EXAMPLES = """
tfxc ci --github specs/penguin/pipeline.yaml --env prod
tfxc ci --gitlab specs/*/pipeline.yaml --env prod --target kserve
tfxc ci --github pipeline.yaml -o ../repository
"""

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*\Z")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,<>=!~+@:/\[\]-]*\Z")


def ci(
    specs: Annotated[
        list[Path],
        typer.Argument(
            metavar="SPEC",
            help="The specs' files, or the folders of a pipeline.yaml.",
            show_default=False,
            callback=specs_in_folders,
        ),
    ],
    github: Annotated[bool, typer.Option("--github", help="Write workflows for GitHub Actions.")] = False,
    gitlab: Annotated[bool, typer.Option("--gitlab", help="Write jobs for GitLab CI.")] = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The root of the repository.")
    ] = Path(),
    env: Annotated[
        Optional[str],
        typer.Option("--env", "-e", metavar="NAME", help="The environment that runs in production."),
    ] = None,
    backend: Annotated[
        Optional[Submission],
        typer.Option("--backend", "-b", help="What gets the pipelines, if a spec has settings of both."),
    ] = None,
    target: Annotated[
        ServingTarget, typer.Option("--target", "-t", help="What serves the models.")
    ] = ServingTarget.KUBERNETES,
    branch: Annotated[
        str, typer.Option("--branch", metavar="NAME", help="The branch that is submitted from.")
    ] = "main",
    alias: Annotated[
        str, typer.Option("--alias", metavar="NAME", help="The alias whose move deploys a model.")
    ] = "champion",
    requirement: Annotated[
        Optional[str],
        typer.Option(
            "--requirement", metavar="TEXT", help="What pip installs; by default this version of tfxc."
        ),
    ] = None,
    tests: Annotated[
        bool,
        typer.Option("--tests", help="Run the pipelines on a sample of their data as well: `tfxc test`."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files of an earlier call that were changed since.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Write the workflows of CI/CD: check, compare, submit, and deploy when an alias moves.

    A call names all that there is to be: what an earlier one wrote for other specs, or for the other host, is
    removed. A file that tfxc did not write is never replaced or removed.
    """
    if not (github or gitlab):
        raise WrongUse("say what runs the workflows: --github, --gitlab, or both")
    _require(_WORD, branch, "--branch")
    _require(_WORD, alias, "--alias")
    if requirement is not None:
        _require(_REQUIREMENT, requirement, "--requirement")
    found = tuple(_spec(path, env, output, backend, target) for path in dict.fromkeys(specs))
    _require_different_names(found)
    project = Project(found, env, target, branch, alias, requirement or _this_version(), tests)
    done = _write_workflows(project, output, github, gitlab, force)
    if json:
        lists = {"written": done.written, "unchanged": done.unchanged, "removed": done.removed}
        told = {name: [str(output / path) for path in paths] for name, paths in lists.items()}
        write_json({"format": "tfxc.ci/1", **told, "notes": list(_notes(project, gitlab))})
        return
    for path in sorted((*done.written, *done.unchanged)):
        state = "written" if path in done.written else "unchanged"
        write(f"{output / path}: {state}\n")
    for path in done.removed:
        write(f"{output / path}: removed\n")
    for note in _notes(project, gitlab):
        sys.stderr.write(f"note: {note}\n")


def write_first_workflows(spec: Path, root: Path, env: Optional[str], is_github: bool) -> list[str]:
    """Writes the workflows of one spec into a new repository; returns what the command says of them."""
    found = _spec(spec, env, root, None, ServingTarget.KUBERNETES)
    project = Project((found,), env, ServingTarget.KUBERNETES, "main", "champion", _this_version())
    _write_workflows(project, root, is_github, not is_github, force=False)
    return list(_notes(project, not is_github))


def _write_workflows(project: Project, root: Path, github: bool, gitlab: bool, force: bool) -> Written:
    from tfxc.backends import Bundle
    from tfxc.compiler.bundle import write_bundle
    from tfxc.compiler.ci import github as of_github
    from tfxc.compiler.ci import gitlab as of_gitlab
    from tfxc.compiler.ci.text import yaml_text

    documents: dict[str, Any] = of_github.workflows(project) if github else {}
    documents.update(of_gitlab.jobs(project) if gitlab else {})
    files = {PurePosixPath(name): yaml_text(document).encode() for name, document in documents.items()}
    return write_bundle(Bundle(files), root, "ci", force)


def _spec(
    path: Path, environment: str | None, root: Path, wanted: Submission | None, target: ServingTarget
) -> PipelineSpec:
    try:
        inside = path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise WrongUse(
            f"{path} does not lie in {root.resolve()}: name the repository's root with -o"
        ) from None
    _require(_PATH, inside, str(path))
    checked = checked_plan(path, environment)
    plan = checked.plan
    assert plan is not None  # noqa: S101 - checked_plan says so
    there = [each for each in Submission if each.value in plan.backends]
    if wanted is not None and wanted not in there:
        raise WrongUse(f"--backend: {path} has no settings of {wanted.value}")
    submission = wanted or next(iter(there), None)
    settings = plan.backends.get(submission.value, {}) if submission is not None else {}
    spec = PipelineSpec(inside, plan.name, submission, _image(settings), None)
    return _with_model(spec, checked, plan, target)


def _with_model(spec: PipelineSpec, checked: CheckedSpec, plan: Plan, target: ServingTarget) -> PipelineSpec:
    """Returns a spec with the model that is deployed of it, or why none can be."""
    from tfxc.backends.serving.deploy import choose
    from tfxc.backends.serving.deploy.values import Target, Versions

    pushers = choose.pushers_of(plan)
    try:
        settings = choose.settings_of(checked.loaded.document)
        pusher = choose.pusher_of(plan, pushers[0].id if pushers else None)
        deployment = choose.deployment_of(plan, settings, pusher, Versions(), settings.image or "", None)
        choose.require_fit(deployment, Target(target.value))
    except Failure as error:
        return replace(spec, undeployed=str(error))
    return replace(spec, model_name=deployment.model_name, pusher=pusher.id if len(pushers) > 1 else None)


def _image(settings: Mapping[str, Any]) -> str | None:
    """Returns the image of a backend's section that is built from the bundle, if it names one."""
    image = settings.get("image")
    operator = settings.get("operator")
    if image is None and isinstance(operator, str):
        image = (settings.get(operator) or {}).get("image")
    return image if isinstance(image, str) else None


def _require(pattern: re.Pattern[str], text: str, what: str) -> None:
    """Raises WrongUse for a text that could mean something to a shell or to the server that runs it."""
    if not pattern.match(text) or ".." in text:
        raise WrongUse(f"{what}: `{text}` cannot stand in a workflow; use letters, digits and _ . / -")


def _require_different_names(specs: tuple[PipelineSpec, ...]) -> None:
    seen: dict[str, str] = {}
    for spec in specs:
        if spec.name in seen:
            raise Failure(
                f"{seen[spec.name]} and {spec.path} are both named `{spec.name}`: give each its own"
            )
        seen[spec.name] = spec.path


def _this_version() -> str:
    from tfxc.schemas.version import tfxc_version

    return f"tfxc=={tfxc_version()}"


def _notes(project: Project, gitlab: bool) -> Iterator[str]:
    if gitlab:
        from tfxc.compiler.ci.gitlab import FILE

        yield f"include it in .gitlab-ci.yml: `include: [{{local: {FILE}}}]`"
    for spec in project.specs:
        if spec.submission is None:
            yield f"{spec.path} has no settings of Kubeflow or Airflow, so nothing is submitted."
        if spec.model_name is None:
            yield f"{spec.path}: nothing is deployed: {spec.undeployed}"
        elif spec.pusher is not None:
            yield f"{spec.path} has several Pushers; the model of `{spec.pusher}` is deployed."
