"""What a ModelRegistryPusher does when its turn comes."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from tfx.components.pusher import executor as pusher_executor
from tfx.types.artifact_utils import get_single_instance
from tfx.utils import io_utils

from tfxc.backends.launcher.components import lineage
from tfxc.backends.launcher.node import servable
from tfxc.backends.registry.base import open_registry, register_once
from tfxc.backends.registry.model_files import files_sha256
from tfxc.backends.registry.values import FILES_SHA256, Registration, Version
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan_values import is_uri

REGISTERED_ALIAS = "registered_alias"
"""Custom property of the pushed model."""
RECORD = "registration.json"
"""The one file of the pushed model, and a file beside the registered one."""


@dataclass(frozen=True)
class KnownToLauncher:
    """What the launcher knows of a run and TFX's executors do not."""

    code_sha256: Optional[str] = None
    parameters: Mapping[str, str] = field(default_factory=dict)


class Executor(pusher_executor.Executor):  # type: ignore[misc]
    """TFX's executor of a Pusher, which decides by the blessings, with a registry in place of a folder."""

    def __init__(
        self,
        context: Any,
        known: KnownToLauncher = KnownToLauncher(),
        require_servable: Optional[Callable[[Any], None]] = None,
    ) -> None:
        super().__init__(context)
        self._known = known
        self._require_servable = require_servable or self._examine

    def Do(  # noqa: N802 - TFX's name
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        """Registers the model, or nothing if a blessing is missing. Raises Failure."""
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed = get_single_instance(output_dict["pushed_model"])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        self._require_servable(input_dict)
        registry = open_registry(json.loads(exec_properties["registry"]), os.environ)
        with tempfile.TemporaryDirectory(prefix="tfxc-registry-") as scratch:
            registration = self._registration(input_dict, exec_properties, Path(scratch))
            version, new = register_once(registry, registration)
        io_utils.write_string_file(f"{pushed.uri}/{RECORD}", _record(registration, version))
        alias = exec_properties["alias"]
        done = "registered as" if new else "was registered before, as"
        logging.getLogger("absl").info("The model %s %s (%s).", done, version.uri, alias)
        pushed.set_string_custom_property(REGISTERED_ALIAS, alias)
        self._MarkPushed(pushed, pushed_destination=version.uri, pushed_version=version.version)

    def _registration(
        self, input_dict: Mapping[str, Any], properties: Mapping[str, Any], scratch: Path
    ) -> Registration:
        uri = str(self.GetModelPath(input_dict)).rstrip("/")
        folder = _local(uri, scratch / "model")
        if not (folder / "saved_model.pb").is_file() and not (folder / "saved_model.pbtxt").is_file():
            raise Failure(f"there is no SavedModel in {uri}.")
        signatures = lineage.signatures(folder)
        tags = {
            **json.loads(properties.get("tags") or "{}"),
            **lineage.tags_of_run(self._context),
            **lineage.tags_of_inputs(input_dict),
            **lineage.versions(),
            FILES_SHA256: files_sha256(folder),
            "tfxc.signatures": json.dumps(signatures, sort_keys=True, separators=(",", ":")),
        }
        if self._known.code_sha256 is not None:
            tags["tfxc.code_sha256"] = self._known.code_sha256
        metrics = lineage.overall_metrics(input_dict)
        record = scratch / RECORD
        content = {
            "tags": {**tags, "tfxc.signatures": signatures},
            "metrics": metrics,
            "parameters": dict(self._known.parameters),
        }
        record.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        files = {RECORD: record}
        if input_dict.get("schema"):
            schema = get_single_instance(input_dict["schema"])
            files["schema/schema.pbtxt"] = _local(schema.uri, scratch / "schema") / "schema.pbtxt"
        return Registration(
            name=properties["model_name"],
            folder=folder,
            uri=uri if is_uri(uri) else str(Path(uri).absolute()),
            tags=tags,
            metrics=metrics,
            parameters=self._known.parameters,
            files={name: path for name, path in files.items() if path.is_file()},
            alias=properties["alias"],
        )

    def _examine(self, input_dict: Mapping[str, Any]) -> None:
        """What the launcher does where this executor runs without it."""
        servable.require_servable(input_dict, str(self._context.pipeline_node.node_info.id))


def _local(uri: str, copy: Path) -> Path:
    """Returns the folder of an artifact on this machine: a copy of one that is elsewhere."""
    if not is_uri(uri):
        return Path(uri)
    io_utils.copy_dir(uri, str(copy))
    return copy


def _record(registration: Registration, version: Version) -> str:
    content = {"model": version.uri, "alias": registration.alias, "tags": dict(registration.tags)}
    return json.dumps(content, indent=2, sort_keys=True) + "\n"
