"""Where an artifact comes from, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfxc.backends.metadata.past import LATEST, Past
from tfxc.backends.metadata.stored import StoredExecution
from tfxc.backends.metadata.values import Artifact
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan_values import is_uri


@dataclass(frozen=True)
class Step:
    """An execution that made something: what it read and what it put out, by key."""

    execution: StoredExecution
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Lineage:
    """The part of a history around one artifact.

    ``before`` are the executions above it and ``after`` those below it, by id; ``artifacts`` all that they
    read or made. A cached execution makes nothing: that it used an artifact again is in `Artifact.reusers`.
    """

    artifact: Artifact
    artifacts: Mapping[int, Artifact]
    before: Mapping[int, Step]
    after: Mapping[int, Step]


def find_artifact(past: Past, name: str, run: str | None, here: Path) -> Artifact:
    """Returns the artifact that a command names: by its id, as ``NODE.OUTPUT`` of a run, or by a URI.

    A URI may be that of a file in the artifact's folder, a path relative to ``here``, or where a model was
    pushed to. Of several the latest is taken. Raises WrongUse if there is none.
    """
    artifacts = past.history.artifacts
    if name.isascii() and name.isdigit():
        if int(name) not in artifacts:
            raise WrongUse(f"there is no artifact {name} in the metadata store of {past.plan.name}")
        return artifacts[int(name)]
    node, _, output = name.rpartition(".")
    if node and "/" not in name and any(each.id == node for each in past.plan.nodes):
        return _output(past, node, output, run)
    found = [each for each in artifacts.values() if _lies_at(each, name, past.base_folder, here)]
    if not found:
        raise WrongUse(
            f"`{name}` is no artifact that the metadata store of {past.plan.name} knows: give an id, a path"
            f" or URI, or NODE.OUTPUT"
        )
    return max(found, key=lambda each: (len(each.uri), each.id))


def _output(past: Past, node: str, output: str, run: str | None) -> Artifact:
    """Returns the latest output of a node, or that of one run."""
    runs = [past.run(run)] if run is not None and run != LATEST else list(past.runs[::-1])
    outputs = past.plan.node(node).outputs
    for each in runs:
        for node_run in each.nodes:
            if node_run.node == node and node_run.outputs.get(output):
                return node_run.outputs[output][0]
    if output not in outputs:
        raise WrongUse(f"`{node}` has no output `{output}`; it has {', '.join(outputs) or 'none'}")
    where = f"in run {runs[0].id}" if run is not None and runs else "in any run"
    raise WrongUse(f"`{node}` has not put out `{output}` {where}")


def _lies_at(artifact: Artifact, name: str, base: Path, here: Path) -> bool:
    names = {name.rstrip("/")}
    if not is_uri(name):
        names |= {str((folder / name).resolve()) for folder in (here, base)}
    pushed = artifact.custom_properties.get("pushed_destination")
    places = [artifact.uri, artifact.recorded_uri]
    if isinstance(pushed, str) and pushed:
        places.append(pushed if is_uri(pushed) else str(base / pushed))
    return any(
        place and (each == place.rstrip("/") or each.startswith(f"{place.rstrip('/')}/"))
        for place in places
        for each in names
    )


def lineage(past: Past, artifact: Artifact) -> Lineage:
    """Returns the lineage of an artifact, through all runs."""
    steps = _steps(past)
    makers: dict[int, list[int]] = {}
    readers: dict[int, list[int]] = {}
    for number, step in steps.items():
        for _, each in step.outputs:
            makers.setdefault(each, []).append(number)
        for _, each in step.inputs:
            readers.setdefault(each, []).append(number)
    before = _closure(artifact.id, makers, {number: step.inputs for number, step in steps.items()})
    after = _closure(artifact.id, readers, {number: step.outputs for number, step in steps.items()})
    around = {artifact.id}
    for number in (*before, *after):
        around.update(each for _, each in (*steps[number].inputs, *steps[number].outputs))
    known = past.history.artifacts
    return Lineage(
        artifact,
        {each: known[each] for each in sorted(around) if each in known},
        {number: steps[number] for number in sorted(before)},
        {number: steps[number] for number in sorted(after)},
    )


def _steps(past: Past) -> dict[int, Step]:
    """Returns the executions that made something of their own, or read something and made nothing."""
    inputs: dict[int, list[tuple[str, int]]] = {}
    outputs: dict[int, list[tuple[str, int]]] = {}
    for event in past.stored.events:
        (outputs if event.is_output else inputs).setdefault(event.execution_id, []).append(
            (event.key, event.artifact_id)
        )
    steps = {}
    for execution in past.stored.executions:
        made = [
            (key, each)
            for key, each in outputs.get(execution.id, ())
            if (maker := past.history.artifacts[each].maker) is not None
            and maker.execution_id == execution.id
        ]
        if made or (execution.state != "cached" and execution.id not in outputs):
            steps[execution.id] = Step(
                execution, tuple(sorted(inputs.get(execution.id, ()))), tuple(sorted(made))
            )
    return steps


def _closure(
    start: int,
    next_steps: Mapping[int, Iterable[int]],
    next_artifacts: Mapping[int, Iterable[tuple[str, int]]],
) -> set[int]:
    """Returns all executions that can be reached from an artifact in one direction."""
    found: set[int] = set()
    pending, seen = [start], {start}
    while pending:
        for number in next_steps.get(pending.pop(), ()):
            if number not in found:
                found.add(number)
                new = {each for _, each in next_artifacts[number]} - seen
                seen |= new
                pending.extend(sorted(new))
    return found
