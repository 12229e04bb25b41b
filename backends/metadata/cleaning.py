"""Which runs and artifacts may be removed: pure, so that it can be shown before it is done.

Guarantees, for every artifact that a `Cleaning` names:

1. Its folder is recorded as written by one execution of a run that is removed: the folder's name has the
   random part that the launcher has put into the execution's record before anything was written.
2. No execution of any other run, of this pipeline or another one in the store, has read it, put it out, or
   found or re-used it.
3. It is no blessed model, no blessing or evaluation of one, no record of a push, no model that was pushed.

No run is removed that goes on, or of which an execution is not over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal, Optional

from tfxc.backends.metadata.past import Past
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.metadata.stored import Stored, StoredExecution
from tfxc.backends.metadata.values import Artifact, Run
from tfxc.schemas.plan_values import is_absolute, is_uri

FOLDER = "__tfxc_output_folder__"
"""The launcher's custom property of an execution: the random part of the names of its folders."""
SETTLING = timedelta(seconds=60)
"""For how long after its last event a run is left alone, though its process is gone."""
UNFINISHED = timedelta(days=1)
"""For how long a run of Airflow or Kubeflow without all its nodes may go on."""

Kept = Literal[
    "used by a kept run",
    "blessed",
    "pushed",
    "not recorded as tfxc's",
    "not on this machine",
    "not in its object store any more",
]


@dataclass(frozen=True)
class RemovedArtifact:
    """An artifact and the folder that it alone lies in: a path, or the URI of one in an object store."""

    artifact: Artifact
    folder: str
    bytes: Optional[int] = None
    """The size of a folder in an object store, if it is known."""

    @property
    def is_remote(self) -> bool:
        """Whether it lies in an object store."""
        return is_uri(self.folder)


@dataclass(frozen=True)
class Cleaning:
    """What is to be removed. ``kept`` says why artifacts of the removed runs stay."""

    runs: tuple[Run, ...] = ()
    folders: tuple[RunFolder, ...] = ()
    artifacts: tuple[RemovedArtifact, ...] = ()
    kept: tuple[tuple[Artifact, Kept], ...] = ()
    going_on: tuple[Run, ...] = ()


def remote_folders(past: Past, keep: int, older_than: Optional[timedelta], now: datetime) -> tuple[str, ...]:
    """Returns the folders in object stores that might be removed: `cleaning` must know which are there."""
    _, removed, _ = _runs(past, keep, older_than, now)
    going, _ = _artifacts(past, removed | _cleaned(past), None)
    return tuple(dict.fromkeys(each.folder for each in going if each.is_remote))


def cleaning(
    past: Past,
    keep: int,
    older_than: Optional[timedelta],
    now: datetime,
    in_stores: Mapping[str, Optional[int]] = MappingProxyType({}),
) -> Cleaning:
    """Returns what can be removed if the ``keep`` latest runs stay, and those that are not old enough.

    ``in_stores`` are those of the `remote_folders` that are there, with their bytes as far as they are known.
    """
    there, removed, going_on = _runs(past, keep, older_than, now)
    cleaned = _cleaned(past)
    while True:
        artifacts, kept = _artifacts(past, removed | cleaned, in_stores)
        elsewhere = {
            artifact.maker.run_id
            for artifact, reason in kept
            if reason == "not on this machine" and artifact.maker is not None
        }
        # Who looks from another machine than the one that has the outputs removes nothing of a run.
        if not (alien := (elsewhere & removed) - past.folders.keys()):
            break
        removed -= alien
    runs = tuple(run for run in there if run.id in removed)
    folders = tuple(past.folders[run.id] for run in runs if run.id in past.folders)
    return Cleaning(runs, folders, artifacts, kept, going_on)


def _runs(
    past: Past, keep: int, older_than: Optional[timedelta], now: datetime
) -> tuple[list[Run], set[str], tuple[Run, ...]]:
    """Returns the runs that are not cleaned yet, the ids of those that may go, and those that go on."""
    there = [run for run in past.runs if not run.cleaned]
    latest = {run.id for run in there[len(there) - min(keep, len(there)) :]}
    going_on = tuple(run for run in there if run.id not in latest and _goes_on(run, past, now))
    stay = latest | {run.id for run in going_on}
    removed = {
        run.id
        for run in there
        if run.id not in stay and (older_than is None or (run.ended or run.began or now) < now - older_than)
    }
    return there, removed, going_on


def _cleaned(past: Past) -> set[str]:
    return {run.id for run in past.runs if run.cleaned}


def _goes_on(run: Run, past: Past, now: datetime) -> bool:
    """Whether a run goes on, or may: also one that is dead, until the next run has settled what it left."""
    if run.state == "running" or any(
        each.state == "running" and each.run_id == run.id and each.pipeline == run.pipeline
        for each in past.stored.executions
    ):
        return True
    silent = now - (run.ended or run.began or now)
    return silent < (UNFINISHED if run.state == "unfinished" else SETTLING if run.error else timedelta(0))


def _artifacts(
    past: Past, removed: Collection[str], in_stores: Optional[Mapping[str, Optional[int]]]
) -> tuple[tuple[RemovedArtifact, ...], tuple[tuple[Artifact, Kept], ...]]:
    """Returns the artifacts of removed runs that can go, and why the others stay.

    ``in_stores`` are the folders that object stores have; None: it is not known, and all may be there.
    """
    executions = {each.id: each for each in past.stored.executions}
    gone = {
        each.id
        for each in past.stored.executions
        if each.pipeline == past.plan.name and each.run_id in removed
    }
    used = {each.artifact_id for each in past.stored.events if each.execution_id not in gone}
    needed = _needed(past)
    going: list[RemovedArtifact] = []
    kept: list[tuple[Artifact, Kept]] = []
    for artifact in past.history.artifacts.values():
        if artifact.maker is None or artifact.maker.execution_id not in gone:
            continue
        folder = own_folder(artifact, executions[artifact.maker.execution_id])
        is_remote = is_uri(artifact.uri)
        is_here = (
            folder is None or in_stores is None or folder in in_stores
            if is_remote
            else Path(artifact.uri).exists()
        )
        if is_remote and folder is None and artifact.state == "deleted":
            continue
        if artifact.state == "deleted" and not is_here:
            continue
        if artifact.id in needed:
            kept.append((artifact, needed[artifact.id]))
        elif artifact.id in used:
            kept.append((artifact, "used by a kept run"))
        elif not is_here:
            reason: Kept = "not in its object store any more" if is_remote else "not on this machine"
            kept.append((artifact, reason))
        elif folder is None:
            kept.append((artifact, "not recorded as tfxc's"))
        else:
            going.append(RemovedArtifact(artifact, folder, (in_stores or {}).get(folder)))
    stay = {each.uri for each, _ in kept}
    stay |= {past.history.artifacts[each].uri for each in used if each in past.history.artifacts}
    alone = [each for each in going if not _holds_any(each.folder, stay)]
    alone_ids = {each.artifact.id for each in alone}
    kept += [(each.artifact, "used by a kept run") for each in going if each.artifact.id not in alone_ids]
    return tuple(alone), tuple(kept)


def _holds_any(folder: str, uris: Iterable[str]) -> bool:
    """Whether an artifact that stays lies in a folder: a value beside its folder, an import of it."""
    if is_uri(folder):
        return any(f"{uri}/".startswith(f"{folder}/") for uri in uris)
    return any(not is_uri(uri) and Path(uri).is_relative_to(folder) for uri in uris if uri)


def own_folder(artifact: Artifact, maker: StoredExecution) -> Optional[str]:
    """Returns the folder that an execution has made for an artifact; None if that is not recorded.

    It is ``…/NODE/KEY/EXECUTION-PART``; the artifact may be a file in it.
    """
    part = maker.properties.get(FOLDER)
    if not isinstance(part, str) or not part or artifact.maker is None:
        return None
    wanted = f"/{maker.node}/{artifact.maker.key}/{maker.id}-{part}"
    uri = artifact.uri.rstrip("/") if is_uri(artifact.uri) else str(PurePosixPath(artifact.uri))
    for folder in (uri, uri.rpartition("/")[0]):
        if is_absolute(folder) and folder.endswith(wanted):
            return folder
    return None


def _needed(past: Past) -> Mapping[int, Kept]:
    """Returns what blessed models and pushes refer to, whichever run has made it."""
    artifacts = past.history.artifacts
    outputs: dict[int, list[int]] = {}
    inputs: dict[int, list[int]] = {}
    for event in past.stored.events:
        (outputs if event.is_output else inputs).setdefault(event.execution_id, []).append(event.artifact_id)
    needed: dict[int, Kept] = {}
    for artifact in artifacts.values():
        if artifact.maker is None:
            continue
        maker = artifact.maker.execution_id
        if artifact.type == "ModelBlessing" and artifact.custom_properties.get("blessed") == 1:
            needed.update(dict.fromkeys(_blessed(artifact), "blessed"))
            needed.update(dict.fromkeys(_models(inputs.get(maker, ()), past, artifact), "blessed"))
            needed.update(dict.fromkeys(outputs.get(maker, ()), "blessed"))
        if artifact.type == "PushedModel" and artifact.custom_properties.get("pushed") == 1:
            needed[artifact.id] = "pushed"
            read = [each for each in inputs.get(maker, ()) if each in artifacts]
            for each in read:
                if artifacts[each].type in ("Model", "ModelBlessing", "InfraBlessing"):
                    needed.setdefault(each, "pushed")
    return needed


def _blessed(blessing: Artifact) -> Iterator[int]:
    """Yields the id of the model that a blessing names."""
    model = blessing.custom_properties.get("current_model_id")
    if isinstance(model, int):
        yield model


def _models(inputs: Iterable[int], past: Past, blessing: Artifact) -> Iterator[int]:
    """Yields the models that an Evaluator has read, if its blessing does not say which one it is of."""
    if not any(True for _ in _blessed(blessing)):
        artifacts = past.history.artifacts
        yield from (each for each in inputs if each in artifacts and artifacts[each].type == "Model")


def stored_uses(stored: Stored) -> frozenset[tuple[int, int]]:
    """Returns (execution, artifact) of all that was read or put out."""
    return frozenset((event.execution_id, event.artifact_id) for event in stored.events)
