"""A bundle's simulated run: its folders, its storage, and what is said at the end."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tfxc.backends.kubeflow.conformance.check import check_text
from tfxc.backends.kubeflow.conformance.rules import Documents, mapping, sentence, tasks_of
from tfxc.backends.kubeflow.emit.container import plan_digest
from tfxc.backends.kubeflow.simulator.inputs import RunFacts, root_parameters
from tfxc.backends.kubeflow.simulator.simulation import Simulation, TaskResult
from tfxc.backends.kubeflow.task.command import BUNDLE, PLAN_FILE
from tfxc.schemas.plan import Plan, SqliteMetadata
from tfxc.schemas.plan_file import PlanFormatError, load_plan

PIPELINE_FILE = "pipeline.yaml"
KFP_ROOT = "minio://mlpipeline/v2/artifacts"


class BundleError(ValueError):
    """The folder is no bundle, or its pipeline cannot be simulated. ``str()`` is a sentence or more."""


@dataclass(frozen=True)
class SimulatedRun:
    """A run that is over. ``folder`` holds a folder of each task, with its logs and outputs."""

    results: tuple[TaskResult, ...]
    run_id: str
    folder: Path

    @property
    def succeeded(self) -> bool:
        """Whether KFP would call the run a success."""
        return all(result.state != "Failed" for result in self.results)


def read_bundle(bundle: Path) -> tuple[Documents, Plan]:
    """Reads a bundle's pipeline.yaml and plan.json. Raises BundleError, also for everything that the
    backend would refuse."""
    try:
        text = (bundle / PIPELINE_FILE).read_text(encoding="utf-8")
        plan = load_plan((bundle / PLAN_FILE).read_text(encoding="utf-8"), str(bundle / PLAN_FILE))
    except OSError as error:
        raise BundleError(f"{bundle} is no Kubeflow bundle: {error.filename}: {error.strerror}") from None
    except PlanFormatError as error:
        raise BundleError(str(error)) from None
    checked = check_text(text)
    if checked.findings:
        lines = "\n".join(f"  {sentence(each)}" for each in checked.findings)
        raise BundleError(f"Kubeflow Pipelines would refuse {bundle / PIPELINE_FILE}:\n{lines}")
    assert checked.documents is not None  # noqa: S101 - there is nothing wrong with them
    _refuse_what_is_not_simulated(checked.documents)
    return checked.documents, plan


def parameter_types(documents: Documents) -> Mapping[str, str]:
    """Returns pipeline parameter → KFP type."""
    definitions = mapping(documents.spec, "root", "inputDefinitions", "parameters")
    return {name: definition["parameterType"] for name, definition in definitions.items()}


def simulate(
    bundle: Path,
    documents: Documents,
    plan: Plan,
    parameters: Mapping[str, Any],
    folder: Path,
    *,
    local: bool,
    jobs: int,
    tell: Callable[[str], None],
) -> SimulatedRun:
    """Runs a bundle that `read_bundle` has read.

    With ``local`` the pipeline's artifacts and metadata are in ``folder``, so that later runs there
    find them; without, where the bundle says. Raises ValueError for wrong parameters, OSError.
    """
    values = root_parameters(mapping(documents.spec, "root"), parameters)
    run_id = str(uuid.uuid4())
    now = datetime.now(timezone.utc)
    run_folder = folder.resolve() / f"{now:%Y%m%d-%H%M%S}-{run_id[:8]}"
    image = run_folder / "image"
    image.mkdir(parents=True)
    if (bundle / "modules").is_dir():
        shutil.copytree(bundle / "modules", image / "modules")
    text = (bundle / PLAN_FILE).read_text(encoding="utf-8")
    plan_text = _with_local_storage(plan, folder.resolve()).to_json() if local else text
    (image / PLAN_FILE).write_text(plan_text, encoding="utf-8")
    name = mapping(documents.spec, "pipelineInfo")["name"]
    simulation = Simulation(
        documents=documents,
        facts=RunFacts(run_id, name, f"{KFP_ROOT}/{name}/{run_id}", f"{now:%Y-%m-%dT%H:%M:%SZ}"),
        folder=run_folder,
        image_environment={BUNDLE: str(image)},
        replace_arguments={plan_digest(text): plan_digest(plan_text)},
        jobs=jobs,
        tell=_one_at_a_time(tell),
    )
    return SimulatedRun(tuple(simulation.run(values)), run_id, run_folder)


def _with_local_storage(plan: Plan, folder: Path) -> Plan:
    return plan.model_copy(
        update={
            "pipeline_root": str(folder / "root"),
            "metadata": SqliteMetadata(path=str(folder / "metadata.sqlite")),
        }
    )


def _refuse_what_is_not_simulated(documents: Documents) -> None:
    for where, component in documents.dags():
        for key, task in tasks_of(component).items():
            if "parameterIterator" in task:
                raise BundleError(f"{where}.dag.tasks.{key}: loops are not simulated")
    for label, executor in documents.executors.items():
        if "container" not in executor:
            raise BundleError(f"the executor `{label}` is an importer, which is not simulated")


def _one_at_a_time(tell: Callable[[str], None]) -> Callable[[str], None]:
    lock = threading.Lock()

    def told(line: str) -> None:
        with lock:
            tell(line)

    return told
