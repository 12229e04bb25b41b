"""What an execution wrote, recorded with its artifacts, so that a cached one is used only while it is there.

TFX looks whether the folder of a cached artifact exists. A folder whose files were deleted (a clean-up, a
full disk, half a copy) would be taken for the artifact again and again, and its readers fail for ever.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Optional

from ml_metadata.proto import metadata_store_pb2
from tfx import version as tfx_version
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.tfx_lines import line_of

FILES = "__tfxc_files__"
"""Custom property of an artifact: JSON, name of each file below its URI → size in bytes, or null where
the file system was not asked. The name of a URI that is itself a file is empty."""
TFX_VERSION = "tfx_version"
"""Custom property that TFX's publisher gives to every artifact."""
_MOST_FILES = 2_000
"""Of more files than these only the first by name are recorded."""

_tfx_verify_artifacts = artifact_utils.verify_artifacts


def record_outputs(launcher: Any) -> None:
    """Makes the executor of a TFX launcher record which files its outputs are."""
    executor = launcher._executor_operator
    if executor is None:
        return
    run = executor.run_executor

    def run_and_record(*arguments: Any, **more: Any) -> Any:
        output = run(*arguments, **more)
        record_files(output)
        return output

    executor.run_executor = run_and_record


def record_files(output: Any) -> None:
    """Records in an ExecutorOutput which files its artifacts are."""
    for artifacts in output.output_artifacts.values():
        for artifact in artifacts.artifacts:
            _record(artifact)


def _record(artifact: metadata_store_pb2.Artifact) -> None:
    files = _files(artifact.uri)
    if files is not None:
        recorded = dict(sorted(files.items())[:_MOST_FILES])
        artifact.custom_properties[FILES].string_value = json.dumps(recorded, separators=(",", ":"))


def _files(uri: str) -> Optional[dict[str, Optional[int]]]:
    """Returns the files below a URI and their sizes; None if there is nothing, or it cannot be read."""
    try:
        if not fileio.exists(uri):
            return None
        return dict(_remote_files(uri) if is_uri(uri) else _local_files(Path(uri)))
    except OSError:
        return None


def _local_files(path: Path) -> Iterator[tuple[str, Optional[int]]]:
    if not path.is_dir():
        yield "", path.stat().st_size
        return
    for file in path.rglob("*"):
        if file.is_file():
            yield file.relative_to(path).as_posix(), file.stat().st_size


def _remote_files(uri: str) -> Iterator[tuple[str, Optional[int]]]:
    """Yields names only: each size would be a request."""
    if not fileio.isdir(uri):
        yield "", None
        return
    for folder, _, names in fileio.walk(uri):
        below = str(folder)[len(uri) :].strip("/")
        for name in names:
            yield posixpath.join(below, name), None


def missing_file(artifact: metadata_store_pb2.Artifact) -> Optional[str]:
    """Returns the first recorded file of an artifact that is gone or has another size, or None.

    Files that somebody has added are not looked at. An artifact without a record has all its files.
    """
    recorded = artifact.custom_properties[FILES].string_value if FILES in artifact.custom_properties else ""
    if not recorded:
        return None
    now = _files(artifact.uri) or {}
    for name, size in json.loads(recorded).items():
        if name not in now or (size is not None and now[name] is not None and now[name] != size):
            return f"{artifact.uri}/{name}".rstrip("/")
    return None


def verify(artifacts: Mapping[str, Iterable[Any]]) -> None:
    """Does what TFX's verify_artifacts does, and looks for every recorded file.

    Raises RuntimeError, as TFX does, if something is gone.
    """
    _tfx_verify_artifacts(artifacts)
    for listed in artifacts.values():
        for artifact in listed:
            gone = missing_file(artifact.mlmd_artifact)
            if gone is not None:
                raise RuntimeError(f"{gone} is gone, or is not what it was.")


def made_by_this_line(artifact: metadata_store_pb2.Artifact) -> bool:
    """Whether the line of TFX that made an artifact is the one that runs; true if it does not say.

    TFX's cache keys have no version in them: 1.21 would push a model that 1.16 trained as its own.
    """
    properties = artifact.custom_properties
    made_by = properties[TFX_VERSION].string_value if TFX_VERSION in properties else ""
    return not made_by or line_of(made_by) == line_of(tfx_version.__version__)


def _verify_cached(artifacts: Mapping[str, Iterable[Any]]) -> None:
    """Does what `verify` does. Raises RuntimeError for what another line of TFX made, too."""
    verify(artifacts)
    for listed in artifacts.values():
        for artifact in listed:
            if not made_by_this_line(artifact.mlmd_artifact):
                raise RuntimeError(f"{artifact.uri} was made by another version of TFX.")


@contextlib.contextmanager
def verified_cache(refused: list[str]) -> Iterator[None]:
    """Makes TFX's look into its cache look for the files, and for who made them. For one thread.

    ``refused`` gets why outputs in the cache are not taken.
    """

    def verify_and_tell(artifacts: Mapping[str, Iterable[Any]]) -> None:
        try:
            _verify_cached(artifacts)
        except RuntimeError as error:
            refused.append(str(error))
            raise

    artifact_utils.verify_artifacts = verify_and_tell
    try:
        yield
    finally:
        artifact_utils.verify_artifacts = _tfx_verify_artifacts
