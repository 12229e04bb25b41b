"""The files that code of the user's reads: M412."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.user_code import user_code
from tfxc.compiler.python.module_data import ModuleDataError, data_files
from tfxc.schemas.diagnostics import Finding


def module_data(pipeline: Pipeline) -> Iterator[Finding]:
    """M412: data that cannot travel with a module, or that no module is there for."""
    for node in pipeline.nodes.values():
        named = node.values.get("module_data")
        if not isinstance(named, list) or node.interface is None:
            continue
        path = (*node.path, "module_data")
        codes = list(user_code(node, pipeline))
        if not codes:
            if _may_have_code(node.values):
                continue  # what is wrong with the code is told there
            message = f"`{node.id}` runs no code of yours from a file, so that nothing would read this"
            yield Finding("M412", message, path, at_key=True)
            continue
        for index, entry in enumerate(named):
            if not isinstance(entry, str) or not entry:
                continue
            place = (*path, index)
            origin = pipeline.loaded.origin_of(place)
            try:
                data_files(entry, origin, codes[0].folder, pipeline.loaded.files)
            except ModuleDataError as error:
                yield Finding("M412", error.message, place, help=error.help)
            except OSError:
                yield Finding("M412", f"`{entry}` cannot be read", place)


def _may_have_code(values: object) -> bool:
    return isinstance(values, dict) and any(
        key.endswith(("_fn", "_func", "module_file", "executor")) for key in values if isinstance(key, str)
    )
