"""Which model is meant: of a spec, or of a folder. Nothing here loads one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.protocol.values import Scalar, Values, resolve
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan, PlanNode, StandardComponent
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import unknown

SAVED_MODEL = ("saved_model.pb", "saved_model.pbtxt")
_OF_ARTIFACT = ("Format-Serving", "serving_model_dir")
"""What TFX names the SavedModel in a Model artifact; the second is that of TFX before 1.0."""
_RUN = "{{ run.id }}"


@dataclass(frozen=True)
class FoundModel:
    """Where a model is: a base path with versions, or (``is_single``) one SavedModel."""

    name: str
    path: Path
    is_single: bool = False

    def versions(self) -> dict[int, Path]:
        """Returns the folders of the versions that there are; of a single SavedModel that is version 1,
        or the number that its folder is named by."""
        if self.is_single:
            number = int(self.path.name) if _is_version(self.path.name) else 1
            return {number: self.path}
        try:
            folders = [each for each in self.path.iterdir() if _is_version(each.name) and each.is_dir()]
        except OSError:
            return {}
        return {int(each.name): each for each in sorted(folders, reverse=True)}

    def newest(self) -> Path:
        """Returns the folder of the newest version. Raises Failure if there is none."""
        versions = self.versions()
        if not versions:
            raise Failure(f"there is no version of a model in `{self.path}`")
        return versions[max(versions)]


def _is_version(name: str) -> bool:
    return name.isascii() and name.isdigit() and int(name) < 2**63


def _is_saved_model(folder: Path) -> bool:
    return any((folder / each).is_file() for each in SAVED_MODEL)


def model_in(folder: Path, name: Optional[str] = None) -> FoundModel:
    """Returns the model in a folder: a SavedModel, a base path with folders that are named by numbers, or a
    Model artifact of TFX.

    Raises WrongUse if it is none of them.
    """
    artifact = next((folder / each for each in _OF_ARTIFACT if _is_saved_model(folder / each)), None)
    if artifact is not None:
        # ``…/trainer/model/7-…``: the artifact is named by its output.
        return FoundModel(name or folder.resolve().parent.name or "model", artifact, is_single=True)
    is_single = _is_saved_model(folder)
    absolute = folder.resolve()
    # A version's folder is named by a number, and the model by the folder above it.
    own = absolute.parent.name if is_single and _is_version(absolute.name) else absolute.name
    found = FoundModel(name or own or "model", folder, is_single)
    if not is_single and not found.versions():
        raise WrongUse(
            f"`{folder}` is no model: it has neither a saved_model.pb nor folders that are named by versions."
        )
    return found


def serving_folder(model: Path) -> Path:
    """Returns the SavedModel of a Model artifact. Raises Failure if it has none on this machine.

    ``path_utils.py`` of TFX names the folder.
    """
    for name in _OF_ARTIFACT:
        if _is_saved_model(model / name):
            return model / name
    raise Failure(f"there is no model that can be served in `{model}`.")


def pushed_model(
    plan: Plan,
    folder: Path,
    parameters: Mapping[str, Scalar],
    environment: Mapping[str, str],
    pusher: Optional[str] = None,
    name: Optional[str] = None,
) -> FoundModel:
    """Returns the model that a pipeline's Pusher pushes: the base directory of its push_destination.

    ``folder`` is the spec's, ``pusher`` the node that is meant if there are several. Raises Failure if
    nothing was pushed yet, or to a place that is no folder of this machine.
    """
    node = _pusher(plan, pusher)
    values = Values(parameters, _RUN, _RUN, environment, str(folder))
    argument = node.arguments.get("push_destination")
    destination = resolve(argument.value, values, f"{node.id}.push_destination") if argument else {}
    base: Any = (destination.get("filesystem") or {}).get("base_directory")
    if not base:
        raise Failure(f"`{node.id}` has no push_destination with a folder: name the model's folder instead.")
    if is_uri(base):
        raise Failure(
            f"`{node.id}` pushes to {base}: copy the model to this machine, and name its folder instead."
        )
    if _RUN in base:
        raise Failure(f"`{node.id}` pushes each run to a folder of its own: name the model's folder instead.")
    found = FoundModel(name or plan.name, Path(base))
    if not found.versions():
        raise Failure(
            f"`{node.id}` has pushed no model to `{base}` yet: run the pipeline with `tfxc run`, "
            "and see whether the model was blessed."
        )
    return found


def _pusher(plan: Plan, wanted: Optional[str]) -> PlanNode:
    pushers = {
        node.id: node
        for node in plan.nodes
        if isinstance(node.component, StandardComponent) and "push_destination" in node.arguments
    }
    if wanted is not None and wanted not in pushers:
        raise WrongUse(unknown("pusher", wanted, list(pushers)))
    if not pushers:
        raise Failure(f"the pipeline `{plan.name}` has no Pusher: name the model's folder instead.")
    if wanted is None and len(pushers) > 1:
        raise WrongUse(f"there are several Pushers: say --pusher with one of {', '.join(pushers)}.")
    return pushers[wanted] if wanted is not None else next(iter(pushers.values()))
