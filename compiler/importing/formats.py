"""What kind of pipeline a file holds, read without TFX and without running anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tfxc.compiler.importing.kubeflow.model import PipelineFile
from tfxc.schemas.failures import WrongUse

Json = Any
Kind = Literal["ir", "for_tfx", "kubeflow", "plan", "argo"]

_YAML_SUFFIXES = (".yaml", ".yml")
_LIKE_YAML = re.compile(rb"(#[^\n]*\n|---[^\n]*\n|\s)*[\"']?[A-Za-z][\w-]*[\"']?:(\s|$)")
_MOST_VALUES = 2_000_000
_SCHEMAS = ("2.0.0", "2.1.0")
_SCHEMA = re.compile(r"(\d+)\.(\d+)(\.\w+)*")
_TFX_IR = "--tfx_ir"


@dataclass(frozen=True)
class Held:
    """What a file holds: ``ir`` in JSON with protobuf's names; a file of Kubeflow's; a Plan; what only TFX
    can read (``for_tfx``), or the IRs of single nodes, in JSON, out of an Argo workflow (``argo``)."""

    kind: Kind
    json: Json = None
    pipeline: PipelineFile | None = None


def held_in(file: Path) -> Held:
    """Returns what a file holds that is no Python. Raises WrongUse for what is no pipeline."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}") from None
    if not content.strip():
        raise WrongUse(f"{file} is empty")
    try:
        return _of_documents(_documents(file, content), file)
    except _NotTextError:
        return Held("for_tfx")


class _NotTextError(Exception):
    """It is neither JSON nor YAML: perhaps another form of protobuf's."""


def _documents(file: Path, content: bytes) -> list[Json]:
    is_yaml = file.suffix.lower() in _YAML_SUFFIXES
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if is_yaml or file.suffix.lower() == ".json":
            raise WrongUse(f"{file} is no text") from None
        raise _NotTextError from None
    if text.lstrip()[:1] == "{" and not is_yaml:
        try:
            return [json.loads(text)]
        except (ValueError, RecursionError) as error:
            raise WrongUse(f"{file} is no JSON: {error}") from None
    if not is_yaml and not _LIKE_YAML.match(content):
        raise _NotTextError
    return _yaml(file, text, is_yaml)


def _yaml(file: Path, text: str, must_be: bool) -> list[Json]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [each for each in yaml.load_all(text, loader) if each is not None]
        _require_size(documents, file)
        return documents
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if not must_be:
            raise _NotTextError from None
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark is not None else str(file)
        raise WrongUse(f"{where} is no YAML: {getattr(error, 'problem', None) or error}") from None


def _require_size(documents: list[Json], file: Path) -> None:
    """Raises WrongUse if aliases make values without number of a file."""
    left, pending = _MOST_VALUES, list(documents)
    while pending:
        value = pending.pop()
        left -= 1
        if left < 0:
            raise WrongUse(f"{file} has more than {_MOST_VALUES:,} values")
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _of_documents(documents: list[Json], file: Path) -> Held:
    if not documents or not all(isinstance(each, dict) for each in documents):
        raise WrongUse(f"{file} is no pipeline: it is no mapping")
    first = documents[0]
    if first.get("format", "") == "tfxc.plan/2":
        return Held("plan", first)
    if "components" in first and "version" in first and "pipelineInfo" not in first:
        raise WrongUse(f"{file} is a spec of tfxc already")
    if "pipeline_info" in first and "root" not in first:
        return Held("ir", first)
    if str(first.get("apiVersion", "")).startswith("argoproj.io/"):
        return Held("argo", _irs(first, file))
    if "apiVersion" in first and "kind" in first:
        raise WrongUse(
            f"{file} is a {first['kind']} of Kubernetes: import the pipeline's own file, as it was compiled"
        )
    platforms: Json = next((each for each in documents if "platforms" in each), {})
    for document in documents:
        spec = document.get("pipelineSpec", document)
        if isinstance(spec, dict) and "root" in spec:
            runtime = document.get("runtimeConfig", {}) if spec is not document else {}
            return Held("kubeflow", None, _pipeline(spec, runtime, platforms, file))
    if "pipelineInfo" in first and "nodes" in first:
        return Held("for_tfx")  # protobuf's own JSON, with names as in Java
    raise WrongUse(
        f"{file} is no pipeline that import knows: TFX's IR, a PipelineSpec of Kubeflow's, or a Python file"
    )


def _pipeline(spec: Json, runtime: Json, platforms: Json, file: Path) -> PipelineFile:
    """Returns a PipelineSpec. Raises WrongUse for a schema that is not known."""
    version = str(spec.get("schemaVersion", _SCHEMAS[0]))
    known = _SCHEMA.fullmatch(version)
    if known is None or (int(known[1]), int(known[2])) > (2, 1) or int(known[1]) < 2:
        raise WrongUse(
            f"{file} is a PipelineSpec of the schema {version}: import knows {' and '.join(_SCHEMAS)}"
        )
    if not isinstance(spec.get("pipelineInfo"), dict) or "name" not in spec["pipelineInfo"]:
        raise WrongUse(f"{file} is a PipelineSpec without `pipelineInfo.name`")
    return PipelineFile(spec, runtime if isinstance(runtime, dict) else {}, platforms)


def _irs(workflow: Json, file: Path) -> list[str]:
    """Returns the IRs in the arguments of a workflow's containers, as TFX's KubeflowDagRunner wrote them."""
    found = list(_after_flag(workflow))
    if not found:
        raise WrongUse(
            f"{file} is a workflow of Argo, such as kfp 1 compiled, and says nothing of TFX's IR: import the "
            "pipeline's Python file, or compile it with kfp 2"
        )
    return found


def _after_flag(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _after_flag(inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if inner == _TFX_IR and index + 1 < len(value) and isinstance(value[index + 1], str):
                yield value[index + 1]
            else:
                yield from _after_flag(inner)


def whole_ir(nodes: list[str], file: Path) -> Json:
    """Returns one IR, in protobuf's own JSON, of those of single nodes. Raises WrongUse."""
    try:
        parsed = [json.loads(each) for each in nodes]
        whole: dict[str, Any] = dict(parsed[0])
        deployment = dict(whole.get("deploymentConfig", {}))
        entries = {}
        for each in parsed:
            for entry in each["nodes"]:
                entries[entry["pipelineNode"]["nodeInfo"]["id"]] = entry
            for key in ("executorSpecs", "customDriverSpecs", "nodeLevelPlatformConfigs"):
                more = each.get("deploymentConfig", {}).get(key, {})
                if more:
                    deployment[key] = {**deployment.get(key, {}), **more}
        whole["nodes"] = [entries[name] for name in _ordered(entries)]
        whole["deploymentConfig"] = deployment
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WrongUse(f"the IR in {file} cannot be read: it is no JSON of TFX's IR") from None
    return whole


def _ordered(entries: Mapping[str, Json]) -> Iterator[str]:
    from graphlib import TopologicalSorter

    before = {
        name: [each for each in entry["pipelineNode"].get("upstreamNodes", ()) if each in entries]
        for name, entry in entries.items()
    }
    yield from TopologicalSorter(before).static_order()
