"""TFX's launcher of one node, and what of it is done in another way here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Optional

from ml_metadata.proto import metadata_store_pb2
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration.portable import launcher as tfx_launcher
from tfx.orchestration.portable import outputs_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import execution_result_pb2

from tfxc.backends.launcher.node import servable
from tfxc.backends.launcher.node.condition_values import take_from_artifacts
from tfxc.backends.launcher.node.container import resolved_command, with_absolute_uris
from tfxc.backends.launcher.node.output_files import record_files, record_outputs, verified_cache
from tfxc.backends.launcher.node.output_folders import FOLDER, OutputFolders, folder_name, new_part
from tfxc.backends.launcher.node.plain_tfx_cache import PlainTfx, looked_into
from tfxc.backends.launcher.node.working_directory import guard_operators
from tfxc.backends.launcher.protocol.messages import ContainerCall
from tfxc.schemas.failures import Failure


class NodeLauncher(tfx_launcher.Launcher):  # type: ignore[misc]
    """TFX's launcher, giving every attempt of a node in one run an execution of its own.

    TFX re-uses the earlier attempt's execution, and with it its output folders, its error message
    and (if its inputs could not be resolved) its missing input events.

    ``check`` is called when the execution is registered and nothing has run yet; what it raises
    makes this attempt a failed one. ``published`` is called with the id of an execution that succeeded.
    ``examines_models`` says whether models are examined before they are published, or are to be afterwards.
    ``remark`` writes what is to be said of its outputs on what is to be published.
    ``plain_tfx`` is the node as a pipeline in Python would have it. ``undecided`` gets why a condition could
    not be decided, ``refused`` why outputs that are in the cache are not taken.
    """

    check: Callable[[], None]
    published: Callable[[int], None]
    remark: Callable[[Any, Any], None]
    stands: Callable[[Execution], bool]
    examines_models: Optional[Literal["first", "afterwards"]]
    plain_tfx: PlainTfx
    undecided: list[Failure]
    refused: list[str]

    def __init__(
        self, pipeline_node: Any, pipeline_info: Any, pipeline_runtime_spec: Any, **more: Any
    ) -> None:
        super().__init__(
            pipeline_node=pipeline_node,
            pipeline_info=pipeline_info,
            pipeline_runtime_spec=pipeline_runtime_spec,
            **more,
        )
        self._output_resolver = OutputFolders(pipeline_node, pipeline_info, pipeline_runtime_spec)
        guard_operators(self, pipeline_runtime_spec.pipeline_root.field_value.string_value)
        record_outputs(self)
        self.refused = []

    def prepare(self) -> list[ContainerCall]:
        """Runs the driver of a container that somebody else starts; returns its command if it is to run.

        The execution's place in the cache is recorded here: `publish` is another process.
        """
        prepared = self._prepare_execution()
        if not prepared.is_execution_needed:
            return []
        info = prepared.execution_info
        with self._mlmd_connection as handle:
            association = metadata_store_pb2.Association(
                execution_id=info.execution_id, context_id=prepared.contexts[-1].id
            )
            handle.store.put_attributions_and_associations([], [association])
        outputs_utils.make_output_dirs(info.output_dict)
        command, args = resolved_command(self._executor_spec, with_absolute_uris(info))
        return [ContainerCall(command=tuple(command), args=tuple(args))]

    def publish(self, execution: Execution) -> None:
        """Publishes the outputs of an execution that `prepare` has registered and whose container is over."""
        self._output_resolver.name = folder_name(execution)
        outputs = self._output_resolver.generate_output_artifacts(execution.id)
        output = execution_result_pb2.ExecutorOutput()
        for key, artifacts in outputs.items():
            output.output_artifacts[key].artifacts.extend(each.mlmd_artifact for each in artifacts)
        record_files(output)
        with self._mlmd_connection as handle:
            contexts = handle.store.get_contexts_by_execution(execution.id)
        self._publish_successful_execution(execution.id, contexts, outputs, output)

    @property
    def output_folder(self) -> str:
        """What the folders of the execution at hand are called."""
        return self._output_resolver.name

    def _prepare_execution(self) -> Any:
        with servable.keys_as_published(), verified_cache(self.refused), looked_into(self.plain_tfx):
            return super()._prepare_execution()

    def _register_or_reuse_execution(
        self, metadata_handle: Any, contexts: Any, input_artifacts: Any = None, exec_properties: Any = None
    ) -> Execution:
        take_from_artifacts(input_artifacts or {})
        execution = self._register(metadata_handle, contexts, input_artifacts, exec_properties)
        self.check()
        return execution

    def _publish_successful_execution(
        self, execution_id: int, contexts: Any, output_dict: Any, executor_output: Any
    ) -> None:
        if self.examines_models is not None:
            servable.announce(output_dict, executor_output)
        if self.examines_models == "first":
            servable.record(output_dict, executor_output)
        self.remark(output_dict, executor_output)
        super()._publish_successful_execution(execution_id, contexts, output_dict, executor_output)
        self.published(execution_id)

    def _register(
        self, metadata_handle: Any, contexts: Any, input_artifacts: Any, exec_properties: Any
    ) -> Execution:
        """Registers an execution, or returns the one that has already succeeded."""
        earlier = execution_lib.get_executions_associated_with_all_contexts(metadata_handle, contexts)
        for each in earlier:
            if execution_lib.is_execution_successful(each) and self.stands(each):
                return each
        execution: Execution = tfx_launcher._register_execution(
            metadata_handle=metadata_handle,
            execution_type=self._pipeline_node.node_info.type,
            contexts=contexts,
            input_artifacts=input_artifacts,
            exec_properties={**(exec_properties or {}), FOLDER: new_part()},
        )
        self._output_resolver.name = folder_name(execution)
        return execution
