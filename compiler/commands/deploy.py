"""``tfxc deploy``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.backends.serving.deploy.values import Source, Store, Target
from tfxc.compiler.commands.checked_specs import check_spec, checked_plan
from tfxc.compiler.commands.options import (
    EnvironmentOption,
    ForceOption,
    IgnoreOption,
    OutputFolderOption,
    SpecArgument,
)
from tfxc.compiler.commands.registry_options import KubeflowOption, MlflowOption, open_named
from tfxc.compiler.output import write, write_json
from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.schemas.failures import WrongUse

if TYPE_CHECKING:
    from tfxc.backends.serving.deploy.values import Advice, Deployment, Question
    from tfxc.compiler.bundle import Written
    from tfxc.compiler.driver import CheckedSpec

EXAMPLES = """
tfxc deploy pipeline.yaml --target compose -o build/serving
tfxc deploy pipeline.yaml --env prod --target kubernetes -o build/serving
tfxc deploy pipeline.yaml --env prod --target kubernetes --model models:/penguin@champion -o build/serving
tfxc deploy pipeline.yaml --env prod --target kserve --stable 1 --canary 2 -o build/serving
"""


def deploy(
    spec: SpecArgument,
    target: Annotated[Target, typer.Option("--target", "-t", help="What serves the model.")],
    output: OutputFolderOption,
    env: EnvironmentOption = None,
    pusher: Annotated[
        Optional[str], typer.Option("--pusher", metavar="NODE", help="Whose model, if several are pushed.")
    ] = None,
    model: Annotated[
        Optional[str],
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Serve the version that `models:/NAME@ALIAS` (or /VERSION) of a registry means, as stable.",
        ),
    ] = None,
    stable: Annotated[
        Optional[int],
        typer.Option("--stable", metavar="VERSION", min=0, help="Serve this version, not the newest."),
    ] = None,
    canary: Annotated[
        Optional[int],
        typer.Option("--canary", metavar="VERSION", min=0, help="Serve this version beside the stable one."),
    ] = None,
    canary_weight: Annotated[
        Optional[int],
        typer.Option(
            "--canary-weight", metavar="PERCENT", min=0, max=100, help="The canary's share; 10 by default."
        ),
    ] = None,
    force: ForceOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
    ignore: IgnoreOption = None,
) -> None:
    """Write what TensorFlow Serving needs to serve the model that a pipeline pushes.

    The same spec gives the same bytes. A file that tfxc did not write is never replaced.
    """
    if model is not None and stable is not None:
        raise WrongUse("give --model or --stable, not both: --model says which version is stable")
    checked = checked_plan(spec, env, ignore=ignore)
    if model is not None:
        stable = _registered(model, mlflow, kubeflow)
    from tfxc.backends.serving.deploy.choose import require_fit
    from tfxc.backends.serving.deploy.emit import advice, emit
    from tfxc.compiler.bundle import write_bundle

    question = _question(checked, spec)
    deployment = _deployment(checked, pusher, (stable, canary, canary_weight), question)
    require_fit(deployment, target)
    done = write_bundle(emit(deployment, target), output, f"deploy-{target.value}", force)
    models = str((checked.loaded.folder / deployment.source.location).absolute())
    _tell(output, done, advice(deployment, target, models), as_json)


def _registered(model: str, mlflow: str | None, kubeflow: str | None) -> int:
    """Returns the version of the Pusher's that a model of a registry is."""
    from tfxc.backends.registry.base import resolve, served_version

    return served_version(resolve(open_named(mlflow, kubeflow), model))


def _question(checked: CheckedSpec, path: Path) -> Question | None:
    """Returns a row of the spec's data; where an environment has its data elsewhere, of those without it."""
    from tfxc.backends.serving.deploy.question import question_of

    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    question = question_of(checked.plan, checked.loaded.folder)
    if question is not None or checked.loaded.environment is None or path == STANDARD_INPUT:
        return question
    plain = check_spec(path, None, ()).plan
    return question_of(plain, checked.loaded.folder) if plain is not None else None


def _deployment(
    checked: CheckedSpec,
    pusher: str | None,
    wanted: tuple[int | None, int | None, int | None],
    question: Question | None,
) -> Deployment:
    from tfxc.backends.serving.deploy import choose
    from tfxc.backends.serving.deploy.pushed import pushed_versions, tensorflow_version

    plan, folder = checked.plan, checked.loaded.folder
    assert plan is not None  # noqa: S101 - checked_plan says so
    settings = choose.settings_of(checked.loaded.document)
    node = choose.pusher_of(plan, pusher)
    source = choose.source_of(plan, node)
    pushed = pushed_versions(folder / source.location) if source.store is Store.FOLDER else None
    versions = choose.versions_of(_known(pushed, source, folder), *wanted)
    saved_by = versions.stable if versions.stable is not None else max(pushed or (), default=None)
    tensorflow = tensorflow_version(folder / source.location / str(saved_by)) if pushed else None
    image = choose.image_of(plan, settings, tensorflow)
    return choose.deployment_of(plan, settings, node, versions, image, question)


def _known(pushed: tuple[int, ...] | None, source: Source, folder: Path) -> tuple[int, ...] | None:
    """Returns the versions that there are; None for a folder of another machine, as a volume's."""
    there = source.store is Store.FOLDER and (folder / source.location).is_dir()
    return pushed if there else None


def _tell(output: Path, done: Written, advice: Advice, as_json: bool) -> None:
    if as_json:
        told = {
            "folder": str(output),
            "written": list(map(str, done.written)),
            "unchanged": list(map(str, done.unchanged)),
            "removed": list(map(str, done.removed)),
            "notes": list(advice.notes),
            "next": list(advice.next),
        }
        write_json(told)
        return
    from tfxc.compiler.render.text import count

    changes = [f"{count(len(done.written), 'file')} written"]
    changes += [f"{len(done.unchanged)} unchanged"] if done.unchanged else []
    changes += [f"{len(done.removed)} removed"] if done.removed else []
    write(f"{output}: {', '.join(changes)}\n")
    for note in advice.notes:
        sys.stderr.write(f"note: {note}\n")
    write(f"next, in {output}:\n" + "".join(f"  {command}\n" for command in advice.next))
