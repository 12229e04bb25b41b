"""Plan + run → TFX's IR, ready to launch: run id and root filled in, cache settings per node."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from google.protobuf import json_format
from tfx.dsl.compiler import compiler, constants
from tfx.dsl.components.base import base_component
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2
from tfx.types import standard_component_specs
from tfx.utils import name_utils

from tfxc.backends.launcher.build import runners
from tfxc.backends.launcher.build.names_in_tfx import give_own_name, nodes_of
from tfxc.backends.launcher.build.pipeline import Built, beam_arguments, build_pipeline
from tfxc.backends.launcher.build.queries import add_filters
from tfxc.backends.launcher.node.metadata import connection_config
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.backends.launcher.protocol.property_names import MODULE_CHECKSUM, WORKING_DIRECTORY
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.plan import ContainerComponent, Plan, SqliteMetadata
from tfxc.schemas.plan_values import is_uri


@dataclass(frozen=True)
class Compiled:
    """The IR of a run, what never runs in it, and how to reach MLMD."""

    pipeline: pipeline_pb2.Pipeline
    never: tuple[str, ...]
    connection: Any
    """MLMD's connection configuration. It is not in the IR, which is printed: it may hold a password."""


def compile_run(plan: Plan, context: RunContext, values: Values) -> Compiled:
    """Returns the IR of one run of a Plan.

    The process's working directory must be the base folder where ``values.folder`` is None. Raises
    Failure.
    """
    root = resolve(plan.pipeline_root, values, "pipeline_root")
    built = build_pipeline(plan, context, values, root)
    pipeline = _compile(built, root, context.dry_run_folder)
    add_filters(pipeline, plan, values)
    give_own_name(pipeline, plan.name_in_tfx)
    for name, node in nodes_of(pipeline, plan).items():
        planned = plan.node(name)
        caching = node.execution_options.caching_options
        # What an on-exit node does (a notice, a clean-up) belongs to each run.
        caching.enable_cache = context.cache and planned.execution.cache and planned.id != plan.on_exit
        checksum = plan.code_sha256(planned)
        if checksum is not None:
            node.parameters.parameters[MODULE_CHECKSUM].field_value.string_value = checksum
        if isinstance(planned.component, ContainerComponent) and planned.component.working_directory:
            folder = planned.component.working_directory
            node.parameters.parameters[WORKING_DIRECTORY].field_value.string_value = folder
    runtime_parameter_utils.substitute_runtime_parameter(
        pipeline,
        {
            constants.PIPELINE_RUN_ID_PARAMETER_NAME: context.run_id,
            constants.PIPELINE_ROOT_PARAMETER_NAME: root,
        },
    )
    connection = connection_config(plan.metadata, values)
    return Compiled(pipeline=pipeline, never=built.never, connection=connection)


def _compile(built: Built, root: str, folder: Optional[str]) -> pipeline_pb2.Pipeline:
    """Runs TFX's compiler, as its own runners do.

    The wheels that it makes of modules for workers elsewhere go below the root, or into a folder; what is
    compiled names them below the root in any case.
    """
    for component in built.pipeline.components:
        if isinstance(component, base_component.BaseComponent):
            component._resolve_pip_dependencies(folder or root)
            properties = component.spec.exec_properties
            wheel = properties.get(standard_component_specs.MODULE_PATH_KEY)
            if folder is not None and isinstance(wheel, str):
                properties[standard_component_specs.MODULE_PATH_KEY] = wheel.replace(folder, root)
    with _names_already_checked():
        compiled: pipeline_pb2.Pipeline = compiler.Compiler().compile(built.pipeline)
    return compiled


@contextlib.contextmanager
def _names_already_checked() -> Iterator[None]:
    """Takes the names of drivers and strategies as they are.

    TFX imports their modules again to see whether they can be; that was done where each was built, with its
    own folder first on ``sys.path``, and two folders may have modules of one name.
    """
    before = name_utils.get_full_name
    name_utils.get_full_name = functools.partial(before, strict_check=False)
    try:
        yield
    finally:
        name_utils.get_full_name = before


def ir_json(pipeline: pipeline_pb2.Pipeline) -> Any:
    """Returns the IR as JSON values."""
    return json.loads(json_format.MessageToJson(pipeline, preserving_proto_field_name=True))


def keeps_paths_relative(plan: Plan, values: Values) -> bool:
    """Whether paths stay relative in what is recorded, so that a project can be moved with its runs.

    They do where the metadata file lies in the project, so that it moves along, and all work is done in
    processes whose working directory is the project's folder. In a database that others share, and for
    workers elsewhere, only absolute paths mean something.
    """
    if not isinstance(plan.metadata, SqliteMetadata):
        return False
    path = resolve(plan.metadata.path, values, "metadata.sqlite.path")
    if not isinstance(path, str) or path.startswith(("/", "../")) or is_uri(path):
        return False
    return all(runners.runs_in_process(beam_arguments(plan, node, values)) for node in plan.nodes)
