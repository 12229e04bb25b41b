"""Why a node runs: what is different from its latest success, as sentences."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Optional

from tfxc.backends.launcher.protocol.messages import DryRunResult, EarlierExecution, PropertyChange
from tfxc.backends.launcher.protocol.property_names import (
    CONTENT_CHECKSUM,
    MODULE_CHECKSUM,
    WORKING_DIRECTORY,
)
from tfxc.backends.local.dry_run.outlook import NodeOutlook
from tfxc.backends.metadata.run_folder import RunFolder, earlier_plan
from tfxc.compiler.difference.compare import ABSENT, Change, changes_between, difference
from tfxc.compiler.difference.words import change_line
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.markers import InputPath
from tfxc.schemas.plan import Plan, PlanNode, ResolverComponent
from tfxc.schemas.plan_file import PlanFormatError
from tfxc.schemas.plan_values import references_in
from tfxc.schemas.words.wording import joined

_DATA, _SPAN, _VERSION = "input_fingerprint", "span", "version"
_FINGERPRINT = re.compile(r"split:([^,]*),num_files:(\d+),total_bytes:(\d+)")
"""``get_fingerprint`` of ``tfx/components/example_gen/utils.py``, one line for each split"""
_MOST_FILES = 5
"""Files of a module that are named."""
_OF_ALL_NODES = ("name", "tfx", "metadata", "beam_pipeline_args")


@dataclass(frozen=True)
class Told:
    """What the sentences are made of.

    ``modules`` are the user's files by their path in a bundle, ``runs`` the folder in which the folders of
    runs lie. ``secrets`` are texts that are never shown. ``cache`` is false if ``--no-cache`` was given.
    """

    plan: Plan
    modules: Mapping[PurePosixPath, bytes]
    runs: Path
    secrets: frozenset[str] = frozenset()
    cache: bool = True


def reasons(outlook: NodeOutlook, told: Told) -> tuple[str, ...]:
    """Returns why a run would do with a node what it would."""
    return tuple(dict.fromkeys(_reasons(outlook, told)))


def _reasons(outlook: NodeOutlook, told: Told) -> Iterator[str]:
    node, result = told.plan.node(outlook.node), outlook.result
    if not outlook.selected:
        yield "it is not selected"
    elif outlook.finished:
        yield "finished in an earlier part of this run"
    elif outlook.state == "cached":
        yield f"from {_run(result.earlier)}" if result is not None and result.earlier else "from the cache"
    elif outlook.state == "skipped":
        because = outlook.because
        yield f"`{because}` is skipped" if because is not None else "its condition is false"
    elif outlook.state == "not_run":
        yield f"`{outlook.because}` fails"
    elif outlook.state == "fails":
        yield result.reason if result is not None else "it fails"
    elif outlook.state == "unknown":
        yield f"until {_listed(outlook.until)} {'has' if len(outlook.until) == 1 else 'have'} run"
    else:
        yield from _why_it_runs(outlook, node, told)


def _why_it_runs(outlook: NodeOutlook, node: PlanNode, told: Told) -> Iterator[str]:
    result = outlook.result
    if isinstance(node.component, ResolverComponent):
        found = f"; what it finds is known when {_listed(outlook.until)} has run" if outlook.until else ""
        yield f"it looks for artifacts in every run{found}"
        return
    if node.id == told.plan.on_exit:
        yield "it runs at the end of every run"
        return
    if not told.cache:
        yield "`--no-cache` is given"
    elif not node.execution.cache:
        yield "its `execution.cache` is false"
    producers: dict[str, list[str]] = {}
    for key, producer in outlook.new_from:
        producers.setdefault(producer, []).append(f"`{key}`")
    for producer, keys in producers.items():
        yield f"{joined(keys, 'and')} {'is' if len(keys) == 1 else 'are'} new: `{producer}` runs"
    if result is not None and result.looks_in_cache:
        yield from _against_cache(result, node, told)


def _against_cache(result: DryRunResult, node: PlanNode, told: Told) -> Iterator[str]:
    for each in result.refused:
        yield f"its outputs in the cache are not used: {each.rstrip('.')}"
    if result.refused:
        return
    if result.earlier is None:
        yield "no run of it has succeeded yet"
        return
    before = _plan_before(result.earlier, told)
    found = [each for change in result.changes for each in _of_property(change, result, node, told)]
    found += _other_inputs(result, node)
    found += [] if before is None else list(_of_plans(before, node, told))
    yield from found
    if not found:
        yield (
            f"the cache has nothing under its key, though nothing that is recorded differs from "
            f"{_run(result.earlier)}"
        )


def _of_property(change: PropertyChange, result: DryRunResult, node: PlanNode, told: Told) -> Iterator[str]:
    """Yields what is to be said of a property that is another."""
    if change.name == MODULE_CHECKSUM:
        yield _of_module(result, node, told)
    elif change.name == CONTENT_CHECKSUM:
        named = [f"`{name}`" for name in _looked_into(node)]
        yield f"the content of {joined(named, 'and') or 'its files'} has changed"
    elif change.name == _DATA:
        yield from _of_data(change, result)
    elif change.name in (_SPAN, _VERSION) and change.name not in node.arguments:
        yield f"its data are of {change.name} {change.new or 'none'}, before {change.old or 'none'}"
    else:
        name = "container.working_directory" if change.name == WORKING_DIRECTORY else change.name
        yield from _of_argument(name, change, result, node, told)


def _of_module(result: DryRunResult, node: PlanNode, told: Told) -> str:
    """Returns which files of a node's code changed; that it did, if the earlier run's are not here."""
    files = _changed_files(result.earlier, node, told)
    if not files:
        names = joined([f"`{module.import_name}`" for module in node.modules()], "and")
        return f"its code has changed: {names or 'a module'}, or what it imports or reads"
    more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
    return f"its code has changed: {', '.join(files[:_MOST_FILES])}{more}"


def _changed_files(earlier: Optional[EarlierExecution], node: PlanNode, told: Told) -> list[str]:
    folder = _folder(earlier, told)
    before = None if earlier is None else _plan_before(earlier, told)
    if folder is None or before is None:
        return []
    found: list[str] = []
    sources = {each.source: index for index, each in enumerate(before.modules)}
    for module in node.modules():
        if module.folder is None:
            continue
        now = told.plan.modules[module.folder]
        old_index = sources.get(now.source)
        old_files = before.modules[old_index].files if old_index is not None else ()
        for file in sorted({*now.files, *old_files}):
            new = told.modules.get(PurePosixPath("modules", str(module.folder), file))
            old = None if old_index is None else _content(folder.modules / str(old_index) / file)
            if new != old:
                state = " (new)" if old is None else " (gone)" if new is None else ""
                found.append(f"{PurePosixPath(now.source, file)}{state}")
    return found


def _content(path: Path) -> Optional[bytes]:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _of_data(change: PropertyChange, result: DryRunResult) -> Iterator[str]:
    """Yields which splits of the data have changed, with their files and bytes."""
    old, new = (dict(_splits(text)) for text in (change.old, change.new))
    files = [split for split in new if split in old and old[split] != new[split]]
    for split in files:
        yield f"the data{_of_split(split)} have changed: {_amount(new[split])}, before {_amount(old[split])}"
    if files:
        return
    gone = {split for split in old if split not in new}
    for split in new.keys() - old.keys():
        yield f"the data{_of_split(split)} are new: {_amount(new[split])}"
    for split in gone:
        yield f"the data{_of_split(split)} are gone"
    if old == new and not any(each.name == _SPAN for each in result.changes):
        yield "the data have changed: as many bytes, but others, or written anew"


def _splits(text: Optional[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for name, files, size in _FINGERPRINT.findall(text or ""):
        yield name, (int(files), int(size))


def _of_split(split: str) -> str:
    return "" if split in ("", "single_split") else f" of `{split}`"


def _amount(amount: tuple[int, int]) -> str:
    return f"{amount[1]:,} bytes in {amount[0]:,} {'file' if amount[0] == 1 else 'files'}"


def _of_argument(
    name: str, change: PropertyChange, result: DryRunResult, node: PlanNode, told: Told
) -> Iterator[str]:
    """Yields the innermost values of an argument that are others, none that came of the environment."""
    argument = node.arguments.get(name)
    if argument is not None and any(each.startswith("env.") for each in references_in(argument.value)):
        yield f"{name}: another value (it has one of the environment in it)"
        return
    one, other = (_parsed(each) for each in (change.old, change.new))
    has_other_span = any(each.name in (_SPAN, _VERSION) for each in result.changes)
    for each in changes_between(one, other, (name,)):
        if has_other_span and each.place[-1] == "pattern":
            continue  # the driver writes the span into it
        yield change_line(each, told.secrets)


def _parsed(text: Optional[str]) -> Any:
    """Returns a property's value: TFX stores messages, mappings and lists as JSON."""
    if text is None:
        return ABSENT
    with contextlib.suppress(ValueError):
        value = json.loads(text)
        return value if isinstance(value, (dict, list, int, float)) else text
    return text


def _other_inputs(result: DryRunResult, node: PlanNode) -> Iterator[str]:
    keys = [f"`{key}`" for key in result.new_inputs if key in node.inputs]
    if keys:
        verb, what = ("is", "another artifact") if len(keys) == 1 else ("are", "other artifacts")
        yield f"{joined(keys, 'and')} {verb} {what} than in {_run(result.earlier)}"
    if result.new_inputs and not keys:
        yield f"what its condition or its arguments read is another artifact than in {_run(result.earlier)}"


def _of_plans(before: Plan, node: PlanNode, told: Told) -> Iterator[str]:
    """Yields what the store does not tell: the class, the executor, Beam's arguments, the line of TFX."""
    found = difference(before, told.plan)
    for each in found.nodes:
        if each.node != node.id:
            continue
        for change in each.changes:
            if _is_only_in_plan(change, node):
                yield change_line(change, told.secrets)
    for change in found.pipeline:
        if change.place[0] in _OF_ALL_NODES:
            yield f"the pipeline's {change_line(change, told.secrets)}"


def _is_only_in_plan(change: Change, node: PlanNode) -> bool:
    place = change.place
    if place[:2] == ("execution", "beam_pipeline_args"):
        return True
    return place[0] in ("type", "executor", "class_name", "outputs", "image", "command") and (
        place[0] not in node.arguments
    )


def _looked_into(node: PlanNode) -> list[str]:
    """Returns the arguments of a node that name files whose content counts."""
    model = find_component_model(node.component.type)
    if model is None:
        return []
    return [
        name
        for name, field in model.model_fields.items()
        if name in node.arguments
        and any(isinstance(each, InputPath) and each.content_counts for each in field.metadata)
    ]


def _folder(earlier: Optional[EarlierExecution], told: Told) -> Optional[RunFolder]:
    if earlier is None or not earlier.run_id or "/" in earlier.run_id:
        return None
    folder = RunFolder(told.runs / earlier.run_id)
    return folder if folder.path.is_dir() else None


def _plan_before(earlier: EarlierExecution, told: Told) -> Optional[Plan]:
    folder = _folder(earlier, told)
    try:
        return None if folder is None else earlier_plan(folder)
    except PlanFormatError:
        return None


def _run(earlier: Optional[EarlierExecution]) -> str:
    return f"run {earlier.run_id}" if earlier is not None and earlier.run_id else "an earlier run"


def _listed(names: tuple[str, ...]) -> str:
    return joined([f"`{name}`" for name in names], "and")
