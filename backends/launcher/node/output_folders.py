"""The folders that an execution writes into: no other execution has ever had them, or will.

TFX calls them by the execution's id, and ids begin at 1 in every metadata store. Two stores below one
pipeline root (one was deleted or moved away, two specs share a folder, an environment has a store of its
own) would then write into each other's folders. Here a random part stands behind the id. It is recorded
with the execution, before anything is written: whoever settles a killed execution removes these folders
and no others.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.dsl.io import fileio
from tfx.orchestration.portable import outputs_utils

FOLDER = "__tfxc_output_folder__"
"""Custom property of an execution: the random part of the names of its folders."""


def new_part() -> str:
    """Returns a random part that no other execution has: 48 bits."""
    return secrets.token_hex(6)


def folder_name(execution: Execution) -> str:
    """Returns what the folders of an execution are called; nothing for one that was not registered here."""
    part = execution.custom_properties[FOLDER].string_value if FOLDER in execution.custom_properties else ""
    return f"{execution.id}-{part}" if part else ""


def remove_output_folders(node_folder: str, outputs: Iterable[str], execution: Execution) -> None:
    """Removes the folders of an execution that came to nothing.

    Those of an execution whose folders are not known to be its own stay: they may be another store's.
    """
    name = folder_name(execution)
    if not name:
        return
    # Text, not Path: the folder may be a URI.
    paths = [f"{node_folder}/{key}/{name}" for key in outputs]
    paths.append(f"{node_folder}/.system/executor_execution/{name}")
    for path in paths:
        if fileio.exists(path):
            fileio.rmtree(path)


class OutputFolders(outputs_utils.OutputsResolver):  # type: ignore[misc]
    """TFX's resolver of output folders, which calls them by more than the execution's id.

    ``name`` is set when the execution is registered, and before any folder is asked for.
    """

    name: str

    def __init__(self, pipeline_node: Any, pipeline_info: Any, pipeline_runtime_spec: Any) -> None:
        super().__init__(pipeline_node, pipeline_info, pipeline_runtime_spec)
        self._outputs: Mapping[str, Any] = pipeline_node.outputs.outputs

    def generate_output_artifacts(self, execution_id: int) -> Any:
        """Returns output key → artifacts, each with the folder that it will lie in."""
        del execution_id
        return outputs_utils.generate_output_artifacts(self.name, self._outputs, self._node_dir)

    def get_executor_output_uri(self, execution_id: int) -> Any:
        """Returns the file in which an executor may leave its output, its folder made."""
        del execution_id
        return outputs_utils.get_executor_output_uri(self._node_dir, self.name)

    def make_tmp_dir(self, execution_id: int) -> Any:
        """Makes and returns the executor's folder for temporary files."""
        del execution_id
        return outputs_utils.make_tmp_dir(self._node_dir, self.name)
