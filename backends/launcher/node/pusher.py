"""TFX's Pusher, with versions that appear whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Optional

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.components.pusher import executor as pusher_executor
from tfx.orchestration.portable import launcher as tfx_launcher
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils, proto_utils

from tfxc.backends.launcher.node import versions

_VERSIONING = (pusher_pb2.Versioning.AUTO, pusher_pb2.Versioning.UNIX_TIMESTAMP)


class _Executor(pusher_executor.Executor):  # type: ignore[misc]
    """TFX's executor of a Pusher, with another way to copy.

    A model that no server can serve is not pushed. The outputs and their properties are TFX's. The copy
    for the archive is made first: the version is there only when nothing is left that could fail.
    """

    def __init__(self, context: Any, connection: Any, require_servable: Callable[[Any], None]) -> None:
        super().__init__(context)
        self._require_servable = require_servable
        self._token = versions.token_of(connection, int(context._unique_id))

    def Do(  # noqa: N802 - TFX's name
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        filesystem = _filesystem(exec_properties)
        if filesystem is None:
            super().Do(input_dict, output_dict, exec_properties)
            return
        self._log_startup(input_dict, output_dict, exec_properties)
        archive = artifact_utils.get_single_instance(output_dict[standard_component_specs.PUSHED_MODEL_KEY])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(archive)
            return
        self._require_servable(input_dict)
        model = self.GetModelPath(input_dict)
        io_utils.copy_dir(model, archive.uri)
        version = versions.put(model, filesystem.base_directory, self._token)
        destination = f"{filesystem.base_directory.rstrip('/')}/{version}"
        logging.getLogger("absl").info("Model pushed to %s.", destination)
        self._MarkPushed(archive, pushed_destination=destination, pushed_version=version)


def _filesystem(exec_properties: dict[str, Any]) -> Optional[pusher_pb2.PushDestination.Filesystem]:
    """Returns the folder that is pushed to; None for what TFX refuses to push to."""
    destination = pusher_pb2.PushDestination()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.PUSH_DESTINATION_KEY], destination)
    if destination.WhichOneof("destination") != "filesystem":
        return None
    return destination.filesystem if destination.filesystem.versioning in _VERSIONING else None


def push_whole(
    launcher: tfx_launcher.Launcher, connection: Any, require_servable: Callable[[Any], None]
) -> None:
    """Gives the launcher of a Pusher its executor; another node's is left alone.

    The executor that the IR names stays TFX's: it is part of the cache's key. ``require_servable`` is
    called with the inputs of a push that nothing else stands in the way of, and raises if the model does.
    """
    operator = launcher._executor_operator
    if getattr(operator, "_executor_cls", None) is pusher_executor.Executor:
        operator._executor_cls = partial(_Executor, connection=connection, require_servable=require_servable)


def remove_unfinished(connection: Any, execution: Execution) -> None:
    """Removes what a killed execution has left where models are served; nothing if it pushed none."""
    destination = execution.custom_properties.get(standard_component_specs.PUSH_DESTINATION_KEY)
    if destination is not None:
        versions.remove_unfinished(destination.string_value, versions.token_of(connection, execution.id))
