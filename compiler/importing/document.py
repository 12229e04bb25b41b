"""A whole IR → the document of a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tfxc.compiler.importing import execution
from tfxc.compiler.importing.arguments import Arguments
from tfxc.compiler.importing.beside import NOTHING_BESIDE, Beside
from tfxc.compiler.importing.components import INPUTS, Components
from tfxc.compiler.importing.ir import Inner, Ir, Json, producer_of, read_ir
from tfxc.compiler.importing.names import component_ids, pipeline_name
from tfxc.compiler.importing.notes import PIPELINE, Note, Notes
from tfxc.compiler.importing.parameters import Parameters
from tfxc.compiler.importing.paths import Paths
from tfxc.compiler.importing.user_code import UserCode
from tfxc.schemas.spec_values import spec_value


@dataclass(frozen=True)
class Imported:
    """A spec's document, the Python files to copy beside it, and what could not be carried.

    ``included`` are the specs that it includes, by the folders in which they lie below its own.
    """

    document: Mapping[str, Any]
    copies: Mapping[PurePosixPath, Path]
    notes: tuple[Note, ...]
    included: Mapping[str, Imported] = field(default_factory=dict)

    def all_notes(self) -> tuple[Note, ...]:
        """Returns what could not be carried, of the included specs too."""
        others = [
            Note(f"{folder}/{note.component}" if note.component else folder, note.text)
            for folder, each in self.included.items()
            for note in each.all_notes()
        ]
        return (*self.notes, *others)

    def all_copies(self) -> Mapping[PurePosixPath, Path]:
        """Returns the files to copy, of the included specs too."""
        found = dict(self.copies)
        for folder, each in self.included.items():
            found |= {PurePosixPath(folder) / path: source for path, source in each.all_copies().items()}
        return found


def document_of(
    json: Json,
    modules: Mapping[str, str],
    search: Sequence[Path],
    base: Path,
    target: Path,
    beside: Beside = NOTHING_BESIDE,
    inner: Inner | None = None,
) -> Imported:
    """Returns the spec of an IR.

    ``modules`` are the files of modules that are known, and ``search`` the folders to look for others in;
    relative paths start at ``base``, in the spec at its folder ``target``; ``beside`` is what the spec says
    that the IR does not. Of a pipeline inside another, ``inner``, it is a spec to include.
    Raises KeyError for what is no IR.
    """
    ir = read_ir(json)
    notes = Notes(list(beside.notes))
    parameters = Parameters(json)
    paths = Paths(base, target, parameters.is_path)
    code = UserCode(modules, search, base, target, notes)
    ids = _ids(ir, inner)
    arguments = Arguments(parameters, paths, code, notes)
    components = Components(ir.name, ids, arguments, paths, code, notes)
    execution.of_others(ir, notes)
    shared = execution.pipeline_wide(ir, notes)
    found: dict[str, Any] = {"version": 1, "name": pipeline_name(ir.name)}
    if found["name"] != ir.name:
        found["tfx_name"] = ir.name
    found |= beside.head
    written, included = {}, {}
    for node in ir.nodes:
        component = components.component(node)
        when = {key: component.pop(key) for key in ("when",) if key in component}
        component = {**spec_value(component), **when}  # braces in it are references
        if node.inner is not None:
            folder = ids[node.id]
            included[folder] = document_of(
                node.inner.json, modules, search, base, target / folder, inner=node.inner
            )
            own = included[folder].document.get("parameters", {})
            given = {"parameters": {name: f"{{{{ parameters.{name} }}}}" for name in own}} if own else {}
            written[folder] = {**component, **given}
            continue
        how = execution.of_node(node, ids[node.id], shared, notes) | dict(
            beside.execution.get(ids[node.id], {})
        )
        written[ids[node.id]] = {**component, **({"execution": spec_value(how)} if how else {})}
    for key, value in (
        ("parameters", parameters.section()),
        ("pipeline_root", execution.pipeline_root(ir, paths, notes)),
        ("metadata", execution.metadata(ir, paths, notes)),
    ):
        if value:
            found[key] = value if key == "parameters" else spec_value(value)
    if inner is not None:
        for key in ("tfx_name", "pipeline_root", "metadata"):
            found.pop(key, None)
        found |= _interface(inner, ids, notes)
    document = {**found, **spec_value(shared), "components": written, **beside.foot}
    return Imported(document, code.copies, tuple(notes.found), included)


def _ids(ir: Ir, inner: Inner | None) -> Mapping[str, str]:
    """Returns the names of all that a channel of an IR can come from."""
    made = component_ids(node.inner.name if node.inner is not None else node.id for node in ir.nodes)
    ids = dict(made)
    for node in ir.nodes:
        if node.inner is not None:
            ids |= dict.fromkeys((node.inner.begin, node.inner.end), made[node.inner.name])
    return {**ids, inner.begin: INPUTS} if inner is not None else ids


def _interface(inner: Inner, ids: Mapping[str, str], notes: Notes) -> dict[str, Any]:
    """Returns what an included spec says that it reads and gives."""
    found: dict[str, Any] = {}
    if inner.inputs:
        found["inputs"] = {key: {"artifact_type": kind} for key, kind in sorted(inner.inputs.items())}
    outputs = {}
    for key, channel in sorted(inner.outputs.items()):
        produced = producer_of(channel)
        if produced is None or produced[0] not in ids:
            notes.add(PIPELINE, f"its output `{key}` is left out: it is no output of one of its nodes")
        else:
            outputs[key] = f"{ids[produced[0]]}.{produced[1]}"
    return {**found, **({"outputs": outputs} if outputs else {})}
