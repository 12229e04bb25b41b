"""What plain TFX has in its cache, for a pipeline that goes on with the runs of one written in Python.

TFX's key has the arguments in it as it was given them. The same node is written differently here: its paths
are relative to the spec, its module has a checksum instead of a wheel, and Beam's runner is said. So a node
that is not in the cache under its own key is looked for under the key that TFX would give it.
"""

from __future__ import annotations

import contextlib
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ml_metadata import errors as mlmd_errors
from tfx.dsl.io import fileio
from tfx.orchestration.portable import cache_utils
from tfx.orchestration.portable.mlmd import context_lib
from tfx.proto.orchestration import executable_spec_pb2
from tfx.types import standard_component_specs

from tfxc.backends.launcher.build import modules, runners
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.backends.launcher.protocol.values import base_folder_relative
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.markers import FilePath
from tfxc.schemas.plan import Plan, PlanNode

_OWN = "__tfxc_"
_WHEELS = "_wheels"
"""The folder of the pipeline root in which TFX leaves the wheels that it makes of modules."""


@dataclass(frozen=True)
class PlainTfx:
    """A node as a pipeline in Python would have it. ``root`` is where the pipeline's outputs are."""

    plan: Plan
    node: PlanNode
    context: RunContext
    root: str

    @property
    def is_wanted(self) -> bool:
        """Whether there may be runs of plain TFX under the names of this pipeline and node."""
        return self.plan.tfx_name is not None or self.node.tfx_id is not None

    def parameters(self, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yields the node's parameters as TFX would have them: for each wheel that may be its module's."""
        plain = {key: self._absolute(key, value) for key, value in given.items() if not key.startswith(_OWN)}
        if self.node.module is None:
            yield plain
            return
        for wheel in self._wheels():
            name = f"{self.node.module.import_name}@{wheel}"
            yield {**plain, standard_component_specs.MODULE_PATH_KEY: name}

    def _absolute(self, key: str, value: Any) -> Any:
        """Returns a value as it is, or the absolute path of one that is relative to the spec."""
        model = find_component_model(self.node.component.type)
        field = model.model_fields.get(key) if model is not None else None
        is_path = field is not None and any(isinstance(each, FilePath) for each in field.metadata)
        if not is_path or not isinstance(value, str):
            return value
        return base_folder_relative(value, self.context.base_folder)

    def _wheels(self) -> Iterator[str]:
        """Yields the wheels of TFX's that have this node's module, and all that lies beside it."""
        folder = posixpath.join(base_folder_relative(self.root, self.context.base_folder), _WHEELS)
        code = self._code()
        if code is None or not fileio.exists(folder):
            return
        for name in sorted(fileio.listdir(folder)):
            path = posixpath.join(folder, name)
            if name.endswith(".whl") and _has(path, code):
                yield path

    def _code(self) -> Optional[Mapping[str, bytes]]:
        """Returns the files of the module's folder; None if TFX would have left some of them out."""
        module = self.node.module
        if module is None or module.folder is None:
            return None
        files = self.plan.modules[module.folder].files
        folder = modules.source_folder(self.plan, module, self.context)
        if folder is None or any("/" in name or not name.endswith(".py") for name in files):
            return None
        return {name: (folder / name).read_bytes() for name in files}


@contextlib.contextmanager
def looked_into(plain: PlainTfx) -> Iterator[None]:
    """Makes TFX's look into its cache look under plain TFX's key, too. For one thread."""
    if not plain.is_wanted:
        yield
        return
    key_of, cached = cache_utils.get_cache_context, cache_utils.get_cached_outputs
    asked: dict[str, Any] = {}

    def remembering(**arguments: Any) -> Any:
        asked.update(arguments)
        return key_of(**arguments)

    def cached_here_or_there(metadata_handle: Any, cache_context: Any) -> Any:
        found = cached(metadata_handle=metadata_handle, cache_context=cache_context)
        if found is not None:
            return found
        for parameters in plain.parameters(asked.get("parameters") or {}):
            spec = _with_runner_unsaid(asked.get("executor_spec"))
            name = _key({**asked, "parameters": parameters, "executor_spec": spec}, key_of)
            with contextlib.suppress(mlmd_errors.NotFoundError):
                context = metadata_handle.store.get_context_by_type_and_name(
                    context_lib.CONTEXT_TYPE_EXECUTION_CACHE, name
                )
                found = context and cached(metadata_handle=metadata_handle, cache_context=context)
            if found:
                return found
        return None

    cache_utils.get_cache_context, cache_utils.get_cached_outputs = remembering, cached_here_or_there
    try:
        yield
    finally:
        cache_utils.get_cache_context, cache_utils.get_cached_outputs = key_of, cached


def _key(arguments: Mapping[str, Any], key_of: Any) -> str:
    """Returns TFX's cache key, and registers none in the store."""
    register = context_lib.register_context_if_not_exists
    context_lib.register_context_if_not_exists = lambda metadata_handle, context_type_name, context_name: (
        context_name
    )
    try:
        return str(key_of(**arguments))
    finally:
        context_lib.register_context_if_not_exists = register


def _with_runner_unsaid(spec: Any) -> Any:
    """Returns an executor's spec without the Beam arguments that are said here where nobody gave any."""
    if not isinstance(spec, executable_spec_pb2.BeamExecutableSpec):
        return spec
    added = runners.added_to(list(spec.beam_pipeline_args))
    plain = executable_spec_pb2.BeamExecutableSpec()
    plain.CopyFrom(spec)
    for listed in (plain.beam_pipeline_args, plain.beam_pipeline_args_placeholders):
        kept = [each for index, each in enumerate(listed) if index not in added]
        del listed[:]
        listed.extend(kept)
    return plain


def _has(wheel: str, code: Mapping[str, bytes]) -> bool:
    """Whether a wheel has files with this content."""
    try:
        with fileio.open(wheel, "rb") as file, zipfile.ZipFile(file) as archive:
            return all(archive.read(name) == content for name, content in code.items())
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
