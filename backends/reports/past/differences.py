"""What differs between runs: parameters, the pipeline, the user's code and the data."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.metadata.run_folder import RunFolder, earlier_plan
from tfxc.backends.metadata.values import Property, Run
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import PlanFormatError

NOT_THERE = None
_OF_DATA = ("input_fingerprint", "span", "version")
"""Custom properties of Examples that an ExampleGen puts there: what it read."""
_PRIVATE = "__"
"""What the names of properties begin with that TFX, and the launcher, keep to themselves."""


@dataclass(frozen=True)
class Difference:
    """A thing that is not the same in all runs; ``values`` are in the runs' order, None where it is not."""

    name: str
    values: tuple[Any, ...]


def parameter_differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Returns the parameters that differ among the runs that have recorded them."""
    return tuple(_different([run.parameters or {} for run in runs]))


def made_with(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Returns which versions and revisions differ."""
    return tuple(
        _different(
            [
                {
                    "tfxc": run.tfxc_version,
                    "TFX": run.tfx_version,
                    "commit": None
                    if run.revision is None
                    else run.revision.commit[:12] + (" with changes" if run.revision.dirty else ""),
                }
                for run in runs
            ]
        )
    )


def pipeline_differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Returns what differs in the pipelines, as paths such as ``trainer.arguments.train_args.num_steps``.

    Plans are compared where all runs have kept theirs; otherwise what MLMD says that nodes were given,
    where the values of parameters stand.
    """
    plans = [_plan(run) for run in runs]
    if all(plan is not None for plan in plans):
        return tuple(_different([dict(_flat(_comparable(plan))) for plan in plans if plan is not None]))
    return tuple(_different([_arguments(run) for run in runs]))


def code_differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Returns the nodes whose modules differ, with the beginnings of the hashes of what they used."""
    return tuple(_different([dict(_hashes(run)) for run in runs]))


def file_differences(first: Run, other: Run) -> tuple[tuple[str, int, int], ...]:
    """Returns (file, lines added, lines removed) of the modules' files that differ."""
    before, after = _files(first), _files(other)
    if not before or not after:
        return ()
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ()), after.get(name, ())
        if old != new:
            changes = [each[:1] for each in difflib.ndiff(old, new)]
            found.append((name, changes.count("+"), changes.count("-")))
    return tuple(found)


def data_differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Returns what ExampleGens have read that is not the same: fingerprints, spans, versions."""
    return tuple(_different([dict(_data(run)) for run in runs]))


def _different(values: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    names = dict.fromkeys(name for each in values for name in each)
    for name in names:
        row = tuple(each.get(name, NOT_THERE) for each in values)
        if any(value != row[0] for value in row[1:]):
            yield Difference(name, row)


def _plan(run: Run) -> Optional[Plan]:
    if run.folder is None:
        return None
    try:
        return earlier_plan(RunFolder(Path(run.folder)))
    except (PlanFormatError, UnicodeDecodeError):
        return None


def _comparable(plan: Plan) -> dict[str, Any]:
    """Returns what makes a pipeline this one: nodes by id, and no hashes of code, which are told apart."""
    whole = plan.model_dump(mode="json", exclude_defaults=True, exclude={"modules", "format"})
    nodes = {node.pop("id"): node for node in whole.pop("nodes", [])}
    parameters = {each.pop("name"): each for each in whole.pop("parameters", [])}
    return {**nodes, "parameters": parameters, **{f"pipeline.{name}": each for name, each in whole.items()}}


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list) and value and not all(isinstance(each, (str, int, float)) for each in value):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{place}[{index}]")
    else:
        yield place, value


def _arguments(run: Run) -> dict[str, Property]:
    return {
        f"{node.node}.{name}": value
        for node in run.nodes
        for name, value in node.arguments.items()
        if not name.startswith(_PRIVATE) and name not in _OF_DATA
    }


def _hashes(run: Run) -> Iterator[tuple[str, str]]:
    for node in run.nodes:
        found = node.arguments.get("__tfxc_module_sha256__")
        if isinstance(found, str) and found:
            yield node.node, found[:12]


def _files(run: Run) -> dict[str, tuple[str, ...]]:
    if run.folder is None:
        return {}
    modules = RunFolder(Path(run.folder)).modules
    files = {}
    for path in _python_files(modules):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        files[path.relative_to(modules).as_posix().partition("/")[2]] = tuple(text.splitlines())
    return files


def _python_files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _data(run: Run) -> Iterator[tuple[str, Property]]:
    for node in run.nodes:
        for key, artifacts in node.outputs.items():
            for artifact in artifacts:
                if artifact.type == "Examples" and "input_fingerprint" in artifact.custom_properties:
                    for name in _OF_DATA:
                        if name in artifact.custom_properties:
                            yield f"{node.node}.{key} {name}", artifact.custom_properties[name]
