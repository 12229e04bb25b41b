"""A whole IR → the document of a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tfxc.compiler.importing import execution
from tfxc.compiler.importing.arguments import Arguments
from tfxc.compiler.importing.beside import NOTHING_BESIDE, Beside
from tfxc.compiler.importing.components import Components
from tfxc.compiler.importing.ir import Json, read_ir
from tfxc.compiler.importing.names import component_ids, pipeline_name
from tfxc.compiler.importing.notes import Note, Notes
from tfxc.compiler.importing.parameters import Parameters
from tfxc.compiler.importing.paths import Paths
from tfxc.compiler.importing.user_code import UserCode
from tfxc.schemas.plan_values import spec_value


@dataclass(frozen=True)
class Imported:
    """A spec's document, the Python files to copy beside it, and what could not be carried."""

    document: Mapping[str, Any]
    copies: Mapping[PurePosixPath, Path]
    notes: tuple[Note, ...]


def document_of(
    json: Json,
    modules: Mapping[str, str],
    search: Sequence[Path],
    base: Path,
    target: Path,
    beside: Beside = NOTHING_BESIDE,
) -> Imported:
    """Returns the spec of an IR.

    ``modules`` are the files of modules that are known, and ``search`` the folders to look for others in;
    relative paths start at ``base``, in the spec at its folder ``target``; ``beside`` is what the spec says
    that the IR does not. Raises KeyError for what is no IR.
    """
    ir = read_ir(json)
    notes = Notes(list(beside.notes))
    parameters = Parameters(json)
    paths = Paths(base, target, parameters.is_path)
    code = UserCode(modules, search, base, target, notes)
    ids = component_ids(node.id for node in ir.nodes)
    arguments = Arguments(parameters, paths, code, notes)
    components = Components(ir.name, ids, arguments, paths, code, notes)
    execution.of_others(ir, notes)
    shared = execution.pipeline_wide(ir, notes)
    found: dict[str, Any] = {"version": 1, "name": pipeline_name(ir.name)}
    if found["name"] != ir.name:
        found["tfx_name"] = ir.name
    found |= beside.head
    written = {}
    for node in ir.nodes:
        component = components.component(node)
        when = {key: component.pop(key) for key in ("when",) if key in component}
        component = {**spec_value(component), **when}  # braces in it are references
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
    document = {**found, **spec_value(shared), "components": written, **beside.foot}
    return Imported(document, code.copies, tuple(notes.found))
